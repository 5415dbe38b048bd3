"""Jobs of Site Recovery: one for each move of an item, with the tasks that it walks through."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.odata import Filter, read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replication_lifecycle import Move
from drd.sandbox.recovery_services.replication_schedule import ReplicationPoint
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import AZURE, World

_FILTERS = frozenset(
    {"starttime", "endtime", "jobstatus", "jobname", "fabricid", "affectedobjecttypes", "timezoneoffset", "objectname"}
)
_RECOMMENDED = "Resolve the cause that the message names, and start the operation again."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationJob:
    """One job. `point` is what a failover brought up, `network_id` and `subnet` where."""

    name: str
    move: Move
    item_id: str
    machine: str
    started_at: datetime
    lasts: timedelta
    state: str = "InProgress"
    ended_at: datetime | None = None
    error: ArmError | None = None
    warnings: tuple[str, ...] = ()
    point: ReplicationPoint | None = None
    network_id: str = ""
    subnet: str = ""
    test_machine: str = ""


def store_job(world: World, vault: Resource, job: ReplicationJob, at: datetime) -> None:
    """Store a job, new or changed."""
    resource = Resource(
        id=f"{vault.id}/replicationJobs/{job.name}",
        type=addresses.REPLICATION_JOB_TYPE,
        location=vault.location,
        hidden={"job": job},
    )
    world.store.put(resource, at=at, by=AZURE)


def end_job(world: World, vault: Resource, name: str, at: datetime, error: ArmError | None = None) -> None:
    """Write the end of a job: succeeded, or failed with an error."""
    job: ReplicationJob = world.store.require(f"{vault.id}/replicationJobs/{name}").hidden["job"]
    state = "Succeeded" if error is None else "Failed"
    store_job(world, vault, replace(job, state=state, ended_at=at, error=error), at)


def list_jobs(call: Call) -> Response:
    """List the vault's jobs, newest first."""
    vault = vault_in_path(call)
    wanted = read_filter(call.query.get("$filter"), known=_FILTERS)
    stored = [one.hidden["job"] for one in call.world.store.each(addresses.REPLICATION_JOB_TYPE, under=vault.id)]
    jobs = sorted(stored, key=lambda job: job.started_at, reverse=True)
    return page(call, [_body(vault, job, call.now) for job in jobs if _passes(job, wanted)])


