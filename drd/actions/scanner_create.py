"""scanner.create: makes a throw-away machine of an image, with restored disks attached to be examined from outside.

Only in a drill, of disks that the run restored, in a network that is proven isolated. The image is a specialised one of
a gallery, with the scanner in it. The disks stand in their order from unit number 0 on; the one that boots comes first.

```yaml
- id: scanner
  uses: scanner.create
  modes: [drill]
  with:
    resource-group: "${{ steps.group.id }}"
    name: vm-bv-app-1-scan
    image: "${{ inputs.image }}"
    size: Standard_D2s_v5
    interface: "${{ steps.nic.id }}"
    disks: "${{ steps.disks.disks }}"
```
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from drd.actions import (
    Resource,
    ResourceGroup,
    ResourceName,
    Resources,
    Values,
    followed,
    network_of,
    only_own,
    only_this_runs,
    proven_isolated,
    risen,
)
from drd.domain.call import Call
from drd.domain.errors import NotFoundError
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
from drd.ports.machines import MACHINES, Disk, ScannerWish
from drd.ports.networks import NETWORKS


class Params(Values):
    """What the scanner is made of, and what it examines."""

    resource_group: ResourceGroup
    """The group that will hold it."""
    name: ResourceName
    """Its name."""
    image: Resource
    """The specialised image of a gallery that it is made of, or one version of it."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]
    """Azure's name of the size."""
    interface: Resource
    """Its network interface."""
    disks: Resources
    """The disks that are examined, such as a restore gave them."""


class CreateScanner:
    """Put by name."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.DRILL})
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/galleries/images/read",
        "Microsoft.Compute/galleries/images/versions/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/write",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.Network/networkInterfaces/join/action",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Compute/locations/operations/read",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/publicIPAddresses/read",
    )
    outputs: Mapping[str, OutputType] = {"machine": OutputType.ARM_ID, "address": OutputType.TEXT}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the machine; it stands for no item. Its own disk goes with it, and with its group."""
        return (Creation(id=_id(parameters)),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists, beyond attaching what was named."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's scanner is there. Raises RefusedError for somebody else's of the same name."""
        seen = await context.provider.capability(MACHINES).get(_id(parameters))
        if seen is None:
            return Absent()
        only_this_runs(context, "machine", seen.id, seen.tags)
        return Absent() if seen.state.casefold() == "failed" else Present()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Put the machine, only with what the run made, on a network that is read to be isolated."""
        for each in (_id(parameters), parameters.interface, *parameters.disks):
            only_own(context, each)
        machines = context.provider.capability(MACHINES)
        interface = await context.provider.capability(NETWORKS).interface(parameters.interface)
        if interface is None:
            raise NotFoundError("the interface does not exist", target=str(parameters.interface))
        facts = await proven_isolated(context, network_of(interface.subnet))
        operation = await machines.create_scanner(
            ScannerWish(
                id=_id(parameters),
                location=facts.location,
                size=parameters.size,
                image=parameters.image,
                disks=await _disks(parameters, context),
                interface=parameters.interface,
                tags=context.tags,
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the making."""
        return await followed(context.provider.capability(MACHINES).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read that it runs, that its agent is ready to take scripts, and that all disks are attached to it."""
        for disk in await _disks(parameters, context):
            if disk.attached_to != _id(parameters):
                return Pending(note=f"{disk.id.name} is not attached yet")
        return await risen(context, _id(parameters))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be made."""
        return Simulation(
            sentence=f"make scanner {parameters.name} ({parameters.size}) with {len(parameters.disks)} restored disks",
            targets=(str(_id(parameters)),),
        )


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Compute/virtualMachines/{parameters.name}")


async def _disks(parameters: Params, context: StepContext) -> tuple[Disk, ...]:
    """Read the disks, in the order in which they were named. Raises NotFoundError."""
    machines = context.provider.capability(MACHINES)
    known: dict[ArmId, Disk] = {}
    for group in dict.fromkeys(each.group_id for each in parameters.disks):
        known |= {each.id: each for each in await machines.disks(group)}
    missing = [str(each) for each in parameters.disks if each not in known]
    if missing:
        raise NotFoundError("the disk does not exist", target=missing[0], hint="see what the restore made")
    return tuple(known[each] for each in parameters.disks)


ACTION = Verb("scanner.create", Params, CreateScanner())
