"""A restore of disks: what the request asks, whether it can be had, and what happens when the job ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.sandbox.arm import fold, parse_id
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.operations import Operation
from drd.sandbox.recovery_services import addresses, backup_jobs
from drd.sandbox.recovery_services.backup_items import backed_up
from drd.sandbox.recovery_services.backup_jobs import Job
from drd.sandbox.recovery_services.backup_schedule import BackupPoint
from drd.sandbox.recovery_services.machines import Original, restore_disks
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_STAGED = timedelta(minutes=42, seconds=6)
"""Recorded: a restore without a target group goes through the storage account and takes this long."""
_US_INSTANT = "%m/%d/%Y %I:%M:%S %p"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOrder:
    """A request that can be had. `group_id` is empty when the disks stay in the storage account."""

    vault: Resource
    item: Resource
    point: BackupPoint
    region: str
    group_id: str
    storage_account: str
    secondary: bool

    @property
    def original(self) -> Original:
        """Return the machine that is restored."""
        return backed_up(self.item).original


def read_order(call: Call, item: Resource, point: BackupPoint, body: JsonObject, *, secondary: bool) -> RestoreOrder:
    """Return the order that an `IaasVMRestoreRequest` places; `secondary` restores in the paired region.

    Raises:
        ArmError: 400, the type of restore, region, source, group or storage account cannot be had.
    """
    world, vault = call.world, call.world.store.require(addresses.vault_of(item.id))
    region = world.regions.paired(vault.location) if secondary else vault.location
    _check_type(body)
    _check_source(body, item)
    _check_region(str(body.get("region", "")), region)
    group_id = str(body.get("targetResourceGroupId") or "")
    _check_group(world, group_id)
    return RestoreOrder(
        vault=vault,
        item=item,
        point=point,
        region=region,
        group_id=group_id,
        storage_account=_check_account(world, str(body.get("storageAccountId") or ""), region),
        secondary=secondary,
    )


def place_order(call: Call, order: RestoreOrder) -> tuple[Operation, str]:
    """Start the restore; return the operation that accepts it and the name of its job.

    The operation is over as soon as the job is accepted. Until then no list shows the job.
    """
    world, kind = call.world, "backup.crr-restore" if order.secondary else "backup.restore"
    name = world.new_id()
    lasts = world.profile.duration(kind, order.item.id) if order.group_id else _STAGED
    job = Job(
        name=name,
        operation="CrossRegionRestore" if order.secondary else "Restore",
        machine=order.original.name,
        started_at=call.now,
        lasts=lasts,
        properties={"propertyBag": _property_bag(order, name)},
        tasks=("Transfer data from vault",),
    )
    operation = world.operations.start(
        "backup.accept",
        order.item.id,
        region=order.region,
        at=call.now,
        took=world.profile.duration("backup.crr-accept" if order.secondary else "backup.accept", order.item.id),
        outcome=lambda at: _accept(world, order, job, at),
    )
    operation.details["job"] = name
    return operation, name


def _accept(world: World, order: RestoreOrder, job: Job, at: datetime) -> None:
    backup_jobs.store_job(world, order.vault.id, job, location=order.vault.location, at=at, secondary=order.secondary)
    world.schedule(job.started_at + job.lasts, lambda end: _end(world, order, job.name, end), region=order.region)


def _end(world: World, order: RestoreOrder, name: str, at: datetime) -> None:
    job = backup_jobs.stored_job(world, order.vault.id, name)
    if job is None or job.status != "InProgress":
        return
    if order.group_id and world.store.get(order.group_id) is None:
        gone = ArmError(404, "UserErrorTargetResourceGroupNotFound", f"'{order.group_id}' was deleted meanwhile.")
        backup_jobs.finish(world, order.vault, job, at, gone)
        return
    if order.group_id:
        restore_disks(
            world, order.original, group_id=order.group_id, region=order.region, as_of=order.point.taken_at, at=at
        )
    backup_jobs.finish(world, order.vault, job, at)


def _property_bag(order: RestoreOrder, job: str) -> JsonObject:
    container = f"{order.original.name}-{job.replace('-', '')}"
    base = f"https://{order.storage_account}.blob.core.windows.net/{container}"
    bag = {
        "Job Type": "Recover disks",
        "Recovery point time ": order.point.taken_at.strftime(_US_INSTANT),
        "Target Storage Account Name": order.storage_account,
        "Config Blob Container Name": container,
        "Config Blob Name": f"config-{order.original.name}-{job}.json",
        "Config Blob Uri": f"{base}/config-{order.original.name}-{job}.json",
        "Template Blob Uri": f"{base}/azuredeploy{job}.json",
    }
    if order.group_id:
        bag["Target resource group"] = parse_id(order.group_id).group
    return bag


def _check_type(body: JsonObject) -> None:
    if body.get("objectType") != "IaasVMRestoreRequest" or body.get("recoveryType") != "RestoreDisks":
        message = (
            f"The restore '{body.get('objectType')}' of type '{body.get('recoveryType')}' is not supported here: "
            "only 'IaasVMRestoreRequest' of type 'RestoreDisks' is."
        )
        raise bad_request("BMSUserErrorRestoreTypeNotSupported", message)


def _check_source(body: JsonObject, item: Resource) -> None:
    source = str(body.get("sourceResourceId") or "")
    if fold(source) != fold(backed_up(item).original.id):
        message = f"The source '{source}' is not what the item '{item.name}' protects."
        raise bad_request("BMSUserErrorInvalidSourceResource", message)


def _check_region(asked: str, region: str) -> None:
    if asked.replace(" ", "").lower() != region.lower():
        message = f"The region '{asked}' is not where this restore runs; it has to be '{region}'."
        raise bad_request("UserErrorRestoreRegionMismatch", message)


def _check_group(world: World, group_id: str) -> None:
    group = world.store.get(group_id) if group_id else None
    if group_id and group is None:
        message = f"The target resource group '{group_id}' was not found. Create it before the restore."
        raise bad_request("UserErrorTargetResourceGroupNotFound", message)
    if group is not None and group.properties.get("provisioningState") == "Deleting":
        message = f"The target resource group '{group_id}' is being deleted."
        raise bad_request("UserErrorTargetResourceGroupBeingDeleted", message)


def _check_account(world: World, account_id: str, region: str) -> str:
    account = world.store.get(account_id) if account_id.startswith("/subscriptions/") else None
    if account is None:
        message = f"The storage account '{account_id}' was not found."
        raise bad_request("UserErrorStorageAccountNotFound", message)
    if account.location.lower() != region.lower():
        message = f"The storage account '{account.name}' is in '{account.location}'; it has to be in '{region}'."
        raise bad_request("UserErrorStorageAccountRegionMismatch", message)
    return account.name
