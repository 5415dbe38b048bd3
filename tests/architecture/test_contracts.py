"""The import contracts name what exists: a room, a discovered folder or a library lands in them with its first file."""

import tomllib
from typing import Any

import pytest

from tests.architecture.source import ROOT, files, imports

MIDDLE = [
    "actions",
    "checks",
    "metrics",
    "notifications",
    "providers",
    "reach",
    "reporting",
    "runbook",
    "settings",
    "store",
    "tracing",
]
BEHIND_PORTS = [*MIDDLE, "scheduling"]
INDEPENDENT = ["actions", "api/routes", "checks", "cli/commands", "metrics/families", "providers"]
GUARDED = ["api/app.py", "daemon", "document", "engine", "operations", "sandbox"]
FENCED = [
    "alembic",
    "apscheduler",
    "azure",
    "cyclopts",
    "cysystemd",
    "dns",
    "fastapi",
    "jmespath",
    "opentelemetry",
    "prometheus_client",
    "pydantic",
    "pydantic_settings",
    "requests",
    "rich",
    "ruamel",
    "sqlalchemy",
    "starlette",
    "uvicorn",
]


def _contracts(kind: str) -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [it for it in settings["tool"]["importlinter"]["contracts"] if it["type"] == kind]


def _named(kind: str, key: str) -> set[str]:
    return {name for contract in _contracts(kind) for name in contract[key]}


def test_the_layers_are_exhaustive() -> None:
    """A folder that no layer names would be free to import anything."""
    (layers,) = _contracts("layers")

    assert layers["exhaustive"] is True


@pytest.mark.parametrize("room", BEHIND_PORTS)
def test_an_adapter_that_exists_is_behind_its_port(room: str) -> None:
    """Only the daemon knows the adapters."""
    exists = bool(files(f"drd/{room}"))
    behind = [it for it in _contracts("protected") if it["id"] == "adapters-behind-ports"]

    assert exists == any(f"drd.{room}" in contract["protected_modules"] for contract in behind)


@pytest.mark.parametrize("room", GUARDED)
def test_a_room_that_exists_is_guarded(room: str) -> None:
    """Each of these has its short list of importers."""
    exists = (ROOT / "drd" / room).is_file() or bool(files(f"drd/{room}"))
    name = "drd." + room.removesuffix(".py").replace("/", ".")

    assert exists == (name in _named("protected", "protected_modules"))


@pytest.mark.parametrize("folder", INDEPENDENT)
def test_the_files_of_a_discovered_folder_are_independent(folder: str) -> None:
    """One action does not import another, and so on."""
    exists = bool(files(f"drd/{folder}"))

    assert exists == (f"drd.{folder.replace('/', '.')}.*" in _named("independence", "modules"))


@pytest.mark.parametrize("library", FENCED)
def test_a_library_that_is_imported_has_its_fence(library: str) -> None:
    """A library that one room knows can be replaced in one room."""
    imported = any(name.split(".")[0] == library for path in files("drd") for _, name in imports(path))

    assert imported == (library in _named("protected", "protected_modules"))


def test_the_core_is_forbidden_every_library_that_is_imported() -> None:
    """The list of the contract grows with the libraries; the allow-list of this folder catches what it forgets."""
    (core,) = (it for it in _contracts("forbidden") if it["id"] == "pure-core")
    fenced = {name.split(".")[0] for path in files("drd") for _, name in imports(path)} & set(FENCED)

    assert fenced - set(core["forbidden_modules"]) == set()
