"""A backup on demand: accepted without a body, seen later as a job and a new recovery point."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.recovery_services import addresses, backup_jobs
from drd.sandbox.recovery_services.backup_items import backed_up, change, item_in_path
from drd.sandbox.recovery_services.backup_jobs import Job
from drd.sandbox.recovery_services.backup_schedule import OnDemand
from drd.sandbox.recovery_services.odata import read_instant
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import Response
from drd.sandbox.world import World

_KEPT = timedelta(days=30)
"""Documented: what a backup on demand is kept without a wish of its own."""
_RETRY_AFTER = 60


def trigger(call: Call) -> Response:
    """Back a machine up now.

    Raises:
        ArmError: 400, the body is of another workload, or the machine is gone.
    """
    vault, item = vault_in_path(call), item_in_path(call)
    asked = object_at(call.body, "properties")
    if text_at(asked, "objectType") != "IaasVMBackupRequest":
        message = f"The backup request '{asked.get('objectType')}' does not fit: expected 'IaasVMBackupRequest'."
        raise bad_request("BMSUserErrorInvalidInput", message)
    if call.world.store.get(backed_up(item).original.id) is None:
        message = f"The virtual machine '{backed_up(item).original.id}' was not found."
        raise bad_request("UserErrorVmNotFound", message)
    expiry = text_at(asked, "recoveryPointExpiryTimeInUTC")
    kept = OnDemand(taken_at=call.now, expires_at=read_instant(expiry) if expiry else call.now + _KEPT)
    job = Job(
        name=call.world.new_id(),
        operation="Backup",
        machine=backed_up(item).original.name,
        started_at=call.now,
        lasts=call.world.profile.duration("backup.on-demand", item.id),
        properties={"propertyBag": {"VM Name": backed_up(item).original.name}},
        tasks=("Take Snapshot", "Transfer data to vault"),
    )
    world, backup = call.world, _Backup(vault=vault, item_id=item.id, job=job, kept=kept)
    operation = world.operations.start(
        "backup.accept",
        item.id,
        region=vault.location,
        at=call.now,
        took=world.profile.duration("backup.accept", item.id),
        outcome=lambda at: _accept(world, backup, at),
    )
    operation.details["job"] = job.name
    call.effect("backup.on-demand", item=item.id, job=job.name, operation=operation.id)
    return accepted(
        call,
        operation,
        monitor=f"{item.id}/operationsStatus/{operation.id}",
        location=f"{item.id}/operationResults/{operation.id}",
        retry_after=_RETRY_AFTER,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Backup:
    """One backup on demand."""

    vault: Resource
    item_id: str
    job: Job
    kept: OnDemand


def _accept(world: World, backup: _Backup, at: datetime) -> None:
    vault, job = backup.vault, backup.job
    backup_jobs.store_job(world, vault.id, job, location=vault.location, at=at)
    snapshot = job.started_at + world.profile.duration("backup.snapshot", backup.item_id)
    world.schedule(snapshot, lambda then: _taken(world, backup, then), region=vault.location)
    world.schedule(job.started_at + job.lasts, lambda end: _end(world, backup, end), region=vault.location)


def _taken(world: World, backup: _Backup, at: datetime) -> None:
    item, job = world.store.get(backup.item_id), backup_jobs.stored_job(world, backup.vault.id, backup.job.name)
    if item is not None and job is not None and job.status == "InProgress":
        change(world, item.id, at, on_demand=(*backed_up(item).on_demand, backup.kept))


def _end(world: World, backup: _Backup, at: datetime) -> None:
    job = backup_jobs.stored_job(world, backup.vault.id, backup.job.name)
    if job is not None and job.status == "InProgress":
        backup_jobs.finish(world, backup.vault, job, at)


ROUTES = (
    Route(
        method="POST",
        template=addresses.BACKUP_ITEM + "/backup",
        handler=trigger,
        operation=addresses.BACKUP_ITEM_TYPE + "/backup/action",
        regions=vault_region,
    ),
)
"""The backup that somebody asks for."""
