"""vm.create: makes a machine from disks that exist, such as restored ones. It then stands for its item.

```yaml
- id: machine
  uses: vm.create
  with:
    item: vm-bv-app-1
    resource-group: "${{ steps.group.id }}"
    name: vm-bv-app-1
    size: Standard_D2s_v5
    interface: "${{ steps.nic.id }}"
    os-disk: "${{ steps.disks.os-disk }}"
    data-disks: "${{ steps.disks.data-disks }}"
```
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from drd.actions import (
    EVERY_MODE,
    Item,
    Resource,
    ResourceGroup,
    ResourceName,
    Resources,
    Values,
    followed,
    item_of,
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
from drd.ports.machines import MACHINES, Disk, MachineWish
from drd.ports.networks import NETWORKS


class Params(Values):
    """What the machine is made of."""

    item: Item
    """The protected item that the machine stands for."""
    resource_group: ResourceGroup
    """The group that will hold it."""
    name: ResourceName
    """Its name."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]
    """Azure's name of the size."""
    interface: Resource
    """Its network interface."""
    os_disk: Resource
    """The disk that it boots from."""
    data_disks: Resources = ()
    """Its other disks, in the order of their unit numbers."""
    reservation: Resource | None = None
    """The capacity reservation group whose places it may use; without one it competes for room."""


class CreateMachine:
    """Put by name."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
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
        """Name the machine, as its item's copy."""
        return (Creation(id=_id(parameters), item=item_of(context, parameters.item).id),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists, beyond attaching what was named."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's machine is there. Raises RefusedError for somebody else's of the same name."""
        seen = await context.provider.capability(MACHINES).get(_id(parameters))
        if seen is None:
            return Absent()
        only_this_runs(context, "machine", seen.id, seen.tags)
        return Absent() if seen.state.casefold() == "failed" else Present()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Put the machine; in a drill only from what the run made, on a network that is read to be isolated."""
        for each in (_id(parameters), parameters.interface, parameters.os_disk, *parameters.data_disks):
            only_own(context, each)
        await _isolated_if_drill(parameters, context)
        os_disk, *data_disks = await _disks(parameters, context)
        operation = await context.provider.capability(MACHINES).create(
            MachineWish(
                id=_id(parameters),
                location=os_disk.location,
                size=parameters.size,
                os_disk=os_disk,
                data_disks=tuple(data_disks),
                interface=parameters.interface,
                reservation=parameters.reservation,
                tags=context.tags,
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the making."""
        return await followed(context.provider.capability(MACHINES).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that it runs, that its agent is ready, and its address."""
        return await risen(context, _id(parameters))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be made."""
        return Simulation(
            sentence=f"make machine {parameters.name} ({parameters.size}) for {parameters.item} from existing disks",
            targets=(str(_id(parameters)),),
        )


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Compute/virtualMachines/{parameters.name}")


async def _disks(parameters: Params, context: StepContext) -> list[Disk]:
    """Read the disks, the one to boot from first. Raises NotFoundError."""
    machines, found = context.provider.capability(MACHINES), []
    for wanted in (parameters.os_disk, *parameters.data_disks):
        disk = next((each for each in await machines.disks(wanted.group_id) if each.id == wanted), None)
        if disk is None:
            raise NotFoundError("the disk does not exist", target=str(wanted), hint="see what the restore made")
        found.append(disk)
    return found


async def _isolated_if_drill(parameters: Params, context: StepContext) -> None:
    if context.mode is not Mode.DRILL:
        return
    interface = await context.provider.capability(NETWORKS).interface(parameters.interface)
    if interface is None:
        raise NotFoundError("the interface does not exist", target=str(parameters.interface))
    await proven_isolated(context, network_of(interface.subnet))


ACTION = Verb("vm.create", Params, CreateMachine())
