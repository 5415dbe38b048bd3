"""asr.reprotect: lets what failed over replicate the other way, and waits until it is protected again.

In mode failover it replicates back to the home region afterwards, in mode failback to the recovery region. The other
region must be reachable. Azure needs about an hour, most of it for copying data: give the step time.

```yaml
- id: reprotect
  uses: asr.reprotect
  for-each: {items: {}}
  with:
    item: "${{ each.id }}"
    staging: /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/NAME
  timeout: 3h
```
"""

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from drd.acting import recovery_plans as plans
from drd.actions import Item, Resource, Values, item_of, polled_recovery, recovered_machine, replicated, sighted, wrong
from drd.domain.call import Call
from drd.domain.errors import PermanentError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
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
from drd.ports.machines import MACHINES
from drd.ports.recovery_plans import RECOVERY_PLANS
from drd.ports.replication import REPLICATION, ReplicatedItem, ReverseWish

SCENARIO = "SwitchProtection"
VERB = "ReverseReplicate"


class Params(Values):
    """What replicates the other way from now on."""

    item: Item | None = None
    """The protected item."""
    staging: Resource | None = None
    """A storage account in the region where the item runs now: its changes pass through it. Needed with an item."""
    recovery_plan: Resource | None = None
    """Or a recovery plan of Site Recovery, with all items of the service in it."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.item is None) == (self.recovery_plan is None):
            raise wrong("exactly one of item and recovery-plan is needed", "write item: ID, or recovery-plan: an id")
        if self.item is not None and self.staging is None:
            raise wrong("staging is needed with an item", "name a storage account in the region where the item runs")
        return self


class Reprotect:
    """The item's direction and state say whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/switchprotection/action",
        "Microsoft.RecoveryServices/vaults/replicationJobs/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        *plans.PERMISSIONS,
        "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/reProtect/action",
    )
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing that a run would have to remove."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the direction of the item's replication."""
        if parameters.recovery_plan is not None:
            return tuple(item.resource for item in plans.planned_items(context, parameters.recovery_plan))
        return (item_of(context, parameters.item or "").resource,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it replicates the other way already, is being switched, or may be."""
        items = await _items(parameters, context)
        if all(_is_turned(item, context) for item in items):
            return Present()
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            return await plans.sighted(context, plan, SCENARIO, VERB)
        seen = await sighted(context, items[0], SCENARIO, VERB)
        if isinstance(seen, Absent) and not items[0].is_active_in(_active(context)):
            raise PermanentError(
                f"{items[0].name} is active in {items[0].active_region}, not in {_active(context)}",
                target=str(items[0].id),
                hint="a failover is reprotected in mode failover, a failback in mode failback",
                code="wrong-direction",
            )
        return seen

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the switch."""
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            capability = context.provider.capability(RECOVERY_PLANS)
            return Underway(operation=await capability.reprotect(plan, request_id=context.request_id))
        item = await replicated(context, parameters.item or "")
        machine = await context.provider.capability(MACHINES).get(recovered_machine(item, item.recovery_machine_name))
        if machine is None or parameters.staging is None:
            raise PermanentError(
                f"the machine that {item.name} failed over to is not there",
                target=str(item.id),
                hint="see the vault's job of the failover",
                code="machine-missing",
            )
        wish = ReverseWish(recovery_group=item.source.group_id, staging=parameters.staging, disks=machine.disks)
        operation = await context.provider.capability(REPLICATION).switch_protection(
            item, wish, request_id=context.request_id
        )
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job of the switch; replication begins when it ends."""
        if parameters.recovery_plan is not None:
            await_plan = await plans.polled(context, operation)
            return await_plan if isinstance(await_plan, Pending) else Present()
        seen = await polled_recovery(context, parameters.item or "", operation, points=False)
        return seen if isinstance(seen, Pending) else Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that everything replicates the other way and is protected."""
        for item in await _items(parameters, context):
            if not _is_turned(item, context):
                return Pending(note=f"{item.name} does not replicate the other way yet")
            if item.state.casefold() != "protected":
                return Pending(note=f"{item.name} is {item.state}")
        return Present()

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Only a failover turns it round again."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be turned round."""
        what = str(parameters.item or parameters.recovery_plan)
        return Simulation(sentence=f"let {what} replicate the other way", targets=(what,), destructive=True)


async def _items(parameters: Params, context: StepContext) -> list[ReplicatedItem]:
    if parameters.recovery_plan is not None:
        return await plans.items_in(context, parameters.recovery_plan)
    return [await replicated(context, parameters.item or "")]


def _active(context: StepContext) -> str:
    """Give the region in which a run of this mode leaves its items active."""
    return context.home_region if context.mode is Mode.FAILBACK else context.recovery_region


def _is_turned(item: ReplicatedItem, context: StepContext) -> bool:
    return item.primary_region.casefold() == _active(context).casefold()


ACTION = Verb("asr.reprotect", Params, Reprotect())
