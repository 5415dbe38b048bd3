"""What a deployment is and how it goes on: each resource when those before it stand, under the caller's identity."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from drd.sandbox.arm import parse_id
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.operations import FAILED as OPERATION_FAILED
from drd.sandbox.operations import Operation
from drd.sandbox.resources.template import Template, Wanted
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Request, Response
from drd.sandbox.world import World

DEPLOYMENT_TYPE = "Microsoft.Resources/deployments"
ACCEPTED, RUNNING, SUCCEEDED, FAILED, CANCELED = "Accepted", "Running", "Succeeded", "Failed", "Canceled"
WAITING = "Waiting"
ACTIVE = (ACCEPTED, RUNNING)
FINAL = (SUCCEEDED, FAILED, CANCELED)
_LOOK_AGAIN = timedelta(seconds=5)
_REFUSED_FROM = 400
_TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One resource of a deployment: where it is, since when, and what went wrong; `again_at` after a 429."""

    wanted: Wanted
    state: str = WAITING
    operation: str = ""
    again_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    status_code: str = ""
    error: JsonObject | None = None

    def is_ready(self, done: set[str], at: datetime) -> bool:
        """Tell whether it may be sent: what it waits for stands, and nobody asked it to wait."""
        return (
            self.state == WAITING and set(self.wanted.after) <= done and (self.again_at is None or self.again_at <= at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a deployment needs to go on by itself: its id, for whom it acts, and under which address and request id."""

    deployment: str
    identity: str
    base: str
    correlation: str


def new_deployment(*, id: str, location: str, template: Template, correlation: str, operation: str) -> Resource:  # noqa: A002 - ARM's word
    """Return a deployment that was accepted and has done nothing yet; `operation` names its status address."""
    steps = tuple(Step(wanted=one) for one in template.resources)
    return Resource(
        id=id,
        type=DEPLOYMENT_TYPE,
        location=location,
        properties={
            "templateHash": template.hash,
            "parameters": template.parameters,
            "mode": "Incremental",
            "provisioningState": ACCEPTED,
            "correlationId": correlation,
            "providers": providers_of(template, location),
            "dependencies": dependencies_of(template),
        },
        hidden={"steps": steps, "operation": operation, "started_at": None, "ended_at": None},
    )


def providers_of(template: Template, location: str) -> list[JsonObject]:
    """Return the namespaces and types that a template uses."""
    found: dict[str, list[JsonObject]] = {}
    for one in template.resources:
        namespace, _, kind = one.type.partition("/")
        place = one.body.get("location") or location
        known = found.setdefault(namespace, [])
        if kind not in {each["resourceType"] for each in known}:
            known.append({"resourceType": kind, "locations": [place]})
    return [{"namespace": namespace, "resourceTypes": kinds} for namespace, kinds in found.items()]


def dependencies_of(template: Template) -> list[JsonObject]:
    """Return which resource of a template waits for which."""
    return [
        {"dependsOn": [_named(each) for each in one.after], **_named(one.id)} for one in template.resources if one.after
    ]


def advance(world: World, errand: Errand, at: datetime) -> None:
    """Take a deployment as far as it gets at an instant, and look again when something it waits for has ended."""
    deployment = world.store.get(errand.deployment)
    if deployment is None or deployment.properties["provisioningState"] in FINAL:
        return
    steps = [_looked_at(world, one, at) for one in deployment.hidden["steps"]]
    while True:
        done = {one.wanted.id for one in steps if one.state == SUCCEEDED}
        failed = any(one.state == FAILED for one in steps)
        ready = [place for place, one in enumerate(steps) if not failed and one.is_ready(done, at)]
        if not ready:
            break
        steps[ready[0]] = _started(world, errand, steps[ready[0]], at)
    _keep(world, errand, deployment, tuple(steps), at)


def _keep(world: World, errand: Errand, deployment: Resource, steps: tuple[Step, ...], at: datetime) -> None:
    running = [one for one in steps if one.state == RUNNING]
    failed = any(one.state == FAILED for one in steps)
    told_to_wait = [one.again_at for one in steps if one.state == WAITING and one.again_at and not failed]
    state = RUNNING if running or told_to_wait else (FAILED if failed else SUCCEEDED)
    changed = deployment.with_properties(provisioningState=state).with_hidden(steps=steps)
    if state == RUNNING:
        ends = [_operation(world, one) for one in running]
        later = [one.ends_at for one in ends if one is not None and one.ends_at > at]
        look = min([*later, *told_to_wait], default=at + _LOOK_AGAIN)
        world.schedule(look, lambda instant: advance(world, errand, instant))
    else:
        changed = changed.with_hidden(ended_at=at)
    world.store.put(changed, at=at, by=errand.identity)


def _looked_at(world: World, step: Step, at: datetime) -> Step:
    operation = _operation(world, step) if step.state == RUNNING else None
    if operation is None or not operation.is_final:
        return step
    if operation.status == OPERATION_FAILED or operation.error:
        return replace(step, state=FAILED, ended_at=at, status_code="Conflict", error=dict(operation.error or {}))
    return replace(step, state=SUCCEEDED, ended_at=at, status_code="OK")


def _started(world: World, errand: Errand, step: Step, at: datetime) -> Step:
    wanted = step.wanted
    response = world.inner.ask(
        Request(
            method="PUT",
            url=f"{errand.base}{quote(wanted.id, safe='/')}?api-version={wanted.api_version}",
            headers={"content-type": "application/json", "x-ms-correlation-request-id": errand.correlation},
            body=json.dumps(wanted.body).encode(),
        ),
        identity=errand.identity,
        at=at,
    )
    if response.status == _TOO_MANY:
        # The engine behind deployments waits and tries again; only other refusals end a deployment.
        return replace(step, again_at=at + _wait_of(response))
    if response.status >= _REFUSED_FROM:
        error = _error_of(response)
        return replace(step, state=FAILED, started_at=at, ended_at=at, status_code=_words(response.status), error=error)
    operation = _operation_of(response)
    if operation and _operation(world, replace(step, operation=operation)) is not None:
        return replace(step, state=RUNNING, started_at=at, operation=operation, status_code="Created")
    return replace(step, state=SUCCEEDED, started_at=at, ended_at=at, status_code=_words(response.status))


def _operation(world: World, step: Step) -> Operation | None:
    try:
        return world.operations.get(step.operation) if step.operation else None
    except ArmError:
        return None


def _operation_of(response: Response) -> str:
    headers = {name.lower(): value for name, value in response.headers.items()}
    address = headers.get("azure-asyncoperation") or headers.get("location") or ""
    return urlsplit(address).path.rstrip("/").rpartition("/")[2]


def _wait_of(response: Response) -> timedelta:
    asked = {name.lower(): value for name, value in response.headers.items()}.get("retry-after", "")
    return max(timedelta(seconds=int(asked)) if asked.isdigit() else _LOOK_AGAIN, _LOOK_AGAIN)


def _error_of(response: Response) -> JsonObject:
    body = response.json() if response.body else None
    found = body.get("error") if isinstance(body, dict) else None
    return dict(found) if isinstance(found, dict) else {"code": "ServiceUnavailable", "message": "No answer came."}


_STATUS_WORDS: Mapping[int, str] = MappingProxyType(
    {
        200: "OK",
        201: "Created",
        202: "Accepted",
        400: "BadRequest",
        401: "Unauthorized",
        403: "Forbidden",
        404: "NotFound",
        409: "Conflict",
        429: "TooManyRequests",
        503: "ServiceUnavailable",
    }
)


def _words(status: int) -> str:
    return _STATUS_WORDS.get(status, str(status))


def failure_of(deployment: Resource) -> JsonObject | None:
    """Return the `error` of a deployment that failed: what went wrong with which resource."""
    if deployment.properties["provisioningState"] != FAILED:
        return None
    failed = [one for one in deployment.hidden["steps"] if one.state == FAILED]
    return {
        "code": "DeploymentFailed",
        "target": deployment.id,
        "message": "At least one resource deployment operation failed. Please list deployment operations for details. "
        "Please see https://aka.ms/arm-deployment-operations for usage details.",
        "details": [{"target": one.wanted.id, **(one.error or {})} for one in failed],
    }


def operation_wire(deployment: Resource, step: Step, now: datetime) -> JsonObject:
    """Return one resource's part in a deployment, as the list of operations shows it."""
    named = _named(step.wanted.id)
    number = hashlib.sha256(step.wanted.id.casefold().encode()).hexdigest()[:16].upper()
    body: JsonObject = {
        "provisioningOperation": "Create",
        "provisioningState": step.state if step.state in FINAL else RUNNING,
        "timestamp": instant_text(step.ended_at or now),
        "duration": duration_text((step.ended_at or now) - (step.started_at or now)),
        "trackingId": deployment.properties["correlationId"],
        "statusCode": step.status_code,
        "targetResource": named,
    }
    if step.error is not None:
        body["statusMessage"] = {"error": step.error}
    return {"id": f"{deployment.id}/operations/{number}", "operationId": number, "properties": body}


def duration_text(length: timedelta) -> str:
    """Return a length of time as a deployment tells it."""
    return f"PT{max(length.total_seconds(), 0):.7f}S"


def _named(resource_id: str) -> JsonObject:
    parts = parse_id(resource_id)
    return {"id": resource_id, "resourceType": parts.type, "resourceName": "/".join(parts.names)}
