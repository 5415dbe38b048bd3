"""The verbs of Site Recovery on one item: test failover and its cleanup, failover, change of point, commit, cancel.

Each POST is refused, or it moves the item into the stage in which it works, starts a job and an operation that runs
until the work is done, and applies its effect then. An effect that cannot be had fails the operation and the job, and
puts the item back where it stood.
"""

from dataclasses import replace

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.failover_orders import (
    Wish,
    change_point_order,
    failover_order,
    test_failover_order,
)
from drd.sandbox.recovery_services.moving import EFFECTS, Order, check_allowed, end_move, fail_move, start_move
from drd.sandbox.recovery_services.regions_needed import vault_region
from drd.sandbox.recovery_services.replicated import item_in_path, replicated
from drd.sandbox.recovery_services.replication_operations import accept
from drd.sandbox.recovery_services.work import WORK
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response


def test_failover(call: Call) -> Response:
    """Bring a copy up in an isolated network, beside the machine."""
    item, asked = _item_for(call, "testFailover"), _asked(call)
    if asked.get("networkType") not in {"VmNetworkAsInput", None}:
        raise bad_request("TestNetworkMissing", "A test failover needs networkType VmNetworkAsInput and a networkId.")
    return carry_out(call, item, test_failover_order(call.world, item, _wish(call), call.now))


def test_failover_cleanup(call: Call) -> Response:
    """Remove what a test failover brought up."""
    return carry_out(call, _item_for(call, "testFailoverCleanup"), Order(verb="testFailoverCleanup"))


def unplanned_failover(call: Call) -> Response:
    """Bring the machine up in the region that is not active."""
    item = _item_for(call, "unplannedFailover")
    _asked(call)
    return carry_out(call, item, failover_order(call.world, item, _wish(call), call.now))


def planned_failover(call: Call) -> Response:
    """Refuse: between regions of Azure there is no planned failover, the API has no input for it."""
    item_in_path(call)
    message = "Planned failover is not supported for the replication provider 'A2A'. Use unplanned failover."
    raise ArmError(400, "OperationNotSupportedForProvider", message)


def apply_recovery_point(call: Call) -> Response:
    """Bring the machine up again from another point, before the commit."""
    item = _item_for(call, "applyRecoveryPoint")
    return carry_out(call, item, change_point_order(call.world, item, _wish(call), call.now))


def failover_commit(call: Call) -> Response:
    """Keep the failover: the recovery points are discarded."""
    return carry_out(call, _item_for(call, "failoverCommit"), Order(verb="failoverCommit"))


def failover_cancel(call: Call) -> Response:
    """Take the failover back: the machine that came up goes, replication continues. The old one stays as it is."""
    return carry_out(call, _item_for(call, "failoverCancel"), Order(verb="failoverCancel"))


def carry_out(call: Call, item: Resource, order: Order, own: Resource | None = None) -> Response:
    """Start a move with its operation, and answer the 202; `own` is what the addresses lie under, if not the item."""
    world, kind = call.world, EFFECTS[order.verb]
    known = replicated(item)
    order = replace(order, request=call.request.headers.get("x-ms-client-request-id", ""))
    moving = start_move(world, item, order, call.now)
    operation = world.operations.start(
        kind,
        item.id,
        region=item.location,
        at=call.now,
        took=moving.job.lasts,
        outcome=lambda at: end_move(world, moving, WORK[order.verb], at),
        mishap=lambda at, refusal: fail_move(world, moving, refusal, at),
    )
    call.effect(
        kind,
        item=item.id,
        source=known.original.id,
        point=order.point.name if order.point else "",
        operation=operation.id,
        job=moving.job.name,
        **order.facts,
    )
    return accept(call, own or item, operation)


def _item_for(call: Call, verb: str) -> Resource:
    item = item_in_path(call)
    check_allowed(item, verb)
    return item


def _asked(call: Call) -> JsonObject:
    asked: JsonObject = call.body.get("properties") or {}
    direction = asked.get("failoverDirection", "PrimaryToRecovery")
    if direction != "PrimaryToRecovery":
        raise bad_request("InvalidFailoverDirection", f"The direction '{direction}' is not possible for this item.")
    check_provider(asked.get("providerSpecificDetails") or {})
    return asked


def check_provider(details: JsonObject) -> None:
    """Refuse details of another way of replicating.

    Raises:
        ArmError: 400 `ProviderMismatch`.
    """
    instance_type = details.get("instanceType", "A2A")
    if instance_type != "A2A":
        raise bad_request("ProviderMismatch", f"The item replicates with A2A, not with '{instance_type}'.")


def _wish(call: Call) -> Wish:
    """Read what is asked for. Without a point it is the latest: the specification says so of a null."""
    asked = call.body.get("properties") or {}
    named = (asked.get("providerSpecificDetails") or {}).get("recoveryPointId") or asked.get("recoveryPointId") or ""
    return Wish(
        point=str(named),
        shuts_down=asked.get("sourceSiteOperations") == "Required",
        network_id=str(asked.get("networkId") or ""),
    )


ROUTES = tuple(
    Route(
        method="POST",
        template=f"{addresses.REPLICATED_ITEM}/{verb}",
        handler=handler,
        operation=f"{addresses.REPLICATED_ITEM_TYPE}/{verb}/action",
        regions=vault_region,
    )
    for verb, handler in (
        ("testFailover", test_failover),
        ("testFailoverCleanup", test_failover_cleanup),
        ("plannedFailover", planned_failover),
        ("unplannedFailover", unplanned_failover),
        ("applyRecoveryPoint", apply_recovery_point),
        ("failoverCommit", failover_commit),
        ("failoverCancel", failover_cancel),
    )
)
"""The POSTs that move a replicated item."""
