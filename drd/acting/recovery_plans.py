"""How a recovery plan of Site Recovery is driven by a step: which items it holds, its job, and what it brought up.

A plan is only driven when it holds exactly the items of the run's service: what stands in nobody's plan is not touched.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from drd.acting.sighting import Wanted, sighted_job
from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.errors import PermanentError, RefusedError
from drd.domain.estate import Mechanism, ProtectedItem
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.domain.points import ITEMS, MACHINES, POINT_TIMES
from drd.ports.action import Outputs, OutputType, Pending, Present, Sighting, StepContext, Underway
from drd.ports.capabilities import Operation
from drd.ports.recovery_plans import RECOVERY_PLANS, PlanFacts, PlanStatus
from drd.ports.replication import REPLICATION, ReplicatedItem

Rise = Callable[[StepContext, ArmId], Awaitable[Pending | Present]]
"""Reads whether a machine runs and has an address."""

JOB, WAITED_FOR = "job", "waited-for"
LONG_AGO = timedelta(days=30)
OUTPUTS: dict[str, OutputType] = {
    ITEMS: OutputType.TEXTS,
    MACHINES: OutputType.ARM_IDS,
    "addresses": OutputType.TEXTS,
    POINT_TIMES: OutputType.TEXTS,
}
"""What a plan's step gives beside its job: four lists, in one order."""
PERMISSIONS = (
    "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/read",
    "Microsoft.RecoveryServices/vaults/replicationJobs/read",
)
"""What every step needs that drives a plan, beside its verb."""


def planned_items(context: StepContext, plan: ArmId) -> tuple[ProtectedItem, ...]:
    """Give the run's items that Site Recovery protects in the plan's vault: those that the plan must hold."""
    found = []
    for item in context.items.values():
        protection = item.protected_by(Mechanism.SITE_RECOVERY)
        if protection is not None and plan.key.startswith(protection.vault.key + "/"):
            found.append(item)
    return tuple(found)


def name_in_vault(item: ProtectedItem) -> str:
    """Give the name that the vault knows an item by."""
    protection = item.protected_by(Mechanism.SITE_RECOVERY)
    return (protection.item if protection is not None else "") or item.resource.name


async def plan_of(context: StepContext, plan: ArmId) -> PlanFacts:
    """Read the plan, and refuse one that holds other items than the run's.

    Raises:
        RefusedError: the plan and the service do not match.
    """
    facts = await context.provider.capability(RECOVERY_PLANS).get(plan)
    held = {item.name.casefold() for item in facts.items}
    ours = {name_in_vault(item).casefold() for item in planned_items(context, plan)}
    if held != ours or not ours:
        raise RefusedError(
            f"the recovery plan holds other items than the service: {', '.join(sorted(held ^ ours)) or 'none at all'}",
            target=str(plan),
            hint="let the recovery plan and the service catalogue name the same machines",
            code="plan-does-not-match",
        )
    return facts


async def items_in(context: StepContext, plan: ArmId) -> list[ReplicatedItem]:
    """Read the plan's items as Site Recovery sees them now, in the order of the service."""
    replication, vault = context.provider.capability(REPLICATION), vault_of(plan)
    return [await replication.item(vault, name_in_vault(item)) for item in planned_items(context, plan)]


def vault_of(plan: ArmId) -> ArmId:
    """Give the vault that a plan lies in. Raises PermanentError."""
    vault, found, _ = plan.text.partition("/replicationRecoveryPlans/")
    if not found:
        raise PermanentError(
            "not the id of a recovery plan", target=str(plan), hint="it has /replicationRecoveryPlans/"
        )
    return ArmId(vault)


