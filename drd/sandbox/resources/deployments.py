"""Deployments to a resource group: Microsoft.Resources/deployments, in incremental mode."""

from dataclasses import replace
from datetime import datetime, timedelta

from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.longrunning import accepted
from drd.sandbox.paging import page
from drd.sandbox.resources.deployment import (
    ACTIVE,
    CANCELED,
    DEPLOYMENT_TYPE,
    FAILED,
    SUCCEEDED,
    Errand,
    advance,
    dependencies_of,
    duration_text,
    failure_of,
    new_deployment,
    operation_wire,
    providers_of,
)
from drd.sandbox.resources.template import Template, read_template
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_GROUP = "/subscriptions/{subscription}/resourcegroups/{group}"
_DEPLOYMENTS = _GROUP + "/providers/Microsoft.Resources/deployments"
_DEPLOYMENT = _DEPLOYMENTS + "/{deployment}"


def get(call: Call) -> Response:
    """Answer a deployment; secure parameters have a type and no value."""
    return answer(200, _wire(_require(call, call.arm_id()), call.now))


def check(call: Call) -> Response:
    """Tell by status alone whether a deployment is there."""
    return answer(204 if call.world.store.get(call.arm_id()) else 404)


def list_group(call: Call) -> Response:
    """List a group's deployments, the youngest first."""
    found = call.world.store.each(DEPLOYMENT_TYPE, subscription=call.subscription, group=call.group)
    return page(call, [_wire(one, call.now) for one in reversed(list(found))])


def put(call: Call) -> Response:
    """Accept a deployment; one of the same name that has ended is replaced, one that runs is not."""
    existing = call.world.store.get(call.arm_id())
    if existing is not None and existing.properties["provisioningState"] in ACTIVE:
        raise conflict(
            "DeploymentActive",
            f"Unable to edit or replace deployment '{existing.name}': previous deployment from "
            f"'{instant_text(existing.hidden['started_at'])}' is still active. Please see "
            "https://aka.ms/arm-deploy for usage details.",
        )
    template = _template(call)
    correlation = call.request.headers.get("x-ms-correlation-request-id") or call.world.new_id()
    fresh = new_deployment(
        id=call.arm_id(),
        location=_location(call),
        template=template,
        correlation=correlation,
        operation=call.world.new_id(),
    )
    kept = call.keep(replace(fresh, tags=tags_in(call.body)).with_hidden(started_at=call.now))
    call.effect("deployment.write", id=kept.id, resources=[one.id for one in template.resources])
    errand = Errand(deployment=kept.id, identity=call.identity, base=call.request.base, correlation=correlation)
    took = call.world.profile.duration("deployment.accept", kept.id)
    call.world.schedule(call.now + took, lambda at: advance(call.world, errand, at))
    headers = {"azure-asyncoperation": call.link(f"{kept.id}/operationStatuses/{kept.hidden['operation']}")}
    return answer(200 if existing else 201, _wire(kept, call.now), headers)


def status(call: Call) -> Response:
    """Answer the Azure-AsyncOperation address of a deployment."""
    deployment = _require(call, call.arm_id(drop=2))
    if deployment.hidden["operation"] != call.params["operation"]:
        raise ArmError(404, "DeploymentOperationNotFound", f"No operation '{call.params['operation']}' was found.")
    body: JsonObject = {"status": deployment.properties["provisioningState"]}
    failure = failure_of(deployment)
    if failure:
        body["error"] = failure
    return answer(200, body)


def validate(call: Call) -> Response:
    """Tell what a deployment would do, without doing it; only the template is looked at, not the resources."""
    template = _template(call)
    body: JsonObject = {
        "id": call.arm_id(drop=1),
        "name": call.params["deployment"],
        "type": DEPLOYMENT_TYPE,
        "properties": {
            "templateHash": template.hash,
            "parameters": template.parameters,
            "mode": "Incremental",
            "provisioningState": SUCCEEDED,
            "timestamp": instant_text(call.now),
            "duration": duration_text(timedelta()),
            "correlationId": call.request.headers.get("x-ms-correlation-request-id", ""),
            "providers": providers_of(template, _location(call)),
            "dependencies": dependencies_of(template),
            "validatedResources": [{"id": one.id} for one in template.resources],
            "diagnostics": [],
        },
    }
    return answer(200, body)


def what_if(call: Call) -> Response:
    """Refuse: the sandbox does not foretell the changes of a deployment."""
    raise bad_request(
        "WhatIfNotSupported", f"The sandbox does not model what-if; validate '{call.params['deployment']}' instead."
    )


def cancel(call: Call) -> Response:
    """Cancel a deployment that runs: what was started goes on, nothing more is started."""
    deployment = _require(call, call.arm_id(drop=1))
    if deployment.properties["provisioningState"] not in ACTIVE:
        raise conflict(
            "DeploymentCannotBeCancelled",
            f"The deployment '{deployment.name}' cannot be cancelled because it is in a terminal provisioning state.",
        )
    call.keep(deployment.with_properties(provisioningState=CANCELED).with_hidden(ended_at=call.now))
    call.effect("deployment.cancel", id=deployment.id)
    return answer(204)


