"""asr.cancel-failover: takes a failover back that was not committed; the item is active at home again.

```yaml
- {id: take-back, uses: asr.cancel-failover, for-each: {items: {role: sql}}, with: {item: "${{ each.id }}"}}
```
"""

from collections.abc import Mapping

from drd.actions import Item, Values, item_of, polled_recovery, replicated, sighted
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
from drd.ports.replication import REPLICATION, ReplicatedItem

SCENARIO = "CancelFailover"


class Params(Values):
    """What is taken back."""

    item: Item
    """The protected item."""


class CancelFailover:
    """Where the item is active says whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/failoverCancel/action",
        "Microsoft.RecoveryServices/vaults/replicationJobs/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
    )
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the item's replication."""
        return (item_of(context, parameters.item).resource,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it is active at home, goes there, or may."""
        item = await replicated(context, parameters.item)
        return Present() if _is_done(item) else await sighted(context, item, SCENARIO, SCENARIO)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the order."""
        item = await replicated(context, parameters.item)
        operation = await context.provider.capability(REPLICATION).cancel_failover(item, request_id=context.request_id)
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        return await polled_recovery(context, parameters.item, operation, points=False)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back where the item is active."""
        item = await replicated(context, parameters.item)
        return Present() if _is_done(item) else Pending(note=f"{item.name} is active in {item.active_location}")

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Failing over again is a decision of its own."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be taken back."""
        return Simulation(
            sentence=f"take the failover of {parameters.item} back", targets=(parameters.item,), destructive=True
        )


def _is_done(item: ReplicatedItem) -> bool:
    busy = not item.allowed
    return item.active_location.casefold() == "primary" and not busy


ACTION = Verb("asr.cancel-failover", Params, CancelFailover())
