"""The verbs of Site Recovery on a recovery plan."""

from dataclasses import replace
from typing import Any

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.failover import check_provider
from drd.sandbox.recovery_services.failover_orders import LATEST, POINT_TYPES, Wish
from drd.sandbox.recovery_services.moving import EFFECTS
from drd.sandbox.recovery_services.plan_jobs import PlanJob, store_plan_job
from drd.sandbox.recovery_services.plan_run import ENDLESS, Run, advance, steps_of
from drd.sandbox.recovery_services.plan_state import (
    BACK,
    FORWARD,
    allowed_operations,
    direction_of,
    items_of,
    plan_of,
)
from drd.sandbox.recovery_services.recovery_plans import plan_in_path, refuse_while_running
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replication_lifecycle import MOVES
from drd.sandbox.recovery_services.replication_operations import accept
from drd.sandbox.router import Handler, Route
from drd.sandbox.wire import Response
from drd.sandbox.world import AZURE

_VERBS = {
    "testFailover": "testFailover",
    "testFailoverCleanup": "testFailoverCleanup",
    "unplannedFailover": "unplannedFailover",
    "failoverCommit": "failoverCommit",
    "failoverCancel": "failoverCancel",
    "reProtect": "switchProtection",
}
"""What each POST on a plan does to its items."""
_DIRECTED = {"testFailover", "unplannedFailover"}


def planned_failover(call: Call) -> Response:
    """Refuse: what replicates between regions of Azure has no planned failover."""
    plan = plan_in_path(call)
    message = f"Planned failover is not supported: the items of '{plan.name}' replicate with 'A2A'."
    raise ArmError(400, "OperationNotSupportedForProvider", message)


def _handler(verb: str) -> Handler:
    def handle(call: Call) -> Response:
        return _start(call, _VERBS[verb])

    return handle


def _start(call: Call, verb: str) -> Response:
    world, vault, resource = call.world, vault_in_path(call), plan_in_path(call)
    refuse_while_running(call, resource)
    operation_name = MOVES[verb].operation
    allowed = allowed_operations(world, resource, runs=False)
    if operation_name not in allowed:
        message = (
            f"The operation '{operation_name}' is not allowed on the recovery plan '{resource.name}' as its items "
            f"stand. Allowed operations: {', '.join(allowed) or 'none'}."
        )
        raise conflict("RecoveryPlanOperationNotAllowed", message)
    direction, wish = direction_of(world, resource), _wish(call, verb)
    if verb in _DIRECTED:
        _check_direction(call, direction)
    name, kind = world.new_id(), f"asr.plan-{EFFECTS[verb].removeprefix('asr.')}"
    operation = world.operations.start(kind, resource.id, region=vault.location, at=call.now, took=ENDLESS)
    job = PlanJob(
        name=name,
        verb=verb,
        plan_id=resource.id,
        direction=direction,
        started_at=call.now,
        operation=operation.id,
        request=call.request.headers.get("x-ms-client-request-id", ""),
        network_id=wish.network_id,
        steps=steps_of(world, resource, verb, direction),
    )
    store_plan_job(world, vault, job, call.now)
    run = Run(vault_id=vault.id, job=name, verb=verb, wish=wish)
    stored = world.store.require(f"{vault.id}/replicationJobs/{name}")
    world.store.put(stored.with_hidden(run=run), at=call.now, by=AZURE)
    plan = replace(plan_of(resource), scenario=job.scenario, job=name, moved_at=call.now)
    world.store.put(resource.with_hidden(plan=plan), at=call.now, by=AZURE)
    items = [item.name for item in items_of(world, resource)]
    call.effect(kind, id=resource.id, items=items, operation=operation.id, job=name)
    advance(world, run, call.now)
    return accept(call, resource, operation)


def _check_direction(call: Call, direction: str) -> None:
    asked = str((call.body.get("properties") or {}).get("failoverDirection") or "")
    if asked not in {FORWARD, BACK}:
        raise bad_request("InvalidFailoverDirection", f"The direction '{asked}' is not known.")
    if asked != direction:
        message = f"The direction '{asked}' is not possible now: the items of the plan replicate '{direction}'."
        raise bad_request("InvalidFailoverDirection", message)


def _wish(call: Call, verb: str) -> Wish:
    asked: dict[str, Any] = call.body.get("properties") or {}
    kind = LATEST
    for details in asked.get("providerSpecificDetails") or []:
        check_provider(details)
        kind = str(details.get("recoveryPointType") or LATEST)
    if kind.casefold() not in {LATEST.casefold(), *POINT_TYPES}:
        raise bad_request("InvalidRecoveryPointType", f"The recovery point type '{kind}' is not known.")
    network = str(asked.get("networkId") or "")
    if verb == "testFailover" and (asked.get("networkType") != "VmNetworkAsInput" or not network):
        raise bad_request("TestNetworkMissing", "A test failover needs networkType VmNetworkAsInput and a networkId.")
    return Wish(kind=kind, shuts_down=asked.get("sourceSiteOperations") == "Required", network_id=network)


ROUTES = tuple(
    Route(
        method="POST",
        template=f"{addresses.RECOVERY_PLAN}/{verb}",
        handler=handler,
        operation=f"{addresses.RECOVERY_PLAN_TYPE}/{verb}/action",
        regions=vault_region,
    )
    for verb, handler in (*((verb, _handler(verb)) for verb in _VERBS), ("plannedFailover", planned_failover))
)
"""The POSTs that move a recovery plan."""
