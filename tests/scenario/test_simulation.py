"""The full-stack simulation: CI's share of seeds, others at each run; a seed twice; and defects that it finds."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from proofs.result import Extent
from proofs.simulation.defects import DEFECTS, defect
from proofs.simulation.faults import draw
from proofs.simulation.play import Fault
from proofs.simulation.proof import PROOF
from proofs.simulation.simulate import simulate
from proofs.stage import ROOT

pytestmark = pytest.mark.timeout(900)

_NOW = datetime.now(UTC)  # noqa: TID251 - rotates the seeds with days and runs
_FIRST = (_NOW.timetuple().tm_yday * 24 * 60 + _NOW.hour * 60 + _NOW.minute) * 100

_SEEDS_TWICE = ("12", "--count", "3")

_BROKE_ONCE: tuple[tuple[int, frozenset[int]], ...] = (
    (2412, frozenset({0, 6, 7})),
    (2986, frozenset({0, 3, 4})),
    (47010930, frozenset(range(7))),
    (47013430, frozenset(range(7))),
    (47013483, frozenset(range(7))),
    (47013546, frozenset({0, 1, 2})),
    (47014795, frozenset({2})),
    (47015248, frozenset({0, 2})),
    (3449, frozenset({3, 4})),
)
"""Seeds that once broke a promise, and which of their faults: an undo began over a step that failed because a question
about what it had sent was refused (twice); a late heartbeat kept a daemon out; sums of seconds that
were right to some bits let one look for runs without a pause (twice); what should go wrong late went wrong while
daemons were stopped; a claim that had ended gave back the one after it; a resume that counted and was not answered was
taken for none; so was an order that another daemon carried out after the database had been away."""

_LOST_AND_ALONE, _LOST_AND_TWO, _DRILL, _PLANNED = 1, 3, 7, 12
"""Seeds whose play is a failover with one daemon, with two, a drill, and a planned failover."""


def _fault(number: int, kind: str, at: float, lasts: float = 0.0, **more: Any) -> Fault:
    return Fault(number=number, kind=kind, at=at, lasts=lasts, **more)


def _order(number: int, asked: str, at: float, which: int = 0) -> Fault:
    return _fault(number, "order", at, where=asked, details={"which": which})


_SHOWN_BY: dict[str, tuple[int, tuple[Fault, ...]]] = {
    "looks and never sees anything": (_PLANNED, (_fault(0, "reply-lost", 1),)),
    "sends before its intent is durable": (_LOST_AND_ALONE, (_fault(0, "database-slow", 2, 60),)),
    "sends again when an answer was lost": (_LOST_AND_ALONE, (_fault(0, "reply-lost", 1),)),
    "looks once after a lost answer": (
        _LOST_AND_TWO,
        (_fault(0, "request-late", 1), _fault(1, "crash-at-send", 1, 400)),
    ),
    "goes on while it is paused": (
        _LOST_AND_ALONE,
        (_order(0, "pause", 120),),
    ),
    "takes a clean-up for done": (_DRILL, ()),
    "begins what is held": (_LOST_AND_ALONE, (_order(0, "hold", 60, which=3),)),
    "takes back the oldest first": (_PLANNED, (_order(0, "pause", 232), _order(1, "undo", 240))),
    "takes one order for another": (_PLANNED, (_order(0, "ungraceful", 20),)),
    "looks for runs without a pause": (_LOST_AND_ALONE, ()),
}
"""What shows each defect: the play of a seed, and the faults in it."""


def test_no_seed_breaks_a_promise() -> None:
    """T3: P1 to P6, P8 and T33, told from the sandbox's journal."""
    result = PROOF.prove(Extent(count=PROOF.share, seed=_FIRST))

    assert result.bad == ()
    assert result.done == PROOF.share


@pytest.mark.parametrize(("seed", "numbers"), _BROKE_ONCE)
def test_what_broke_once_stays_mended(seed: int, numbers: frozenset[int]) -> None:
    """Each was found by a seed that was drawn."""
    _, drawn = draw(seed)

    assert simulate(seed, faults=[fault for fault in drawn if fault.number in numbers]).bad == ()


def test_a_note_changes_nothing() -> None:
    """Whatever it is on: the run, a step, or none that there is."""
    notes = [_order(number, "note", at, number) for number, at in enumerate((20, 100, 170))]
    on_steps = [replace(each, details={"which": 3 * n, "any": 1}) for n, each in enumerate(notes)]
    noted, alone = (simulate(_PLANNED, faults=faults) for faults in ([*notes, *on_steps], ()))

    assert sum("run.note" in line for line in noted.trace) > len(notes)
    assert [line for line in noted.trace if "note" not in line] == list(alone.trace)


def test_a_seed_plays_the_same_in_any_process() -> None:
    """Its hash covers the sandbox's journal, the runs' events and what people and daemons did."""
    first, second = (_played(hash_seed) for hash_seed in ("0", "1"))

    assert first == second
    assert len(first) == 3


def _played(hash_seed: str) -> list[str]:
    command = [sys.executable, "-m", "proofs.simulation", *_SEEDS_TWICE, "--quiet"]
    environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    return [line.rpartition(" ")[2] for line in said.stdout.splitlines()]


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_that_is_put_into_drd_is_found(name: str) -> None:
    """And only then: the same faults break nothing without it."""
    seed, faults = _SHOWN_BY[name]

    with defect(name):
        broken = simulate(seed, faults=faults)

    assert broken.bad
    assert simulate(seed, faults=faults).bad == ()
