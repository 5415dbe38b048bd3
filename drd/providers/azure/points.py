"""What Azure Backup says of items, recovery points and jobs; the same shapes in both regions and all api-versions."""

from collections.abc import Iterable
from datetime import datetime

from drd.domain.errors import OperationFailedError
from drd.domain.estate import Cleanliness, RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.backups import BackedUpItem, BackupJob, RestoreDisks
from drd.ports.capabilities import Status
from drd.providers.azure.body import Body, arm_id, bodies, branch, percent, request_of, text, value
from drd.providers.azure.instant import real_instant

MACHINES_FILTER = "backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'"
TARGET_GROUP = "Target resource group"
TARGET_MACHINE = "Target Virtual Machine Name"
_POINT_TIME = "Recovery point time "
_US_INSTANT = "%m/%d/%Y %I:%M:%S %p"
_CONSISTENCY = {
    "appconsistent": "application",
    "applicationconsistent": "application",
    "crashconsistent": "crash",
    "filesystemconsistent": "file-system",
}
_CLEANLINESS = {
    "healthy": Cleanliness.CLEAN,
    "unhealthy": Cleanliness.INFECTED,
    "warning": Cleanliness.INFECTED,
}
# Older api-versions write numbers for words: 1 InstantRP, 2 HardenedRP, 3 ArchivedRP; status 1 Valid, 4 Rehydrated.
_RESTORABLE_TIERS = frozenset({"instantrp", "hardenedrp", "iasnapshotrp", "1", "2", "4"})
_TIERS = {
    "instantrp": "snapshot",
    "iasnapshotrp": "snapshot",
    "1": "snapshot",
    "hardenedrp": "vault",
    "2": "vault",
    "archivedrp": "archive",
    "3": "archive",
}
_GOOD_STATUS = frozenset({"valid", "rehydrated", "1", "4"})
_REHYDRATED = frozenset({"rehydrated", "4"})
_RUNNING = frozenset({"inprogress", "cancelling"})
_WELL = frozenset({"completed", "completedwithwarnings"})


def read_item(body: Body, vault: ArmId) -> BackedUpItem | None:
    """Read a protected item; None for one without a source that drd can name."""
    properties = branch(body, "properties")
    source = arm_id(properties, "sourceResourceId") or arm_id(properties, "virtualMachineId")
    whole, place = text(body, "id"), text(body, "id").casefold().find("/backupfabrics/")
    if source is None or place < 0:
        return None
    return BackedUpItem(
        vault=vault,
        path=whole[place + 1 :],
        name=text(properties, "friendlyName") or text(body, "name").rsplit(";", 1)[-1],
        source=source,
        state=text(properties, "protectionState"),
        health=text(properties, "healthStatus"),
        last_status=text(properties, "lastBackupStatus"),
        last_backup_at=real_instant(value(properties, "lastBackupTime")),
        last_point_at=real_instant(value(properties, "lastRecoveryPoint")),
        policy=text(properties, "policyId").rpartition("/")[2] or text(properties, "policyName"),
    )


def read_points(found: Iterable[Body], *, region: str, now: datetime) -> tuple[RecoveryPoint, ...]:
    """Read recovery points, newest first; what has no time is no point to restore from."""
    points = [point for body in found if (point := _point(body, region, now)) is not None]
    return tuple(sorted(points, key=lambda point: point.time, reverse=True))


def _point(body: Body, region: str, now: datetime) -> RecoveryPoint | None:
    properties = branch(body, "properties")
    time = real_instant(value(properties, "recoveryPointTime")) or real_instant(
        value(properties, "recoveryPointTimeInUTC")
    )
    if time is None:
        return None
    return RecoveryPoint(
        id=text(body, "name"),
        time=time,
        consistency=_CONSISTENCY.get(text(properties, "recoveryPointType").casefold(), "unknown"),
        region=region,
        usable=_is_usable(properties, now),
        cleanliness=_CLEANLINESS.get(text(properties, "threatStatus").casefold(), Cleanliness.UNKNOWN),
        tiers=_tiers(properties),
    )


def _is_usable(properties: Body, now: datetime) -> bool:
    tiers = bodies(properties, "recoveryPointTierDetails")
    kept = branch(properties, "recoveryPointProperties")
    expires = real_instant(value(kept, "expiryTime"))
    deleted = text(kept, "isSoftDeleted").casefold() == "true"
    infected = text(properties, "threatStatus").casefold() == "unhealthy"
    expired = expires is not None and expires <= now
    return not (deleted or infected or expired) and (not tiers or any(_is_restorable(tier) for tier in tiers))


