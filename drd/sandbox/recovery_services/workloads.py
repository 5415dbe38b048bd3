"""Protected items that are no machines: a database in a machine and a file share. They can be read, not restored here.

They stand in the estate so that the types exist which a real vault mixes into every list.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from drd.sandbox.clock import instant_text
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_schedule import BackupHistory, BackupPoint, DailyBackup
from drd.sandbox.recovery_services.odata import Filter
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_LOG_EVERY = timedelta(minutes=15)
_VALID_IN_VAULT = [{"type": "HardenedRP", "status": "Valid"}]
_SNAPSHOT = [{"type": "InstantRP", "status": "Valid"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What the vault knows of a database or a share.

    `holder` is the id of the machine or the storage account that it is in; `server` the database server's name.
    """

    kind: Literal["database", "share"]
    name: str
    holder: str
    policy_name: str
    policy: DailyBackup
    server: str = ""


def workload(item: Resource) -> Workload:
    """Return what the vault knows of a database or a share."""
    known: Workload = item.hidden["workload"]
    return known


def names(known: Workload) -> tuple[str, str]:
    """Return the names that Azure Backup gives the container and the item."""
    group, name = known.holder.split("/")[4].lower(), known.holder.rsplit("/", 1)[-1].lower()
    if known.kind == "share":
        return f"StorageContainer;Storage;{group};{name}", f"AzureFileShare;{known.name.lower()}"
    return f"VMAppContainer;Compute;{group};{name}", f"SQLDataBase;mssqlserver;{known.name.lower()}"


def facts(item: Resource) -> dict[str, str]:
    """Return what a `$filter` may compare."""
    known = workload(item)
    kind = "AzureFileShare" if known.kind == "share" else "SQLDataBase"
    return {
        "backupManagementType": "AzureStorage" if known.kind == "share" else "AzureWorkload",
        "itemType": kind,
        "workloadType": kind,
        "friendlyName": known.name,
        "policyName": known.policy_name,
        "status": "Registered",
        "healthState": "Passed",
    }


def item_body(world: World, item: Resource, now: datetime) -> JsonObject:
    """Return the wire form of a database or a share."""
    known, vault_id = workload(item), addresses.vault_of(item.id)
    points = _history(world, item).primary(now)
    newest = instant_text(points[0].taken_at) if points else None
    container, _ = names(known)
    told = facts(item)
    properties: JsonObject = {
        "backupManagementType": told["backupManagementType"],
        "workloadType": told["workloadType"],
        "containerName": container.partition(";")[2] if known.kind == "share" else container,
        "sourceResourceId": known.holder,
        "policyId": f"{vault_id}/backupPolicies/{known.policy_name}",
        "policyName": known.policy_name,
        "friendlyName": known.name,
        "protectionStatus": "Healthy",
        "protectionState": "Protected",
        "lastRecoveryPoint": newest,
        "lastBackupTime": newest,
        "kpisHealths": {},
        "isScheduledForDeferredDelete": False,
        "isArchiveEnabled": False,
        "softDeleteRetentionPeriodInDays": 14,
        "vaultId": vault_id,
        "extendedInfo": {
            "oldestRecoveryPoint": instant_text(points[-1].taken_at) if points else None,
            "recoveryPointCount": len(points),
            "policyState": "Consistent",
        },
        **_of_kind(known),
    }
    return {"id": item.id, "name": item.name, "type": item.type, "properties": properties}


def _of_kind(known: Workload) -> JsonObject:
    if known.kind == "share":
        return {"protectedItemType": "AzureFileShareProtectedItem", "lastBackupStatus": "Completed"}
    return {
        "protectedItemType": "AzureVmWorkloadSQLDatabase",
        "serverName": known.server,
        "parentName": "MSSQLSERVER",
        "parentType": "AzureVmWorkloadSQLInstance",
        "lastBackupStatus": "Healthy",
        "lastBackupErrorDetail": None,
        "protectedItemHealthStatus": "Healthy",
        "protectedItemDataSourceId": known.holder,
    }


def point_bodies(world: World, item: Resource, now: datetime, wanted: Filter) -> list[JsonObject]:
    """Return the points; `restorePointQueryType eq 'Log'` asks a database for the times that its log reaches."""
    known, points = workload(item), _history(world, item).primary(now)
    asked = (wanted.value("restorePointQueryType") or "").casefold()
    if asked == "log":
        return [_reach_of_log(item, points, now)] if known.kind == "database" and points else []
    start, end = wanted.instant("startDate"), wanted.instant("endDate")
    return [
        _point_body(item, known, point)
        for point in points
        if (start is None or start <= point.taken_at) and (end is None or point.taken_at <= end)
    ]


def _point_body(item: Resource, known: Workload, point: BackupPoint) -> JsonObject:
    kept = {"expiryTime": instant_text(point.expires_at), "isSoftDeleted": False}
    if known.kind == "share":
        account = known.holder.rsplit("/", 1)[-1]
        stamp = point.taken_at.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
        return _body(
            item,
            point.name,
            {
                "objectType": "AzureFileShareRecoveryPoint",
                "recoveryPointType": "FileSystemConsistent",
                "recoveryPointTime": instant_text(point.taken_at),
                "fileShareSnapshotUri": f"https://{account}.file.core.windows.net/{known.name}?sharesnapshot={stamp}",
                "recoveryPointSizeInGB": 64,
                "recoveryPointTierDetails": _SNAPSHOT,
                "recoveryPointProperties": kept,
            },
        )
    return _body(
        item,
        point.name,
        {
            "objectType": "AzureWorkloadSQLRecoveryPoint",
            "recoveryPointTimeInUTC": instant_text(point.taken_at),
            "type": "Full",
            "recoveryPointTierDetails": _VALID_IN_VAULT,
            "recoveryPointProperties": kept,
        },
    )


def _reach_of_log(item: Resource, points: tuple[BackupPoint, ...], now: datetime) -> JsonObject:
    newest = now - (now - points[-1].taken_at) % _LOG_EVERY
    return _body(
        item,
        "DefaultRangeRecoveryPoint",
        {
            "objectType": "AzureWorkloadSQLPointInTimeRecoveryPoint",
            "recoveryPointTimeInUTC": "0001-01-01T00:00:00Z",
            "type": "Log",
            "timeRanges": [{"startTime": instant_text(points[-1].taken_at), "endTime": instant_text(newest)}],
        },
    )


def _history(world: World, item: Resource) -> BackupHistory:
    known = workload(item)
    return BackupHistory(
        seed=str(world.seed),
        item=item.key,
        policy=known.policy,
        lost_at=world.regions.lost_at(item.location),
        outages=world.regions.outages(item.location),
    )


def _body(item: Resource, name: str, properties: JsonObject) -> JsonObject:
    return {
        "id": f"{item.id}/recoveryPoints/{name}",
        "name": name,
        "type": addresses.BACKUP_POINT_TYPE,
        "properties": properties,
    }