def get_job(call: Call) -> Response:
    """Answer one job."""
    vault = vault_in_path(call)
    found = call.world.store.get(f"{vault.id}/replicationJobs/{call.params['job']}")
    if found is None:
        raise ArmError(404, "JobNotFound", f"The job '{call.params['job']}' was not found in this vault.")
    return answer(200, _body(vault, found.hidden["job"], call.now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a job at an instant."""

    name: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None


def tasks_at(job: ReplicationJob, now: datetime) -> Iterator[Task]:
    """Yield the tasks of a job; they share its time evenly.

    A job that failed failed in its last task.
    """
    share = job.lasts / len(job.move.tasks)
    for place, task in enumerate(job.move.tasks):
        start = job.started_at + place * share
        end = start + share
        is_last = place == len(job.move.tasks) - 1
        if job.ended_at is not None:
            state, ended_at = (job.state, job.ended_at) if is_last else ("Succeeded", end)
            yield Task(name=task, state=state, started_at=start, ended_at=ended_at)
        elif end <= now and not is_last:
            yield Task(name=task, state="Succeeded", started_at=start, ended_at=end)
        else:
            yield Task(name=task, state="InProgress" if start <= now else "NotStarted", started_at=start)


def _body(vault: Resource, job: ReplicationJob, now: datetime) -> JsonObject:
    own = addresses.shouted(vault.id)
    properties: JsonObject = {
        "activityId": f"{job.name} ActivityId: {job.name}",
        "scenarioName": job.move.scenario,
        "friendlyName": job.move.title,
        "state": job.state,
        "stateDescription": "Completed" if job.state == "Succeeded" else job.state,
        "tasks": [_task(task) for task in tasks_at(job, now)],
        "errors": list(_errors(job)),
        "startTime": instant_text(job.started_at),
        "endTime": instant_text(job.ended_at) if job.ended_at else None,
        "allowedActions": ["Cancel"] if job.ended_at is None else [],
        "targetObjectId": job.item_id.rsplit("/", 1)[-1],
        "targetObjectName": job.machine,
        "targetInstanceType": "ProtectionEntity",
        "customDetails": _details(job),
    }
    return {
        "id": f"{own}/replicationJobs/{job.name}",
        "name": job.name,
        "type": addresses.REPLICATION_JOB_TYPE,
        "properties": properties,
    }


def _task(task: Task) -> JsonObject:
    return {
        "taskId": task.name,
        "name": task.name,
        "friendlyName": task.name.removesuffix("Task"),
        "state": task.state,
        "stateDescription": "Completed" if task.state == "Succeeded" else task.state,
        "startTime": instant_text(task.started_at) if task.state != "NotStarted" else None,
        "endTime": instant_text(task.ended_at) if task.ended_at else None,
        "allowedActions": [],
        "taskType": "TaskDetails",
        "customDetails": None,
        "groupTaskCustomDetails": None,
        "errors": [],
    }


def _errors(job: ReplicationJob) -> Iterator[JsonObject]:
    if job.error is not None:
        yield _error("Error", job, job.error.code, job.error.message)
    for warning in job.warnings:
        yield _error("Warning", job, "PrimaryNotReachable", warning)


def _error(level: str, job: ReplicationJob, code: str, message: str) -> JsonObject:
    return {
        "serviceErrorDetails": {
            "code": code,
            "message": message,
            "possibleCauses": message,
            "recommendedAction": _RECOMMENDED,
            "activityId": job.name,
        },
        "providerErrorDetails": None,
        "errorLevel": level,
        "creationTime": instant_text(job.ended_at or job.started_at),
        "taskId": job.move.tasks[-1],
    }


def _details(job: ReplicationJob) -> JsonObject:
    details: JsonObject = {
        "instanceType": job.move.details_type,
        "affectedObjectDetails": {"object0": job.item_id.rsplit("/", 1)[-1]},
    }
    if job.point is None:
        return details
    network = job.network_id.rsplit("/", 1)[-1]
    brought_up = {
        "name": job.item_id.rsplit("/", 1)[-1],
        "friendlyName": job.machine,
        "testVmName": job.test_machine,
        "testVmFriendlyName": job.test_machine,
        "networkConnectionStatus": "Connected",
        "networkFriendlyName": network,
        "subnet": job.subnet,
        "recoveryPointId": f"{addresses.shouted(job.item_id)}/recoveryPoints/{job.point.name}",
        "recoveryPointTime": instant_text(job.point.taken_at),
    }
    details["protectedItemDetails"] = [brought_up]
    if job.test_machine:
        details |= {
            "testFailoverStatus": "Completed" if job.ended_at else "InProgress",
            "comments": "",
            "networkName": network,
            "networkFriendlyName": network,
            "networkType": "VmNetworkAsInput",
        }
    return details


def _passes(job: ReplicationJob, wanted: Filter) -> bool:
    start, end = wanted.instant("StartTime"), wanted.instant("EndTime")
    in_time = (start is None or job.started_at >= start) and (end is None or job.started_at <= end)
    return in_time and wanted.accepts({"JobStatus": job.state, "JobName": job.name, "ObjectName": job.machine})


ROUTES = (
    Route(
        method="GET",
        template=addresses.VAULT + "/replicationJobs",
        handler=list_jobs,
        operation="Microsoft.RecoveryServices/vaults/replicationJobs/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.VAULT + "/replicationJobs/{job}",
        handler=get_job,
        operation="Microsoft.RecoveryServices/vaults/replicationJobs/read",
        regions=vault_region,
    ),
)
"""What a vault tells of Site Recovery's jobs."""
