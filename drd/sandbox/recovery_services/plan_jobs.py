"""The job of a recovery plan: its steps in order, each with what became of it, and how that shows on the wire."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.plan_state import AUTOMATION, MANUAL, SCRIPT
from drd.sandbox.recovery_services.replication_lifecycle import MOVES
from drd.sandbox.recovery_services.replication_tasks import error_body, task_body
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE, World

NOT_STARTED, IN_PROGRESS, SUCCEEDED = "NotStarted", "InProgress", "Succeeded"
FAILED, CANCELLED, SUSPENDED = "Failed", "Cancelled", "Suspended"
ITEMS, PREFLIGHT = "items", "preflight"
_ACTIONS: dict[str, list[str]] = {IN_PROGRESS: [], SUSPENDED: ["Resume", "Cancel"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step: the moves of a group's items, or one action. `kind` is `items`, `preflight` or an action's type.

    `group` counts from one, as people do; 0 is the plan itself. `jobs` are the items' own.
    """

    group: int
    group_kind: str = ""
    kind: str
    name: str
    instructions: str = ""
    items: tuple[str, ...] = ()
    state: str = NOT_STARTED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    jobs: tuple[str, ...] = ()
    observation: str = ""
    error: ArmError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanJob:
    """The job of a plan's run; `operation` is what its caller polls, `request` the caller's own id."""

    name: str
    verb: str
    plan_id: str
    direction: str
    started_at: datetime
    operation: str
    network_id: str = ""
    steps: tuple[PlanStep, ...] = ()
    state: str = IN_PROGRESS
    ended_at: datetime | None = None
    error: ArmError | None = None
    request: str = ""

    @property
    def scenario(self) -> str:
        """Return what the service calls it."""
        return f"RecoveryPlan{MOVES[self.verb].scenario}"

    @property
    def plan_name(self) -> str:
        """Return the plan's name."""
        return self.plan_id.rsplit("/", 1)[-1]

    def due(self) -> int | None:
        """Return the place of the first step that has not ended, or None when all have."""
        return next((place for place, step in enumerate(self.steps) if step.ended_at is None), None)

    def with_step(self, place: int, **changes: object) -> "PlanJob":
        """Return the job with a step changed."""
        steps = list(self.steps)
        steps[place] = replace(steps[place], **changes)  # type: ignore[arg-type]  # names of fields
        return replace(self, steps=tuple(steps))


def plan_job(world: World, vault_id: str, name: str) -> PlanJob:
    """Return the job of a plan's run that is there."""
    job: PlanJob = world.store.require(f"{vault_id}/replicationJobs/{name}").hidden["plan-job"]
    return job


def store_plan_job(world: World, vault: Resource, job: PlanJob, at: datetime) -> PlanJob:
    """Store the job of a plan's run, new or changed, and return it."""
    job_id = f"{vault.id}/replicationJobs/{job.name}"
    kept = world.store.get(job_id) or Resource(id=job_id, type=addresses.REPLICATION_JOB_TYPE, location=vault.location)
    world.store.put(kept.with_hidden(**{"plan-job": job}), at=at, by=AZURE)
    return job


def plan_job_properties(job: PlanJob, items: Sequence[JsonObject]) -> JsonObject:
    """Return the wire form of the job; `items` tell what was brought up and from which point."""
    waits = job.state == SUSPENDED
    return {
        "activityId": f"{job.request or job.name} ActivityId: {job.name}",
        "scenarioName": job.scenario,
        "friendlyName": f"{MOVES[job.verb].title} of a recovery plan",
        "state": job.state,
        "stateDescription": "WaitingForManualAction" if waits else _described(job.state),
        "tasks": list(_tasks(job)),
        "errors": [error_body("Error", job.name, job.error, job.ended_at or job.started_at)] if job.error else [],
        "startTime": instant_text(job.started_at),
        "endTime": instant_text(job.ended_at) if job.ended_at else None,
        "allowedActions": list(_ACTIONS.get(job.state, [])),
        "targetObjectId": job.plan_name,
        "targetObjectName": job.plan_name,
        "targetInstanceType": "RecoveryPlan",
        "customDetails": _details(job, items),
    }


