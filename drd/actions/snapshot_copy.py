"""snapshot.copy: copies an incremental snapshot to the recovery region, and waits until the copy is whole.

```yaml
- id: copy
  uses: snapshot.copy
  with:
    item: vm-el-1
    snapshot: "${{ steps.snapshot.snapshot }}"
    resource-group: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-e-loket-neu
    name: vm-el-1-os-vandaag
```
"""

from collections.abc import Mapping

from drd.actions import EVERY_MODE, Item, Resource, ResourceGroup, ResourceName, Values, followed, item_of, only_own
from drd.domain.call import Call
from drd.domain.durations import format_instant
from drd.domain.errors import NotFoundError, OperationFailedError, RefusedError
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
from drd.ports.snapshots import DISK_TAG, ITEM_TAG, SNAPSHOTS, TAKEN_TAG, Snapshot, SnapshotWish


class Params(Values):
    """What is copied, and where to."""

    item: Item
    """The protected item whose disk the snapshot holds."""
    snapshot: Resource
    """The snapshot in the home region: incremental, taken for this item."""
    resource_group: ResourceGroup
    """The group that will hold the copy."""
    name: ResourceName
    """The copy's name."""


class CopySnapshot:
    """Put by name. The operation ends long before the copy does, so the copy itself is asked how much has arrived."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/snapshots/read",
        "Microsoft.Compute/snapshots/write",
        "Microsoft.Compute/snapshots/beginGetAccess/action",
        "Microsoft.Compute/locations/diskOperations/read",
    )
    outputs: Mapping[str, OutputType] = {"snapshot": OutputType.ARM_ID, "taken": OutputType.INSTANT}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the copy."""
        return (Creation(id=_id(parameters)),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's copy is there. Raises RefusedError for another's, or one that failed."""
        seen = await context.provider.capability(SNAPSHOTS).get(_id(parameters))
        if seen is None:
            return Absent()
        if seen.tags.get("drd-run") != context.tags.get("drd-run") or seen.source != parameters.snapshot:
            raise RefusedError(
                "a snapshot of this name exists and is not this step's copy",
                target=str(seen.id),
                hint="choose another name",
            )
        return Present()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Start the copy, with the instant of its data noted: the copy's own time will be later."""
        only_own(context, _id(parameters))
        snapshots = context.provider.capability(SNAPSHOTS)
        source = await snapshots.get(parameters.snapshot)
        if source is None:
            raise NotFoundError("the snapshot does not exist", target=str(parameters.snapshot))
        operation = await snapshots.copy(
            SnapshotWish(
                id=_id(parameters),
                location=context.recovery_region,
                source=parameters.snapshot,
                tags={**context.tags, **_noted(parameters, context, source)},
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the start of the copy."""
        return await followed(context.provider.capability(SNAPSHOTS).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read how much has arrived, until it is whole.

        Raises:
            OperationFailedError: the copy failed.
        """
        seen = await context.provider.capability(SNAPSHOTS).get(_id(parameters))
        if seen is None:
            return Pending(note="the copy is not there yet")
        if seen.error or seen.state.casefold() == "failed":
            raise OperationFailedError(
                f"the copy of the snapshot failed: {seen.error or seen.state}",
                target=str(seen.id),
                hint="delete the copy, see that its source still exists, then retry the step",
                code="snapshot-copy-failed",
            )
        if not seen.is_whole or seen.taken_at is None:
            return Pending(note=f"{seen.percent:.0f}% of the copy has arrived")
        return Present(outputs={"snapshot": str(seen.id), "taken": format_instant(seen.taken_at)})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be copied."""
        return Simulation(
            sentence=f"copy a snapshot of {parameters.item} to the recovery region and wait until it is whole",
            targets=(str(_id(parameters)),),
        )


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Compute/snapshots/{parameters.name}")


def _noted(parameters: Params, context: StepContext, source: Snapshot) -> dict[str, str]:
    """Give what the copy must carry of its source. Raises RefusedError for another item's, or a dateless one."""
    item = item_of(context, parameters.item)
    if source.item != item.id or source.taken_at is None or not source.disk:
        raise RefusedError(
            f"the snapshot was not taken for {item.id}, or nobody noted of which disk and instant it is",
            target=str(source.id),
            hint="take one with snapshot.create, or tag it with drd-item, drd-disk and drd-taken",
        )
    return {ITEM_TAG: str(item.id), DISK_TAG: source.disk, TAKEN_TAG: format_instant(source.taken_at)}


ACTION = Verb("snapshot.copy", Params, CopySnapshot())