async def sighted(context: StepContext, plan: PlanFacts, scenario: str, verb: str) -> Sighting:
    """Tell whether this step started the verb's job, may send it now, or somebody else's is in its way.

    Raises:
        RefusedError: Site Recovery does not allow the verb now.
    """

    async def find(since: datetime) -> Operation | None:
        capability = context.provider.capability(RECOVERY_PLANS)
        return await capability.find(plan, scenario=scenario, since=since, requests=context.requests)

    what, vault = f"the recovery plan {plan.name}", vault_of(plan.id)
    wanted = Wanted(verb=verb, what=what, vault=vault, allowed=plan.allowed, job=plan.job, work="", find=find)
    seen = await sighted_job(context, wanted)
    if seen is not None:
        return seen
    raise RefusedError(
        f"Site Recovery does not allow {verb} of the recovery plan {plan.name} now",
        target=str(plan.id),
        hint=f"allowed now: {', '.join(plan.allowed)}; mend that, then retry the step",
        code="not-allowed-now",
    )


async def earlier(context: StepContext, plan: PlanFacts, scenario: str) -> Underway:
    """Find the job that did it before this run: only that knows the points. Raises PermanentError."""
    since = context.intended_at - LONG_AGO
    found = await context.provider.capability(RECOVERY_PLANS).find(plan, scenario=scenario, since=since)
    if found is None:
        raise PermanentError(
            f"the recovery plan {plan.name} has failed over already, and no job says from which points",
            target=str(plan.id),
            hint="find the points in the vault, and resolve the step with them",
            code="recovery-point-unknown",
        )
    return Underway(operation=found)


async def polled(context: StepContext, operation: Operation, *, stops_for_people: bool = False) -> Pending | Present:
    """Follow a plan's job; with `stops_for_people`, only until it waits for one.

    An operation that resumed a job notes what it waited for: that alone is no stop.
    """
    status = await context.provider.capability(RECOVERY_PLANS).follow(operation)
    waits = status.waits
    if status.finished or (stops_for_people and waits is not None and waits.name != operation.details.get(WAITED_FOR)):
        return Present(outputs={JOB: status.job, **_points(context, status)})
    if waits is not None:
        return Pending(note=f"the plan's job waits for a person: {waits.name}")
    return Pending(known=status.known)


def _points(context: StepContext, status: PlanStatus) -> dict[str, Json]:
    by_name = {name.casefold(): point for name, point in status.used.items()}
    used = [(item.id, by_name.get(name_in_vault(item).casefold())) for item in context.items.values()]
    known = [(item, point) for item, point in used if point is not None]
    if not known:
        return {}
    times: list[Json] = [format_instant(point.time) for _, point in known]
    return {ITEMS: [str(item) for item, _ in known], POINT_TIMES: times}


async def brought_up(context: StepContext, plan: ArmId, outputs: Outputs, rise: Rise) -> Pending | Present:
    """Read back that what the plan has brought up so far runs; Present carries machines and addresses."""
    given = outputs.get(ITEMS)
    wanted = {str(one) for one in given} if isinstance(given, list | tuple) else set()
    machines: list[Json] = []
    addresses: list[Json] = []
    for item, seen in zip(planned_items(context, plan), await items_in(context, plan), strict=True):
        if item.id not in wanted:
            continue
        machine = machine_of(context, seen)
        if isinstance(machine, Pending):
            return machine
        risen = await rise(context, machine)
        if isinstance(risen, Pending):
            return risen
        machines.append(risen.outputs["machine"])
        addresses.append(risen.outputs["address"])
    return Present(outputs={**outputs, MACHINES: machines, "addresses": addresses} if machines else outputs)


def machine_of(context: StepContext, item: ReplicatedItem) -> ArmId | Pending:
    """Name the machine that was brought up for an item: in a drill its copy, else the machine where it is active."""
    is_drill = context.mode is Mode.DRILL
    name = item.test_machine_name if is_drill else item.recovery_machine_name
    if item.recovery_group is None or not name:
        return Pending(note=f"Site Recovery does not name the machine of {item.name} yet")
    if not is_drill and item.active_location.casefold() != "recovery":
        return Pending(note=f"{item.name} is still active in {item.active_region or item.active_location}")
    return ArmId.parse(f"{item.recovery_group}/providers/Microsoft.Compute/virtualMachines/{name}")


def waiting_for(operation: Operation, name: str) -> Operation:
    """Note in an operation what its job waited for when it was resumed."""
    return replace(operation, details={**operation.details, WAITED_FOR: name})
