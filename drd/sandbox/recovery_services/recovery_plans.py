"""Recovery plans of Site Recovery: read, create, change and delete them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.fabrics import fabric_name
from drd.sandbox.recovery_services.plan_jobs import IN_PROGRESS, SUCCEEDED, SUSPENDED, PlanJob
from drd.sandbox.recovery_services.plan_state import (
    AUTOMATION,
    BOOT,
    FAILOVER,
    MANUAL,
    SCRIPT,
    SHUTDOWN,
    Plan,
    PlanAction,
    PlanGroup,
    allowed_operations,
    build_plan,
    named_item,
    plan_of,
)
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replicated import replicated
from drd.sandbox.recovery_services.replicated_items import NO_INSTANT
from drd.sandbox.recovery_services.replication_operations import accept
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import AZURE

_KINDS = {kind.casefold(): kind for kind in (SHUTDOWN, FAILOVER, BOOT)}
_DETAILS = {kind.casefold(): kind for kind in (MANUAL, SCRIPT, AUTOMATION)}


def list_plans(call: Call) -> Response:
    """List the vault's recovery plans."""
    vault = vault_in_path(call)
    plans = call.world.store.each(addresses.RECOVERY_PLAN_TYPE, under=vault.id)
    return page(call, [_body(call, one) for one in plans])


def get_plan(call: Call) -> Response:
    """Answer one recovery plan."""
    return answer(200, _body(call, plan_in_path(call)))


def put_plan(call: Call) -> Response:
    """Create a recovery plan, or change its groups; what it says shows when the operation has ended."""
    vault, name = vault_in_path(call), call.params["plan"]
    existing = call.world.store.get(addresses.RECOVERY_PLAN.format(**call.params))
    if existing is not None:
        refuse_while_running(call, existing)
    plan = _read(call, vault, call.body.get("properties") or {})
    resource = build_plan(vault, name, plan) if existing is None else existing.with_hidden(plan=plan)
    return _write(call, vault, resource, keep=True)


def delete_plan(call: Call) -> Response:
    """Delete a recovery plan; its items stay as they are."""
    resource = plan_in_path(call)
    refuse_while_running(call, resource)
    return _write(call, vault_in_path(call), resource, keep=False)


def plan_in_path(call: Call) -> Resource:
    """Return the recovery plan that the call's path names.

    Raises:
        ArmError: 404, in the words of Site Recovery.
    """
    vault_in_path(call)
    found = call.world.store.get(addresses.RECOVERY_PLAN.format(**call.params))
    if found is None:
        raise ArmError(404, "RecoveryPlanNotFound", f"The recovery plan '{call.params['plan']}' was not found.")
    return found


def running_job(call: Call, resource: Resource) -> PlanJob | None:
    """Return the job that works on a plan, or waits for a person, or None."""
    name = plan_of(resource).job
    stored = call.world.store.get(f"{addresses.vault_of(resource.id)}/replicationJobs/{name}") if name else None
    job: PlanJob | None = stored.hidden["plan-job"] if stored else None
    return job if job is not None and job.ended_at is None else None


def refuse_while_running(call: Call, resource: Resource) -> None:
    """Refuse what cannot be done while a job of the plan runs.

    Raises:
        ArmError: 409.
    """
    if running_job(call, resource) is not None:
        message = f"Another operation is in progress on the recovery plan '{resource.name}'. Wait until it ends."
        raise ArmError(409, "OperationInProgressOnRecoveryPlan", message)


def _write(call: Call, vault: Resource, resource: Resource, *, keep: bool) -> Response:
    world, kind = call.world, "asr.plan-write" if keep else "asr.plan-delete"

    def apply(at: datetime) -> None:
        if keep:
            world.store.put(resource, at=at, by=AZURE)
        else:
            world.store.delete(resource.id, at=at, by=AZURE)

    operation = world.operations.start(
        kind,
        resource.id,
        region=vault.location,
        at=call.now,
        took=world.profile.duration("asr.plan-write", resource.id),
        outcome=apply,
    )
    call.effect(kind, id=resource.id, operation=operation.id)
    return accept(call, resource, operation)


def _read(call: Call, vault: Resource, asked: dict[str, Any]) -> Plan:
    regions = {}
    for member in ("primaryFabricId", "recoveryFabricId"):
        fabric = call.world.store.get(str(asked.get(member) or "/"))
        if fabric is None or fabric.type != addresses.FABRIC_TYPE:
            raise bad_request("FabricNotFound", f"The fabric in '{member}' of the recovery plan was not found.")
        regions[member] = str(fabric.hidden["region"])
    groups = tuple(_group(call, vault, one) for one in asked.get("groups") or [])
    names = [name.casefold() for group in groups for name in group.items]
    if not names or not any(group.kind == BOOT for group in groups):
        raise bad_request("RecoveryPlanWithoutItems", "A recovery plan needs a Boot group with at least one item.")
    if len(set(names)) != len(names):
        raise bad_request("RecoveryPlanItemTwice", "A replication protected item may be in one group only.")
    return Plan(primary=regions["primaryFabricId"], recovery=regions["recoveryFabricId"], groups=groups)


