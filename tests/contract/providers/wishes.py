"""What the tests of providers wish for, on the sample estate."""

import json

from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, BackedUpItem, RestoreDisks
from drd.ports.capabilities import Operation
from drd.ports.groups import GROUPS
from tests.contract.providers.stage import Stage

MACHINE = "Microsoft.Compute/virtualMachines"
NETWORK = "Microsoft.Network/virtualNetworks"
TAGS = {"drd-run": "run-1", "drd-step": "restore"}


async def drill_group(stage: Stage, name: str = "rg-drill-1") -> ArmId:
    """Make a group for a drill."""
    group = stage.id(name)
    groups = stage.provider.capability(GROUPS)
    await groups.create(group, location="northeurope", tags=TAGS, request_id="req-group")
    return group


async def newest_wish(stage: Stage, group: ArmId, *, region: str = "northeurope") -> RestoreDisks:
    """Build a wish for the newest point of the one machine that has nothing but backups."""
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    items = await crossing.items(stage.backup_vault, "northeurope")
    item = next(one for one in items if one.name == "vm-bv-app-1")
    account, home = ("stdrdneu", "rg-recovery-neu") if region == "northeurope" else ("stdrdweu", "rg-recovery-weu")
    points = await (crossing.points(item, region) if region == "northeurope" else home_points(stage, item))
    return RestoreDisks(
        item=item,
        point=points[0].id,
        resource_group=group,
        staging=stage.id(home, "Microsoft.Storage/storageAccounts", account),
        region=region,
        request_id="req-restore",
    )


async def home_points(stage: Stage, item: BackedUpItem) -> tuple[RecoveryPoint, ...]:
    """Give the points in the vault's own region."""
    return await stage.provider.capability(BACKUPS).points(item)


def stored(operation: Operation) -> Operation:
    """Send a record through the journal's own form."""
    return Operation.from_json(json.loads(json.dumps(operation.to_json())))
