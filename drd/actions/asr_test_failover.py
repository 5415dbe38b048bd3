"""asr.test-failover: makes a test copy of an item in an isolated network. The item itself goes on unharmed.

```yaml
- id: db-test
  uses: asr.test-failover
  modes: [drill]
  for-each: {items: {role: sql}}
  with: {item: "${{ each.id }}", network: "${{ inputs.network }}"}
```
"""

from collections.abc import Mapping
from typing import Literal

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
)
from drd.domain.call import Call
from drd.domain.errors import RefusedError
from drd.domain.estate import Mechanism
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
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS
from drd.ports.replication import REPLICATION

SCENARIO = "TestFailover"


class Params(Values):
    """What is tested, and where."""

    item: Item
    """The protected item; in a drill only its copy is made, it is not touched."""
    network: Resource
    """The virtual network of the copy: no peerings, no gateways, no open subnets, or the step refuses."""
    recovery_point: Literal["latest", "latest-processed", "latest-app-consistent"] = "latest-processed"
    """The newest point, or the newest that its applications had a part in."""


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
        """Name the test, by vault and item: cleaning it up is Site Recovery's own."""
        item = item_of(context, parameters.item)
        protection = protection_of(item, Mechanism.SITE_RECOVERY)
        name = protection.item or item.resource.name
        return (
            Creation(
                id=ArmId.parse(f"{protection.vault}/replicationProtectedItems/{name}"),
                kind="test-failover",
                item=item.id,
                details={"vault": str(protection.vault), "item": name},
            ),
        )

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Put the item into its test state."""
        return tuple(each.id for each in self.creates(parameters, context))

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for this attempt's job. Raises RefusedError while another test stands."""
        item = await replicated(context, parameters.item)
        return await sighted(context, item, SCENARIO, SCENARIO)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Read that the network is isolated, choose the point, and send the test failover."""
        replication = context.provider.capability(REPLICATION)
        item = await replicated(context, parameters.item)
        consistency = "application" if parameters.recovery_point == "latest-app-consistent" else ""
        point = chosen_point(await replication.points(item), NEWEST, consistency=consistency)
        await proven_isolated(context, parameters.network)
        operation = await replication.test_fail_over(
            item, point=point.id, network=parameters.network, request_id=context.request_id
        )
        return Underway(operation=with_point(operation, point))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job."""
        return await polled_recovery(context, parameters.item, operation, points=True)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that the copy runs, and that it stands in the isolated network and nowhere else."""
        item = await replicated(context, parameters.item)
        if not item.test_machine_name:
            return Pending(note=f"Site Recovery does not name the test copy of {item.name} yet")
        machine = recovered_machine(item, item.test_machine_name)
        seen = await risen(context, machine)
        if isinstance(seen, Pending):
            return seen
        await _stands_inside(context, machine, parameters.network)
        return Present(outputs={**outputs, **seen.outputs})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Clean it up."""
        return Call(uses="asr.test-cleanup", values={"item": parameters.item})

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be tested."""
        return Simulation(
            sentence=f"make a test copy of {parameters.item} in an isolated network", targets=(str(parameters.network),)
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