def _tiers(properties: Body) -> tuple[str, ...]:
    """Give the tiers that hold the point now, in drd's words; what was deleted or is unknown holds nothing."""
    held = [
        _TIERS.get(text(tier, "type").casefold(), "")
        for tier in bodies(properties, "recoveryPointTierDetails")
        if text(tier, "status").casefold() in _GOOD_STATUS
    ]
    return tuple(each for each in dict.fromkeys(held) if each)


def _is_restorable(tier: Body) -> bool:
    kind, status = text(tier, "type").casefold(), text(tier, "status").casefold()
    return (kind in _RESTORABLE_TIERS and status in _GOOD_STATUS) or status in _REHYDRATED


def restore_body(wish: RestoreDisks) -> dict[str, object]:
    """Build the request that restores an item: managed disks, a new machine, or the disks of the machine itself."""
    return {
        "objectType": "IaasVMRestoreRequest",
        "recoveryPointId": wish.point,
        "sourceResourceId": str(wish.item.source),
        "storageAccountId": str(wish.staging),
        "region": wish.region,
        "createNewCloudService": True,
        "originalStorageAccountOption": False,
        **_target(wish),
    }


def _target(wish: RestoreDisks) -> dict[str, object]:
    group = str(wish.resource_group)
    if wish.machine is None:
        return {"recoveryType": "RestoreDisks", "targetResourceGroupId": group}
    if wish.subnet is None:
        return {"recoveryType": "OriginalLocation"}
    return {
        "recoveryType": "AlternateLocation",
        "targetResourceGroupId": group,
        "targetVirtualMachineId": str(wish.machine),
        "virtualNetworkId": wish.subnet.text.rpartition("/subnets/")[0],
        "subnetId": str(wish.subnet),
    }


def read_job(body: Body) -> BackupJob:
    """Read a job. The target group is known only from a job's details, and only once it has ended."""
    properties = branch(body, "properties")
    bag = branch(properties, "extendedInfo", "propertyBag")
    return BackupJob(
        id=text(body, "name"),
        operation=text(properties, "operation"),
        status=text(properties, "status"),
        item_name=text(properties, "entityFriendlyName"),
        started_at=real_instant(value(properties, "startTime")),
        ended_at=real_instant(value(properties, "endTime")),
        resource_group=text(bag, TARGET_GROUP),
        machine=text(bag, TARGET_MACHINE),
        point_time=_bag_instant(text(bag, _POINT_TIME) or text(bag, _POINT_TIME.strip())),
        error=_error(properties),
        request_id=request_of(body),
    )


def job_status(job: BackupJob, body: Body) -> Status:
    """Say how the job stands.

    Raises:
        OperationFailedError: it ended badly.
    """
    word = job.status.casefold()
    if word not in _WELL | _RUNNING:
        details = bodies(branch(body, "properties"), "errorDetails")
        code = text(details[0], "errorTitle") or text(details[0], "errorCode") if details else ""
        raise OperationFailedError(
            f"the restore of {job.item_name} ended as {job.status or 'unknown'}: {job.error or 'no reason given'}",
            target=job.id,
            hint="the vault's job page tells more; a new attempt needs a new look at the point and the staging account",
            code=code or job.status or "unknown-status",
        )
    return Status(
        finished=word in _WELL,
        started_at=job.started_at,
        ended_at=job.ended_at if word in _WELL else None,
        progress_percent=percent(body, "properties", "extendedInfo", "progressPercentage"),
        job=job.id,
        details={"resource-group": job.resource_group, "job": job.id},
    )


def is_running(job: BackupJob) -> bool:
    """Say whether the job has not ended."""
    return job.status.casefold() in _RUNNING


def ended_badly(job: BackupJob) -> bool:
    """Say whether the job ended without restoring."""
    return job.status.casefold() not in _WELL | _RUNNING


def _error(properties: Body) -> str:
    details = bodies(properties, "errorDetails")
    words = [text(one, "errorString") or text(one, "errorTitle") for one in details]
    return "; ".join(word for word in words if word)


def _bag_instant(written: str) -> datetime | None:
    """Read the American date of a job's property bag; it is in UTC."""
    if not written:
        return None
    try:
        return real_instant(datetime.strptime(written, _US_INSTANT))  # noqa: DTZ007 - real_instant adds UTC
    except ValueError:
        return real_instant(written)
