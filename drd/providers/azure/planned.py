"""What Site Recovery says of recovery plans and their jobs."""

from collections.abc import Iterable, Iterator, Mapping

from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation
from drd.ports.recovery_plans import ManualAction, PlanFacts, PlanStatus, PointKind
from drd.providers.azure.body import Body, arm_id, bodies, branch, text, texts, value
from drd.providers.azure.instant import real_instant
from drd.providers.azure.replicated import SCENARIOS, ended_badly, failed

_WELL = frozenset({"succeeded", "completed", "completedwithinformation"})
_PLAN_PREFIX = "recoveryplan"
_MANUAL = "manualactiontaskdetails"
KINDS: Mapping[PointKind, str] = {
    "latest": "Latest",
    "latest-processed": "LatestProcessed",
    "latest-app-consistent": "LatestApplicationConsistent",
}
"""Site Recovery's words for which point a plan takes."""


def read_plan(body: Body, asked: ArmId) -> PlanFacts:
    """Read a recovery plan."""
    properties = branch(body, "properties")
    found = [
        arm_id(item, "id")
        for group in bodies(properties, "groups")
        for item in bodies(group, "replicationProtectedItems")
    ]
    job = text(properties, "currentScenario", "jobId").rsplit("/", 1)[-1]
    return PlanFacts(
        id=arm_id(body, "id") or asked,
        name=text(body, "name") or asked.name,
        items=tuple(item for item in found if item is not None),
        allowed=texts(properties, "allowedOperations"),
        primary_region=text(properties, "primaryFabricFriendlyName"),
        recovery_region=text(properties, "recoveryFabricFriendlyName"),
        job="" if job.casefold() in {"", "none"} else job,
    )


def is_of_plan(body: Body, *, plan: str, scenario: str) -> bool:
    """Say whether a job is one of this scenario on this plan; jobs of plans may carry their own word before it."""
    properties = branch(body, "properties")
    names = {text(properties, name).rsplit("/", 1)[-1].casefold() for name in ("targetObjectId", "targetObjectName")}
    told = text(properties, "scenarioName").casefold().removeprefix(_PLAN_PREFIX)
    wanted = scenario.casefold()
    return plan.casefold() in names and told in SCENARIOS.get(wanted, frozenset({wanted}))


def plan_status(body: Body, operation: Operation) -> PlanStatus:
    """Say how a plan's job stands.

    Raises:
        OperationFailedError: it ended badly, or was cancelled.
    """
    properties = branch(body, "properties")
    state = text(properties, "state")
    if ended_badly(body):
        raise failed(properties, state, operation)
    return PlanStatus(
        finished=state.casefold() in _WELL,
        job=text(body, "name"),
        waits=next(_waiting(bodies(properties, "tasks")), None),
        used=dict(_used(properties)),
    )


def _waiting(tasks: Iterable[Body]) -> Iterator[ManualAction]:
    for task in tasks:
        details = branch(task, "customDetails")
        waits = "resume" in {word.casefold() for word in texts(task, "allowedActions")}
        if waits and text(details, "instanceType").casefold() == _MANUAL:
            name = text(details, "name") or text(task, "friendlyName")
            since = real_instant(value(task, "startTime"))
            yield ManualAction(name=name, instructions=text(details, "instructions"), since=since)
        yield from _waiting(bodies(task, "groupTaskCustomDetails", "childTasks"))


def _used(properties: Body) -> Iterator[tuple[str, RecoveryPoint]]:
    for item in bodies(properties, "customDetails", "protectedItemDetails"):
        time = real_instant(value(item, "recoveryPointTime"))
        if time is not None:
            point = RecoveryPoint(id=text(item, "recoveryPointId"), time=time, consistency="unknown", region="")
            yield text(item, "name"), point
