"""Which recovery points a backup policy has made by a given instant.

A pure function of the seed, the item, the policy and the time: nothing is stored, so a sandbox that starts today shows
the same past as one that has run for weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from drd.sandbox.recovery_services import chance
from drd.sandbox.regions import Outage

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_SUNDAY = 6
_MINUTES_LATE = timedelta(minutes=12)
_TRANSFER = timedelta(hours=3)
"""Time from the snapshot until the vault holds the whole copy."""
_INSTANT_RETENTION = timedelta(days=2)


class Tier(IntEnum):
    """Where a copy is kept. Old api-versions put the number on the wire, new ones the word."""

    INSTANT = 1
    HARDENED = 2
    ARCHIVED = 3


class Consistency(StrEnum):
    """How whole a copy is; the words of the wire."""

    APPLICATION = "AppConsistent"
    FILE_SYSTEM = "FileSystemConsistent"
    CRASH = "CrashConsistent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBackup:
    """One backup a day.

    `at` is the time after midnight in `zone`, `weeks` for how many weeks Sunday's are kept (none for as long as the
    others), `secondary_lag` the time until a copy can be restored in the paired region.
    `archive_after` is the age at which a copy moves to the archive tier, None for never; `transfer` is the age at which
    the vault holds it, and not only the snapshot beside the machine.
    """

    at: timedelta
    retention: timedelta = timedelta(days=30)
    secondary_lag: timedelta = timedelta(hours=8)
    consistency: Consistency = Consistency.APPLICATION
    archive_after: timedelta | None = None
    transfer: timedelta = _TRANSFER
    weeks: int = 0
    zone: str = "UTC"

    def slot(self, now: datetime, back: int) -> datetime:
        """Return when the backup of a day was due: of today, or of so many days ago."""
        if self.zone == "UTC":
            midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            return midnight - back * _DAY + self.at
        zone = ZoneInfo(self.zone)
        day = now.astimezone(zone).date() - back * _DAY
        return datetime.combine(day, time(self.at.seconds // 3600, self.at.seconds // 60 % 60), zone).astimezone(UTC)

    def kept(self, slot: datetime) -> timedelta:
        """Return how long the backup of a slot is kept."""
        is_weekly = self.weeks and slot.astimezone(ZoneInfo(self.zone)).weekday() == _SUNDAY
        return max(self.retention, self.weeks * _WEEK) if is_weekly else self.retention

    @property
    def longest(self) -> timedelta:
        """Return how long a backup is kept at most."""
        return max(self.retention, self.weeks * _WEEK)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemand:
    """A backup that somebody asked for, with the end of its own retention."""

    taken_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPoint:
    """A copy in the vault."""

    name: str
    taken_at: datetime
    consistency: Consistency
    tiers: tuple[Tier, ...]
    expires_at: datetime

    @property
    def is_archived(self) -> bool:
        """Tell whether only the archive tier still holds it."""
        return self.tiers == (Tier.ARCHIVED,)

    @property
    def is_in_vault(self) -> bool:
        """Tell whether the vault holds the whole copy."""
        return Tier.HARDENED in self.tiers or self.is_archived


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupHistory:
    """What one item has been through.

    `lost_at` is the instant from which nothing was backed up or copied any more: its region or its machine was lost.
    In its `outages`, which are over, no scheduled point was made.
    """

    seed: str
    item: str
    policy: DailyBackup
    lost_at: datetime | None = None
    on_demand: tuple[OnDemand, ...] = ()
    outages: tuple[Outage, ...] = ()

    def primary(self, now: datetime) -> tuple[BackupPoint, ...]:
        """Points that can be restored in the vault's own region, newest first; a snapshot that went is none."""
        frozen = self._frozen(now)
        points = (self._point(taken_at, frozen) for taken_at in self._instants(frozen))
        return tuple(point for point in points if point.tiers)

    def secondary(self, now: datetime) -> tuple[BackupPoint, ...]:
        """Points that can be restored in the paired region, newest first; they lag those of `primary`."""
        frozen = self._frozen(now)
        arrived = (at for at in self._instants(frozen) if at + self.policy.secondary_lag <= frozen)
        return tuple(self._copy(at, frozen) for at in arrived)

    def _frozen(self, now: datetime) -> datetime:
        return now if self.lost_at is None else min(now, self.lost_at)

    def _instants(self, until: datetime) -> list[datetime]:
        asked = [one.taken_at for one in self.on_demand if one.taken_at <= until < one.expires_at]
        return sorted([*self._scheduled(until), *asked], reverse=True)

    def _scheduled(self, until: datetime) -> Iterator[datetime]:
        for back in range(self.policy.longest // _DAY + 1):
            slot = self.policy.slot(until, back)
            taken_at = self._taken_at(slot)
            was_lost = any(outage.covers(taken_at) for outage in self.outages)
            if until - self.policy.kept(slot) < taken_at <= until and not was_lost:
                yield taken_at

    def _taken_at(self, slot: datetime) -> datetime:
        late = chance.span(self.seed, self.item, slot.isoformat(), shortest=timedelta(seconds=2), longest=_MINUTES_LATE)
        return slot + late

    def _point(self, taken_at: datetime, now: datetime) -> BackupPoint:
        if self._is_archived(taken_at, now):
            return self._made(taken_at, (Tier.ARCHIVED,))
        age = now - taken_at
        tiers = []
        if age < _INSTANT_RETENTION:
            tiers.append(Tier.INSTANT)
        if age >= self.policy.transfer:
            tiers.append(Tier.HARDENED)
        return self._made(taken_at, tuple(tiers))

    def _copy(self, taken_at: datetime, now: datetime) -> BackupPoint:
        # A snapshot never leaves its region: only what the vault holds is copied to the pair.
        tier = Tier.ARCHIVED if self._is_archived(taken_at, now) else Tier.HARDENED
        return self._made(taken_at, (tier,))

    def _is_archived(self, taken_at: datetime, now: datetime) -> bool:
        after = self.policy.archive_after
        return after is not None and now - taken_at >= after

    def _made(self, taken_at: datetime, tiers: tuple[Tier, ...]) -> BackupPoint:
        asked = next((one.expires_at for one in self.on_demand if one.taken_at == taken_at), None)
        return BackupPoint(
            name=chance.point_number(self.seed, self.item, taken_at.isoformat()),
            taken_at=taken_at,
            consistency=self.policy.consistency,
            tiers=tiers,
            expires_at=asked or taken_at + self._kept(taken_at),
        )

    def _kept(self, taken_at: datetime) -> timedelta:
        if not self.policy.weeks:
            return self.policy.retention
        slots = (self.policy.slot(taken_at, back) for back in (0, 1))
        return self.policy.kept(next(slot for slot in slots if slot <= taken_at))
