"""What unit, manifests and image say, for the tests that compare them."""

import shlex
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.architecture.source import ROOT

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "drd.service"
BASE = DEPLOY / "kubernetes" / "base"
DOCKERFILE = DEPLOY / "docker" / "Dockerfile"


def unit() -> dict[str, list[str]]:
    """Give the unit's settings, each with all its values, comments left out."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            found.setdefault(name, []).append(value)
    return found


def started() -> list[str]:
    """Give the command line that the service manager starts."""
    return shlex.split(unit()["ExecStart"][0])


def documents(path: Path) -> list[Any]:
    """Read the YAML documents of a file."""
    return list(YAML(typ="safe", pure=True).load_all(path.read_text(encoding="utf-8")))


def container() -> dict[str, Any]:
    """Give the one container of the deployment."""
    spec = documents(BASE / "deployment.yaml")[0]["spec"]["template"]["spec"]
    (only,) = spec["containers"]
    return dict(only)


def patched(document: Any, patch: list[dict[str, Any]]) -> dict[str, Any]:
    """Apply a JSON patch (RFC 6902) of additions and replacements, as kustomize does. What does not fit raises."""
    for change in patch:
        *way, last = change["path"].strip("/").split("/")
        place = document
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if change["op"] == "add" and last == "-":
            place.append(change["value"])
        elif change["op"] == "add" and last not in place:
            place[last] = change["value"]
        elif change["op"] == "replace" and isinstance(place, list):
            place[int(last)] = change["value"]
        elif change["op"] == "replace" and last in place:
            place[last] = change["value"]
        else:
            raise ValueError(f"a patch that does not fit: {change}")
    return dict(document)
