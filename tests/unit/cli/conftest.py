"""What tests of the command line share: a served house, and drd as a person types it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drd.cli.app import run
from tests.fakes.served_house import ServedHouse


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Drd = Callable[..., Done]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedHouse]:
    """Serve a house on a socket of this test."""
    with ServedHouse(tmp_path) as house:
        yield house


@pytest.fixture
def drd(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drd:
    """Run a command in this process, against the socket of this test, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("DRD_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "DRD_OUTPUT", "DRD_QUERY", "DRD_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DRD_SOCKET", str(tmp_path / "drd.sock"))

    def typed(*words: Any) -> Done:
        code = run([str(word) for word in words])
        seen = capfd.readouterr()
        return Done(code, seen.out, seen.err)

    return typed
