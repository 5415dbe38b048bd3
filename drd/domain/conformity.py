"""Part of L1: whether an item's backups are those that its policy promises, and whether the policy is fast enough.

Pure functions. What nobody could know is not held against anybody: slots before the first point that was ever seen
under the policy, before the policy was changed, and after the points were listed.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from drd.domain.backup_policy import BackupPolicy
from drd.domain.canonical import Json
from drd.domain.durations import canonical_duration, format_duration, format_instant
from drd.domain.estate import Cleanliness, Mechanism, RecoveryPoint
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ArmId
from drd.domain.rung_exists import SeenPoints, Subject

_LATE = timedelta(hours=3)
"""Azure begins within two hours of the time that a policy says, and the point holds the instant of its snapshot."""
_LONG_LATE = timedelta(days=7)
"""Where the point of a day that is kept for months is missing, a later one may have taken its place."""
_SLACK = timedelta(days=1)
"""Points go up to a day before or after their time."""
_JUDGED = 200
"""So many slots are looked at: as many points are kept of an item."""
_LATELY = timedelta(days=7)
_MANY = 10
"""More than one in so many missing is as bad as one of the last days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPolicy:
    """A policy as it was seen.

    Attributes:
        policy: None for one whose words were not understood.
        since: when it was seen to have become what it is; None when it never was anything else.
    """

    vault: ArmId
    name: str
    policy: BackupPolicy | None
    seen_at: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A point is promised that holds an instant from `at` to `by`."""

    at: datetime
    by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformity:
    """What was found of an item's points against its policy, what nobody knows, and what was counted."""

    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    measured: Mapping[str, Json] = field(default_factory=dict)


class Promises:
    """The policies of all vaults as they stand now; what each promises is worked out once, for any number of items."""

    def __init__(self, policies: Sequence[SeenPolicy], *, fresh: timedelta, now: datetime) -> None:
        """Take what was seen; a policy that was seen longer ago than `fresh` is unknown."""
        self._known = {
            (each.vault, each.name.casefold()): each for each in policies if now - each.seen_at <= fresh
        }  # fmt: skip
        self._slots: dict[tuple[ArmId, str], tuple[Slot, ...]] = {}
        self._now = now

    def policy(self, vault: ArmId, name: str) -> SeenPolicy | None:
        """Give a policy; None for one of which nothing is known."""
        return self._known.get((vault, name.casefold()))

    def slots(self, seen: SeenPolicy, policy: BackupPolicy) -> tuple[Slot, ...]:
        """Give the points that should be there now, newest first."""
        key = (seen.vault, seen.name.casefold())
        if key not in self._slots:
            self._slots[key] = tuple(islice(promised(policy, self._now), _JUDGED))
        return self._slots[key]


def promised(policy: BackupPolicy, now: datetime) -> Iterator[Slot]:
    """Give the slots whose points should be there still, newest first; the newest may not be over yet."""
    always = max((each.days for each in policy.keeps if each.whole), default=0)
    for slot, day, first in policy.times.back_from(now, policy.longest):
        keeping = policy.kept(day, first=first)
        if keeping is not None and now < slot + timedelta(days=keeping.days) - _SLACK:
            late = _LATE if now < slot + timedelta(days=always) - _SLACK else _LONG_LATE
            yield Slot(slot, slot + late)


def conforms(subject: Subject, seen: Sequence[SeenPoints], promises: Promises) -> Conformity:
    """Tell whether the backups of an item are those that its policy promises.

    Args:
        subject: whose they are.
        seen: what is known; what is too old is left out by who asks.
        promises: of all vaults.
    """
    backups = next((each for each in seen if each.mechanism is Mechanism.BACKUP), None)
    protection = subject.item.protected_by(Mechanism.BACKUP)
    if backups is None or protection is None or backups.state == "unprotected":
        return Conformity()
    found = promises.policy(protection.vault, backups.policy)
    if found is None or found.policy is None:
        return Conformity(unknown=(f"what the policy {backups.policy or 'of its backups'} promises",))
    slow = tuple(_too_slow(subject, found, found.policy))
    points = [point for point in backups.points if point.id]
    if any(point.region for point in points):
        # The paired region answered: what it holds lags, and thins out otherwise.
        unknown = f"whether its backups conform to {found.name}"
        return Conformity(findings=slow, unknown=(unknown,), measured={"policy": found.name})
    slots = _judged(backups, found, promises.slots(found, found.policy))
    missing = _missing(slots, points)
    return Conformity(
        findings=(*slow, *_below(subject, found, slots, missing)),
        measured={"policy": found.name, "promised-points": len(slots), "missing-points": len(missing)},
    )


def _judged(backups: SeenPoints, policy: SeenPolicy, slots: Sequence[Slot]) -> list[Slot]:
    """Leave out the slots of which the points that were listed can tell nothing."""
    listed_at = backups.points_seen_at or backups.seen_at
    known = [each for each in (backups.kept_since, policy.since) if each is not None]
    if backups.points_total > len(backups.points):
        known.append(backups.points[-1].time)
    if backups.kept_since is None:
        return []
    begin = max(known)
    return [slot for slot in slots if begin <= slot.at and slot.by <= listed_at]


def _missing(slots: Sequence[Slot], points: Sequence[RecoveryPoint]) -> list[Slot]:
    times = sorted(point.time for point in points if is_held(point))
    return [slot for slot in slots if not _has(times, slot)]


def _has(times: Sequence[datetime], slot: Slot) -> bool:
    place = bisect_left(times, slot.at)
    return place < len(times) and times[place] <= slot.by


def is_held(point: RecoveryPoint) -> bool:
    """Say whether a point is there, whatever is in it: an infected one and one of the archive are."""
    return point.usable or point.cleanliness is Cleanliness.INFECTED or point.tiers == ("archive",)


def _below(subject: Subject, policy: SeenPolicy, slots: Sequence[Slot], missing: Sequence[Slot]) -> Iterator[Finding]:
    if not missing:
        return
    lately = [slot for slot in missing if slots[0].at - slot.at <= _LATELY]
    bad = bool(lately) or len(missing) * _MANY > len(slots)
    yield subject.finding(
        "points-below-policy",
        Severity.CRITICAL if bad else Severity.WARNING,
        f"{len(missing)} of the {len(slots)} points that {policy.name} promises of {subject.id} are not there, the "
        f"newest of {format_instant(missing[0].at)}",
        "a job failed or was not started, or somebody deleted points: look at the vault's jobs and its activity log",
    )


def _too_slow(subject: Subject, seen: SeenPolicy, policy: BackupPolicy) -> Iterator[Finding]:
    """Find that the policy alone cannot keep the promise; another mechanism may."""
    alone = all(each.mechanism is Mechanism.BACKUP for each in subject.item.protection)
    interval = policy.times.longest_interval
    if subject.rpo is None or not alone or interval <= subject.rpo:
        return
    yield subject.finding(
        "policy-slower-than-objective",
        Severity.WARNING,
        f"{seen.name} lets up to {format_duration(interval)} pass between two points of {subject.id}, "
        f"{canonical_duration(subject.rpo)} was promised, and nothing else protects it",
        "let the policy make points more often, protect it in another way too, or promise less",
    )
