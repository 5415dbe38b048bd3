"""backup.restore-original: replaces the disks of an item's own machine by those of a recovery point. Destructive.

The machine has to be off. Azure leaves the old disks in the machine's group, unattached, and the machine off.

```yaml
- id: replace
  uses: backup.restore-original
  with:
    item: vm-bv-app-1
    staging: "${{ inputs.staging }}"
    point: newest-clean
    before: "${{ inputs.compromised-since }}"
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from drd.acting.sighting import EARLIER, LISTS_LAG, asked, is_ours, since
from drd.actions import (
    JOB,
    Item,
    PointValues,
    Resource,
    item_of,
    polled_restore,
    protection_of,
    with_point,
)
from drd.domain.call import Call
from drd.domain.errors import NotFoundError, OperationFailedError, RefusedError
from drd.domain.estate import Mechanism, RecoveryPoint
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
    Unclear,
    Underway,
    Verb,
)
from drd.ports.backups import BACKUPS, Backups, RestoreDisks, backed_up
from drd.ports.capabilities import Operation
from drd.ports.machines import MACHINES

_OFF = frozenset({"deallocated", "stopped"})


class Params(PointValues):
    """What is restored."""

    item: Item
    """The protected item: the disks of its machine are replaced."""
    staging: Resource
    """A storage account in the vault's region, which Azure Backup needs on the way."""


class ReplaceDisks:
    """The job is found again by its request, or by its item and its time; one that runs is asked about."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read",
        "Microsoft.RecoveryServices/vaults/backupJobs/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Storage/storageAccounts/read",
    )
    outputs: Mapping[str, OutputType] = {
        "machine": OutputType.ARM_ID,
        "disks": OutputType.ARM_IDS,
        POINT: OutputType.TEXT,
        POINT_TIME: OutputType.INSTANT,
        JOB: OutputType.TEXT,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Azure names the new disks."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Name the machine whose disks go."""
        return (item_of(context, parameters.item).resource,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for a replacement that this step started. One of somebody else's that still runs is in the way."""
        wish, backups = await _wish(parameters, context), context.provider.capability(BACKUPS)
        found = await backups.find_restore(wish, since=since(context), requests=context.requests)
        if found is not None and is_ours(context, found):
            return Underway(operation=found)
        running = await _running(backups, wish, context)
        if running is not None:
            question = asked(running, f"the disks of {wish.item.name}", wish.item.vault, "Backup Jobs")
            return Unclear(question=question, found=running)
        return Absent(shows_within=LISTS_LAG)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Choose the point, and send the replacement. Raises RefusedError while the machine is not off."""
        wish = await _wish(parameters, context)
        machine = await context.provider.capability(MACHINES).get(wish.item.source)
        if machine is None:
            raise NotFoundError(
                "the machine is gone", target=str(wish.item.source), hint="restore it with backup.restore-vm"
            )
        if machine.power not in _OFF:
            raise RefusedError(
                f"the machine is {machine.power or 'in an unknown state'}; its disks are replaced only when it is off",
                target=str(machine.id),
                hint="let the step need one with vm.deallocate",
            )
        backups = context.provider.capability(BACKUPS)
        point = chosen_point(await backups.points(wish.item), parameters.choice)
        operation = await backups.replace_disks(replace(wish, point=point.id))
        return Underway(operation=with_point(operation, point))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job, not only its acceptance."""
        backups = context.provider.capability(BACKUPS)

        async def points() -> Sequence[RecoveryPoint]:
            return await backups.points((await _wish(parameters, context)).item)

        return await polled_restore(backups, operation, points)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the machine and the disks that it holds now."""
        machine = await context.provider.capability(MACHINES).get(item_of(context, parameters.item).resource)
        if machine is None or not machine.disks or machine.state.casefold() != "succeeded":
            return Pending(note="the machine is not there with its disks yet")
        disks = [str(each) for each in machine.disks]
        return Present(outputs={**outputs, "machine": str(machine.id), "disks": disks})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """There is no way back by itself: the old disks lie in the machine's group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be replaced."""
        targets = (str(item_of(context, parameters.item).resource),) if context is not None else ()
        return Simulation(
            sentence=f"replace the disks of {parameters.item} by those of its {parameters.choice} recovery point",
            targets=targets,
            destructive=True,
        )


async def _running(backups: Backups, wish: RestoreDisks, context: StepContext) -> Operation | None:
    """Give a replacement that has not ended, whoever started it."""
    found = await backups.find_restore(wish, since=context.intended_at - EARLIER)
    if found is None:
        return None
    try:
        status = await backups.follow(found)
    except OperationFailedError:
        return None
    return None if status.finished else found


async def _wish(parameters: Params, context: StepContext) -> RestoreDisks:
    item = item_of(context, parameters.item)
    protection = protection_of(item, Mechanism.BACKUP)
    items = await context.provider.capability(BACKUPS).items(protection.vault)
    return RestoreDisks(
        item=backed_up(items, item, protection),
        point=parameters.point,
        resource_group=item.resource.group_id,
        staging=parameters.staging,
        region=context.home_region,
        request_id=context.request_id,
        machine=item.resource,
    )


ACTION = Verb("backup.restore-original", Params, ReplaceDisks())
