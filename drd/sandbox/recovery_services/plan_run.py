"""A recovery plan at work: its steps one after another, the items of a group side by side, waiting where a person must.

The real service fails all items over and boots them group by group; here an item fails over when its group is due.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.sandbox.errors import ArmError
from drd.sandbox.operations import CANCELED, SUCCEEDED, Operation
from drd.sandbox.operations import FAILED as OPERATION_FAILED
from drd.sandbox.recovery_services import plan_jobs
from drd.sandbox.recovery_services.failover_orders import Wish, failover_order, test_failover_order
from drd.sandbox.recovery_services.moving import Moving, Order, check_allowed, end_move, start_move
from drd.sandbox.recovery_services.plan_jobs import PlanStep, plan_job, store_plan_job
from drd.sandbox.recovery_services.plan_state import BOOT, MANUAL, applying, items_of, named_item, plan_of
from drd.sandbox.recovery_services.replicated import replicated
from drd.sandbox.recovery_services.replication_lifecycle import MOVES, is_allowed
from drd.sandbox.recovery_services.work import WORK
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE, World

IN_GROUPS = frozenset({"unplannedFailover", "testFailover"})
"""Verbs that go through the groups one by one, with their actions; the others take all items at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run of a plan needs to know from beginning to end."""

    vault_id: str
    job: str
    verb: str
    wish: Wish


def steps_of(world: World, resource: Resource, verb: str, direction: str) -> tuple[PlanStep, ...]:
    """Return the steps that a verb takes through a plan; what no longer stands is left out of a cleanup."""
    plan = plan_of(resource)
    first = PlanStep(group=0, kind=plan_jobs.PREFLIGHT, name="RecoveryPlanPreflightChecks")
    move = MOVES[verb]
    steps = [first]
    if verb not in IN_GROUPS:
        items = tuple(item.name for item in items_of(world, resource) if is_allowed(replicated(item).stage, verb))
        return (first, PlanStep(group=1, group_kind=BOOT, kind=plan_jobs.ITEMS, name=move.scenario, items=items))
    for number, group in enumerate(plan.groups, start=1):
        before, after = (applying(actions, move.operation, direction) for actions in (group.start, group.end))
        steps += [_action(number, group.kind, action.name, action.details) for action in before]
        if group.items:
            kind = plan_jobs.ITEMS
            steps.append(
                PlanStep(group=number, group_kind=group.kind, kind=kind, name=move.scenario, items=group.items)
            )
        steps += [_action(number, group.kind, action.name, action.details) for action in after]
    return tuple(steps)


def _action(number: int, kind: str, name: str, details: JsonObject) -> PlanStep:
    instructions = str(details.get("description") or "")
    return PlanStep(
        group=number, group_kind=kind, kind=str(details["instanceType"]), name=name, instructions=instructions
    )


def _order(world: World, run: Run, item: Resource, now: datetime) -> Order:
    if run.verb == "unplannedFailover":
        return replace(failover_order(world, item, run.wish, now), plan_job=run.job)
    if run.verb == "testFailover":
        return replace(test_failover_order(world, item, run.wish, now), plan_job=run.job)
    return Order(verb=run.verb, plan_job=run.job)


def advance(world: World, run: Run, at: datetime) -> None:
    """Begin the step that is due, or end the run when none is."""
    job, vault = plan_job(world, run.vault_id, run.job), world.store.require(run.vault_id)
    place = job.due()
    if place is None:
        end_run(world, run.vault_id, job.name, at)
        return
    step = job.steps[place]
    waits = step.kind == MANUAL
    state = plan_jobs.SUSPENDED if waits else plan_jobs.IN_PROGRESS
    job = store_plan_job(world, vault, replace(job.with_step(place, state=state, started_at=at), state=state), at)
    if step.kind == plan_jobs.ITEMS:
        _begin_items(world, run, place, at)
    elif not waits:
        kind = "asr.plan-preflight" if step.kind == plan_jobs.PREFLIGHT else "asr.plan-script"
        _later(world, run, at + world.profile.duration(kind, f"{job.plan_id}/{step.name}"), place)


def resume(world: World, run: Run, comments: str, at: datetime) -> None:
    """Take a manual action as done, and go on."""
    job, vault = plan_job(world, run.vault_id, run.job), world.store.require(run.vault_id)
    place = job.due()
    if job.state != plan_jobs.SUSPENDED or place is None:
        return
    job = job.with_step(place, state=plan_jobs.SUCCEEDED, ended_at=at, observation=comments)
    store_plan_job(world, vault, replace(job, state=plan_jobs.IN_PROGRESS), at)
    advance(world, run, at)


def end_run(
    world: World, vault_id: str, name: str, at: datetime, *, error: ArmError | None = None, cancelled: bool = False
) -> None:
    """End a run, with its operation: well, with an error, or because somebody cancelled it."""
    job, vault = plan_job(world, vault_id, name), world.store.require(vault_id)
    state = plan_jobs.CANCELLED if cancelled else plan_jobs.FAILED if error else plan_jobs.SUCCEEDED
    if cancelled and (place := job.due()) is not None:
        job = job.with_step(place, state=state, ended_at=at)
    store_plan_job(world, vault, replace(job, state=state, ended_at=at, error=error), at)
    operation = world.operations.get(job.operation)
    _finish(operation, CANCELED if cancelled else OPERATION_FAILED if error else SUCCEEDED, at, error)
    resource = world.store.get(job.plan_id)
    if resource is None:
        return
    plan = plan_of(resource)
    if state == plan_jobs.SUCCEEDED and job.verb == "testFailoverCleanup":
        plan = replace(plan, last_test_at=at)
    if state == plan_jobs.SUCCEEDED and job.verb == "unplannedFailover":
        plan = replace(plan, last_failover_at=at)
    world.store.put(resource.with_hidden(plan=plan), at=at, by=AZURE)


def _finish(operation: Operation, status: str, at: datetime, error: ArmError | None) -> None:
    if operation.is_final:
        return
    operation.status, operation.ends_at = status, at
    operation.error = error.body() if error else None


def _later(world: World, run: Run, due: datetime, place: int) -> None:
    def done(at: datetime) -> None:
        job, vault = plan_job(world, run.vault_id, run.job), world.store.require(run.vault_id)
        if job.ended_at is None:
            store_plan_job(world, vault, job.with_step(place, state=plan_jobs.SUCCEEDED, ended_at=at), at)
            advance(world, run, at)

    world.schedule(due, done, region=world.store.require(run.vault_id).location)


def _begin_items(world: World, run: Run, place: int, at: datetime) -> None:
    job, vault = plan_job(world, run.vault_id, run.job), world.store.require(run.vault_id)
    begun: list[Moving] = []
    refusal: ArmError | None = None
    for name in job.steps[place].items:
        try:
            begun.append(_begin_item(world, run, name, at))
        except ArmError as error:
            refusal = refusal or error
    jobs = tuple(one.job.name for one in begun)
    store_plan_job(world, vault, job.with_step(place, jobs=jobs, error=refusal), at)
    for moving in begun:
        world.schedule(at + moving.job.lasts, _ending(world, run, moving, place), region=vault.location)
    if not begun:
        _after_items(world, run, place, at)


def _begin_item(world: World, run: Run, name: str, at: datetime) -> Moving:
    item = named_item(world, run.vault_id, name)
    if item is None:
        raise ArmError(404, "ReplicationProtectedItemNotFound", f"The plan's item '{name}' is no longer protected.")
    check_allowed(item, run.verb)
    return start_move(world, item, _order(world, run, item, at), at)


def _ending(world: World, run: Run, moving: Moving, place: int) -> Callable[[datetime], None]:
    def end(at: datetime) -> None:
        try:
            end_move(world, moving, WORK[moving.order.verb], at)
        except ArmError as refusal:
            job, vault = plan_job(world, run.vault_id, run.job), world.store.require(run.vault_id)
            store_plan_job(world, vault, job.with_step(place, error=job.steps[place].error or refusal), at)
        _after_items(world, run, place, at)

    return end


def _after_items(world: World, run: Run, place: int, at: datetime) -> None:
    """End the step when the last of its items has ended. One that failed fails the run; the others had their way."""
    job, vault = plan_job(world, run.vault_id, run.job), world.store.require(run.vault_id)
    step = job.steps[place]
    if job.ended_at is not None or any(not _has_ended(world, vault, name) for name in step.jobs):
        return
    state = plan_jobs.FAILED if step.error else plan_jobs.SUCCEEDED
    store_plan_job(world, vault, job.with_step(place, state=state, ended_at=at), at)
    if step.error:
        end_run(world, run.vault_id, run.job, at, error=step.error)
    else:
        advance(world, run, at)


def _has_ended(world: World, vault: Resource, name: str) -> bool:
    return world.store.require(f"{vault.id}/replicationJobs/{name}").hidden["job"].ended_at is not None


ENDLESS = timedelta(days=3650)
"""How long the operation of a run would take if its steps did not end it."""
