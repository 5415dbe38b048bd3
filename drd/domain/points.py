"""Which recovery point is chosen, and which one was really used. A point is always named; its time is never guessed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import PermanentError
from drd.domain.estate import RecoveryPoint

NEWEST = "newest"
POINT, POINT_TIME = "recovery-point", "recovery-point-time"
"""Names of the outputs, and of the details in which an operation or a job tells them."""
CUT_OFF = timedelta(seconds=1)
"""Jobs tell the time of their point without the fraction of a second."""


def chosen_point(points: Sequence[RecoveryPoint], wanted: str, *, consistency: str = "") -> RecoveryPoint:
    """Choose an explicit point: the newest usable one (of a consistency, where given), or the one named.

    Args:
        points: newest first.
        wanted: `newest`, or the id of a point.
        consistency: asked of the newest.

    Raises:
        PermanentError: no such point.
    """
    for point in points:
        fits = wanted == NEWEST and (not consistency or point.consistency == consistency)
        if point.usable and (fits or point.id.casefold() == wanted.casefold()):
            return point
    raise PermanentError(
        f"no usable recovery point is {consistency or wanted}",
        hint="list them with `drd item points`, and name one that is there",
        code="no-recovery-point",
    )


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