def delete(call: Call) -> Response:
    """Forget a deployment that has ended; its resources stay. 204 when there is none."""
    deployment = call.world.store.get(call.arm_id())
    if deployment is None:
        return answer(204)
    if deployment.properties["provisioningState"] in ACTIVE:
        raise conflict("DeploymentActive", f"The deployment '{deployment.name}' is still active.")
    operation = call.world.operations.start(
        "deployment.delete",
        deployment.id,
        region="",
        at=call.now,
        took=call.world.profile.duration("deployment.delete", deployment.id),
        outcome=lambda at: _gone(call, deployment.id, at),
    )
    call.effect("deployment.delete", id=deployment.id, operation=operation.id)
    path = f"/subscriptions/{call.subscription}/operationresults/{operation.id}"
    return accepted(call, operation, location=path)


def list_operations(call: Call) -> Response:
    """List what a deployment did, one entry a resource that it got to."""
    above = f"/subscriptions/{call.subscription}/resourceGroups/{call.group}/providers/{DEPLOYMENT_TYPE}"
    deployment = _require(call, f"{above}/{call.params['deployment']}")
    steps = [one for one in deployment.hidden["steps"] if one.started_at is not None]
    return page(call, [operation_wire(deployment, one, call.now) for one in reversed(steps)])


def _gone(call: Call, deployment_id: str, at: datetime) -> JsonObject | None:
    call.remove(deployment_id, at=at)
    return None


def _template(call: Call) -> Template:
    properties = object_at(call.body, "properties")
    mode = text_at(properties, "mode")
    if mode.casefold() != "incremental":
        raise bad_request(
            "InvalidDeploymentMode", f"The deployment mode '{mode}' is not supported: this sandbox knows Incremental."
        )
    return read_template(properties, subscription=call.subscription, group=call.group, location=_location(call))


def _location(call: Call) -> str:
    group = call.world.store.group(call.subscription, call.group)
    return group.location if group else ""


def _require(call: Call, deployment_id: str) -> Resource:
    found = call.world.store.get(deployment_id)
    if found is None:
        raise ArmError(404, "DeploymentNotFound", f"Deployment '{call.params['deployment']}' could not be found.")
    return found


def _wire(deployment: Resource, now: datetime) -> JsonObject:
    properties = dict(deployment.properties)
    started, ended = deployment.hidden["started_at"], deployment.hidden["ended_at"]
    properties["timestamp"] = instant_text(ended or now)
    properties["duration"] = duration_text((ended or now) - started)
    if properties["provisioningState"] == SUCCEEDED:
        properties["outputResources"] = [{"id": one.wanted.id} for one in deployment.hidden["steps"]]
    if properties["provisioningState"] == FAILED:
        properties["error"] = failure_of(deployment)
    body: JsonObject = {
        "id": deployment.id,
        "name": deployment.name,
        "type": DEPLOYMENT_TYPE,
        "properties": properties,
    }
    return {**body, "tags": dict(deployment.tags)} if deployment.tags else body


_NAME = "Microsoft.Resources/deployments"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_DEPLOYMENTS, handler=list_group, operation=f"{_NAME}/read"),
    Route(method="GET", template=_DEPLOYMENT, handler=get, operation=f"{_NAME}/read"),
    Route(method="HEAD", template=_DEPLOYMENT, handler=check, operation=f"{_NAME}/read", regions=no_region),
    Route(method="PUT", template=_DEPLOYMENT, handler=put, operation=f"{_NAME}/write"),
    Route(method="DELETE", template=_DEPLOYMENT, handler=delete, operation=f"{_NAME}/delete"),
    Route(
        method="POST",
        template=_DEPLOYMENT + "/validate",
        handler=validate,
        operation=f"{_NAME}/validate/action",
    ),
    Route(method="POST", template=_DEPLOYMENT + "/whatIf", handler=what_if, operation=f"{_NAME}/whatIf/action"),
    Route(method="POST", template=_DEPLOYMENT + "/cancel", handler=cancel, operation=f"{_NAME}/cancel/action"),
    Route(
        method="GET",
        template=_DEPLOYMENT + "/operations",
        handler=list_operations,
        operation=f"{_NAME}/operations/read",
    ),
    Route(
        method="GET",
        # The one address of deployments that does not name the provider.
        template=_GROUP + "/deployments/{deployment}/operations",
        handler=list_operations,
        operation=f"{_NAME}/operations/read",
    ),
    Route(
        method="GET",
        template=_DEPLOYMENT + "/operationStatuses/{operation}",
        handler=status,
        operation=f"{_NAME}/operationstatuses/read",
    ),
)
