"""The lock files hold what `pyproject.toml` asks for: each name at one version, each version with its hashes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.source import ROOT

LOCKS = ["run.txt", "otel.txt", "dev.txt", "build.txt", "bench.txt"]
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)(?: ; [^\\]+)? \\$", flags=re.MULTILINE)


def _lock(name: str) -> str:
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def _pins(name: str) -> dict[str, str]:
    return dict(PINNED.findall(_lock(name)))


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _asked(lock: str) -> list[Requirement]:
    project = _project()
    groups, extra = project["dependency-groups"], project["project"]["optional-dependencies"]["otel"]
    asked = {
        "run.txt": project["project"]["dependencies"],
        "otel.txt": project["project"]["dependencies"] + extra,
        "dev.txt": project["project"]["dependencies"] + extra + groups["dev"],
        "build.txt": groups["build"],
        "bench.txt": groups["bench"],
    }
    return [Requirement(text) for text in asked[lock]]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_was_asked_for(lock: str) -> None:
    """A range that changed without `make lock` is seen here, not on somebody's machine."""
    pins = _pins(lock)
    wrong = [
        str(asked)
        for asked in _asked(lock)
        if not asked.specifier.contains(pins.get(canonicalize_name(asked.name), "0"), prereleases=True)
    ]

    assert wrong == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_has_a_hash(lock: str) -> None:
    """One entry without a hash makes pip refuse the file."""
    entries = re.split(r"\n(?=\S)", _lock(lock))
    bare = [entry.splitlines()[0] for entry in entries if entry[0] != "#" and "--hash=sha256:" not in entry]

    assert bare == []
    assert len(PINNED.findall(_lock(lock))) == sum(entry[0] != "#" for entry in entries)


@pytest.mark.parametrize(
    ("lock", "with_"), [("dev.txt", "otel.txt"), ("build.txt", "run.txt"), ("otel.txt", "run.txt")]
)
def test_what_is_tested_is_what_runs(lock: str, with_: str) -> None:
    """A package that stands in two locks has one version."""
    run = _pins(with_)
    other = {name: version for name, version in _pins(lock).items() if run.get(name, version) != version}

    assert other == {}


def test_the_locks_are_all_there_is() -> None:
    """Each file is written by `make lock` and looked at here."""
    assert sorted(path.name for path in Path(ROOT / "requirements").iterdir()) == sorted(LOCKS)
