"""A move of a replicated item: its job, the work that is done when its time is up, and the way back when that fails.

A verb comes with an order, by itself or as a part of a recovery plan. What it does to the world is in `work`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drd.sandbox.errors import ArmError, conflict
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.machines import Place
from drd.sandbox.recovery_services.replicated import Replicated, change, replicated, reversed_id
from drd.sandbox.recovery_services.replication_jobs import ReplicationJob, end_job, job_named, store_job
from drd.sandbox.recovery_services.replication_lifecycle import (
    MOVES,
    SETTLES,
    STATES,
    Move,
    Stage,
    is_allowed,
    is_busy,
)
from drd.sandbox.recovery_services.replication_schedule import ReplicationPoint
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE, World

TEST_SUFFIX = "-test"
EFFECTS = {
    "testFailover": "asr.test-failover",
    "testFailoverCleanup": "asr.test-failover-cleanup",
    "unplannedFailover": "asr.failover",
    "applyRecoveryPoint": "asr.change-point",
    "failoverCommit": "asr.commit",
    "failoverCancel": "asr.cancel",
    "switchProtection": "asr.switch-protection",
    "disableProtection": "asr.disable-protection",
}
"""What the journal calls each verb."""
_BROUGHT_UP = {Stage.TESTED, Stage.FAILED_OVER}
"""Stages in which the item still names the job that led there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A verb that may be carried out.

    What it brings up and where, what the item's condition becomes meanwhile, and `facts` for the journal. `processes`
    says that what arrived last must be processed first, which takes its time. `plan_job` is the job of the recovery
    plan that gave the order, if one did. `request` is the caller's own id of the request.
    """

    verb: str
    point: ReplicationPoint | None = None
    processes: bool = False
    place: Place | None = None
    meanwhile: JsonObject = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    facts: JsonObject = field(default_factory=dict)
    plan_job: str = ""
    request: str = ""

    @property
    def move(self) -> Move:
        """Return the verb's row in the table."""
        return MOVES[self.verb]


Work = Callable[[World, Resource, Order, datetime], JsonObject]
"""What a verb does to the world when its time is up; it returns what changes in the item's condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A move under way: what was ordered, its job, and the item's condition before."""

    item_id: str
    order: Order
    job: ReplicationJob
    before: Replicated


def check_allowed(item: Resource, verb: str) -> None:
    """Hold a verb against the state that the item is in.

    Raises:
        ArmError: 409, something works on the item, or its state does not allow the verb.
    """
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


def start_move(world: World, item: Resource, order: Order, now: datetime) -> Moving:
    """Begin a move: store its job and take the item into the stage in which the verb works."""
    move, known = order.move, replicated(item)
    took = world.profile.duration(move.duration, item.id)
    if order.processes:
        took += world.profile.duration("asr.latest-processing", item.id)
    is_test = order.verb == "testFailover"
    job = ReplicationJob(
        name=world.new_id(),
        move=move,
        item_id=item.id,
        machine=known.original.name,
        started_at=now,
        lasts=took,
        warnings=order.warnings,
        point=order.point,
        network_id=order.place.network_id if order.place else "",
        subnet=order.place.subnet if order.place else "",
        test_machine=f"{known.original.name}{TEST_SUFFIX}" if is_test else "",
        plan_job=order.plan_job,
        request=order.request,
        new_item_id=addresses.shouted(reversed_id(item)) if order.verb == "switchProtection" else "",
    )
    store_job(world, _vault(world, item.id), job, now)
    meanwhile = {"scenario": move.scenario, "job": order.plan_job or job.name, "moved_at": now, **order.meanwhile}
    change(world, item.id, now, stage=move.works_in, **meanwhile)
    moving = Moving(item_id=item.id, order=order, job=job, before=known)
    stored = world.store.require(f"{addresses.vault_of(item.id)}/replicationJobs/{job.name}")
    world.store.put(stored.with_hidden(moving=moving), at=now, by=AZURE)
    return moving


def end_move(world: World, moving: Moving, work: Work, at: datetime) -> None:
    """End a move: do its work, and put the item back where it stood when that cannot be done.

    Raises:
        ArmError: the work could not be done; item and job say so already.
    """
    move, vault = moving.order.move, _vault(world, moving.item_id)
    if _is_over(world, moving):
        return
    item = world.store.require(moving.item_id)
    try:
        _may_fail(world, item, moving.order, at)
        changes = work(world, item, moving.order, at)
    except ArmError as refusal:
        fail_move(world, moving, refusal, at)
        raise
    end_job(world, vault, moving.job.name, at)
    if world.store.get(item.id) is None:
        return
    if move.ends_in not in _BROUGHT_UP:
        changes |= {"scenario": "", "job": "", "moved_at": None}
    change(world, item.id, at, stage=move.ends_in, **changes)


def fail_move(world: World, moving: Moving, refusal: ArmError, at: datetime) -> None:
    """End a move whose work is not done: its job has failed, and the item is back where it stood."""
    if not _is_over(world, moving):
        end_job(world, _vault(world, moving.item_id), moving.job.name, at, error=refusal)
        put_back(world, moving, at)


def put_back(world: World, moving: Moving, at: datetime) -> None:
    """Put an item back where it stood before a move; the job that failed stays the one that it names."""
    before = moving.before
    change(
        world,
        moving.item_id,
        at,
        stage=before.stage,
        failed_over_at=before.failed_over_at,
        point=before.point,
        test_network_id=before.test_network_id,
    )


def settle_later(world: World, item_id: str, stage: Stage, at: datetime) -> None:
    """Let a stage that passes by itself pass when its time is up; what else became of the item by then stays."""
    follows, duration = SETTLES[stage]
    due = at + world.profile.duration(duration, item_id)

    def settle(instant: datetime) -> None:
        item = world.store.get(item_id)
        if item is not None and replicated(item).stage is stage:
            # Protected means that a first point can be used.
            change(world, item_id, instant, stage=follows, since=instant - _FIRST_POINT)

    world.schedule(due, settle, region=replicated(world.store.require(item_id)).recovery.region)


_FIRST_POINT = timedelta(minutes=6)


def _may_fail(world: World, item: Resource, order: Order, at: datetime) -> None:
    if order.verb not in {"unplannedFailover", "testFailover"}:
        return
    region = replicated(item).recovery.region
    # A failover makes machines, so it needs room like whoever else makes one.
    for kind in ("failover-fails", "allocation"):
        fault = world.faults.condition(kind, target=item.id, region=region, at=at)
        if fault is not None:
            raise fault.error()


def _is_over(world: World, moving: Moving) -> bool:
    return job_named(world, _vault(world, moving.item_id), moving.job.name).ended_at is not None


def _vault(world: World, item_id: str) -> Resource:
    return world.store.require(addresses.vault_of(item_id))
