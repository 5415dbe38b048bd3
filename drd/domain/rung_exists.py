"""L0: a recovery point exists and is young enough; no gap in the chain of points, no failed or missing job.

A pure function over what the last collection saw. A fact that is too old is unknown, and what is unknown never passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from drd.domain.canonical import Json
from drd.domain.durations import canonical_duration, format_duration, format_instant
from drd.domain.estate import Mechanism, ProtectedItem, RecoveryPoint
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.domain.ladder import Outcome

_CHAIN = 12
"""So many of the newest points tell how often points are made. Older ones are thinned out on purpose."""
_FEWEST = 3
_SLACK = timedelta(minutes=15)
"""Points are listed some minutes after the instant whose data they hold."""
_FAILED = frozenset({"failed", "completedwitherrors"})
_GAP = "recovery-point-gap"


class SeenPoints(Protocol):
    """What a collection saw of one item under one mechanism."""

    @property
    def mechanism(self) -> Mechanism:
        """How the points are made."""
        ...

    @property
    def seen_at(self) -> datetime:
        """When it was seen."""
        ...

    @property
    def state(self) -> str:
        """`ok`, `warning`, `critical`, `unprotected` or `unknown`."""
        ...

    @property
    def points(self) -> tuple[RecoveryPoint, ...]:
        """Newest first."""
        ...

    @property
    def note(self) -> str:
        """What the vault says of the last job."""
        ...

    @property
    def last_backup_at(self) -> datetime | None:
        """When the last job ended."""
        ...

    @property
    def points_total(self) -> int:
        """How many points there were; `points` are at most the newest 200."""
        ...

    @property
    def points_seen_at(self) -> datetime | None:
        """When the points were listed; None where that was at `seen_at`."""
        ...

    @property
    def policy(self) -> str:
        """The name of the policy by which the points are made; empty where nobody told."""
        ...

    @property
    def kept_since(self) -> datetime | None:
        """Since when points were seen to be made by this policy; None where no point was seen yet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An item, what was promised for it, and where it belongs.

    Attributes:
        rpo: None when nothing was promised.
        fresh: a fact that is older than this is unknown.
    """

    tenant: TenantId
    service: ServiceId
    item: ProtectedItem
    rpo: timedelta | None
    home_region: str
    recovery_region: str
    fresh: timedelta

    def finding(self, code: str, severity: Severity, message: str, hint: str, *, irreversible: bool = False) -> Finding:
        """Find something about the item."""
        return Finding(
            code=code,
            severity=severity,
            tenant=self.tenant,
            subject=self.item.id,
            message=message,
            hint=hint,
            service=self.service,
            irreversible=irreversible,
        )

    @property
    def id(self) -> ItemId:
        """The item's id."""
        return self.item.id


@dataclass(frozen=True, slots=True, kw_only=True)
class RungAnswer:
    """What a rung says of an item now.

    Attributes:
        point: the newest usable point, whatever made it; None where none is known.
    """

    outcome: Outcome
    because: str
    findings: tuple[Finding, ...] = ()
    mechanism: Mechanism | None = None
    point: RecoveryPoint | None = None
    measured: Mapping[str, Json] = field(default_factory=dict)


def exists(subject: Subject, seen: Sequence[SeenPoints], now: datetime) -> RungAnswer:
    """Tell whether the item has points, and young ones. Failed beats unknown, unknown beats passed."""
    known = {each.mechanism: each for each in seen if now - each.seen_at <= subject.fresh}
    unknown = [each.mechanism for each in subject.item.protection if each.mechanism not in known]
    findings = [found for each in known.values() for found in _of_chain(subject, each, now)]
    findings += [_not_seen(subject, mechanism) for mechanism in unknown]
    made_by, newest = _newest(known)
    findings += _too_old(subject, newest, now, complete=not unknown)
    if not subject.item.protection:
        findings.append(
            subject.finding(
                "item-unprotected",
                Severity.CRITICAL,
                f"{subject.id} is protected by nothing",
                "add its protection to the service catalogue, and see that it is there",
            )
        )
    outcome = _outcome(findings, unknown)
    return RungAnswer(
        outcome=outcome,
        because=because(findings, f"the newest usable point is {_age(newest, now)} old, and the chain has no gap"),
        findings=tuple(findings),
        mechanism=made_by,
        point=newest,
        measured=_measured(known, newest, now),
    )


def because(findings: Sequence[Finding], otherwise: str) -> str:
    """Say what was found, the worst first, or else what is right."""
    told = sorted(findings, key=lambda each: each.severity.rank)
    return "; ".join(each.message for each in told) or otherwise


