"""Which recovery point is chosen, and which one was really used. A point is always named; its time is never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import PermanentError
from drd.domain.estate import Cleanliness, RecoveryPoint

NEWEST = "newest"
NEWEST_CLEAN = "newest-clean"
POINT, POINT_TIME = "recovery-point", "recovery-point-time"
"""Names of the outputs, and of the details in which an operation or a job tells them."""
ITEMS, MACHINES, POINT_TIMES = "items", "machines", "recovery-point-times"
"""Names of the outputs of a step that brings several items up: lists in one order."""
CUT_OFF = timedelta(seconds=1)
"""Jobs tell the time of their point without the fraction of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which recovery point is wanted.

    Attributes:
        wanted: `newest`, `newest-clean`, or the id of a point; a point that is named is taken whatever else is said.
        before: only points older than this, such as the instant at which attackers came in.
        accept_unknown: whether a point of which nothing is known counts as clean.
        consistency: asked of the newest, where given.
    """

    wanted: str = NEWEST
    before: datetime | None = None
    accept_unknown: bool = False
    consistency: str = ""

    def fits(self, point: RecoveryPoint) -> bool:
        """Say whether a point is one that is wanted."""
        if self.wanted not in {NEWEST, NEWEST_CLEAN}:
            return point.id.casefold() == self.wanted.casefold()
        old_enough = self.before is None or point.time < self.before
        whole_enough = not self.consistency or point.consistency == self.consistency
        return old_enough and whole_enough and (self.wanted == NEWEST or self._is_clean(point))

    def _is_clean(self, point: RecoveryPoint) -> bool:
        unknown = point.cleanliness is Cleanliness.UNKNOWN
        return point.cleanliness is Cleanliness.CLEAN or (unknown and self.accept_unknown)

    def __str__(self) -> str:
        """Say it in words."""
        older = f" older than {format_instant(self.before)}" if self.before is not None else ""
        return f"{self.consistency or self.wanted}{older}"


def chosen_point(points: Sequence[RecoveryPoint], wanted: str | Choice, *, consistency: str = "") -> RecoveryPoint:
    """Choose an explicit point: the newest usable one that fits, or the one named.

    Args:
        points: newest first.
        wanted: `newest`, `newest-clean`, the id of a point, or a choice that says more.
        consistency: asked of the newest, where `wanted` is no choice.

    Raises:
        PermanentError: no such point; with the code `no-clean-point` when none is known to be clean.
    """
    choice = wanted if isinstance(wanted, Choice) else Choice(wanted=wanted, consistency=consistency)
    for point in points:
        if point.usable and choice.fits(point):
            return point
    if choice.wanted == NEWEST_CLEAN:
        unknown = sum(point.usable and point.cleanliness is Cleanliness.UNKNOWN for point in points)
        raise PermanentError(
            f"no usable recovery point is known to be {choice}; of {unknown} nothing is known",
            hint="name a point that somebody examined, or say accept-unknown and examine what is restored",
            code="no-clean-point",
        )
    raise PermanentError(
        f"no usable recovery point is {choice}",
        hint="list them with `drd item points`, and name one that is there",
        code="no-recovery-point",
    )


def judged(copies: Sequence[RecoveryPoint], originals: Sequence[RecoveryPoint]) -> tuple[RecoveryPoint, ...]:
    """Give copies with what is known of their originals: a copy elsewhere is told apart by its id alone."""
    known = {_last(point.id): point for point in originals}
    return tuple(_judged(copy, known.get(_last(copy.id))) for copy in copies)


def _judged(copy: RecoveryPoint, original: RecoveryPoint | None) -> RecoveryPoint:
    if original is None or original.cleanliness is Cleanliness.UNKNOWN:
        return copy
    infected = original.cleanliness is Cleanliness.INFECTED
    return replace(copy, cleanliness=original.cleanliness, usable=copy.usable and not infected)


def agreed_point(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Mapping[str, str]:
    """Give what is told about the point that was used: the service's word counts, ours adds what it leaves out.

    Args:
        ours: details noted when the request was sent.
        theirs: details of the finished job.
    """
    named, time = theirs.get(POINT, ""), theirs.get(POINT_TIME, "")
    if not named and not time:
        return ours
    if named and ours.get(POINT):
        same = _last(named) == _last(ours[POINT])
    else:
        same = bool(time and ours.get(POINT_TIME)) and _near(parse_instant(time), parse_instant(ours[POINT_TIME]))
    return {**theirs, **ours} if same else theirs


def used_point(told: Mapping[str, str], points: Sequence[RecoveryPoint], *, target: str) -> dict[str, Json]:
    """Give the point that was really used, from what the operation and its job told.

    Args:
        told: the details of operation and job: the point's id, its time, or both.
        points: the item's points, to find the one from the other.
        target: on what, for the error.

    Raises:
        PermanentError: nobody says which point it was, or what time it holds.
    """
    named, time = told.get(POINT, ""), told.get(POINT_TIME, "")
    instant = parse_instant(time) if time else None
    match = next((each for each in points if _is(each, named, instant)), None)
    used = match.time if match is not None else instant
    if used is None:
        raise PermanentError(
            "nobody says which recovery point was used, so its age cannot be told",
            target=target,
            hint="find the point in the vault's job, and resolve the step with it",
            code="recovery-point-unknown",
        )
    return {POINT: named or (match.id if match is not None else ""), POINT_TIME: format_instant(used)}


def _is(point: RecoveryPoint, named: str, instant: datetime | None) -> bool:
    if named:
        return _last(point.id) == _last(named)
    return instant is not None and _near(point.time, instant)


def _last(point: str) -> str:
    return point.rsplit("/", 1)[-1].casefold()


def _near(one: datetime, other: datetime) -> bool:
    return abs(one - other) < CUT_OFF
