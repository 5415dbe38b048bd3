"""Whether services come back in an order that can work: what each depends on first, and soon enough."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from drd.domain.durations import format_duration
from drd.domain.estate import Service
from drd.domain.findings import Finding
from drd.domain.ids import ServiceId, StepId
from drd.domain.plan import RecoveryPlan
from drd.readiness.matter import Matter


def look_at_dependencies(matter: Matter) -> Iterator[Finding]:
    """Look at what a service depends on."""
    service = matter.service
    if service is None:
        return
    known = {each.id: each for each in matter.tenant.services}
    circle = _circle(known, service)
    if circle:
        yield matter.found("dependency-circle", service.id, " -> ".join(circle))
    for name in service.depends_on:
        needed = known.get(name)
        if needed is None:
            yield matter.found("dependency-not-covered", f"{service.id}/{name}", f"there is no service {name}")
            continue
        if needed.tier > service.tier:
            said = f"{service.id} is of tier {service.tier}, and needs {name} of tier {needed.tier}"
            yield matter.found("tier-order", f"{service.id}/{name}", said)
        if needed.objectives.rto > service.objectives.rto:
            own, other = format_duration(service.objectives.rto), format_duration(needed.objectives.rto)
            yield matter.found(
                "dependency-slower", f"{service.id}/{name}", f"{name} may take {other}, {service.id} {own}"
            )


def _circle(known: Mapping[ServiceId, Service], service: Service) -> tuple[str, ...]:
    """Give the circle that a service stands in; empty when it stands in none."""
    try:
        TopologicalSorter({each.id: each.depends_on for each in known.values()}).prepare()
    except CycleError as error:
        found = tuple(reversed(error.args[1]))
        return found if service.id in found else ()
    return ()


def look_at_order(matter: Matter) -> Iterator[Finding]:
    """Look at a runbook that starts others: each child after those that its service depends on."""
    for mode, plan in matter.plans.items():
        children = {step.child.service: step.id for step in plan.steps if step.child and step.child.service}
        before = _all_before(plan) if children else {}
        for name, step in children.items():
            service = matter.tenant.service(name)
            for needed in service.depends_on if service else ():
                subject = f"{mode.value}/{name}/{needed}"
                if needed not in children:
                    yield matter.found("dependency-not-covered", subject, f"{name} needs {needed}, which is not in it")
                elif children[needed] not in before[step]:
                    yield matter.found("dependency-order", subject, f"{name} does not wait for {needed}")


def _all_before(plan: RecoveryPlan) -> Mapping[StepId, frozenset[StepId]]:
    """Give, for each step, every step that must be settled before it begins."""
    joins = {
        group.join: [step.id for step in plan.steps if step.group == group.id] for group in plan.groups if group.join
    }
    graph: dict[StepId, tuple[StepId, ...]] = {step.id: step.needs for step in plan.steps}
    graph |= {join: tuple(members) for join, members in joins.items()}
    found: dict[StepId, frozenset[StepId]] = {}
    for point in TopologicalSorter(graph).static_order():
        needs = graph.get(point, ())
        found[point] = frozenset(needs).union(*(found[need] for need in needs))
    return found
