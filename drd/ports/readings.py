"""Read-only figures for metrics, reports and lists, taken from the store in one consistent read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from drd.domain.drill_verdict import DrillVerdict
from drd.domain.findings import Finding
from drd.domain.ids import ItemId, RunbookId, RunId, ServiceId, TenantId
from drd.domain.ladder import Outcome, Rung
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.plan_status import StandingPlan
from drd.domain.remaining import Remaining
from drd.domain.spread import Spread
from drd.ports.capacity import RecoveryRoom
from drd.ports.inventory import Collection, ItemFacts, VaultFacts
from drd.ports.journal import RunCard
from drd.ports.slots import SlotState

DECISIONS = ("approved", "denied")
"""What people decide when a run asks them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A run that ended, with its figures. The newest per tenant, service and mode, and the newest that succeeded.

    A drill succeeded when its `verdict` is green; before its end was looked at twice it is not.
    """

    run: RunId
    tenant: TenantId
    service: ServiceId
    runbook: RunbookId
    mode: Mode
    state: RunState
    ended_at: datetime
    achieved_recovery_time: timedelta | None
    achieved_recovery_point: timedelta | None
    verdict: DrillVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRun:
    """A run that is not final, with counts of its steps by state and its waiting approvals.

    Attributes:
        deadline: when its recovery time objective ends; None where it has none, and once its last check is green.
        remaining: what it still needs until its last check is green; None where nobody knows how long its steps take.
        operations: what each operation works on that the cloud accepted for a step and that was not seen to end.
    """

    card: RunCard
    steps: dict[str, int]
    approvals: tuple[tuple[str, datetime], ...] = ()
    deadline: datetime | None = None
    operations: tuple[str, ...] = ()
    remaining: Remaining | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFigures:
    """How the slots of a schedule ended since it was first known; `paused` while a person keeps it from running.

    Attributes:
        last_missed_at: when a slot was last seen to be missed that nobody paused; after an outage, when it was over.
    """

    schedule: str
    ended: dict[SlotState, int]
    last_success_at: datetime | None = None
    last_missed_at: datetime | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFigures:
    """How many verifications of one item, rung and outcome there were, and when the last one was; for ever."""

    tenant: TenantId
    item: ItemId
    rung: Rung
    outcome: Outcome
    total: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that one scrape or list needs.

    Attributes:
        items: of the points of each only the newest, and the newest usable one of each consistency.
        ended: how many runs ended, by tenant, runbook, mode and state; since the journal began, also those that left.
        drills: how many drills ended, by tenant, runbook and verdict; as `ended`.
        lengths: world time from acceptance to end of the runs in `ended`, by runbook and mode, over `spread.LONG`.
        proof_lengths: what verifications took for which a run restored something, over `spread.LONG`.
        answers: how long runs waited for each answer of a person, by decision (`DECISIONS`), over `spread.SHORT`.
        proven: time of the newest point that a drill restored, by item and mechanism.
        recoveries: achieved recovery times of the newest failovers and drills that worked, newest first, by tenant and
            service; at most `drd.domain.forecast.NEWEST` of each.
        standing: plans as they stand on the shelf.
        rooms: vCPUs in recovery regions, as readiness saw them last.
        findings: what was found last, worst first. looked: when each scope looked last.
    """

    items: tuple[ItemFacts, ...]
    vaults: tuple[VaultFacts, ...]
    collections: tuple[Collection, ...]
    last: tuple[Recovery, ...]
    last_succeeded: tuple[Recovery, ...]
    active: tuple[ActiveRun, ...]
    ended: dict[tuple[TenantId, RunbookId, Mode, RunState], int]
    proven: dict[tuple[TenantId, ItemId, str], datetime]
    events: int
    findings: tuple[Finding, ...] = ()
    looked: Mapping[str, datetime] = field(default_factory=dict)
    schedules: tuple[ScheduleFigures, ...] = ()
    verifications: tuple[VerificationFigures, ...] = ()
    drills: Mapping[tuple[TenantId, RunbookId, DrillVerdict], int] = field(default_factory=dict)
    lengths: Mapping[tuple[RunbookId, Mode], Spread] = field(default_factory=dict)
    proof_lengths: Mapping[Rung, Spread] = field(default_factory=dict)
    answers: Mapping[str, Spread] = field(default_factory=dict)
    recoveries: Mapping[tuple[TenantId, ServiceId], tuple[timedelta, ...]] = field(default_factory=dict)
    standing: tuple[StandingPlan, ...] = ()
    rooms: tuple[RecoveryRoom, ...] = ()


class Readings(Protocol):
    """Read-only. Errors as `Journal`'s."""

    async def figures(self) -> Figures:
        """Take everything in one read."""
        ...
