"""asr.test-cleanup: lets Site Recovery remove the test copies that this run made. Nothing to clean up is done.

```yaml
- {id: cleanup, uses: asr.test-cleanup, modes: [drill], for-each: {items: {}}, with: {item: "${{ each.id }}"}}
```
"""

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from drd.acting import recovery_plans as plans
from drd.actions import (
    Item,
    Resource,
    Values,
    item_of,
    polled_recovery,
    protection_of,
    recovered_machine,
    replicated,
    sighted,
    wrong,
)
from drd.domain.call import Call
from drd.domain.errors import RefusedError
from drd.domain.estate import Mechanism, ProtectedItem
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
from drd.ports.machines import MACHINES
from drd.ports.recovery_plans import RECOVERY_PLANS
from drd.ports.replication import REPLICATION, ReplicatedItem

SCENARIO = "TestFailoverCleanup"


class Params(Values):
    """What is cleaned up."""

    item: Item | None = None
    """The protected item whose test copy goes."""
    recovery_plan: Resource | None = None
    """Or a recovery plan of Site Recovery, whose test copies go."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.item is None) == (self.recovery_plan is None):
            raise wrong("exactly one of item and recovery-plan is needed", "write item: ID, or recovery-plan: an id")
        return self


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
        *plans.PERMISSIONS,
        "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/testFailoverCleanup/action",
    )
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """End the test that the ledger holds; without one there is nothing to touch."""
        tests = [_test(item) for item in _items(parameters, context)]
        return tuple(test for test in tests if test in context.owned)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether there is a test to clean up. Raises RefusedError for one that this run did not make."""
        standing = await _standing(parameters, context)
        if not standing:
            return Present()
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            return await plans.sighted(context, plan, SCENARIO, SCENARIO)
        return await sighted(context, standing[0], SCENARIO, SCENARIO)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the cleanup."""
        standing, comment = await _standing(parameters, context), f"drd run {context.run}"
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            capability = context.provider.capability(RECOVERY_PLANS)
            made = await capability.clean_up_test(plan, comment=comment, request_id=context.request_id)
            return Underway(operation=made)
        item = standing[0] if standing else await replicated(context, parameters.item or "")
        operation = await context.provider.capability(REPLICATION).clean_up_test(
            item, comment=comment, request_id=context.request_id
        )
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        if parameters.recovery_plan is not None:
            return await plans.polled(context, operation)
        return await polled_recovery(context, parameters.item or "", operation, points=False)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that no test stands and that the copy is gone."""
        standing = await _standing(parameters, context)
        if standing:
            return Pending(note=f"the test of {standing[0].name} is {standing[0].test_state}")
        for item in _items(parameters, context):
            for copy in _copies(await replicated(context, item.id), item, context):
                if await context.provider.capability(MACHINES).get(copy) is not None:
                    return Pending(note=f"the test copy {copy.name} is still there")
        return Present()

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nothing brings the copy back; a new test makes another."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would go."""
        return Simulation(
            sentence=f"remove the test copy of {parameters.item or parameters.recovery_plan}",
            targets=(str(parameters.item or parameters.recovery_plan),),
            destructive=True,
        )


def _items(parameters: Params, context: StepContext) -> tuple[ProtectedItem, ...]:
    if parameters.recovery_plan is not None:
        return plans.planned_items(context, parameters.recovery_plan)
    return (item_of(context, parameters.item or ""),)


def _test(item: ProtectedItem) -> ArmId:
    protection = protection_of(item, Mechanism.SITE_RECOVERY)
    return ArmId.parse(f"{protection.vault}/replicationProtectedItems/{protection.item or item.resource.name}")


async def _standing(parameters: Params, context: StepContext) -> list[ReplicatedItem]:
    """Read the items whose test stands. Raises RefusedError for one that this run did not make."""
    standing = []
    for item in _items(parameters, context):
        seen = await replicated(context, item.id)
        if seen.test_state.casefold() in {"", "none"}:
            continue
        if _test(item) not in context.owned:
            raise RefusedError(
                f"a test failover of {seen.name} stands that this run did not start",
                target=str(seen.id),
                hint="whoever started it cleans it up in the vault",
            )
        standing.append(seen)
    return standing


def _copies(seen: ReplicatedItem, item: ProtectedItem, context: StepContext) -> set[ArmId]:
    known = context.copies.get(item.id)
    named = recovered_machine(seen, seen.test_machine_name) if seen.test_machine_name else None
    return {each for each in (known, named) if each is not None}


ACTION = Verb("asr.test-cleanup", Params, CleanUpTest())
