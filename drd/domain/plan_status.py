"""What a runbook's plans have proved: verified is what passed a drill exactly as it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode


class PlanStatus(StrEnum):
    """How far a runbook is proved for a tenant. Only the first is good."""

    VERIFIED = "verified"
    """Its drill's plan passed a drill, and no plan of any mode has changed since that drill began."""
    CHANGED = "changed"
    """It passed a drill once; since then a plan changed."""
    NEVER_DRILLED = "never-drilled"
    """No drill of it was ever green."""
    NO_DRILL = "no-drill"
    """It has no mode drill, so it cannot be drilled."""
    FAULTY = "faulty"
    """It cannot be planned in some mode."""
    UNKNOWN = "unknown"
    """Nobody has looked yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPlan:
    """A plan as it stands on the shelf, without inputs or choices. `since`: since when it has been exactly so."""

    tenant: TenantId
    runbook: RunbookId
    mode: Mode
    hash: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenDrill:
    """The newest drill of one plan that succeeded."""

    tenant: TenantId
    runbook: RunbookId
    plan_hash: str
    accepted_at: datetime
    ended_at: datetime


def status_of(plans: Iterable[StandingPlan], drills: Iterable[GreenDrill]) -> PlanStatus:
    """Judge one runbook of one tenant.

    Args:
        plans: those of all its modes, as they stand; none when nobody has looked.
        drills: its green drills, of any plan.
    """
    standing: Mapping[Mode, StandingPlan] = {each.mode: each for each in plans}
    if not standing:
        return PlanStatus.UNKNOWN
    rehearsed = standing.get(Mode.DRILL)
    if rehearsed is None:
        return PlanStatus.NO_DRILL
    green = tuple(drills)
    if not green:
        return PlanStatus.NEVER_DRILLED
    began = max((each.accepted_at for each in green if each.plan_hash == rehearsed.hash), default=None)
    # Another mode's plan is never drilled itself: it must have stood as it is when the drill began.
    others = [each.since for each in standing.values() if each.mode is not Mode.DRILL]
    if began is None or any(since is None or since > began for since in others):
        return PlanStatus.CHANGED
    return PlanStatus.VERIFIED
