"""backup.restore-disks: restores an item's disks from its vault into a resource group, in the vault's own region.

```yaml
- id: disks
  uses: backup.restore-disks
  with:
    item: vm-bv-app-1
    resource-group: "${{ steps.group.id }}"
    staging: "${{ inputs.staging }}"
    point: newest
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from drd.domain.points import POINT, POINT_TIME, chosen_point
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
from drd.ports.backups import BACKUPS, RestoreDisks, backed_up
from drd.ports.capabilities import Operation


class Params(PointValues):
    """What is restored, and where to."""

    item: Item
    """The protected item; only its copy is made, it is not touched."""
    resource_group: ResourceGroup
    """An empty group, used by this step alone: the restore is found again by it."""
    staging: Resource
    """A storage account in the vault's region, which Azure Backup needs on the way."""


class RestoreDisksFromBackup:
    """The job is found again by its target group."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.DRILL, Mode.FAILOVER})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
        "Microsoft.RecoveryServices/vaults/backupJobs/read",
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
        return await sighted_restore(context.provider.capability(BACKUPS), wish, context)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Choose the point, and send the restore."""
        only_own(context, parameters.resource_group)
        wish = await _wish(parameters, context)
        backups = context.provider.capability(BACKUPS)
        point = chosen_point(await backups.points(wish.item), parameters.choice)
        operation = await backups.restore_disks(replace(wish, point=point.id))
        return Underway(operation=with_point(operation, point))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job, not only its acceptance."""
        backups = context.provider.capability(BACKUPS)

        async def points() -> Sequence[RecoveryPoint]:
            return await backups.points((await _wish(parameters, context)).item)

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
            sentence=f"restore the disks of {parameters.item} from its {parameters.choice} recovery point",
            targets=(str(parameters.resource_group),),
        )


async def _wish(parameters: Params, context: StepContext) -> RestoreDisks:
    item = item_of(context, parameters.item)
    protection = protection_of(item, Mechanism.BACKUP)
    items = await context.provider.capability(BACKUPS).items(protection.vault)
    return RestoreDisks(
        item=backed_up(items, item, protection),
        point=parameters.point,
        resource_group=parameters.resource_group,
        staging=parameters.staging,
        region=context.home_region,
        request_id=context.request_id,
    )


ACTION = Verb("backup.restore-disks", Params, RestoreDisksFromBackup())
