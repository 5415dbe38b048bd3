"""Which recovery points a backup policy has made by a given instant.

A pure function of the seed, the item, the policy and the time: nothing is stored, so a sandbox that starts today shows
the same past as one that has run for weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

from drd.sandbox.recovery_services import chance

_DAY = timedelta(days=1)
_MINUTES_LATE = timedelta(minutes=12)
_TRANSFER = timedelta(hours=3)
"""Time from the snapshot until the vault holds the whole copy."""
_INSTANT_RETENTION = timedelta(days=2)


class Tier(IntEnum):
    """Where a copy is kept. Old api-versions put the number on the wire, new ones the word."""

    INSTANT = 1
    HARDENED = 2


class Consistency(StrEnum):
    """How whole a copy is; the words of the wire."""

    APPLICATION = "AppConsistent"
    FILE_SYSTEM = "FileSystemConsistent"
    CRASH = "CrashConsistent"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBackup:
    """One backup a day.

    `at` is the time after midnight UTC, `secondary_lag` the time until a copy can be restored in the paired region.
    """

    at: timedelta
    retention: timedelta = timedelta(days=30)
    secondary_lag: timedelta = timedelta(hours=8)
    consistency: Consistency = Consistency.APPLICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPoint:
    """A copy in the vault."""

    name: str
    taken_at: datetime
    consistency: Consistency
    tiers: tuple[Tier, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupHistory:
    """What one item has been through: its policy, and the instant its region was lost, if it was."""

    seed: str
    item: str
    policy: DailyBackup
    lost_at: datetime | None = None

    def primary(self, now: datetime) -> tuple[BackupPoint, ...]:
        """Points that can be restored in the vault's own region, newest first."""
        frozen = self._frozen(now)
        return tuple(self._point(taken_at, frozen) for taken_at in self._instants(frozen))

    def secondary(self, now: datetime) -> tuple[BackupPoint, ...]:
        """Points that can be restored in the paired region, newest first; they lag those of `primary`."""
        frozen = self._frozen(now)
        arrived = (at for at in self._instants(frozen) if at + self.policy.secondary_lag <= frozen)
        return tuple(self._copy(at) for at in arrived)

    def _frozen(self, now: datetime) -> datetime:
        return now if self.lost_at is None else min(now, self.lost_at)

    def _instants(self, until: datetime) -> Iterator[datetime]:
        midnight = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        days = self.policy.retention // _DAY
        for back in range(days + 1):
            slot = midnight - back * _DAY + self.policy.at
            taken_at = slot + chance.span(
                self.seed, self.item, slot.isoformat(), shortest=timedelta(seconds=2), longest=_MINUTES_LATE
            )
            if until - self.policy.retention < taken_at <= until:
                yield taken_at

    def _point(self, taken_at: datetime, now: datetime) -> BackupPoint:
        age = now - taken_at
        tiers = []
        if age < _INSTANT_RETENTION:
            tiers.append(Tier.INSTANT)
        if age >= _TRANSFER:
            tiers.append(Tier.HARDENED)
        return self._made(taken_at, tuple(tiers))

    def _copy(self, taken_at: datetime) -> BackupPoint:
        # A snapshot never leaves its region: only what the vault holds is copied to the pair.
        return self._made(taken_at, (Tier.HARDENED,))

    def _made(self, taken_at: datetime, tiers: tuple[Tier, ...]) -> BackupPoint:
        return BackupPoint(
            name=chance.point_number(self.seed, self.item, taken_at.isoformat()),
            taken_at=taken_at,
            consistency=self.policy.consistency,
            tiers=tiers,
            expires_at=taken_at + self.policy.retention,
        )