def _group(call: Call, vault: Resource, body: dict[str, Any]) -> PlanGroup:
    kind = _KINDS.get(str(body.get("groupType") or "").casefold())
    if kind is None:
        raise bad_request("InvalidRecoveryPlanGroupType", f"The group type '{body.get('groupType')}' is not known.")
    items = []
    for one in body.get("replicationProtectedItems") or []:
        name = str(one.get("id") or "").rsplit("/", 1)[-1]
        item = named_item(call.world, vault.id, name)
        if item is None:
            raise bad_request("ReplicationProtectedItemNotFound", f"The item '{one.get('id')}' was not found.")
        items.append(item.name)
    if items and kind != BOOT:
        raise bad_request("InvalidRecoveryPlanGroup", f"A group of the type '{kind}' names no items of its own.")
    start, end = (
        tuple(_action(one) for one in body.get(side) or []) for side in ("startGroupActions", "endGroupActions")
    )
    return PlanGroup(kind=kind, items=tuple(items), start=start, end=end)


def _action(body: dict[str, Any]) -> PlanAction:
    details = body.get("customDetails") or {}
    kind = _DETAILS.get(str(details.get("instanceType") or "").casefold())
    if kind is None or not body.get("actionName"):
        message = "An action needs an actionName and customDetails of a known type."
        raise bad_request("InvalidRecoveryPlanAction", message)
    return PlanAction(
        name=str(body["actionName"]),
        operations=tuple(str(one) for one in body.get("failoverTypes") or []),
        directions=tuple(str(one) for one in body.get("failoverDirections") or []),
        details={**details, "instanceType": kind},
    )


def _body(call: Call, resource: Resource) -> JsonObject:
    plan, own = plan_of(resource), addresses.shouted(resource.id)
    vault = addresses.shouted(addresses.vault_of(resource.id))
    job = running_job(call, resource)
    properties: JsonObject = {
        "friendlyName": resource.name,
        "primaryFabricId": f"{vault}/replicationFabrics/{fabric_name(plan.primary)}",
        "primaryFabricFriendlyName": plan.primary,
        "recoveryFabricId": f"{vault}/replicationFabrics/{fabric_name(plan.recovery)}",
        "recoveryFabricFriendlyName": plan.recovery,
        "failoverDeploymentModel": "ResourceManager",
        "replicationProviders": ["A2A"],
        "allowedOperations": allowed_operations(call.world, resource, runs=job is not None),
        "lastPlannedFailoverTime": None,
        "lastUnplannedFailoverTime": instant_text(plan.last_failover_at) if plan.last_failover_at else None,
        "lastTestFailoverTime": instant_text(plan.last_test_at) if plan.last_test_at else None,
        "currentScenario": _scenario(vault, plan),
        "currentScenarioStatus": job.state if job else (SUCCEEDED if plan.job else "None"),
        "currentScenarioStatusDescription": _status(job) if job else "",
        "groups": [_group_body(call, vault, group) for group in plan.groups],
        "providerSpecificDetails": [{"instanceType": "A2A", "primaryZone": None, "recoveryZone": None}],
    }
    return {"id": own, "name": resource.name, "type": resource.type, "properties": properties}


def _status(job: PlanJob) -> str:
    return {IN_PROGRESS: "In progress", SUSPENDED: "Waiting for a manual action"}.get(job.state, job.state)


def _scenario(vault: str, plan: Plan) -> JsonObject:
    return {
        "scenarioName": plan.scenario or "None",
        "jobId": f"{vault}/replicationJobs/{plan.job or 'None'}",
        "startTime": instant_text(plan.moved_at) if plan.moved_at else NO_INSTANT,
    }


def _group_body(call: Call, vault: str, group: PlanGroup) -> JsonObject:
    return {
        "groupType": group.kind,
        "replicationProtectedItems": list(_items(call, vault, group)),
        "startGroupActions": [_action_body(action) for action in group.start],
        "endGroupActions": [_action_body(action) for action in group.end],
    }


def _items(call: Call, vault: str, group: PlanGroup) -> Iterator[JsonObject]:
    for name in group.items:
        item = named_item(call.world, vault, name)
        if item is not None:
            machine = addresses.lowered(replicated(item).original.id)
            yield {"id": addresses.shouted(item.id), "virtualMachineId": machine}


def _action_body(action: PlanAction) -> JsonObject:
    return {
        "actionName": action.name,
        "failoverTypes": list(action.operations),
        "failoverDirections": list(action.directions),
        "customDetails": dict(action.details),
    }


ROUTES = tuple(
    Route(
        method=method,
        template=template,
        handler=handler,
        operation=f"{addresses.RECOVERY_PLAN_TYPE}/{action}",
        regions=vault_region,
    )
    for method, template, handler, action in (
        ("GET", addresses.RECOVERY_PLAN.removesuffix("/{plan}"), list_plans, "read"),
        ("GET", addresses.RECOVERY_PLAN, get_plan, "read"),
        ("PUT", addresses.RECOVERY_PLAN, put_plan, "write"),
        ("DELETE", addresses.RECOVERY_PLAN, delete_plan, "delete"),
    )
)
"""The addresses of recovery plans themselves."""
