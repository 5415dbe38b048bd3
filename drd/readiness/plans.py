"""Whether a runbook can be planned at all, in every mode and language, and whether its plan is fast enough."""

from collections.abc import Iterator

from drd.domain.durations import format_duration
from drd.domain.errors import InvalidError
from drd.domain.findings import Finding
from drd.domain.plan import Mode
from drd.readiness.matter import Known, Matter, several


def look_at_plans(matter: Matter, known: Known) -> Iterator[Finding]:
    """Look at the runbook as a file and as plans."""
    card = matter.card
    if card is None:
        return
    if card.faults:
        yield matter.found("runbook-invalid", card.id, several(list(card.faults)))
    elif card.asks:
        asked = f"nobody can say how it would fare without its inputs: {', '.join(card.asks)}"
        yield matter.found("plan-unknown", card.id, asked)
    else:
        yield from _refused(matter)
    if card.findings:
        yield matter.found("language-missing", card.id, several(list(card.findings)))
    yield from _without_drill(matter)
    yield from _too_slow(matter, known)


def _refused(matter: Matter) -> Iterator[Finding]:
    for mode, error in matter.refusals.items():
        told = several(list(error.faults)) if isinstance(error, InvalidError) and error.faults else str(error)
        yield matter.found("runbook-invalid", f"{matter.runbook}/{mode.value}", told)


def _without_drill(matter: Matter) -> Iterator[Finding]:
    measured = any(plan.objectives is not None for plan in matter.plans.values())
    if measured and Mode.DRILL not in matter.plans and Mode.DRILL not in matter.refusals:
        yield matter.found("no-drill-mode", str(matter.runbook), "it brings a service back and has no mode drill")


def _too_slow(matter: Matter, known: Known) -> Iterator[Finding]:
    plan = matter.plans.get(Mode.FAILOVER)
    if plan is None or plan.objectives is None:
        return
    takes, allowed = known.to_green(plan), plan.objectives.rto
    if takes > allowed:
        said = f"its steps add up to {format_duration(takes)}, and the objective is {format_duration(allowed)}"
        yield matter.found("forecast-beyond-rto", str(matter.runbook), said)
