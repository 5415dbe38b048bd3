"""snapshot.create: takes an incremental snapshot of one of an item's disks, in the disk's own region.

```yaml
- id: snapshot
  uses: snapshot.create
  with:
    item: vm-el-1
    resource-group: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-e-loket
    name: vm-el-1-os-vandaag
```
"""

from collections.abc import Mapping

from drd.actions import (
    EVERY_MODE,
    Item,
    ResourceGroup,
    ResourceName,
    Values,
    followed,
    item_of,
    only_own,
    only_this_runs,
)
from drd.domain.call import Call
from drd.domain.durations import format_instant
from drd.domain.errors import NotFoundError, OperationFailedError
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
from drd.ports.machines import MACHINES, Machine
from drd.ports.snapshots import DISK_TAG, ITEM_TAG, OS, SNAPSHOTS, SnapshotWish


class Params(Values):
    """What a snapshot is taken of, and where it is kept."""

    item: Item
    """The protected item; its disk is read, not touched."""
    resource_group: ResourceGroup
    """The group that will hold the snapshot."""
    name: ResourceName
    """The snapshot's name."""
    source: ResourceName = OS
    """`os`, or the name of one of the item's other disks."""


class CreateSnapshot:
    """Put by name."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/snapshots/read",
        "Microsoft.Compute/snapshots/write",
        "Microsoft.Compute/disks/beginGetAccess/action",
        "Microsoft.Compute/locations/diskOperations/read",
    )
    outputs: Mapping[str, OutputType] = {"snapshot": OutputType.ARM_ID, "taken": OutputType.INSTANT}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the snapshot."""
        return (Creation(id=_id(parameters)),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's snapshot is there. Raises RefusedError for somebody else's of the same name."""
        seen = await context.provider.capability(SNAPSHOTS).get(_id(parameters))
        if seen is None:
            return Absent()
        only_this_runs(context, "snapshot", seen.id, seen.tags)
        return Absent() if seen.state.casefold() == "failed" else Present()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Put the snapshot in the machine's region; in a drill only into a group of the run's own."""
        only_own(context, _id(parameters))
        item = item_of(context, parameters.item)
        machine = await context.provider.capability(MACHINES).get(item.resource)
        if machine is None:
            raise NotFoundError("the machine does not exist", target=str(item.resource))
        noted = {ITEM_TAG: str(item.id), DISK_TAG: parameters.source}
        operation = await context.provider.capability(SNAPSHOTS).take(
            SnapshotWish(
                id=_id(parameters),
                location=machine.location,
                source=_disk(machine, parameters.source),
                tags={**context.tags, **noted},
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the taking."""
        return await followed(context.provider.capability(SNAPSHOTS).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the snapshot back, with the instant whose data it holds."""
        seen = await context.provider.capability(SNAPSHOTS).get(_id(parameters))
        if seen is not None and (seen.error or seen.state.casefold() == "failed"):
            raise OperationFailedError(
                f"the snapshot failed: {seen.error or seen.state}", target=str(seen.id), hint="delete it, then retry"
            )
        if seen is None or not seen.is_whole or seen.taken_at is None:
            return Pending(note="the snapshot is not there yet")
        return Present(outputs={"snapshot": str(seen.id), "taken": format_instant(seen.taken_at)})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be taken."""
        return Simulation(
            sentence=f"take an incremental snapshot of disk {parameters.source} of {parameters.item}",
            targets=(str(_id(parameters)),),
        )


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Compute/snapshots/{parameters.name}")


def _disk(machine: Machine, wanted: str) -> ArmId:
    """Give the machine's disk: the first is the one that it boots from. Raises NotFoundError."""
    if wanted == OS and machine.disks:
        return machine.disks[0]
    found = next((disk for disk in machine.disks if disk.name.casefold() == wanted.casefold()), None)
    if found is None:
        raise NotFoundError(
            f"the machine has no disk {wanted}",
            target=str(machine.id),
            hint=f"its disks are {', '.join(disk.name for disk in machine.disks)}",
        )
    return found


ACTION = Verb("snapshot.create", Params, CreateSnapshot())
