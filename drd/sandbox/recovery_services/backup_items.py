"""Protected items of Azure Backup and their recovery points, as the vault's own region shows them."""

from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_schedule import BackupHistory, BackupPoint, DailyBackup, Tier
from drd.sandbox.recovery_services.machines import Original
from drd.sandbox.recovery_services.odata import Filter, read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

ENUMS_SINCE = "2023-01-01"
"""Older api-versions put integers where newer ones have words."""

_VALID = 1
_TIER_WORDS = {Tier.INSTANT: "InstantRP", Tier.HARDENED: "HardenedRP"}
_ITEM_FILTERS = frozenset(
    {"backupmanagementtype", "itemtype", "policyname", "friendlyname", "status", "healthstate", "workloadtype"}
)
_POINT_FILTERS = frozenset({"startdate", "enddate", "restorepointquerytype", "extendedinfo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What the vault knows of a machine that it backs up; stays when the machine is gone."""

    original: Original
    policy_name: str
    policy: DailyBackup


def backed_up(item: Resource) -> BackedUp:
    """Return what the vault knows of a protected item."""
    known: BackedUp = item.hidden["backed-up"]
    return known


def history(world: World, item: Resource) -> BackupHistory:
    """Return the item's past; it stops at the instant the machine's region was lost."""
    known = backed_up(item)
    return BackupHistory(
        seed=str(world.seed),
        item=item.key,
        policy=known.policy,
        lost_at=world.regions.lost_at(known.original.location),
    )


def item_in_path(call: Call) -> Resource:
    """Return the protected item that the call's path names.

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
    items = call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault.id)
    return [item_body(call, item, secondary=secondary) for item in items if _passes(item, wanted)]


def get_item(call: Call) -> Response:
    """Answer one protected item."""
    return answer(200, item_body(call, item_in_path(call), secondary=False))


def list_points(call: Call) -> Response:
    """Answer the recovery points of an item."""
    item = item_in_path(call)
    return page(call, point_bodies(call, item, history(call.world, item).primary(call.now)))


def get_point(call: Call) -> Response:
    """Answer one recovery point."""
    item = item_in_path(call)
    return answer(200, point_body(call, item, find_point(call, history(call.world, item).primary(call.now))))


def find_point(call: Call, points: tuple[BackupPoint, ...]) -> BackupPoint:
    """Return the point that the path names.

    Raises:
        ArmError: 404, it is not among these points.
    """
    wanted = call.params["point"]
    found = next((point for point in points if point.name == wanted), None)
    if found is None:
        raise ArmError(404, "BMSUserErrorRecoveryPointNotFound", f"The recovery point '{wanted}' does not exist.")
    return found


def item_body(call: Call, item: Resource, *, secondary: bool) -> JsonObject:
    """Return the wire form of an item."""
    known, past = backed_up(item), history(call.world, item)
    points = past.secondary(call.now) if secondary else past.primary(call.now)
    newest = points[0].taken_at if points else None
    vault_id = addresses.vault_of(item.id)
    container = item.id.split("/")[-3].partition(";")[2]
    properties: JsonObject = {
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "friendlyName": known.original.name,
        "containerName": container,
        "sourceResourceId": known.original.id,
        "virtualMachineId": known.original.id,
        "policyId": f"{vault_id}/backupPolicies/{known.policy_name}",
        "policyName": known.policy_name,
        "policyType": "V2",
        "protectionStatus": "Healthy",
        "protectionState": "Protected",
        "healthStatus": "Passed",
        "healthDetails": [],
        "kpisHealths": {},
        "lastBackupStatus": "Completed" if newest else "",
        "isArchiveEnabled": False,
        "isScheduledForDeferredDelete": False,
        "extendedInfo": _extended(points),
    }
    if newest is not None:
        properties["lastBackupTime"] = properties["lastRecoveryPoint"] = instant_text(newest)
    return {"id": item.id, "name": item.name, "type": item.type, "properties": properties}


def point_bodies(call: Call, item: Resource, points: tuple[BackupPoint, ...]) -> list[JsonObject]:
    """Return the wire form of those points that lie within the call's `startDate` and `endDate`.

    Raises:
        ArmError: 400, a filter that is not understood.
    """
    wanted = read_filter(call.query.get("$filter"), known=_POINT_FILTERS)
    start, end = wanted.instant("startDate"), wanted.instant("endDate")
    return [point_body(call, item, point) for point in points if _within(point.taken_at, start, end)]


def point_body(call: Call, item: Resource, point: BackupPoint) -> JsonObject:
    """Return the wire form of a point, with integers for words where the api-version is old."""
    original = backed_up(item).original
    properties: JsonObject = {
        "objectType": "IaasVMRecoveryPoint",
        "recoveryPointType": str(point.consistency),
        "recoveryPointTime": instant_text(point.taken_at),
        "recoveryPointAdditionalInfo": "",
        "sourceVMStorageType": "PremiumVMOnPartialPremiumStorage",
        "isSourceVMEncrypted": False,
        "isInstantIlrSessionActive": False,
        "recoveryPointTierDetails": [_tier(call.api_version, tier) for tier in point.tiers],
        "isManagedVirtualMachine": True,
        "virtualMachineSize": original.size,
        "originalStorageAccountOption": False,
        "osType": original.os_type,
    }
    if call.api_version >= ENUMS_SINCE:
        properties |= {
            "recoveryPointProperties": {"expiryTime": instant_text(point.expires_at), "isSoftDeleted": False},
            "threatStatus": "NotAvailable",
            "securityType": "None",
        }
    return {
        "id": f"{item.id}/recoveryPoints/{point.name}",
        "name": point.name,
        "type": addresses.BACKUP_POINT_TYPE,
        "properties": properties,
    }


def _extended(points: tuple[BackupPoint, ...]) -> JsonObject:
    if not points:
        return {"recoveryPointCount": 0, "policyInconsistent": False}
    return {
        "oldestRecoveryPoint": instant_text(points[-1].taken_at),
        "newestRecoveryPointInVault": instant_text(points[0].taken_at),
        "recoveryPointCount": len(points),
        "policyInconsistent": False,
    }


def _tier(api_version: str, tier: Tier) -> JsonObject:
    if api_version < ENUMS_SINCE:
        return {"type": int(tier), "status": _VALID}
    return {"type": _TIER_WORDS[tier], "status": "Valid"}


def _passes(item: Resource, wanted: Filter) -> bool:
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


def _within(instant: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= instant) and (end is None or instant <= end)


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
    Route(
        method="GET",
        template=addresses.BACKUP_ITEM + "/recoveryPoints",
        handler=list_points,
        operation=addresses.BACKUP_POINT_TYPE + "/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.BACKUP_ITEM + "/recoveryPoints/{point}",
        handler=get_point,
        operation=addresses.BACKUP_POINT_TYPE + "/read",
        regions=vault_region,
    ),
)
"""What the vault's own region answers about items and points."""