def _outcome(findings: Sequence[Finding], unknown: Sequence[Mechanism]) -> Outcome:
    if any(each.severity is Severity.CRITICAL or each.code == _GAP for each in findings):
        return Outcome.FAILED
    return Outcome.INCONCLUSIVE if unknown else Outcome.PASSED


def _newest(known: Mapping[Mechanism, SeenPoints]) -> tuple[Mechanism | None, RecoveryPoint | None]:
    usable = [(point.time, each.mechanism, point) for each in known.values() for point in each.points if point.usable]
    if not usable:
        return None, None
    _, mechanism, point = max(usable, key=lambda each: each[0])
    return mechanism, point


def _too_old(subject: Subject, newest: RecoveryPoint | None, now: datetime, *, complete: bool) -> Iterator[Finding]:
    # A younger point may be among those that were not seen: then nothing is certain.
    if newest is None or subject.rpo is None or not complete or now - newest.time <= subject.rpo:
        return
    promised = canonical_duration(subject.rpo)
    yield subject.finding(
        "recovery-point-too-old",
        Severity.CRITICAL,
        f"the newest usable point of {subject.id} is {_age(newest, now)} old, {promised} was promised",
        "see why no newer one was made: `drd item points`, and the vault's jobs",
    )


def _not_seen(subject: Subject, mechanism: Mechanism) -> Finding:
    return subject.finding(
        "recovery-points-unknown",
        Severity.WARNING,
        f"what {mechanism.value} has of {subject.id} was not seen lately",
        "see why collection fails: `drd item list`, and the daemon's log; mostly a right or a region is missing",
    )


def _of_chain(subject: Subject, seen: SeenPoints, now: datetime) -> Iterator[Finding]:
    by, item = seen.mechanism.value, subject.id
    if seen.state == "unprotected":
        yield subject.finding(
            "item-unprotected",
            Severity.CRITICAL,
            f"{item} is not protected by {by}, as the catalogue says it is",
            "protect it again, or take the protection out of the catalogue; an item that is gone leaves the catalogue",
        )
        return
    usable = [point.time for point in seen.points if point.usable]
    if not usable:
        words = "has no recovery point" if not seen.points else "has no usable recovery point"
        hint = "look at the vault's jobs, and make a point now"
        yield subject.finding("no-usable-point", Severity.CRITICAL, f"{item} {words} by {by}", hint)
    if seen.state in {"critical", "warning"} or seen.note.casefold() in _FAILED:
        severity = Severity.WARNING if seen.state == "warning" else Severity.CRITICAL
        said = f": {seen.note}" if seen.note else ""
        yield subject.finding(
            "protection-unhealthy",
            severity,
            f"{by} of {item} is {seen.state}{said}",
            "look at the vault's jobs and at the item's health in the portal",
        )
    yield from _gaps(subject, seen, sorted(usable, reverse=True)[:_CHAIN], now)


def _gaps(subject: Subject, seen: SeenPoints, newest_first: Sequence[datetime], now: datetime) -> Iterator[Finding]:
    interval = observed_interval(newest_first)
    if interval is None:
        return
    longest, every = interval * 1.5, format_duration(interval)
    by, item = seen.mechanism.value, subject.id
    late = now - newest_first[0]
    if late > longest + _SLACK:
        yield subject.finding(
            "recovery-point-missing",
            Severity.CRITICAL,
            f"{by} makes a point of {item} every {every}; none came for {format_duration(late)}",
            "a job failed or did not start: look at the vault's jobs",
        )
    gaps = [(older, newer) for newer, older in pairwise(newest_first) if newer - older > longest]
    if gaps:
        older, newer = gaps[0]
        yield subject.finding(
            _GAP,
            Severity.WARNING,
            f"{by} has no point of {item} between {format_instant(older)} and {format_instant(newer)}",
            "a job failed then; what was written in between cannot be had at its own instant",
        )


def observed_interval(newest_first: Sequence[datetime]) -> timedelta | None:
    """Give how often points are made: the middle of the intervals between the newest; None when they are too few."""
    lengths = sorted(newer - older for newer, older in pairwise(newest_first))
    return lengths[len(lengths) // 2] if len(lengths) >= _FEWEST else None


def _age(point: RecoveryPoint | None, now: datetime) -> str:
    return "unknown" if point is None else format_duration(max(now - point.time, timedelta(0)))


def _measured(known: Mapping[Mechanism, SeenPoints], newest: RecoveryPoint | None, now: datetime) -> Mapping[str, Json]:
    counted: dict[str, Json] = {
        each.mechanism.value: sum(point.usable for point in each.points) for each in known.values()
    }
    age = None if newest is None else round(max(now - newest.time, timedelta(0)).total_seconds())
    return {"usable-points": counted, "point-age-seconds": age}
