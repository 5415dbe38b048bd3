"""Verdicts on drills, and what has to be seen before there is one.

A run that is over is no drill that passed: the checks may have been green, and a copy may still stand. So nothing is
said of a drill before its end was looked at twice, some minutes apart, and nothing that it made was found (P3). Until
then it is unconfirmed, which is never green.

What speaks against a drill is put together as claims; the worst of them is the verdict, and each says why.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

APART = timedelta(minutes=5)
"""World time between the two listings: long enough for what was still being made, or deleted, to show."""

AGAIN = timedelta(minutes=1)
"""World time after which a listing that was impossible is tried again."""

PATIENCE = timedelta(minutes=10)
"""World time for which a listing may be impossible before the drill is given up as inconclusive."""

_NAMED = 5


class DrillVerdict(StrEnum):
    """What a drill is worth, the worst first. Only the last two before `unconfirmed` are green.

    What is left to do comes first, then what is known to be wrong, then what nobody knows: a failure is told although
    somebody cancelled the drill after it, and a copy that stands is told although the drill failed.
    """

    LEFTOVER = "leftover"
    """Something that it made was not known to be gone at its end, or was found after it."""
    FAILED = "failed"
    """It did not get there: a step that counts failed, or a check stayed red."""
    TIMED_OUT = "timed-out"
    """It did not end within the time limit of drills, or a step that counts did not within its own."""
    ABORTED = "aborted"
    """Somebody ended it before it had an answer, or drd did, because production was in trouble meanwhile."""
    INCONCLUSIVE = "inconclusive"
    """Nobody knows: whether something is left, whether an objective was kept, or what a person did in drd's place."""
    OBJECTIVE_MISSED = "objective-missed"
    """All of it worked, and an objective was missed."""
    PASSED = "passed"
    """All of it worked, every objective was kept, and two listings showed nothing left."""
    UNCONFIRMED = "unconfirmed"
    """No verdict yet: it is over, and its end was not looked at twice."""

    @property
    def green(self) -> bool:
        """Say whether it may count as a drill that worked."""
        return self in {DrillVerdict.PASSED, DrillVerdict.OBJECTIVE_MISSED}

    @property
    def settled(self) -> bool:
        """Say whether it is a verdict at all; a verdict never changes."""
        return self is not DrillVerdict.UNCONFIRMED


GREEN = tuple(each for each in DrillVerdict if each.green)
"""The verdicts of drills that worked."""

_WORST_FIRST = tuple(DrillVerdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that speaks against a drill, or nothing that does (`passed`)."""

    verdict: DrillVerdict
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on a drill, and everything that was said of it, the worst first."""

    verdict: DrillVerdict
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One look at the world, after a drill's end, for what it made.

    Attributes:
        at: world time at its beginning.
        found: ids of what stands.
        impossible: why a part of the world could not be seen, empty where all of it was. What was found counts anyway.
    """

    at: datetime
    found: tuple[str, ...] = ()
    impossible: str = ""

    @property
    def empty(self) -> bool:
        """Say whether all was seen, and nothing stands."""
        return not self.found and not self.impossible


def due_at(ended_at: datetime, listings: Sequence[Listing]) -> datetime | None:
    """Say when a drill's end is to be looked at next; None when it was looked at enough."""
    if claim_of_listings(listings) is not None:
        return None
    if not listings:
        return ended_at
    last = listings[-1]
    return last.at + AGAIN if last.impossible else _first_empty(listings) + APART


def claim_of_listings(listings: Sequence[Listing]) -> Claim | None:
    """Say what the listings show; None while they do not suffice.

    Something found ends it at once. Two that were empty, far enough apart, show that nothing is left, whatever could
    not be seen in between. One that stays impossible for too long shows that nobody knows.
    """
    found = tuple(dict.fromkeys(each for listing in listings for each in listing.found))
    if found:
        return Claim(verdict=DrillVerdict.LEFTOVER, because=f"after its end there was {some(found)}")
    empty = [listing.at for listing in listings if listing.empty]
    if empty and max(empty) - min(empty) >= APART:
        return Claim(verdict=DrillVerdict.PASSED, because="two listings after its end showed nothing left")
    blind = _blind_since(listings)
    if blind is not None and listings[-1].at - blind >= PATIENCE:
        why = listings[-1].impossible
        return Claim(verdict=DrillVerdict.INCONCLUSIVE, because=f"nobody knows whether something is left: {why}")
    return None


def judged(claims: Iterable[Claim]) -> Judgement:
    """Give the verdict: the worst of what was claimed.

    Raises:
        ValueError: nothing was claimed, or something that is no verdict.
    """
    known = sorted(claims, key=lambda each: _WORST_FIRST.index(each.verdict))
    if not known or not known[-1].verdict.settled:
        raise ValueError("there is no verdict without a claim, and none that is unconfirmed")
    against = [each.because for each in known if each.verdict is not DrillVerdict.PASSED]
    reasons = against or [each.because for each in known]
    return Judgement(verdict=known[0].verdict, because="; ".join(dict.fromkeys(reasons)))


def claims_of_child(name: str, verdict: DrillVerdict, *, succeeded: bool) -> Iterator[Claim]:
    """Say what a child run's verdict means for its parent.

    What it left is left by the parent's drill too. Whether a child may fail is for the plan to say, and the parent's
    own run tells what came of it; but one that counts as done and is not all good makes the parent no better.
    """
    if verdict is DrillVerdict.LEFTOVER or (succeeded and verdict not in {DrillVerdict.PASSED, DrillVerdict.FAILED}):
        yield Claim(verdict=verdict, because=f"{name} is {verdict.value}")


def some(names: Sequence[str]) -> str:
    """Name a few of many."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _first_empty(listings: Sequence[Listing]) -> datetime:
    return min(listing.at for listing in listings if listing.empty)


def _blind_since(listings: Sequence[Listing]) -> datetime | None:
    """Give when the newest listings began to be impossible; None when the newest was not."""
    since = None
    for listing in reversed(listings):
        if not listing.impossible:
            break
        since = listing.at
    return since
