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
from drd.sandbox.recovery_services.plan_jobs import PlanJob, plan_job_properties
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replication_lifecycle import Move
from drd.sandbox.recovery_services.replication_schedule import ReplicationPoint
from drd.sandbox.recovery_services.replication_tasks import error_body, task_body
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import AZURE, World

_FILTERS = frozenset(
    {"starttime", "endtime", "jobstatus", "jobname", "fabricid", "affectedobjecttypes", "timezoneoffset", "objectname"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationJob:
    """One job. `point` is what a failover brought up, `network_id` and `subnet` where.

    `plan_job` is the job of the recovery plan that it is a part of, if it is. `request` is the caller's own id of
    the request, which jobs tell as the first part of their activity [infer: Azure PowerShell reads it as that].
    """

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
    plan_job: str = ""
    new_item_id: str = ""
    request: str = ""


def store_job(world: World, vault: Resource, job: ReplicationJob, at: datetime) -> None:
    """Store a job, new or changed."""
    job_id = f"{vault.id}/replicationJobs/{job.name}"
    kept = world.store.get(job_id) or Resource(id=job_id, type=addresses.REPLICATION_JOB_TYPE, location=vault.location)
    world.store.put(kept.with_hidden(job=job), at=at, by=AZURE)


def job_named(world: World, vault: Resource, name: str) -> ReplicationJob:
    """Return a job of an item that is there."""
    job: ReplicationJob = world.store.require(f"{vault.id}/replicationJobs/{name}").hidden["job"]
    return job


def end_job(
    world: World, vault: Resource, name: str, at: datetime, *, error: ArmError | None = None, state: str = ""
) -> None:
    """Write the end of a job: succeeded, failed with an error, or what `state` says."""
    ended = state or ("Succeeded" if error is None else "Failed")
    store_job(world, vault, replace(job_named(world, vault, name), state=ended, ended_at=at, error=error), at)


def list_jobs(call: Call) -> Response:
    """List the vault's jobs, newest first. The jobs of a plan's items show in the plan's, not here."""
    vault = vault_in_path(call)
    wanted = read_filter(call.query.get("$filter"), known=_FILTERS)
    stored = call.world.store.each(addresses.REPLICATION_JOB_TYPE, under=vault.id)
    shown = [one for one in stored if "plan-job" in one.hidden or not one.hidden["job"].plan_job]
    shown.sort(key=lambda one: _facts(one).started_at, reverse=True)
    return page(call, [job_body(call.world, vault, one, call.now) for one in shown if _passes(_facts(one), wanted)])


def get_job(call: Call) -> Response:
    """Answer one job."""
    vault = vault_in_path(call)
    return answer(200, job_body(call.world, vault, job_in_path(call, vault), call.now))


def job_in_path(call: Call, vault: Resource) -> Resource:
    """Return the job that the call's path names.

    Raises:
        ArmError: 404, in the words of Site Recovery.
    """
    found = call.world.store.get(f"{vault.id}/replicationJobs/{call.params['job']}")
    if found is None:
        raise ArmError(404, "JobNotFound", f"The job '{call.params['job']}' was not found in this vault.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What jobs of both kinds are found by."""

    name: str
    state: str
    object_name: str
    started_at: datetime


def _facts(stored: Resource) -> _Facts:
    job: ReplicationJob | PlanJob = stored.hidden["plan-job"] if "plan-job" in stored.hidden else stored.hidden["job"]
    about = job.plan_name if isinstance(job, PlanJob) else job.machine
    return _Facts(name=job.name, state=job.state, object_name=about, started_at=job.started_at)


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


def job_body(world: World, vault: Resource, stored: Resource, now: datetime) -> JsonObject:
    """Return the wire form of a job, of an item or of a plan."""
    if "plan-job" in stored.hidden:
        job: PlanJob = stored.hidden["plan-job"]
        parts = [job_named(world, vault, name) for step in job.steps for name in step.jobs]
        properties = plan_job_properties(job, [_brought_up(part) for part in parts if part.point is not None])
    else:
        properties = _properties(stored.hidden["job"], now)
    return {
        "id": f"{addresses.shouted(vault.id)}/replicationJobs/{stored.name}",
        "name": stored.name,
        "type": addresses.REPLICATION_JOB_TYPE,
        "properties": properties,
    }


def _properties(job: ReplicationJob, now: datetime) -> JsonObject:
    return {
        "activityId": f"{job.request or job.name} ActivityId: {job.name}",
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


def _task(task: Task) -> JsonObject:
    return task_body(
        task.name, task.name.removesuffix("Task"), task.state, started_at=task.started_at, ended_at=task.ended_at
    )


def _errors(job: ReplicationJob) -> Iterator[JsonObject]:
    at, task = job.ended_at or job.started_at, job.move.tasks[-1]
    if job.error is not None:
        yield error_body("Error", task, job.error, at)
    for warning in job.warnings:
        yield error_body("Warning", task, ArmError(409, "PrimaryNotReachable", warning), at)


def _details(job: ReplicationJob) -> JsonObject:
    details: JsonObject = {
        "instanceType": job.move.details_type,
        "affectedObjectDetails": {"object0": job.item_id.rsplit("/", 1)[-1]},
    }
    if job.move.details_type == "SwitchProtectionJobDetails":
        details["newReplicationProtectedItemId"] = job.new_item_id
    if job.point is None:
        return details
    network = job.network_id.rsplit("/", 1)[-1]
    details["protectedItemDetails"] = [_brought_up(job)]
    if job.test_machine:
        details |= {
            "testFailoverStatus": "Completed" if job.ended_at else "InProgress",
            "comments": "",
            "networkName": network,
            "networkFriendlyName": network,
            "networkType": "VmNetworkAsInput",
        }
    return details


def _brought_up(job: ReplicationJob) -> JsonObject:
    network, point = job.network_id.rsplit("/", 1)[-1], job.point
    return {
        "name": job.item_id.rsplit("/", 1)[-1],
        "friendlyName": job.machine,
        "testVmName": job.test_machine,
        "testVmFriendlyName": job.test_machine,
        "networkConnectionStatus": "Connected",
        "networkFriendlyName": network,
        "subnet": job.subnet,
        "recoveryPointId": f"{addresses.shouted(job.item_id)}/recoveryPoints/{point.name}" if point else None,
        "recoveryPointTime": instant_text(point.taken_at) if point else None,
    }


def _passes(job: _Facts, wanted: Filter) -> bool:
    start, end = wanted.instant("StartTime"), wanted.instant("EndTime")
    in_time = (start is None or job.started_at >= start) and (end is None or job.started_at <= end)
    return in_time and wanted.accepts({"JobStatus": job.state, "JobName": job.name, "ObjectName": job.object_name})


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
