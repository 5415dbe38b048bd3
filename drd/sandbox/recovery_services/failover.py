"""The verbs of Site Recovery: test failover and its cleanup, failover, change of point, commit, cancel.

Each POST is refused, or it moves the item into the stage in which it works, starts a job and an operation that runs
until the work is done, and applies its effect then. An effect that cannot be had fails the operation and the job, and
puts the item back where it stood.
"""

from dataclasses import dataclass, field
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.recovery_services import addresses, chance, machines
from drd.sandbox.recovery_services.machines import Place
from drd.sandbox.recovery_services.regions_needed import vault_region
from drd.sandbox.recovery_services.replicated import (
    Replicated,
    change,
    item_in_path,
    points,
    replicated,
)
from drd.sandbox.recovery_services.replication_jobs import ReplicationJob, end_job, store_job
from drd.sandbox.recovery_services.replication_lifecycle import MOVES, STATES, Move, Stage, is_allowed, is_busy
from drd.sandbox.recovery_services.replication_operations import accept
from drd.sandbox.recovery_services.replication_schedule import ReplicationPoint
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

_TEST_SUFFIX = "-test"
_EFFECTS = {
    "testFailover": "asr.test-failover",
    "testFailoverCleanup": "asr.test-failover-cleanup",
    "unplannedFailover": "asr.failover",
    "applyRecoveryPoint": "asr.change-point",
    "failoverCommit": "asr.commit",
    "failoverCancel": "asr.cancel",
}
_BROUGHT_UP = {Stage.TESTED, Stage.FAILED_OVER}
"""Stages in which the item still names the job that led there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A verb that may be carried out.

    What it brings up and where, what the item's condition becomes meanwhile, and `facts` for the journal.
    """

    verb: str
    point: ReplicationPoint | None = None
    place: Place | None = None
    meanwhile: JsonObject
    warnings: tuple[str, ...] = ()
    facts: JsonObject = field(default_factory=dict)

    @property
    def move(self) -> Move:
        """Return the verb's row in the table."""
        return MOVES[self.verb]


def test_failover(call: Call) -> Response:
    """Bring a copy up in an isolated network, beside the machine."""
    item = _item_for(call, "testFailover")
    known, asked = replicated(item), _asked(call)
    network_id = str(asked.get("networkId") or "")
    if asked.get("networkType") not in {"VmNetworkAsInput", None} or not network_id:
        raise bad_request("TestNetworkMissing", "A test failover needs networkType VmNetworkAsInput and a networkId.")
    place = machines.isolated_place(call.world, known.recovery, network_id)
    meanwhile = {"test_network_id": place.network_id}
    return _start(call, item, Order(verb="testFailover", point=_point(call, item), place=place, meanwhile=meanwhile))


def test_failover_cleanup(call: Call) -> Response:
    """Remove what a test failover brought up."""
    return _start(call, _item_for(call, "testFailoverCleanup"), Order(verb="testFailoverCleanup", meanwhile={}))


def unplanned_failover(call: Call) -> Response:
    """Bring the machine up in the recovery region.

    With `sourceSiteOperations: Required` the machine at home is shut down first, and what it wrote until then comes
    along. When its region cannot be reached the failover goes on without, and the job says so.
    """
    item = _item_for(call, "unplannedFailover")
    known, asked = replicated(item), _asked(call)
    place = machines.recovery_place(call.world, known.recovery)
    point = _point(call, item)
    warnings: tuple[str, ...] = ()
    is_down = False
    if asked.get("sourceSiteOperations") == "Required":
        is_down = machines.shut_down(call.world, known.original, call.now)
        if is_down and not _named_point(call):
            point = _last_write(call, item)
        if call.world.regions.is_lost(known.original.location, call.now):
            warnings = (f"'{known.original.name}' could not be shut down: '{known.original.location}' is unreachable.",)
    order = Order(
        verb="unplannedFailover",
        point=point,
        place=place,
        meanwhile={"failed_over_at": call.now, "point": point},
        warnings=warnings,
        facts={"shut-down": is_down},
    )
    return _start(call, item, order)


