"""What is looked at, and what is known about it before anybody is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from drd.domain.clock_offset import ClockOffset
from drd.domain.errors import DrdError
from drd.domain.estate import Mechanism, Service, Tenant
from drd.domain.finding_codes import CODES
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ArmId, ItemId, RunbookId, TenantId
from drd.domain.plan import Mode, RecoveryPlan, Step
from drd.domain.plan_status import GreenDrill, StandingPlan
from drd.ports.inventory import ItemFacts
from drd.ports.runbooks import RunbookCard

Seen: TypeAlias = tuple[TenantId, ItemId, Mechanism]
"""Whose item was seen, which, and under which mechanism."""

SHOWN = 3
"""So many of a kind are named in a message; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A tenant, one of its services, or one of its runbooks with the plans that it becomes.

    Attributes:
        plans: by mode, without inputs or choices; those that could be made.
        refusals: why the others could not.
        under: of a tenant as a whole, the plans of a failover that bring its services back.
    """

    tenant: Tenant
    service: Service | None = None
    card: RunbookCard | None = None
    plans: Mapping[Mode, RecoveryPlan] = field(default_factory=dict)
    refusals: Mapping[Mode, DrdError] = field(default_factory=dict)
    under: tuple[RecoveryPlan, ...] = ()

    @property
    def runbook(self) -> RunbookId | None:
        """Give the runbook's id, where it is about one."""
        return self.card.id if self.card else None

    def found(
        self, code: str, subject: str, message: str, *, hint: str = "", severity: Severity | None = None
    ) -> Finding:
        """Make a finding about it; severity and hint are the code's own where none is given."""
        known = CODES[code]
        return Finding(
            code=code,
            severity=severity or known.severity,
            tenant=self.tenant.id,
            subject=subject,
            message=message,
            hint=hint or known.do,
            service=self.service.id if self.service else None,
            runbook=self.runbook,
        )

    def unknown(self, code: str, subject: str, error: DrdError) -> Finding:
        """Make the finding that something could not be told."""
        return self.found(code, subject, str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What drd knows without asking.

    Attributes:
        now: world time. host_now: of the host, for what lives by it, such as certificates.
        items: what the last collections saw, where it is young enough to be believed.
        answerers: who may answer for a contact, by tenant and contact, as the settings say.
        region: where this daemon runs; empty when nobody said.
        runbooks: the ids on the shelf.
        clock: how far the host's clock is off; None where nobody told.
        to_green: forecasts how long a plan takes from its start until its last check could be green.
    """

    now: datetime
    host_now: datetime
    items: Mapping[Seen, ItemFacts] = field(default_factory=dict)
    standing: tuple[StandingPlan, ...] = ()
    drills: tuple[GreenDrill, ...] = ()
    answerers: Mapping[tuple[TenantId, str], frozenset[str]] = field(default_factory=dict)
    region: str = ""
    runbooks: frozenset[RunbookId] = frozenset()
    clock: ClockOffset | None = None
    to_green: Callable[[RecoveryPlan], timedelta] = lambda _plan: timedelta(0)

    def facts(self, tenant: TenantId, item: ItemId, mechanism: Mechanism) -> ItemFacts | None:
        """Give what is believed of an item under one mechanism; None for unknown."""
        return self.items.get((tenant, item, mechanism))


def own_steps(plan: RecoveryPlan) -> tuple[Step, ...]:
    """Give the steps that a run of the plan would do itself, in a region that can be reached."""
    return tuple(step for step in plan.steps if step.child is None and not step.why_left_out(graceful=True))


def resources_in(value: object) -> frozenset[ArmId]:
    """Give every ARM id that stands in a step's values."""
    if isinstance(value, str):
        return frozenset({ArmId(value.rstrip("/"))} if value.casefold().startswith("/subscriptions/") else ())
    if isinstance(value, Mapping):
        return frozenset(each for inner in value.values() for each in resources_in(inner))
    if isinstance(value, list | tuple):
        return frozenset(each for inner in value for each in resources_in(inner))
    return frozenset()


def several(names: list[str]) -> str:
    """Name the first few, and count the rest."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
