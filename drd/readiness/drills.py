"""Whether what would run was rehearsed exactly so, lately enough, and in a network that is tried from inside."""

from collections.abc import Iterator

from drd.domain.durations import format_duration, format_instant
from drd.domain.findings import Finding
from drd.domain.plan import Mode
from drd.domain.plan_status import PlanStatus, status_of
from drd.domain.probing import unprobed
from drd.readiness.matter import Known, Matter, several


def look_at_drills(matter: Matter, known: Known) -> Iterator[Finding]:
    """Look at the runbook's drills."""
    if matter.runbook is None or Mode.DRILL not in matter.plans:
        return
    early = [str(step.id) for step in unprobed(matter.plans[Mode.DRILL])]
    if early:
        yield matter.found("drill-not-probed", matter.runbook, f"nothing tries its network before {several(early)}")
    wanted = (matter.tenant.id, matter.runbook)
    plans = [each for each in known.standing if (each.tenant, each.runbook) == wanted]
    drills = [each for each in known.drills if (each.tenant, each.runbook) == wanted]
    status = status_of(plans, drills)
    if status is PlanStatus.NEVER_DRILLED:
        yield matter.found("never-drilled", matter.runbook, "no drill of it was ever green")
    if not drills:
        return
    last = max(each.ended_at for each in drills)
    if status is PlanStatus.CHANGED:
        said = f"a plan of it changed since its last green drill, which ended {format_instant(last)}"
        yield matter.found("changed-since-drill", matter.runbook, said)
    every = matter.service.objectives.drill_every if matter.service else None
    if every is not None and known.now - last > every:
        age = format_duration(known.now - last)
        said = f"its last green drill was {age} ago, and one is wanted every {format_duration(every)}"
        yield matter.found("drill-overdue", matter.runbook, said)
