"""Recovery points of Azure Backup: what they are on the wire, what a scan found in them, and where they are kept."""

from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.faults import Fault
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, workloads
from drd.sandbox.recovery_services.backup_items import (
    any_item_in_path,
    backed_up,
    is_machine,
    is_scanned,
    points_of,
)
from drd.sandbox.recovery_services.backup_schedule import BackupPoint, Tier
from drd.sandbox.recovery_services.odata import Filter, read_filter
from drd.sandbox.recovery_services.regions_needed import vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

ENUMS_SINCE = "2023-01-01"
"""Older api-versions put integers where newer ones have words."""

_VALID, _REHYDRATED = 1, 4
_STATUS_WORDS = {_VALID: "Valid", _REHYDRATED: "Rehydrated"}
_TIER_WORDS = {Tier.INSTANT: "InstantRP", Tier.HARDENED: "HardenedRP", Tier.ARCHIVED: "ArchivedRP"}
_POINT_FILTERS = frozenset({"startdate", "enddate", "restorepointquerytype", "extendedinfo"})


def list_points(call: Call) -> Response:
    """Answer the recovery points of an item."""
    item = any_item_in_path(call)
    wanted = read_point_filter(call)
    if not is_machine(item):
        return page(call, workloads.point_bodies(call.world, item, call.now, wanted))
    return page(call, point_bodies(call, item, points_of(call, item, secondary=False)))


def get_point(call: Call) -> Response:
    """Answer one recovery point."""
    item = any_item_in_path(call)
    if not is_machine(item):
        found = [
            body
            for body in workloads.point_bodies(call.world, item, call.now, Filter())
            if body["name"] == call.params["point"]
        ]
        if not found:
            raise _not_found(call.params["point"])
        return answer(200, found[0])
    return answer(200, point_body(call, item, find_point(call, points_of(call, item, secondary=False))))


def read_point_filter(call: Call) -> Filter:
    """Return the call's `$filter` over points.

    Raises:
        ArmError: 400, it is not understood.
    """
    return read_filter(call.query.get("$filter"), known=_POINT_FILTERS)


def find_point(call: Call, points: tuple[BackupPoint, ...], name: str = "") -> BackupPoint:
    """Return the point that the path names, or the one of a name.

    Raises:
        ArmError: 404, it is not among these points.
    """
    wanted = name or call.params["point"]
    found = next((point for point in points if point.name == wanted), None)
    if found is None:
        raise _not_found(wanted)
    return found


def infection(world: World, item: Resource, point: BackupPoint, at: datetime) -> Fault | None:
    """Return what infected a point, or None."""
    if not world.faults.has("point-infected"):
        return None
    return world.faults.condition("point-infected", target=item.id, region=item.location, at=at, instant=point.taken_at)


def corruption(world: World, item: Resource, point: BackupPoint, at: datetime) -> Fault | None:
    """Return what makes a point impossible to restore, or None."""
    return world.faults.condition("point-corrupt", target=item.id, region=item.location, at=at, instant=point.taken_at)


def point_bodies(call: Call, item: Resource, points: tuple[BackupPoint, ...]) -> list[JsonObject]:
    """Return the wire form of those points that lie within the call's `startDate` and `endDate`.

    Raises:
        ArmError: 400, a filter that is not understood.
    """
    wanted = read_point_filter(call)
    start, end = wanted.instant("startDate"), wanted.instant("endDate")
    return [point_body(call, item, point) for point in points if _within(point.taken_at, start, end)]


def point_body(call: Call, item: Resource, point: BackupPoint) -> JsonObject:
    """Return the wire form of a point, with integers for words where the api-version is old."""
    known = backed_up(item)
    mounted = known.mounted.get(point.name)
    properties: JsonObject = {
        "objectType": "IaasVMRecoveryPoint",
        "recoveryPointType": str(point.consistency),
        "recoveryPointTime": instant_text(point.taken_at),
        "recoveryPointAdditionalInfo": "",
        "sourceVMStorageType": "PremiumVMOnPartialPremiumStorage",
        "isSourceVMEncrypted": False,
        "isInstantIlrSessionActive": mounted is not None and call.now < mounted,
        "recoveryPointTierDetails": _tiers(call, item, point),
        "recoveryPointMoveReadinessInfo": {"ArchivedRP": _readiness(point)},
        "isManagedVirtualMachine": True,
        "virtualMachineSize": known.original.size,
        "originalStorageAccountOption": False,
        "osType": known.original.os_type,
    }
    if call.api_version >= ENUMS_SINCE:
        properties |= {
            "recoveryPointProperties": {"expiryTime": instant_text(point.expires_at), "isSoftDeleted": False},
            "securityType": "None",
            "isPrivateAccessEnabledOnAnyDisk": False,
            **_threat(call, item, point),
        }
    return {
        "id": f"{item.id}/recoveryPoints/{point.name}",
        "name": point.name,
        "type": addresses.BACKUP_POINT_TYPE,
        "properties": properties,
    }


def is_rehydrated(item: Resource, point: BackupPoint, now: datetime) -> bool:
    """Tell whether a point of the archive tier stands ready for a plain restore."""
    until = backed_up(item).rehydrated.get(point.name)
    return until is not None and now < until


def _threat(call: Call, item: Resource, point: BackupPoint) -> JsonObject:
    """Say what the scan found: it knows nothing of a point that the vault does not yet hold, or if it is off."""
    vault = call.world.store.require(addresses.vault_of(item.id))
    if not (is_scanned(vault) and point.is_in_vault):
        return {"threatStatus": "NotAvailable"}
    found = infection(call.world, item, point, call.now)
    if found is None:
        return {"threatStatus": "Healthy", "threatInfo": []}
    info = {
        "threatTitle": "Ransomware activity",
        "threatDescription": "Files were encrypted on the machine before this recovery point was taken.",
        "lastUpdatedTime": instant_text(point.taken_at),
        "threatState": "Active",
        "threatStartTime": instant_text(found.points_from or point.taken_at),
        "threatURI": "https://security.microsoft.com/alerts",
        "threatSeverity": "High",
    }
    return {"threatStatus": "UnHealthy", "threatInfo": [info]}


def _tiers(call: Call, item: Resource, point: BackupPoint) -> list[JsonObject]:
    rehydrated = point.is_archived and is_rehydrated(item, point, call.now)
    status = _REHYDRATED if rehydrated else _VALID
    if call.api_version < ENUMS_SINCE:
        return [{"type": int(tier), "status": status} for tier in point.tiers]
    shown: list[JsonObject] = [{"type": _TIER_WORDS[tier], "status": _STATUS_WORDS[status]} for tier in point.tiers]
    if rehydrated:
        until = instant_text(backed_up(item).rehydrated[point.name])
        shown[0]["extendedInfo"] = {"RehydratedRPExpiryTime": until}
    return shown


def _readiness(point: BackupPoint) -> JsonObject:
    why = (
        "The archive tier holds this recovery point already."
        if point.is_archived
        else "The recovery point is younger than the archive tier asks for."
    )
    return {"isReadyForMove": False, "additionalInfo": why}


def _within(instant: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= instant) and (end is None or instant <= end)


def _not_found(name: str) -> ArmError:
    return ArmError(404, "BMSUserErrorRecoveryPointNotFound", f"The recovery point '{name}' does not exist.")


ROUTES = (
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
"""What the vault's own region answers about points."""
