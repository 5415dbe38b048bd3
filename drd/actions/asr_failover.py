"""asr.failover: fails an item over to the recovery region with Site Recovery, from a point that is named.

`latest` and `latest-processed` both take the newest point there is when the request leaves: a point that is still to
be made could not be named before, and its age not be told after a restart.

```yaml
- {id: db, uses: asr.failover, for-each: {items: {role: sql}}, with: {item: "${{ each.id }}"}}
```
"""

from collections.abc import Mapping
from typing import Literal

from drd.actions import (
    JOB,
    LONG_AGO,
    Item,
    Values,
    item_of,
    polled_recovery,
    recovered_machine,
    replicated,
    risen,
    sighted,
    with_point,
)
from drd.domain.call import Call
from drd.domain.errors import PermanentError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.domain.points import NEWEST, POINT, POINT_TIME, chosen_point
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
from drd.ports.replication import REPLICATION, ReplicatedItem

SCENARIO = "UnplannedFailover"


class Params(Values):
    """What fails over, and from when."""

    item: Item
    """The protected item."""
    recovery_point: Literal["latest", "latest-processed", "latest-app-consistent"] = "latest-processed"
    """The newest point, or the newest that its applications had a part in."""


class FailOver:
    """The vault's job and the item's active location say whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/unplannedFailover/action",
        "Microsoft.RecoveryServices/vaults/replicationJobs/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
    )
    outputs: Mapping[str, OutputType] = {
        "machine": OutputType.ARM_ID,
        "address": OutputType.TEXT,
        POINT: OutputType.TEXT,
        POINT_TIME: OutputType.INSTANT,
        JOB: OutputType.TEXT,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Leave it to Site Recovery, which names the machine; from then on it is production."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change where the item is active."""
        return (item_of(context, parameters.item).resource,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for this attempt's job, then at where the item is active."""
        item = await replicated(context, parameters.item)
        if item.active_location.casefold() == "recovery":
            return await self._earlier(item, context)
        return await sighted(context, item, SCENARIO, SCENARIO)

    async def _earlier(self, item: ReplicatedItem, context: StepContext) -> Underway:
        """Find the job that failed it over: only that knows the point. Raises PermanentError."""
        found = await context.provider.capability(REPLICATION).find(
            item, scenario=SCENARIO, since=context.intended_at - LONG_AGO
        )
        if found is None:
            raise PermanentError(
                f"{item.name} has failed over already, and no job says from which recovery point",
                target=str(item.id),
                hint="find the point in the vault, and resolve the step with it",
                code="recovery-point-unknown",
            )
        return Underway(operation=found)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Choose the point, and send the failover."""
        replication = context.provider.capability(REPLICATION)
        item = await replicated(context, parameters.item)
        consistency = "application" if parameters.recovery_point == "latest-app-consistent" else ""
        point = chosen_point(await replication.points(item), NEWEST, consistency=consistency)
        operation = await replication.fail_over(
            item, point=point.id, graceful=context.graceful, request_id=context.request_id
        )
        return Underway(operation=with_point(operation, point))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        return await polled_recovery(context, parameters.item, operation, points=True)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that the item is active in the recovery region and its machine runs there."""
        item = await replicated(context, parameters.item)
        if item.active_location.casefold() != "recovery":
            return Pending(note=f"{item.name} is still active in {item.active_location}")
        seen = await risen(context, recovered_machine(item, item.recovery_machine_name))
        return seen if isinstance(seen, Pending) else Present(outputs={**outputs, **seen.outputs})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Cancel it, as long as it is not committed."""
        return Call(uses="asr.cancel-failover", values={"item": parameters.item})

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would fail over."""
        return Simulation(
            sentence=f"fail {parameters.item} over to the recovery region, {parameters.recovery_point} point",
            targets=(parameters.item,),
            destructive=True,
        )


ACTION = Verb("asr.failover", Params, FailOver())