def _described(state: str) -> str:
    return "Completed" if state == SUCCEEDED else state


def _details(job: PlanJob, items: Sequence[JsonObject]) -> JsonObject:
    kind = MOVES[job.verb].details_type
    details: JsonObject = {"instanceType": kind, "affectedObjectDetails": {"object0": job.plan_name}}
    if kind in {"FailoverJobDetails", "TestFailoverJobDetails"}:
        details["protectedItemDetails"] = list(items)
    if kind == "TestFailoverJobDetails":
        network = job.network_id.rsplit("/", 1)[-1]
        details |= {
            "testFailoverStatus": "Completed" if job.ended_at else "InProgress",
            "comments": "",
            "networkName": network,
            "networkFriendlyName": network,
            "networkType": "VmNetworkAsInput",
        }
    return details


def _tasks(job: PlanJob) -> Iterator[JsonObject]:
    for number, steps in groupby(job.steps, key=lambda step: step.group):
        together = list(steps)
        if number == 0:
            yield from (_step(step) for step in together)
        else:
            yield _group(number, together)


def _group(number: int, steps: list[PlanStep]) -> JsonObject:
    kind = steps[0].group_kind
    states = [step.state for step in steps]
    state = next((one for one in (FAILED, CANCELLED, SUSPENDED, IN_PROGRESS) if one in states), "")
    if not state:
        state = SUCCEEDED if set(states) == {SUCCEEDED} else IN_PROGRESS if SUCCEEDED in states else NOT_STARTED
    name = f"Group {number}: {kind}"
    is_shutdown = kind == "Shutdown"
    return task_body(
        f"RecoveryPlanGroup{number}Task",
        name,
        state,
        started_at=steps[0].started_at,
        ended_at=steps[-1].ended_at,
        task_type="RecoveryPlanGroupTaskDetails",
        group={
            "instanceType": f"RecoveryPlan{'Shutdown' if is_shutdown else ''}GroupTaskDetails",
            "name": name,
            "groupId": f"group-{number}",
            "rpGroupType": kind,
            "childTasks": [child for step in steps for child in _children(step)],
        },
    )


def _children(step: PlanStep) -> Iterator[JsonObject]:
    if step.kind != ITEMS:
        yield _step(step)
        return
    for place, item in enumerate(step.items):
        job = step.jobs[place] if place < len(step.jobs) else ""
        entity = {"jobId": job, "jobFriendlyName": item, "targetObjectId": item, "targetObjectName": item}
        entity |= {"targetInstanceType": "ProtectionEntity", "jobScenarioName": step.name}
        details = {"instanceType": "JobTaskDetails", "jobTask": entity}
        yield task_body(
            f"{step.name}{place}Task",
            item,
            step.state,
            started_at=step.started_at,
            ended_at=step.ended_at,
            task_type="JobTaskDetails",
            details=details,
        )


def _step(step: PlanStep) -> JsonObject:
    names = {
        MANUAL: "ManualActionTaskDetails",
        SCRIPT: "ScriptActionTaskDetails",
        AUTOMATION: "AutomationRunbookTaskDetails",
    }
    kind = names.get(step.kind, "")
    details: JsonObject | None = None
    if kind:
        details = {"instanceType": kind, "name": step.name}
    if step.kind == MANUAL and details is not None:
        details |= {"instructions": step.instructions, "observation": step.observation}
    waits = step.state == SUSPENDED
    return task_body(
        f"{step.name}Task" if not kind else f"group-{step.group}-{step.name}",
        step.name,
        step.state,
        started_at=step.started_at,
        ended_at=step.ended_at,
        task_type=kind or "TaskDetails",
        details=details,
        actions=("Resume",) if waits else (),
    )
