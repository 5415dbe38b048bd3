"""A killed daemon and a full disk: what was acknowledged is there, what was not is not half there."""

import subprocess
import sys
from pathlib import Path

import pytest

from drd.domain.events import first_broken
from drd.ports.journal import RunFilter
from drd.store.opening import open_store

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]


def _child(mode: str, folder: Path) -> "subprocess.Popen[str]":
    program = [sys.executable, "-m", "tests.contract.store.child", mode, str(folder)]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def _events(folder: Path) -> dict[str, int]:
    """Count each run's events, after looking at the chain."""
    store = await open_store(folder, daemon="after")
    counts: dict[str, int] = {}
    for card in await store.journal.runs(RunFilter()):
        events = await store.journal.events(card.id)
        assert first_broken(events) is None
        counts[card.id] = len(events)
    await store.close()
    return counts


@pytest.mark.parametrize("acknowledged", [1, 7, 50, 200, 801])
async def test_a_killed_daemon_has_lost_nothing_that_it_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """Wherever SIGKILL strikes, and every chain is whole."""
    said: dict[str, int] = {}
    with _child("append", tmp_path) as child:
        assert child.stdout is not None
        for _ in range(acknowledged):
            run, sequence = child.stdout.readline().split()
            said[run] = int(sequence)
        child.kill()
        for line in child.stdout:
            if line.endswith("\n") and len(line.split()) == 2:
                said[line.split()[0]] = int(line.split()[1])

    counts = await _events(tmp_path)

    assert len(counts) == 4
    assert all(counts[run] >= sequence for run, sequence in said.items())


async def test_a_full_disk_refuses_all_that_wait_and_nothing_is_half_written(tmp_path: Path) -> None:
    """And when there is room again, the same events are written."""
    with _child("fill", tmp_path) as child:
        said, _ = child.communicate(timeout=60)

    assert child.returncode == 0
    assert said.startswith("4 refused, 0 half written: the store cannot be used now")
    assert "Hint: " in said
    counts = await _events(tmp_path)
    assert len(set(counts.values())) == 1
