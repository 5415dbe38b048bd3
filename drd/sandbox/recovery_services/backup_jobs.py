"""Jobs of Azure Backup: restores that somebody asked for, and the daily backups of the schedule."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, chance
from drd.sandbox.recovery_services.backup_items import backed_up, history, is_machine
from drd.sandbox.recovery_services.durations import duration_text
from drd.sandbox.recovery_services.odata import Filter, read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import AZURE, World

NO_END = "0001-01-01T00:00:00"
"""What Azure Backup writes for an end that has not come: the first instant of the calendar, without an offset."""

_FILTERS = frozenset({"operation", "status", "starttime", "endtime", "backupmanagementtype", "jobid"})
_WINDOW = timedelta(days=1)
"""A list without dates goes back this far."""
_HISTORY = timedelta(days=30)
_BACKUP_TOOK = timedelta(minutes=14)
_CANCELLABLE = frozenset({"Restore", "Backup"})
_RUNNING_KEYS = (
    "Job Type",
    "Target resource group",
    "Target Storage Account Name",
    "Target Virtual Machine Name",
    "Recovery point time ",
    "VM Name",
)
"""What the property bag holds while the job runs; the rest comes when it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job; `status` is Azure's word as of the last change, `cancelled_at` the instant a cancel was asked for.

    `properties` holds the property bag and, of a job that failed, the error details. `request` is the caller's own id
    of the request, which begins the job's activity [infer: the same as Site Recovery's].
    """

    name: str
    operation: str
    machine: str
    started_at: datetime
    lasts: timedelta
    properties: JsonObject
    tasks: tuple[str, ...]
    status: str = "InProgress"
    ended_at: datetime | None = None
    cancelled_at: datetime | None = None
    is_user_triggered: bool = True
    request: str = ""

    def progress(self, now: datetime) -> int:
        """Return how much of a running job is done, in percent; never 100 before its end."""
        return min(99, int((now - self.started_at) / self.lasts * 100))

    def task_status(self, number: int, now: datetime) -> str:
        """Return how a task stands: they come one after the other, and the last one shares the job's end."""
        if self.ended_at is not None:
            return self.status if number == len(self.tasks) - 1 or self.status == "Completed" else "Completed"
        current = self.progress(now) * len(self.tasks) // 100
        return "Completed" if number < current else "InProgress" if number == current else "NotStarted"


def store_job(world: World, vault_id: str, job: Job, *, location: str, at: datetime, secondary: bool = False) -> None:
    """Store a job, new or changed; `secondary` says that the paired region runs it."""
    resource = Resource(
        id=f"{vault_id}/backupJobs/{job.name}",
        type=addresses.BACKUP_JOB_TYPE,
        location=location,
        hidden={"job": job, "secondary": secondary},
    )
    world.store.put(resource, at=at, by=AZURE)


def stored_job(world: World, vault_id: str, name: str) -> Job | None:
    """Return a job that somebody asked for, or None."""
    resource = world.store.get(f"{vault_id}/backupJobs/{name}")
    return None if resource is None else resource.hidden["job"]


def jobs_of(call: Call, vault: Resource, *, secondary: bool) -> list[Job]:
    """Return the vault's jobs, newest first: those of its own region or those of the paired one."""
    stored = call.world.store.each(addresses.BACKUP_JOB_TYPE, under=vault.id)
    jobs: list[Job] = [one.hidden["job"] for one in stored if one.hidden["secondary"] is secondary]
    if not secondary:
        jobs += _scheduled(call, vault)
    return sorted(jobs, key=lambda job: job.started_at, reverse=True)


def filtered(call: Call, jobs: list[Job]) -> list[Job]:
    """Return those jobs that pass the call's `$filter`; without a start time, those of the last day.

    Raises:
        ArmError: 400, a filter that is not understood.
    """
    wanted = read_filter(call.query.get("$filter"), known=_FILTERS)
    start = wanted.instant("startTime") or call.now - _WINDOW
    end = wanted.instant("endTime") or call.now
    return [job for job in jobs if start <= job.started_at <= end and _passes(job, wanted)]


def list_jobs(call: Call) -> Response:
    """List the vault's jobs."""
    vault = vault_in_path(call)
    jobs = filtered(call, jobs_of(call, vault, secondary=False))
    return page(call, [job_body(vault.id, job, call.now, detailed=False) for job in jobs])


def get_job(call: Call) -> Response:
    """Answer one job with its tasks and its property bag."""
    vault = vault_in_path(call)
    job = find_job(jobs_of(call, vault, secondary=False), call.params["job"])
    return answer(200, job_body(vault.id, job, call.now, detailed=True))


def find_job(jobs: list[Job], name: str) -> Job:
    """Return a job by its name.

    Raises:
        ArmError: 404, there is none.
    """
    found = next((job for job in jobs if job.name.lower() == name.lower()), None)
    if found is None:
        raise ArmError(404, "BMSUserErrorJobNotFound", f"The job '{name}' was not found in this vault.")
    return found


def cancel_job(call: Call) -> Response:
    """Cancel a running restore: it says Cancelling for a while, then Cancelled, and leaves no disks."""
    vault = vault_in_path(call)
    job = find_job(jobs_of(call, vault, secondary=False), call.params["job"])
    if (
        job.status != "InProgress"
        or job.operation not in _CANCELLABLE
        or stored_job(call.world, vault.id, job.name) is None
    ):
        raise bad_request("BMSUserErrorJobNotCancellable", f"The job '{job.name}' cannot be cancelled: {job.status}.")
    store_job(
        call.world,
        vault.id,
        replace(job, status="Cancelling", cancelled_at=call.now),
        location=vault.location,
        at=call.now,
    )
    operation = call.world.operations.start(
        "backup.cancel",
        f"{vault.id}/backupJobs/{job.name}",
        region=vault.location,
        at=call.now,
        took=call.world.profile.duration("backup.cancel", job.name),
        outcome=lambda at: _cancelled(call.world, vault, job.name, at),
    )
    call.effect("backup.cancel", vault=vault.id, job=job.name, operation=operation.id)
    path = f"{vault.id}/backupOperationResults/{operation.id}"
    return accepted(call, operation, location=path, retry_after=30)


