"""What the runbook's own questions answer now: its `before` checks, and whether its drill's networks are shut."""

from collections.abc import AsyncIterator

from drd.domain.errors import DrdError
from drd.domain.findings import Finding
from drd.domain.ids import ArmId
from drd.domain.plan import Mode, Phase, RecoveryPlan, Step
from drd.ports.capabilities import Provider
from drd.ports.check import CheckContext
from drd.ports.networks import NETWORKS
from drd.readiness.asking import World
from drd.readiness.matter import Matter, own_steps, resources_in

_NETWORK = "microsoft.network/virtualnetworks"
_SUBNET = f"{_NETWORK}/subnets"
_ISOLATION = "check.isolation"


async def look_at_questions(matter: Matter, world: World) -> AsyncIterator[Finding]:
    """Ask what a drill and a failover would ask first. A failback begins from another state of the world."""
    provider = world.standing
    for mode in (Mode.DRILL, Mode.FAILOVER):
        plan = matter.plans.get(mode)
        if plan is None:
            continue
        context = _context(matter, plan, provider, world)
        for step in _beforehand(plan):
            for finding in await _asked(matter, plan, step, context, world):
                yield finding
        for network in _networks(plan) if mode is Mode.DRILL else ():
            for finding in await _isolation(matter, network, provider):
                yield finding


def _context(matter: Matter, plan: RecoveryPlan, provider: Provider, world: World) -> CheckContext:
    return CheckContext(
        tenant=matter.tenant.id,
        mode=plan.mode,
        home_region=plan.home_region,
        recovery_region=plan.recovery_region,
        items={item.id: item for item in plan.items},
        machines={},
        provider=provider,
        reach=world.drill_reach if plan.mode is Mode.DRILL else world.reach,
        clock=world.clock,
        rpo=plan.objectives.rpo if plan.objectives else None,
    )


def _beforehand(plan: RecoveryPlan) -> tuple[Step, ...]:
    """Give the questions to ask. Of a drill's networks more is asked, whether a check names them or not."""
    before = (step for step in own_steps(plan) if step.phase is Phase.BEFORE)
    return tuple(step for step in before if step.call.uses != _ISOLATION and not _refers(step))


def _refers(step: Step) -> bool:
    """Say whether the question needs what an earlier step gives: nobody can answer it beforehand."""
    return "${{" in str(step.call.values)


async def _asked(matter: Matter, plan: RecoveryPlan, step: Step, context: CheckContext, world: World) -> list[Finding]:
    subject = f"{plan.runbook}/{plan.mode.value}/{step.id}"
    try:
        answer = await world.checks.bind(step.call.uses, step.call.values).ask(context)
    except DrdError as error:
        return [matter.unknown("before-check-unknown", subject, error)]
    return [] if answer.green else [matter.found("before-check-red", subject, answer.sentence)]


def _networks(plan: RecoveryPlan) -> list[ArmId]:
    """Give the networks in which a drill would put something."""
    found = set()
    for step in own_steps(plan):
        for each in resources_in(step.call.values):
            kind = each.kind.casefold()
            if kind == _SUBNET:
                found.add(ArmId(each.text.rsplit("/", 2)[0]))
            elif kind == _NETWORK:
                found.add(each)
    return sorted(found, key=lambda each: each.key)


async def _isolation(matter: Matter, network: ArmId, provider: Provider) -> list[Finding]:
    try:
        facts = await provider.capability(NETWORKS).facts(network)
    except DrdError as error:
        return [matter.unknown("drill-network-unknown", str(network), error)]
    if facts.isolated:
        return []
    return [matter.found("drill-network-open", str(network), f"it is not isolated: {', '.join(facts.openings)}")]
