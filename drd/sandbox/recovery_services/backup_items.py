"""Protected items of Azure Backup as the vault's own region shows them: machines here, other workloads beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, workloads
from drd.sandbox.recovery_services.backup_schedule import BackupHistory, BackupPoint, DailyBackup, OnDemand
from drd.sandbox.recovery_services.machines import Original
from drd.sandbox.recovery_services.odata import Filter, read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import AZURE, World

_ITEM_FILTERS = frozenset(
    {"backupmanagementtype", "itemtype", "policyname", "friendlyname", "status", "healthstate", "workloadtype"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What the vault knows of a machine that it backs up; stays when the machine is gone.

    `rehydrated` says until when a point of the archive tier stands ready, `mounted` until when the files of a point
    are offered, both by the point's name.
    """

    original: Original
    policy_name: str
    policy: DailyBackup
    on_demand: tuple[OnDemand, ...] = ()
    rehydrated: Mapping[str, datetime] = field(default_factory=dict)
    mounted: Mapping[str, datetime] = field(default_factory=dict)


def backed_up(item: Resource) -> BackedUp:
    """Return what the vault knows of a protected machine."""
    known: BackedUp = item.hidden["backed-up"]
    return known


def is_machine(item: Resource) -> bool:
    """Tell whether a protected item is a machine."""
    return "backed-up" in item.hidden


def change(world: World, item_id: str, at: datetime, **changes: object) -> None:
    """Change what the vault knows of a protected machine; one that is no longer protected is passed over."""
    item = world.store.get(item_id)
    if item is not None:
        known = replace(backed_up(item), **changes)  # type: ignore[arg-type]  # names of fields, checked by tests
        world.store.put(item.with_hidden(**{"backed-up": known}), at=at, by=AZURE)


def history(world: World, item: Resource) -> BackupHistory:
    """Return the item's past; it stops at the instant at which the machine or its region was lost."""
    known = backed_up(item)
    losses = [world.regions.lost_at(known.original.location), _gone_at(world, known.original.id)]
    return BackupHistory(
        seed=str(world.seed),
        item=item.key,
        policy=known.policy,
        lost_at=min((at for at in losses if at is not None), default=None),
        on_demand=known.on_demand,
        outages=world.regions.outages(known.original.location),
    )


def item_in_path(call: Call) -> Resource:
    """Return the protected machine that the call's path names.

    Raises:
        ArmError: 404 in the words of Azure Backup, or 400 for another workload, of which only questions are answered.
    """
    item = any_item_in_path(call)
    if not is_machine(item):
        message = f"This operation on the workload of '{item.name}' is not modelled here; it can be read."
        raise ArmError(400, "BMSUserErrorWorkloadNotSupported", message)
    return item


def any_item_in_path(call: Call) -> Resource:
    """Return the protected item that the call's path names, whatever it is.

    Raises:
        ArmError: 404, in the words of Azure Backup.
    """
    vault_in_path(call)
    item = call.world.store.get(addresses.BACKUP_ITEM.format(**call.params))
    if item is None:
        raise ArmError(404, "BMSUserErrorItemNotFound", f"Item '{call.params['item']}' is not protected in this vault.")
    return item


def list_items(call: Call) -> Response:
    """Answer `backupProtectedItems` of the vault."""
    return page(call, bodies(call, secondary=False))


def bodies(call: Call, *, secondary: bool) -> list[JsonObject]:
    """Return the vault's protected items that pass the call's filter; `secondary` shows the paired region's points.

    Raises:
        ArmError: 404 no vault, 400 a filter that is not understood.
    """
    vault = vault_in_path(call)
    wanted = read_filter(call.query.get("$filter"), known=_ITEM_FILTERS)
    # Of databases and shares the paired region shows nothing here: only machines are modelled there.
    items = [
        item
        for item in call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault.id)
        if is_machine(item) or not secondary
    ]
    return [item_body(call, item, secondary=secondary) for item in items if _passes(item, wanted)]


def get_item(call: Call) -> Response:
    """Answer one protected item."""
    return answer(200, item_body(call, any_item_in_path(call), secondary=False))


