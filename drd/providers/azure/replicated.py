"""What Site Recovery says of replicated items, their points and its jobs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from drd.domain.durations import format_instant
from drd.domain.errors import OperationFailedError
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.domain.points import POINT, POINT_TIME
from drd.ports.capabilities import Operation, Status
from drd.ports.replication import ReplicatedItem, ReverseWish
from drd.providers.azure.body import Body, arm_id, bodies, branch, length, text, texts, value
from drd.providers.azure.instant import real_instant

_NOTHING = frozenset({"", "none"})
_CONSISTENCY = {
    "appconsistent": "application",
    "applicationconsistent": "application",
    "crashconsistent": "crash",
}
_WELL = frozenset({"succeeded", "completed", "completedwithinformation"})
_RUNNING = frozenset({"inprogress", "notstarted", "cancelling", "suspended"})
SCENARIOS = {
    "commit": frozenset({"commit", "commitfailover"}),
    "switchprotection": frozenset({"switchprotection", "reprotect", "reversereplicate"}),
    "cancelfailover": frozenset({"cancelfailover", "failovercancel"}),
}
"""Names of one scenario: jobs do not spell it as `allowedOperations` does."""


def read_item(body: Body) -> ReplicatedItem | None:
    """Read a replicated item; None for one that is no machine of Azure."""
    properties = branch(body, "properties")
    details = branch(properties, "providerSpecificDetails")
    item, source = arm_id(body, "id"), arm_id(details, "fabricObjectId")
    if item is None or source is None:
        return None
    scenario = branch(properties, "currentScenario")
    return ReplicatedItem(
        id=item,
        name=text(body, "name") or item.name,
        source=source,
        state=text(properties, "protectionState"),
        health=text(properties, "replicationHealth"),
        failover_health=text(properties, "failoverHealth"),
        allowed=texts(properties, "allowedOperations"),
        active_location=text(properties, "activeLocation"),
        test_state=text(properties, "testFailoverState"),
        recovery_group=arm_id(details, "recoveryAzureResourceGroupId"),
        recovery_machine_name=text(details, "recoveryAzureVMName"),
        primary_region=text(details, "primaryFabricLocation"),
        recovery_region=text(details, "recoveryFabricLocation"),
        test_machine_name=text(details, "tfoAzureVMName"),
        size=text(details, "recoveryAzureVMSize"),
        rpo=length(details, "rpoInSeconds"),
        rpo_at=real_instant(value(details, "lastRpoCalculatedTime")),
        job=_named(text(scenario, "jobId").rsplit("/", 1)[-1]),
        scenario=_named(text(scenario, "scenarioName")),
        last_test_at=real_instant(value(properties, "lastSuccessfulTestFailoverTime")),
        errors=_errors(properties),
    )


def _named(word: str) -> str:
    return "" if word.casefold() in _NOTHING else word


def _errors(properties: Body) -> tuple[str, ...]:
    found = (
        text(one, "errorMessage") or text(one, "summaryMessage") or text(one, "errorCode")
        for one in bodies(properties, "healthErrors")
    )
    return tuple(word for word in found if word)


def read_points(found: Iterable[Body], *, region: str = "") -> tuple[RecoveryPoint, ...]:
    """Read recovery points, newest first."""
    points = []
    for body in found:
        properties = branch(body, "properties")
        time = real_instant(value(properties, "recoveryPointTime"))
        if time is not None:
            consistency = _CONSISTENCY.get(text(properties, "recoveryPointType").casefold(), "unknown")
            points.append(RecoveryPoint(id=text(body, "id"), time=time, consistency=consistency, region=region))
    return tuple(sorted(points, key=lambda point: point.time, reverse=True))


def is_of(body: Body, *, item: str, machine: str, scenario: str) -> bool:
    """Say whether a job is one of this scenario on this item."""
    properties = branch(body, "properties")
    names = {text(properties, name).rsplit("/", 1)[-1].casefold() for name in ("targetObjectId", "targetObjectName")}
    wanted = scenario.casefold()
    same = text(properties, "scenarioName").casefold() in SCENARIOS.get(wanted, frozenset({wanted}))
    return same and bool(names & {item.casefold(), machine.casefold()})


def started_at(body: Body) -> datetime | None:
    """Give when a job began, by the service's clock."""
    return real_instant(value(body, "properties", "startTime"))


def ended_badly(body: Body) -> bool:
    """Say whether a job ended without doing what was asked."""
    return text(body, "properties", "state").casefold() not in _WELL | _RUNNING


def job_status(body: Body, operation: Operation) -> Status:
    """Say how a job stands, with what a finished failover brought up and from which point.

    Raises:
        OperationFailedError: it ended badly.
    """
    properties = branch(body, "properties")
    state = text(properties, "state")
    if ended_badly(body):
        raise failed(properties, state, operation)
    finished = state.casefold() in _WELL
    return Status(
        finished=finished,
        started_at=started_at(body),
        ended_at=real_instant(value(properties, "endTime")) if finished else None,
        job=text(body, "name"),
        details=_brought_up(properties) if finished else {},
    )


def failed(properties: Body, state: str, operation: Operation) -> OperationFailedError:
    """Say why a job ended badly, in the service's own words."""
    errors = [branch(one, "serviceErrorDetails") or branch(one, "providerErrorDetails")
              for one in bodies(properties, "errors")
              if text(one, "errorLevel").casefold() != "warning"]  # fmt: skip
    first = errors[0] if errors else {}
    words = text(first, "message") or text(properties, "stateDescription") or "no reason given"
    what = operation.details.get("what", text(properties, "friendlyName"))
    return OperationFailedError(
        f"could not {what}: {words}",
        target=operation.target,
        hint=text(first, "recommendedAction") or "the vault's job page tells more",
        code=text(first, "code") or text(first, "errorCode") or state or "unknown-state",
    )


def _brought_up(properties: Body) -> dict[str, str]:
    """Read which machine came up, from which point: only the job knows what was really used."""
    items = bodies(properties, "customDetails", "protectedItemDetails")
    if not items:
        return {}
    time = real_instant(value(items[0], "recoveryPointTime"))
    told = {
        POINT: text(items[0], "recoveryPointId"),
        POINT_TIME: format_instant(time) if time else "",
        "test-machine": text(items[0], "testVmName"),
        "network": text(items[0], "networkFriendlyName"),
    }
    return {name: word for name, word in told.items() if word}


def switch_body(item: ReplicatedItem, wish: ReverseWish) -> dict[str, Any]:
    """Write what a switch of protection sends: the item goes back to the container in which it is now."""
    disks = [
        {
            "diskId": str(disk),
            "primaryStagingAzureStorageAccountId": str(wish.staging),
            "recoveryResourceGroupId": str(wish.recovery_group),
        }
        for disk in wish.disks
    ]
    return {
        "replicationProtectedItemName": item.name,
        "providerSpecificDetails": {
            "instanceType": "A2A",
            "recoveryContainerId": item.id.text.rsplit("/replicationProtectedItems/", 1)[0],
            "recoveryResourceGroupId": str(wish.recovery_group),
            "vmManagedDisks": disks,
        },
    }


def vault_of(part: ArmId) -> ArmId:
    """Give the vault that holds a replicated item or a recovery plan."""
    return _up_to(part, "vaults")


def container_of(item: ArmId) -> ArmId:
    """Give the protection container that holds a replicated item."""
    return _up_to(item, "replicationprotectioncontainers")


def _up_to(part: ArmId, kind: str) -> ArmId:
    segments = part.text.split("/")
    named = [segment.casefold() for segment in segments].index(kind) + 1
    return ArmId("/".join(segments[: named + 1]))
