"""asr.cancel-failover: takes a failover back that was not committed; the item is active again where it was.

```yaml
- {id: take-back, uses: asr.cancel-failover, for-each: {items: {role: sql}}, with: {item: "${{ each.id }}"}}
```
"""

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from drd.acting import recovery_plans as plans
from drd.actions import Item, Resource, Values, item_of, polled_recovery, replicated, sighted, wrong
from drd.domain.call import Call
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Underway,
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.recovery_plans import RECOVERY_PLANS
from drd.ports.replication import REPLICATION, ReplicatedItem

SCENARIO = "CancelFailover"


class Params(Values):
    """What is taken back."""

    item: Item | None = None
    """The protected item."""
    recovery_plan: Resource | None = None
    """Or a recovery plan of Site Recovery, with all items of the service in it."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.item is None) == (self.recovery_plan is None):
            raise wrong("exactly one of item and recovery-plan is needed", "write item: ID, or recovery-plan: an id")
        return self


class CancelFailover:
    """Where the item is active says whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/failoverCancel/action",
        "Microsoft.RecoveryServices/vaults/replicationJobs/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
        *plans.PERMISSIONS,
        "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/failoverCancel/action",
    )
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the item's replication."""
        if parameters.recovery_plan is not None:
            return tuple(item.resource for item in plans.planned_items(context, parameters.recovery_plan))
        return (item_of(context, parameters.item or "").resource,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it is active at home, goes there, or may."""
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            done = all(_is_done(each) for each in await plans.items_in(context, plan.id))
            return Present() if done else await plans.sighted(context, plan, SCENARIO, SCENARIO)
        item = await replicated(context, parameters.item or "")
        return Present() if _is_done(item) else await sighted(context, item, SCENARIO, SCENARIO)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the order."""
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            capability = context.provider.capability(RECOVERY_PLANS)
            return Underway(operation=await capability.cancel_failover(plan, request_id=context.request_id))
        item = await replicated(context, parameters.item or "")
        operation = await context.provider.capability(REPLICATION).cancel_failover(item, request_id=context.request_id)
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        if parameters.recovery_plan is not None:
            return await plans.polled(context, operation)
        return await polled_recovery(context, parameters.item or "", operation, points=False)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back where the item is active."""
        if parameters.recovery_plan is not None:
            items = await plans.items_in(context, parameters.recovery_plan)
        else:
            items = [await replicated(context, parameters.item or "")]
        late = [item for item in items if not _is_done(item)]
        return Pending(note=f"{late[0].name} is active in {late[0].active_location}") if late else Present()

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Failing over again is a decision of its own."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be taken back."""
        return Simulation(
            sentence=f"take the failover of {parameters.item or parameters.recovery_plan} back",
            targets=(str(parameters.item or parameters.recovery_plan),),
            destructive=True,
        )


def _is_done(item: ReplicatedItem) -> bool:
    busy = not item.allowed
    return item.active_location.casefold() == "primary" and not busy


ACTION = Verb("asr.cancel-failover", Params, CancelFailover())
