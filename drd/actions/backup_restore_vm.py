"""backup.restore-vm: restores an item to a new machine in the vault's own region; Azure makes disks and interface.

```yaml
- id: machine
  uses: backup.restore-vm
  with:
    item: vm-bv-app-1
    resource-group: "${{ steps.group.id }}"
    name: vm-bv-app-1
    subnet: "${{ inputs.subnet }}"
    staging: "${{ inputs.staging }}"
    point: newest-clean
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
    ResourceName,
    item_of,
    network_of,
    only_own,
    polled_restore,
    protection_of,
    proven_isolated,
    risen,
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
    """The protected item; it need not exist any more, and is not touched."""
    resource_group: ResourceGroup
    """The group that will hold the machine, its disks and its interface."""
    name: ResourceName
    """The new machine's name; the restore is found again by it."""
    subnet: Resource
    """Where it goes, in the vault's region; Azure chooses the address."""
    staging: Resource
    """A storage account in that region, which Azure Backup needs on the way."""


class RestoreToNewMachine:
    """The job is found again by its machine."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = frozenset({Mode.DRILL, Mode.FAILOVER})
    permissions: tuple[str, ...] = (
        "Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read",
        "Microsoft.RecoveryServices/vaults/backupJobs/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Compute/disks/write",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
    )
    outputs: Mapping[str, OutputType] = {
        "machine": OutputType.ARM_ID,
        "address": OutputType.TEXT,
        POINT: OutputType.TEXT,
        POINT_TIME: OutputType.INSTANT,
        JOB: OutputType.TEXT,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the machine, as its item's copy; what else Azure makes goes with the group."""
        return (Creation(id=_machine(parameters), item=item_of(context, parameters.item).id),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for a restore to the machine. Raises RefusedError for somebody else's machine of that name."""
        wish = await _wish(parameters, context)
        return await sighted_restore(context.provider.capability(BACKUPS), wish, context)

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Choose the point, and send the restore; in a drill only after reading that the network is isolated."""
        only_own(context, _machine(parameters))
        if context.mode is Mode.DRILL:
            await proven_isolated(context, network_of(parameters.subnet))
        wish = await _wish(parameters, context)
        backups = context.provider.capability(BACKUPS)
        point = chosen_point(await backups.points(wish.item), parameters.choice)
        operation = await backups.restore_machine(replace(wish, point=point.id))
        return Underway(operation=with_point(operation, point))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the job, not only its acceptance."""
        backups = context.provider.capability(BACKUPS)

        async def points() -> Sequence[RecoveryPoint]:
            return await backups.points((await _wish(parameters, context)).item)

        return await polled_restore(backups, operation, points)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that it runs, that its agent is ready, and its address."""
        seen = await risen(context, _machine(parameters))
        return Present(outputs={**outputs, **seen.outputs}) if isinstance(seen, Present) else seen

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be restored."""
        return Simulation(
            sentence=f"restore {parameters.item} to a new machine {parameters.name}, point {parameters.choice}",
            targets=(str(_machine(parameters)),),
        )


def _machine(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Compute/virtualMachines/{parameters.name}")


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
        machine=_machine(parameters),
        subnet=parameters.subnet,
    )


ACTION = Verb("backup.restore-vm", Params, RestoreToNewMachine())
