"""backup.cross-region-restore: restores an item's disks in the recovery region.

Asks nothing of the home region, except for `newest-clean` while that region can be reached: which points its scan found
clean.

```yaml
- id: disks
  uses: backup.cross-region-restore
  with:
    item: vm-bv-app-1
    resource-group: "${{ steps.group.id }}"
    staging: "${{ inputs.staging }}"
    point: newest
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from drd.acting.sighting import sighted_restore
from drd.actions import (
    JOB,
    Item,
    PointValues,
    Resource,
    ResourceGroup,
    item_of,
    only_own,
    polled_restore,
    protection_of,
    restored_disks,
    with_point,
)
from drd.domain.call import Call
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.domain.points import NEWEST_CLEAN, POINT, POINT_TIME, chosen_point, judged
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
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, RestoreDisks, backed_up
from drd.ports.capabilities import Operation


class Params(PointValues):
    """What is restored, and where to; only points that were copied to that region can be."""

    item: Item
    """The protected item; only its copy is made, it is not touched."""
    resource_group: ResourceGroup
    """An empty group, used by this step alone: the restore is found again by it."""
    staging: Resource
    """A storage account in that region, which Azure Backup needs on the way."""
    region: Annotated[str, Field(pattern="^[a-z0-9]+$")] | None = None
    """Where to; the recovery region where none is given."""


class RestoreDisksAcrossRegions:
    """The job is found again by its target group."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.DRILL, Mode.FAILOVER})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/accessToken/action",
        "Microsoft.RecoveryServices/locations/backupAadProperties/read",
        "Microsoft.RecoveryServices/locations/backupCrossRegionRestore/action",
        "Microsoft.RecoveryServices/locations/backupCrrJobs/action",
        "Microsoft.RecoveryServices/locations/backupCrrJob/action",
        "Microsoft.RecoveryServices/locations/backupCrrOperationsStatus/read",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/write",
    )
    outputs: Mapping[str, OutputType] = {
        "disks": OutputType.ARM_IDS,
        "os-disk": OutputType.ARM_ID,
        "data-disks": OutputType.ARM_IDS,
        POINT: OutputType.TEXT,
        POINT_TIME: OutputType.INSTANT,
        JOB: OutputType.TEXT,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Azure names the disks; the ledger holds their group."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for a restore into the group."""
        wish = await _wish(parameters, context)
        return await sighted_restore(context.provider.capability(CROSS_REGION_BACKUPS), wish, context)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Choose the point, and send the restore."""
        only_own(context, parameters.resource_group)
        wish = await _wish(parameters, context)
        backups = context.provider.capability(CROSS_REGION_BACKUPS)
        point = chosen_point(await _points(parameters, context, wish), parameters.choice)
        operation = await backups.restore_disks(replace(wish, point=point.id))
        return Underway(operation=with_point(operation, point))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job, not only its acceptance."""
        backups = context.provider.capability(CROSS_REGION_BACKUPS)

        async def points() -> Sequence[RecoveryPoint]:
            wish = await _wish(parameters, context)
            return await backups.points(wish.item, wish.region)

        return await polled_restore(backups, operation, points)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """List the disks in the group."""
        return await restored_disks(context, parameters.resource_group, outputs)

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave the disks to whoever removes their group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be restored."""
        return Simulation(
            sentence=f"restore the disks of {parameters.item} across regions, point {parameters.choice}",
            targets=(str(parameters.resource_group),),
        )


async def _points(parameters: Params, context: StepContext, wish: RestoreDisks) -> Sequence[RecoveryPoint]:
    """Read the copies; for a clean one, with what the home region knows of them, if it can be reached.

    The recovery region answers in an old version that says nothing of threats.
    """
    copies = await context.provider.capability(CROSS_REGION_BACKUPS).points(wish.item, wish.region)
    if parameters.point != NEWEST_CLEAN or not context.graceful:
        return copies
    return judged(copies, await context.provider.capability(BACKUPS).points(wish.item))


async def _wish(parameters: Params, context: StepContext) -> RestoreDisks:
    item = item_of(context, parameters.item)
    protection = protection_of(item, Mechanism.BACKUP)
    region = parameters.region or context.recovery_region
    items = await context.provider.capability(CROSS_REGION_BACKUPS).items(protection.vault, region)
    return RestoreDisks(
        item=backed_up(items, item, protection),
        point=parameters.point,
        resource_group=parameters.resource_group,
        staging=parameters.staging,
        region=region,
        request_id=context.request_id,
    )


ACTION = Verb("backup.cross-region-restore", Params, RestoreDisksAcrossRegions())
