"""Tasks and errors of Site Recovery's jobs on the wire."""

from collections.abc import Sequence
from datetime import datetime

from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.wire import JsonObject

_RECOMMENDED = "Resolve the cause that the message names, and start the operation again."


def task_body(
    task_id: str,
    name: str,
    state: str,
    *,
    started_at: datetime | None,
    ended_at: datetime | None,
    task_type: str = "TaskDetails",
    details: JsonObject | None = None,
    group: JsonObject | None = None,
    actions: Sequence[str] = (),
) -> JsonObject:
    """Return one task of a job."""
    return {
        "taskId": task_id,
        "name": task_id,
        "friendlyName": name,
        "state": state,
        "stateDescription": "Completed" if state == "Succeeded" else state,
        "startTime": instant_text(started_at) if started_at and state != "NotStarted" else None,
        "endTime": instant_text(ended_at) if ended_at else None,
        "allowedActions": list(actions),
        "taskType": task_type,
        "customDetails": details,
        "groupTaskCustomDetails": group,
        "errors": [],
    }


def error_body(level: str, task: str, refusal: ArmError, at: datetime) -> JsonObject:
    """Return one error of a job."""
    return {
        "serviceErrorDetails": {
            "code": refusal.code,
            "message": refusal.message,
            "possibleCauses": refusal.message,
            "recommendedAction": _RECOMMENDED,
            "activityId": task,
        },
        "providerErrorDetails": None,
        "errorLevel": level,
        "creationTime": instant_text(at),
        "taskId": task,
    }
