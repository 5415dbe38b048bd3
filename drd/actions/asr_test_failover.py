"""asr.test-failover: makes test copies of an item or a recovery plan in an isolated network. The items go on unharmed.

A recovery plan ends this step when its job ends, or when the job waits for a person: then let an `approve` follow, and
`asr.resume-plan`.

```yaml
- id: db-test
  uses: asr.test-failover
  modes: [drill]
  for-each: {items: {role: sql}}
  with: {item: "${{ each.id }}", network: "${{ inputs.network }}"}
```
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import model_validator

from drd.acting import recovery_plans as plans
from drd.actions import (
    JOB,
    Item,
    Resource,
    Values,
    item_of,
    polled_recovery,
    protection_of,
    proven_isolated,
    recovered_machine,
    replicated,
    risen,
    sighted,
    with_point,
    wrong,
)
from drd.domain.call import Call
from drd.domain.errors import RefusedError
from drd.domain.estate import Mechanism, ProtectedItem
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.domain.points import MACHINES as MACHINES_MADE
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
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS
from drd.ports.recovery_plans import RECOVERY_PLANS
from drd.ports.replication import REPLICATION

SCENARIO = "TestFailover"


class Params(Values):
    """What is tested, and where."""

    item: Item | None = None
    """The protected item; in a drill only its copy is made, it is not touched."""
    recovery_plan: Resource | None = None
    """Or a recovery plan of Site Recovery, with all items of the service in it."""
    network: Resource
    """The virtual network of the copy: no peerings, no gateways, no open subnets, or the step refuses."""
    recovery_point: Literal["latest", "latest-processed", "latest-app-consistent"] = "latest-processed"
    """The latest that can be made, the newest that is ready, or the newest that its applications had a part in."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.item is None) == (self.recovery_plan is None):
            raise wrong("exactly one of item and recovery-plan is needed", "write item: ID, or recovery-plan: an id")
        return self


class FailOverForTest:
    """The vault's job and the item's test state say whether it was done."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.DRILL})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/testFailover/action",
        "Microsoft.RecoveryServices/vaults/replicationJobs/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
        *plans.PERMISSIONS,
        "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/testFailover/action",
    )
    outputs: Mapping[str, OutputType] = {
        "machine": OutputType.ARM_ID,
        "address": OutputType.TEXT,
        POINT: OutputType.TEXT,
        POINT_TIME: OutputType.INSTANT,
        JOB: OutputType.TEXT,
        **plans.OUTPUTS,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the tests, by vault and item: cleaning them up is Site Recovery's own."""
        if parameters.recovery_plan is not None:
            found = plans.planned_items(context, parameters.recovery_plan)
            return tuple(_test_of(item, {"plan": str(parameters.recovery_plan)}) for item in found)
        return (_test_of(item_of(context, parameters.item or "")),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Put the item into its test state."""
        return tuple(each.id for each in self.creates(parameters, context))

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for this attempt's job. Raises RefusedError while another test stands."""
        if parameters.recovery_plan is not None:
            plan = await plans.plan_of(context, parameters.recovery_plan)
            return await plans.sighted(context, plan, SCENARIO, SCENARIO)
        item = await replicated(context, parameters.item or "")
        return await sighted(context, item, SCENARIO, SCENARIO)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Read that the network is isolated, choose the point, and send the test failover."""
        if parameters.recovery_plan is not None:
            return await self._act_on_plan(parameters.recovery_plan, parameters, context)
        replication = context.provider.capability(REPLICATION)
        item = await replicated(context, parameters.item or "")
        how: dict[str, Any] = {"network": parameters.network, "request_id": context.request_id}
        if parameters.recovery_point == "latest":
            await proven_isolated(context, parameters.network)
            return Underway(operation=await replication.test_fail_over(item, point=None, **how))
        consistency = "application" if parameters.recovery_point == "latest-app-consistent" else ""
        point = chosen_point(await replication.points(item), NEWEST, consistency=consistency)
        await proven_isolated(context, parameters.network)
        return Underway(operation=with_point(await replication.test_fail_over(item, point=point.id, **how), point))

    async def _act_on_plan(self, asked: ArmId, parameters: Params, context: StepContext) -> Underway:
        plan = await plans.plan_of(context, asked)
        items = await plans.items_in(context, asked)
        await proven_isolated(context, parameters.network)
        operation = await context.provider.capability(RECOVERY_PLANS).test_fail_over(
            plan,
            kind=parameters.recovery_point,
            network=parameters.network,
            back=all(item.is_active_in(plan.recovery_region) for item in items),
            request_id=context.request_id,
        )
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        if parameters.recovery_plan is not None:
            return await plans.polled(context, operation, stops_for_people=True)
        return await polled_recovery(context, parameters.item or "", operation, points=True)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that the copy runs, and that it stands in the isolated network and nowhere else."""
        if parameters.recovery_plan is not None:
            return await self._verified_plan(parameters.recovery_plan, parameters, context, outputs)
        item = await replicated(context, parameters.item or "")
        if not item.test_machine_name:
            return Pending(note=f"Site Recovery does not name the test copy of {item.name} yet")
        machine = recovered_machine(item, item.test_machine_name)
        seen = await risen(context, machine)
        if isinstance(seen, Pending):
            return seen
        await _stands_inside(context, machine, parameters.network)
        return Present(outputs={**outputs, **seen.outputs})

    async def _verified_plan(
        self, plan: ArmId, parameters: Params, context: StepContext, outputs: Outputs
    ) -> Pending | Present:
        seen = await plans.brought_up(context, plan, outputs, risen)
        machines = seen.outputs.get(MACHINES_MADE) if isinstance(seen, Present) else None
        for machine in machines if isinstance(machines, list | tuple) else ():
            await _stands_inside(context, ArmId(str(machine)), parameters.network)
        return seen

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Clean it up."""
        if parameters.recovery_plan is not None:
            return Call(uses="asr.test-cleanup", values={"recovery-plan": str(parameters.recovery_plan)})
        return Call(uses="asr.test-cleanup", values={"item": parameters.item})

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be tested."""
        return Simulation(
            sentence=f"make a test copy of {parameters.item or parameters.recovery_plan} in an isolated network",
            targets=(str(parameters.network),),
        )


def _test_of(item: ProtectedItem, more: Mapping[str, str] | None = None) -> Creation:
    protection = protection_of(item, Mechanism.SITE_RECOVERY)
    name = protection.item or item.resource.name
    return Creation(
        id=ArmId.parse(f"{protection.vault}/replicationProtectedItems/{name}"),
        kind="test-failover",
        item=item.id,
        details={"vault": str(protection.vault), "item": name, **(more or {})},
    )


async def _stands_inside(context: StepContext, machine: ArmId, network: ArmId) -> None:
    seen = await context.provider.capability(MACHINES).get(machine)
    for each in seen.interfaces if seen is not None else ():
        interface = await context.provider.capability(NETWORKS).interface(each)
        if interface is not None and not interface.subnet.key.startswith(network.key + "/subnets/"):
            raise RefusedError(
                "the test copy stands outside the isolated network",
                target=str(interface.subnet),
                hint="clean the test up at once, and look at the item's network settings in the vault",
                code="network-not-isolated",
            )


ACTION = Verb("asr.test-failover", Params, FailOverForTest())