def finish(world: World, vault: Resource, job: Job, at: datetime, error: ArmError | None = None) -> None:
    """Write the end of a job: completed, or failed with an error."""
    if error is None:
        ended = replace(job, status="Completed", ended_at=at)
    else:
        advice = ["See what the error names, mend it, and ask again."]
        details = [{"errorCode": 0, "errorTitle": error.code, "errorString": error.message, "recommendations": advice}]
        ended = replace(job, status="Failed", ended_at=at, properties={**job.properties, "errorDetails": details})
    secondary = bool(world.store.require(f"{vault.id}/backupJobs/{job.name}").hidden["secondary"])
    store_job(world, vault.id, ended, location=vault.location, at=at, secondary=secondary)


def job_body(vault_id: str, job: Job, now: datetime, *, detailed: bool) -> JsonObject:
    """Return the wire form of a job; only the detailed one has the property bag, as Azure's."""
    ended = job.ended_at or now
    properties: JsonObject = {
        "jobType": "AzureIaaSVMJob",
        "operation": job.operation,
        "status": job.status,
        "entityFriendlyName": job.machine,
        "backupManagementType": "AzureIaasVM",
        "activityId": f"{job.request or job.name} Ibz",
        "startTime": instant_text(job.started_at),
        "endTime": instant_text(job.ended_at) if job.ended_at else NO_END,
        "duration": duration_text(ended - job.started_at),
        "actionsInfo": ["Cancellable"] if job.status == "InProgress" and job.is_user_triggered else [],
        "virtualMachineVersion": "Compute",
        "isUserTriggered": job.is_user_triggered,
    }
    if "errorDetails" in job.properties:
        properties["errorDetails"] = job.properties["errorDetails"]
    if detailed:
        properties["extendedInfo"] = _extended(job, now)
    return {
        "id": f"{vault_id}/backupJobs/{job.name}",
        "name": job.name,
        "type": addresses.BACKUP_JOB_TYPE,
        "properties": properties,
    }


def _extended(job: Job, now: datetime) -> JsonObject:
    running = job.ended_at is None
    info: JsonObject = {
        "tasksList": [
            {
                "taskId": task,
                "startTime": NO_END,
                "endTime": NO_END,
                "duration": "PT0S",
                "instanceId": "",
                "status": job.task_status(number, now),
                "progressPercentage": job.progress(now) if running else 100,
            }
            for number, task in enumerate(job.tasks)
        ],
        "propertyBag": {} if running else dict(job.properties["propertyBag"]),
        "dynamicErrorMessage": "",
    }
    if running:
        info["propertyBag"] = {
            key: job.properties["propertyBag"][key] for key in _RUNNING_KEYS if key in job.properties["propertyBag"]
        }
        info["progressPercentage"] = job.progress(now)
        info["estimatedRemainingDuration"] = duration_text(max(timedelta(0), job.started_at + job.lasts - now))
    return info


def _scheduled(call: Call, vault: Resource) -> Iterator[Job]:
    for item in call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault.id):
        if not is_machine(item):
            continue
        asked = {one.taken_at for one in backed_up(item).on_demand}
        for point in history(call.world, item).primary(call.now):
            if point.taken_at in asked:
                continue
            if call.now - point.taken_at > _HISTORY:
                break
            ended_at = point.taken_at + _BACKUP_TOOK
            done = ended_at <= call.now
            yield Job(
                name=chance.name(str(call.world.seed), item.key, "backup", point.name),
                operation="Backup",
                machine=backed_up(item).original.name,
                started_at=point.taken_at - timedelta(seconds=4),
                lasts=_BACKUP_TOOK,
                properties={"propertyBag": {"VM Name": backed_up(item).original.name}},
                tasks=("Take Snapshot", "Transfer data to vault"),
                is_user_triggered=False,
                status="Completed" if done else "InProgress",
                ended_at=ended_at if done else None,
            )


def _passes(job: Job, wanted: Filter) -> bool:
    return wanted.accepts(
        {
            "operation": job.operation,
            "status": job.status,
            "backupManagementType": "AzureIaasVM",
            "jobId": job.name,
        }
    )


def _cancelled(world: World, vault: Resource, name: str, at: datetime) -> None:
    job = stored_job(world, vault.id, name)
    if job is not None and job.status == "Cancelling":
        store_job(world, vault.id, replace(job, status="Cancelled", ended_at=at), location=vault.location, at=at)


ROUTES = (
    Route(
        method="GET",
        template=addresses.VAULT + "/backupJobs",
        handler=list_jobs,
        operation="Microsoft.RecoveryServices/vaults/backupJobs/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.VAULT + "/backupJobs/{job}",
        handler=get_job,
        operation="Microsoft.RecoveryServices/vaults/backupJobs/read",
        regions=vault_region,
    ),
    Route(
        method="POST",
        template=addresses.VAULT + "/backupJobs/{job}/cancel",
        handler=cancel_job,
        operation="Microsoft.RecoveryServices/vaults/backupJobs/cancel/action",
        regions=vault_region,
    ),
)
"""What a vault tells of its jobs."""