def points_of(call: Call, item: Resource, *, secondary: bool) -> tuple[BackupPoint, ...]:
    """Return the machine's points in one of the two regions, newest first, without those that went missing."""
    past = history(call.world, item)
    points = past.secondary(call.now) if secondary else past.primary(call.now)
    return tuple(point for point in points if not _strikes(call, "point-missing", item, point))


def item_body(call: Call, item: Resource, *, secondary: bool) -> JsonObject:
    """Return the wire form of an item."""
    if not is_machine(item):
        return workloads.item_body(call.world, item, call.now)
    known, points = backed_up(item), points_of(call, item, secondary=secondary)
    newest = points[0].taken_at if points else None
    vault = call.world.store.require(addresses.vault_of(item.id))
    properties: JsonObject = {
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "friendlyName": known.original.name,
        "containerName": item.id.split("/")[-3].partition(";")[2],
        "sourceResourceId": known.original.id,
        "virtualMachineId": known.original.id,
        "policyId": f"{vault.id}/backupPolicies/{known.policy_name}",
        "policyName": known.policy_name,
        "policyType": "V2",
        "protectedItemDataId": addresses.data_id(item.id),
        "protectionStatus": "Healthy",
        "protectionState": "Protected",
        "healthStatus": "Passed",
        "healthDetails": [],
        "kpisHealths": {},
        "lastBackupStatus": "Completed" if newest else "",
        "isArchiveEnabled": known.policy.archive_after is not None,
        "isScheduledForDeferredDelete": False,
        "softDeleteRetentionPeriodInDays": 14,
        "sourceSideScanInfo": _scan(call, vault, item, points),
        "vaultId": vault.id,
        "extendedInfo": _extended(points),
    }
    if newest is not None:
        properties["lastBackupTime"] = properties["lastRecoveryPoint"] = instant_text(newest)
    return {"id": item.id, "name": item.name, "type": item.type, "properties": properties}


def is_scanned(vault: Resource) -> bool:
    """Tell whether the vault has its points looked through for threats."""
    scan = vault.properties.get("securitySettings", {}).get("sourceScanConfiguration", {})
    return bool(scan.get("state") == "Enabled")


def _scan(call: Call, vault: Resource, item: Resource, points: tuple[BackupPoint, ...]) -> JsonObject:
    if not is_scanned(vault):
        return {"sourceSideScanStatus": "NotConfigured", "sourceSideScanSummary": "NotAvailable"}
    infected = any(_strikes(call, "point-infected", item, point) for point in points)
    return {"sourceSideScanStatus": "Configured", "sourceSideScanSummary": "Suspicious" if infected else "Healthy"}


def _strikes(call: Call, kind: str, item: Resource, point: BackupPoint) -> bool:
    faults = call.world.faults
    return faults.has(kind) and bool(
        faults.condition(kind, target=item.id, region=item.location, at=call.now, instant=point.taken_at)
    )


def _gone_at(world: World, machine_id: str) -> datetime | None:
    """Return when a machine was deleted; None while one of its name is there."""
    if world.store.get(machine_id) is not None:
        return None
    wanted = fold(machine_id)
    return next(
        (one.at for one in reversed(world.store.history) if one.verb == "deleted" and fold(one.id) == wanted), None
    )


def _extended(points: tuple[BackupPoint, ...]) -> JsonObject:
    if not points:
        return {"recoveryPointCount": 0, "policyInconsistent": False}
    return {
        "oldestRecoveryPoint": instant_text(points[-1].taken_at),
        "newestRecoveryPointInVault": instant_text(points[0].taken_at),
        "recoveryPointCount": len(points),
        "policyInconsistent": False,
    }


def _passes(item: Resource, wanted: Filter) -> bool:
    if not is_machine(item):
        return wanted.accepts(workloads.facts(item))
    known = backed_up(item)
    return wanted.accepts(
        {
            "backupManagementType": "AzureIaasVM",
            "itemType": "VM",
            "workloadType": "VM",
            "friendlyName": known.original.name,
            "policyName": known.policy_name,
            "status": "Registered",
            "healthState": "Passed",
        }
    )


ROUTES = (
    Route(
        method="GET",
        template=addresses.VAULT + "/backupProtectedItems",
        handler=list_items,
        operation="Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.BACKUP_ITEM,
        handler=get_item,
        operation="Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/read",
        regions=vault_region,
    ),
)
"""What the vault's own region answers about items."""
