"""asr.commit: makes a failover final; its other recovery points are gone from then on.

```yaml
- {id: commit, uses: asr.commit, for-each: {items: {role: sql}}, with: {item: "${{ each.id }}"}}
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

SCENARIO = "Commit"


class Params(Values):
    """What is committed."""

    item: Item
    """The protected item."""


class CommitFailover:
    """The item's state says whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/failoverCommit/action",
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
        """See whether it is committed, is being committed, or may be."""
        item = await replicated(context, parameters.item)
        return Present() if _is_done(item) else await sighted(context, item, SCENARIO, "Commit")

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the commit."""
        item = await replicated(context, parameters.item)
        operation = await context.provider.capability(REPLICATION).commit(item, request_id=context.request_id)
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        return await polled_recovery(context, parameters.item, operation, points=False)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the item's state back."""
        item = await replicated(context, parameters.item)
        return Present() if _is_done(item) else Pending(note=f"{item.name} is {item.state}")

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nothing takes a commit back; failback is another run."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be committed."""
        return Simulation(
            sentence=f"make the failover of {parameters.item} final", targets=(parameters.item,), destructive=True
        )


def _is_done(item: ReplicatedItem) -> bool:
    return item.active_location.casefold() == "recovery" and item.state.casefold().endswith("committed")


ACTION = Verb("asr.commit", Params, CommitFailover())
