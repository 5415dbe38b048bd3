"""disk.create: makes a disk from the newest snapshot of an item's disk, or from one that is named, where it is kept.

```yaml
- id: disk
  uses: disk.create
  with:
    item: vm-el-1
    resource-group: "${{ steps.group.id }}"
    name: vm-el-1-os
    point: newest
```
"""

from collections.abc import Mapping

from drd.actions import (
    Item,
    ResourceGroup,
    ResourceName,
    Values,
    followed,
    item_of,
    only_own,
    only_this_runs,
    protection_of,
)
from drd.domain.call import Call
from drd.domain.durations import format_instant
from drd.domain.errors import OperationFailedError, PermanentError
from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.domain.points import POINT, POINT_TIME, chosen_point
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
from drd.ports.snapshots import OS, SNAPSHOTS, CopiedDisk, DiskWish


class Params(Values):
    """Which disk is made, and of which data."""

    item: Item
    """The protected item; it is protected by `snapshot`, and nothing of it is touched."""
    resource_group: ResourceGroup
    """The group that will hold the disk."""
    name: ResourceName
    """The disk's name."""
    point: str
    """`newest`, or the name of a snapshot."""
    source: ResourceName = OS
    """`os`, or the name of one of the item's other disks, as it was noted when the snapshot was taken."""


class CreateDisk:
    """Put by name. The snapshot that it was made from is read back from the disk itself."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.DRILL, Mode.FAILOVER})
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/snapshots/read",
        "Microsoft.Compute/snapshots/beginGetAccess/action",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/write",
        "Microsoft.Compute/locations/diskOperations/read",
    )
    outputs: Mapping[str, OutputType] = {
        "disk": OutputType.ARM_ID,
        POINT: OutputType.TEXT,
        POINT_TIME: OutputType.INSTANT,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the disk."""
        return (Creation(id=_id(parameters)),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's disk is there. Raises RefusedError for somebody else's of the same name."""
        seen = await context.provider.capability(SNAPSHOTS).disk(_id(parameters))
        if seen is None:
            return Absent()
        only_this_runs(context, "disk", seen.id, seen.tags)
        return Absent() if seen.state.casefold() == "failed" else Present()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Choose the snapshot among those of the recovery region, and put the disk there."""
        only_own(context, _id(parameters))
        group = _kept_in(parameters, context)
        snapshots, region = context.provider.capability(SNAPSHOTS), context.recovery_region
        points = await snapshots.points(group, parameters.item, disk=parameters.source, region=region)
        point = chosen_point(points, parameters.point)
        operation = await snapshots.make_disk(
            DiskWish(
                id=_id(parameters),
                location=region,
                snapshot=_snapshot(group, point.id),
                tags=context.tags,
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the making."""
        return await followed(context.provider.capability(SNAPSHOTS).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the disk back, and from which snapshot it was really made.

        Raises:
            OperationFailedError: the disk is there, and its making failed.
            PermanentError: nobody tells any more what time its data is from.
        """
        seen = await context.provider.capability(SNAPSHOTS).disk(_id(parameters))
        if seen is not None and seen.state.casefold() == "failed":
            raise OperationFailedError("making the disk failed", target=str(seen.id), hint="see its activity log")
        if seen is None or seen.state.casefold() != "succeeded":
            return Pending(note="the disk is not there yet")
        return Present(outputs={"disk": str(seen.id), **await _used(seen, context)})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be made."""
        return Simulation(
            sentence=f"make disk {parameters.name} from the {parameters.point} snapshot of {parameters.item}",
            targets=(str(_id(parameters)),),
        )


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Compute/disks/{parameters.name}")


def _kept_in(parameters: Params, context: StepContext) -> ArmId:
    """Give the group that keeps the item's snapshots: what stands as the vault of its protection."""
    return protection_of(item_of(context, parameters.item), Mechanism.SNAPSHOT).vault


def _snapshot(group: ArmId, name: str) -> ArmId:
    return ArmId.parse(f"{group}/providers/Microsoft.Compute/snapshots/{name}")


async def _used(disk: CopiedDisk, context: StepContext) -> dict[str, str]:
    snapshot = await context.provider.capability(SNAPSHOTS).get(disk.source) if disk.source is not None else None
    if snapshot is None or snapshot.taken_at is None:
        raise PermanentError(
            "nobody says from which instant the disk's data is",
            target=str(disk.id),
            hint="find the snapshot that it was made from, and resolve the step with it",
            code="recovery-point-unknown",
        )
    return {POINT: snapshot.id.name, POINT_TIME: format_instant(snapshot.taken_at)}


ACTION = Verb("disk.create", Params, CreateDisk())