def apply_recovery_point(call: Call) -> Response:
    """Bring the machine up again from another point, before the commit."""
    item = _item_for(call, "applyRecoveryPoint")
    if not _named_point(call):
        raise bad_request("RecoveryPointMissing", "The recovery point to apply is missing.")
    point, known = _point(call, item), replicated(item)
    order = Order(verb="applyRecoveryPoint", point=point, place=known.recovery, meanwhile={"point": point})
    return _start(call, item, order)


def failover_commit(call: Call) -> Response:
    """Keep the failover: the recovery points are discarded."""
    return _start(call, _item_for(call, "failoverCommit"), Order(verb="failoverCommit", meanwhile={}))


def failover_cancel(call: Call) -> Response:
    """Take the failover back: the recovery machine goes, replication continues. The machine at home stays as it is."""
    return _start(call, _item_for(call, "failoverCancel"), Order(verb="failoverCancel", meanwhile={}))


def _item_for(call: Call, verb: str) -> Resource:
    item = item_in_path(call)
    stage = replicated(item).stage
    if is_busy(stage):
        message = f"Another operation is in progress on '{item.name}': {stage}. Wait until it ends."
        raise conflict("OperationInProgressOnProtectedItem", message)
    if not is_allowed(stage, verb):
        allowed = ", ".join(STATES[stage].allowed)
        message = (
            f"The operation '{MOVES[verb].operation}' is not allowed on '{item.name}' in its current state "
            f"'{STATES[stage].protection_state}'. Allowed operations: {allowed}."
        )
        raise conflict("ProtectedItemOperationNotAllowed", message)
    return item


def _asked(call: Call) -> JsonObject:
    asked: JsonObject = call.body.get("properties") or {}
    direction = asked.get("failoverDirection", "PrimaryToRecovery")
    if direction != "PrimaryToRecovery":
        raise bad_request("InvalidFailoverDirection", f"The direction '{direction}' is not possible for this item.")
    instance_type = (asked.get("providerSpecificDetails") or {}).get("instanceType", "A2A")
    if instance_type != "A2A":
        raise bad_request("ProviderMismatch", f"The item replicates with A2A, not with '{instance_type}'.")
    return asked


def _named_point(call: Call) -> str:
    asked = call.body.get("properties") or {}
    named = (asked.get("providerSpecificDetails") or {}).get("recoveryPointId") or asked.get("recoveryPointId") or ""
    return str(named)


def _point(call: Call, item: Resource) -> ReplicationPoint:
    """Return the point that the body names by id or name, or the newest that has been processed."""
    usable, named = points(call.world, item, call.now), _named_point(call).rsplit("/", 1)[-1]
    if not usable:
        raise bad_request("NoRecoveryPoint", f"'{item.name}' has no recovery point to fail over to.")
    if not named:
        return usable[0]
    found = next((one for one in usable if one.name.lower() == named.lower()), None)
    if found is None:
        raise bad_request("RecoveryPointNotFound", f"The recovery point '{named}' was not found or has been pruned.")
    return found


def _last_write(call: Call, item: Resource) -> ReplicationPoint:
    """Return the point that a clean shutdown makes: everything that was written until then."""
    name = chance.name(str(call.world.seed), item.key, call.now.isoformat(), "shutdown")
    return ReplicationPoint(name=name, taken_at=call.now, application_consistent=True)


