"""What a proof is, how much of it is asked, and what comes of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is proven now.

    Attributes:
        count: of the proof's own unit: seeds, kill points, calls, trials.
        turn: rotates what is chosen when not everything is; a day of the year, say.
        seed: of what is drawn by chance.
    """

    count: int
    turn: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A figure that was asked for beside the count of trials, and whether it was reached."""

    text: str
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a proof.

    Attributes:
        done: trials, in the proof's unit.
        bad: the trials that broke a promise, by name: what replays each.
        figures: what was measured, as text.
        goals: figures asked for that are not promises: times, rates.
        seeds: which ones, or which turn.
        partly: why this is not what the test asks, where it is not; else empty.
    """

    done: int
    bad: tuple[str, ...]
    figures: str
    goals: tuple[Goal, ...] = ()
    seeds: str = "1"
    partly: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One row of the page.

    Attributes:
        name: on the command line, and of the file with its last result.
        tests: the T numbers that it covers.
        promises: the P numbers.
        says: what is done, in one line.
        asks: what must come of it, in one line.
        unit: of `full` and `share`: `seeds`, `kills`, or anything else in the plural.
        full: how many `make proof` does.
        share: how many a CI run does; 0 where CI leaves it out. Told on the page, taken by the tests.
        prove: does it.
    """

    name: str
    tests: str
    promises: str
    says: str
    asks: str
    unit: str
    full: int
    share: int
    prove: Callable[[Extent], Result]


def told(what: str, which: object, work: Callable[[], T]) -> T:
    """Do one trial and print what came of it: it is good unless it has an attribute `good` that is false."""
    began = time.monotonic()
    found = work()
    good = getattr(found, "good", True)
    print(f"{'ok ' if good else 'BAD'} {what} {which} {time.monotonic() - began:.1f} s", flush=True)
    if not good:
        print(f"    {' '.join(repr(found).split())[:2000]}", flush=True)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that so large a share of all values does not exceed. At least one value is needed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]
