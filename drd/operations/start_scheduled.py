"""Start what a schedule calls for: one run a slot, under the schedule's own name."""

from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode
from drd.operations.kill_conductor import KillOrder
from drd.operations.start_run import StartOrder, StartRun
from drd.ports.journal import RunCard
from drd.ports.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class StartScheduled:
    """Starts the drill of a slot.

    The slot's key makes one run of it, whatever daemon comes to it and however often. Where somebody else's run holds
    the service, the slot ends with a reason that names that run. `kill`: the drill ends its daemon once.
    """

    start_run: StartRun
    runbook: RunbookId
    tenant: TenantId | None = None
    kill: KillOrder | None = None

    async def __call__(self, slot: Slot) -> RunCard:
        """Start the slot's run, or give the one that it started before. Raises as `StartRun`."""
        order = StartOrder(
            runbook=self.runbook,
            tenant=self.tenant,
            mode=Mode.DRILL,
            actor=slot_actor(slot, self.tenant),
            reason=f"slot {slot.wall} of schedule {slot.schedule}",
            key=slot_key(slot),
            kill=self.kill,
        )
        return await self.start_run(order)


def slot_actor(slot: Slot, tenant: TenantId | None) -> Actor:
    """Give who acts for a schedule: it may drill and verify, never fail over; without a tenant it acts for all."""
    return Actor(
        name=f"schedule:{slot.schedule}",
        roles=frozenset({Role.OPERATOR}),
        tenants=frozenset({tenant} if tenant else ()),
    )


def slot_key(slot: Slot) -> str:
    """Name the one run that a slot may have."""
    return f"schedule/{slot.schedule}/{slot.wall}"