def _start(call: Call, item: Resource, order: Order) -> Response:
    world, move, vault = call.world, order.move, call.world.store.require(addresses.vault_of(item.id))
    known = replicated(item)
    is_test = order.verb == "testFailover"
    job = ReplicationJob(
        name=world.new_id(),
        move=move,
        item_id=item.id,
        machine=known.original.name,
        started_at=call.now,
        lasts=world.profile.duration(move.duration, item.id),
        warnings=order.warnings,
        point=order.point,
        network_id=order.place.network_id if order.place else "",
        subnet=order.place.subnet if order.place else "",
        test_machine=f"{known.original.name}{_TEST_SUFFIX}" if is_test else "",
    )
    operation = world.operations.start(
        _EFFECTS[order.verb],
        item.id,
        region=vault.location,
        at=call.now,
        took=job.lasts,
        outcome=lambda at: _end(world, vault, item, _Move(order=order, job=job, before=known), at),
    )
    store_job(world, vault, job, call.now)
    change(
        world,
        item.id,
        call.now,
        stage=move.works_in,
        scenario=move.scenario,
        job=job.name,
        moved_at=call.now,
        **order.meanwhile,
    )
    call.effect(
        _EFFECTS[order.verb],
        item=item.id,
        source=known.original.id,
        point=order.point.name if order.point else "",
        operation=operation.id,
        job=job.name,
        **order.facts,
    )
    return accept(call, item, operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """A move under way: what was ordered, its job, and the item's condition before."""

    order: Order
    job: ReplicationJob
    before: Replicated


def _end(world: World, vault: Resource, item: Resource, moving: _Move, at: datetime) -> None:
    move = moving.order.move
    try:
        changes = _WORK[moving.order.verb](world, replicated(world.store.require(item.id)), moving.order, at)
    except ArmError as refusal:
        end_job(world, vault, moving.job.name, at, refusal)
        before = {"stage": moving.before.stage, "failed_over_at": moving.before.failed_over_at}
        change(world, item.id, at, **before, point=moving.before.point, test_network_id=moving.before.test_network_id)
        raise
    end_job(world, vault, moving.job.name, at)
    if move.ends_in not in _BROUGHT_UP:
        changes |= {"scenario": "", "job": "", "moved_at": None}
    change(world, item.id, at, stage=move.ends_in, **changes)


def _bring_up_test(world: World, known: Replicated, order: Order, at: datetime) -> JsonObject:
    return {"test_machine_id": _bring_up(world, known, order, _TEST_SUFFIX, at).id}


def _clean_up_test(world: World, known: Replicated, _order: Order, at: datetime) -> JsonObject:
    machines.take_down(world, known.test_machine_id, at)
    return {"test_machine_id": "", "test_network_id": "", "last_test_at": at}


def _fail_over(world: World, known: Replicated, order: Order, at: datetime) -> JsonObject:
    return {"machine_id": _bring_up(world, known, order, "", at).id, "last_failover_at": at}


def _change_point(world: World, known: Replicated, order: Order, at: datetime) -> JsonObject:
    machines.take_down(world, known.machine_id, at)
    return {"machine_id": _bring_up(world, known, order, "", at).id}


def _commit(_world: World, _known: Replicated, _order: Order, _at: datetime) -> JsonObject:
    return {}


def _cancel(world: World, known: Replicated, _order: Order, at: datetime) -> JsonObject:
    machines.take_down(world, known.machine_id, at)
    return {"machine_id": "", "failed_over_at": None, "point": None}


def _bring_up(world: World, known: Replicated, order: Order, suffix: str, at: datetime) -> Resource:
    if order.point is None or order.place is None:  # pragma: no cover - the verbs that bring something up name both
        raise bad_request("RecoveryPointMissing", "The failover names no point or no place.")
    return machines.bring_up(world, known.original, order.place, suffix=suffix, as_of=order.point.taken_at, at=at)


_WORK = {
    "testFailover": _bring_up_test,
    "testFailoverCleanup": _clean_up_test,
    "unplannedFailover": _fail_over,
    "applyRecoveryPoint": _change_point,
    "failoverCommit": _commit,
    "failoverCancel": _cancel,
}
"""What each verb does to the world when its time is up; it returns what changes in the item's condition."""

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
        ("unplannedFailover", unplanned_failover),
        ("applyRecoveryPoint", apply_recovery_point),
        ("failoverCommit", failover_commit),
        ("failoverCancel", failover_cancel),
    )
)
"""The POSTs that move a replicated item."""
