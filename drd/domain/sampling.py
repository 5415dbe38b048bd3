"""Which points to prove tonight: those whose proof lowers the expected unproven data most, and some by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from drd.domain.errors import RefusedError
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.domain.ladder import Rung

_TIERS = (8.0, 4.0, 2.0)
_OTHER_TIERS = 1.0
_HOUR = timedelta(hours=1)
_PROBABILITY_STEPS = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An item that may be proven.

    Attributes:
        points: the usable ones, newest first; without any there is nothing to restore.
        proven: what is left of its proof, from 0 to 1 (`drd.domain.decay`).
        failures: verifications of it that failed lately.
        cores: how many the copy needs while it stands.
        lasts: how long a copy stands.
        to: the rung that its proof reaches.
    """

    tenant: TenantId
    service: ServiceId
    item: ItemId
    tier: int
    rpo: timedelta | None
    points: tuple[RecoveryPoint, ...]
    proven: float
    failures: int = 0
    cores: int = 2
    lasts: timedelta = _HOUR
    to: Rung = Rung.L4

    @property
    def core_hours(self) -> float:
        """What its proof costs."""
        return self.cores * (self.lasts / _HOUR)

    @property
    def gain(self) -> float:
        """What its proof would lower the expected unproven data by, in no unit: only the order counts.

        A tier counts twice as much as the next one; data with a short recovery point objective changes fast and was
        promised most; an item that failed lately is more likely to be unproven than its age says.
        """
        weight = _TIERS[self.tier] if 0 <= self.tier < len(_TIERS) else _OTHER_TIERS
        haste = 1.0 if self.rpo is None else 1.0 + 1.0 / (1.0 + self.rpo / _HOUR)
        return weight * haste * (1.0 - min(max(self.proven, 0.0), 1.0)) * (1 + min(self.failures, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be used in one turn.

    Attributes:
        restores: at most so many restores.
        core_hours: at most so many hours of cores; None for no limit.
        quota_cores: at most so many cores at the same time, for all copies together; None for no limit.
        by_chance: share of the restores whose item and point are drawn by lot, from 0 to 1; at least one is when two
            or more are made, so that nothing is never looked at.
    """

    restores: int
    core_hours: float | None = None
    quota_cores: int | None = None
    by_chance: float = 0.2

    @property
    def nothing(self) -> bool:
        """Say whether it allows nothing at all."""
        return any(each is not None and each <= 0 for each in (self.restores, self.core_hours, self.quota_cores))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A point that was chosen, and why."""

    candidate: Candidate
    point: RecoveryPoint
    because: str


def sample(candidates: Sequence[Candidate], budget: Budget, *, day: date) -> tuple[Pick, ...]:
    """Choose what to prove. The same day, candidates and budget give the same choice, in whatever order they come.

    Raises:
        RefusedError: with the code `no-budget`, when the budget allows nothing at all.
    """
    _check(budget)
    fitting = sorted((each for each in candidates if _fits(each, budget)), key=lambda each: (each.tenant, each.item))
    left = _Left(restores=budget.restores - _by_chance(budget), core_hours=budget.core_hours, cores=budget.quota_cores)
    picks = [
        _worthwhile(each) for each in sorted(fitting, key=lambda each: -each.gain / each.core_hours) if left.take(each)
    ]
    chosen = {(pick.candidate.tenant, pick.candidate.item) for pick in picks}
    others = [each for each in fitting if (each.tenant, each.item) not in chosen]
    left.restores = budget.restores - len(picks)
    drawn = sorted(others, key=lambda each: _lot(day, each.tenant, each.item))
    return (*picks, *(_drawn(each, day) for each in drawn if left.take(each)))


@dataclass(slots=True, kw_only=True)
class _Left:
    """What is left of a budget. All that is chosen stands at the same time."""

    restores: int
    core_hours: float | None
    cores: int | None

    def take(self, candidate: Candidate) -> bool:
        """Take what a candidate needs, if it is there."""
        if self.restores <= 0 or (self.core_hours is not None and candidate.core_hours > self.core_hours):
            return False
        if self.cores is not None and candidate.cores > self.cores:
            return False
        self.restores -= 1
        self.core_hours = None if self.core_hours is None else self.core_hours - candidate.core_hours
        self.cores = None if self.cores is None else self.cores - candidate.cores
        return True


def _check(budget: Budget) -> None:
    if budget.nothing:
        raise RefusedError(
            "a budget of zero proves nothing",
            hint="allow at least one restore, some core-hours and some cores; or pause the schedule, and say why",
            code="no-budget",
        )


def _fits(candidate: Candidate, budget: Budget) -> bool:
    small_enough = budget.quota_cores is None or candidate.cores <= budget.quota_cores
    return bool(candidate.points) and small_enough and candidate.core_hours > 0


def _by_chance(budget: Budget) -> int:
    if budget.restores == 1 or budget.by_chance <= 0:
        return 0
    return min(max(1, round(budget.restores * budget.by_chance)), budget.restores)


def _worthwhile(candidate: Candidate) -> Pick:
    rpo = "no objective" if candidate.rpo is None else f"RPO {candidate.rpo}"
    because = (
        f"lowers the unproven data most: tier {candidate.tier}, {rpo}, {candidate.proven:.0%} of its proof is left, "
        f"{candidate.failures} failures lately, {candidate.core_hours:g} core-hours"
    )
    return Pick(candidate=candidate, point=candidate.points[0], because=because)


def _drawn(candidate: Candidate, day: date) -> Pick:
    place = int(_lot(day, candidate.tenant, f"{candidate.item}/point") * len(candidate.points))
    because = f"drawn by lot for {day.isoformat()}, point {place + 1} of {len(candidate.points)}"
    return Pick(candidate=candidate, point=candidate.points[place], because=because)


def _lot(day: date, *names: str) -> float:
    """Draw a number from 0 to below 1 that only the day and the names decide."""
    drawn = sha256("/".join((day.isoformat(), *names)).encode("utf-8")).digest()[:8]
    return int.from_bytes(drawn, "big") / _PROBABILITY_STEPS
