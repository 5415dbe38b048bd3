"""Which recovery points Site Recovery holds at a given instant, and the RPO it reports. Pure functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from drd.sandbox.recovery_services import chance
from drd.sandbox.regions import Outage

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_EVERY = timedelta(minutes=5)
_APPLICATION_EVERY = timedelta(hours=1)
_DENSE = timedelta(hours=2)
"""Points older than this are thinned out to the application-consistent ones."""
_HISTORY = timedelta(hours=24)
_PROCESSING = timedelta(seconds=50)
"""A point can be used this long after its instant, when its data has arrived in the recovery region."""
_SHORTEST_LAG = timedelta(seconds=4)
_LONGEST_LAG = timedelta(seconds=30)
"""What has left the machine arrives so much later; it can be processed from then on. Inferred."""
_SHORTEST_RPO = timedelta(seconds=35)
_LONGEST_RPO = timedelta(seconds=170)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationPoint:
    """A state of the machine that Site Recovery can bring up."""

    name: str
    taken_at: datetime
    application_consistent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RpoReading:
    """What the service last computed: the RPO in whole seconds, and when it computed it. It ages between readings."""

    seconds: int
    calculated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationHistory:
    """What one replicated item has been through.

    `since` is the instant protection began, `stopped_at` the instant data stopped coming: its region was lost, or the
    machine was failed over. In its `outages`, which are over, no point was made either.
    """

    seed: str
    item: str
    since: datetime
    stopped_at: datetime | None = None
    outages: tuple[Outage, ...] = ()

    def points(self, now: datetime) -> tuple[ReplicationPoint, ...]:
        """Usable points, newest first: crash-consistent every five minutes, application-consistent every hour."""
        # What had left the region when it was lost still arrives, so processing goes on after `stopped_at`.
        return tuple(self._points(min(now - _PROCESSING, self._frozen(now))))

    def newest(self, now: datetime) -> ReplicationPoint | None:
        """The point a failover uses when the caller names none."""
        return next(iter(self.points(now)), None)

    def latest(self, now: datetime) -> ReplicationPoint:
        """The point that is made when everything that has arrived is processed first: newer than what is usable."""
        until = self._frozen(now)
        lag = chance.span(self.seed, self.item, until.isoformat(), shortest=_SHORTEST_LAG, longest=_LONGEST_LAG)
        usable = self.newest(now)
        taken_at = until - lag if usable is None else max(until - lag, usable.taken_at)
        name = chance.name(self.seed, self.item, taken_at.isoformat(), "latest")
        return ReplicationPoint(name=name, taken_at=taken_at, application_consistent=False)

    def rpo(self, now: datetime) -> RpoReading:
        """The reading the service shows at `now`; it stays as it is once data stopped coming."""
        frozen = self._frozen(now)
        phase = chance.span(self.seed, self.item, "rpo phase", shortest=timedelta(0), longest=_EVERY)
        calculated_at = frozen - (frozen - _EPOCH - phase) % _EVERY
        reading = chance.span(
            self.seed, self.item, calculated_at.isoformat(), shortest=_SHORTEST_RPO, longest=_LONGEST_RPO
        )
        return RpoReading(seconds=int(reading.total_seconds()), calculated_at=calculated_at)

    def _frozen(self, now: datetime) -> datetime:
        return now if self.stopped_at is None else min(now, self.stopped_at)

    def _was_lost(self, at: datetime) -> bool:
        return any(outage.covers(at) for outage in self.outages)

    def _points(self, until: datetime) -> Iterator[ReplicationPoint]:
        newest = until - (until - _EPOCH) % _EVERY
        oldest = max(until - _HISTORY, self.since)
        for back in range(_HISTORY // _EVERY + 1):
            taken_at = newest - back * _EVERY
            application = (taken_at - _EPOCH) % _APPLICATION_EVERY == timedelta(0)
            if self._was_lost(taken_at):
                continue
            if taken_at >= oldest and (application or until - taken_at <= _DENSE):
                yield ReplicationPoint(
                    name=chance.name(self.seed, self.item, taken_at.isoformat()),
                    taken_at=taken_at,
                    application_consistent=application,
                )
