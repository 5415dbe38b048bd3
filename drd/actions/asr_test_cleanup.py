"""asr.test-cleanup: lets Site Recovery remove the test copy that this run made. Nothing to clean up is done.

```yaml
- {id: cleanup, uses: asr.test-cleanup, modes: [drill], for-each: {items: {}}, with: {item: "${{ each.id }}"}}
```
"""

from collections.abc import Mapping

from drd.actions import Item, Values, item_of, polled_recovery, protection_of, recovered_machine, replicated, sighted
from drd.domain.call import Call
from drd.domain.errors import RefusedError
from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId, ItemId
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
from drd.ports.machines import MACHINES
from drd.ports.replication import REPLICATION, ReplicatedItem

SCENARIO = "TestFailoverCleanup"


class Params(Values):
    """What is cleaned up."""

    item: Item
    """The protected item whose test copy goes."""


class CleanUpTest:
    """The item's test state says whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.DRILL})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/testFailoverCleanup/action",
        "Microsoft.RecoveryServices/vaults/replicationJobs/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
    )
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """End the test that the ledger holds; without one there is nothing to touch."""
        test = _test(parameters, context)
        return (test,) if test in context.owned else ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether there is a test to clean up. Raises RefusedError for one that this run did not make."""
        item = await replicated(context, parameters.item)
        if item.test_state.casefold() in {"", "none"}:
            return Present()
        _refuse_foreign(item, parameters, context)
        return await sighted(context, item, SCENARIO, SCENARIO)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the cleanup."""
        item = await replicated(context, parameters.item)
        _refuse_foreign(item, parameters, context)
        operation = await context.provider.capability(REPLICATION).clean_up_test(
            item, comment=f"drd run {context.run}", request_id=context.request_id
        )
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        return await polled_recovery(context, parameters.item, operation, points=False)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that no test stands and that the copy is gone."""
        item = await replicated(context, parameters.item)
        if item.test_state.casefold() not in {"", "none"}:
            return Pending(note=f"the test of {item.name} is {item.test_state}")
        for copy in _copies(item, parameters, context):
            if await context.provider.capability(MACHINES).get(copy) is not None:
                return Pending(note=f"the test copy {copy.name} is still there")
        return Present()

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nothing brings the copy back; a new test makes another."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would go."""
        return Simulation(
            sentence=f"remove the test copy of {parameters.item}", targets=(parameters.item,), destructive=True
        )


def _test(parameters: Params, context: StepContext) -> ArmId:
    item = item_of(context, parameters.item)
    protection = protection_of(item, Mechanism.SITE_RECOVERY)
    return ArmId.parse(f"{protection.vault}/replicationProtectedItems/{protection.item or item.resource.name}")


def _refuse_foreign(item: ReplicatedItem, parameters: Params, context: StepContext) -> None:
    if _test(parameters, context) not in context.owned:
        raise RefusedError(
            f"a test failover of {item.name} stands that this run did not start",
            target=str(item.id),
            hint="whoever started it cleans it up in the vault",
        )


def _copies(item: ReplicatedItem, parameters: Params, context: StepContext) -> set[ArmId]:
    known = context.copies.get(ItemId(parameters.item))
    named = recovered_machine(item, item.test_machine_name) if item.test_machine_name else None
    return {each for each in (known, named) if each is not None}


ACTION = Verb("asr.test-cleanup", Params, CleanUpTest())
