"""Plans for people: what a runbook would do, and what a destructive start means now."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from drd.api.wire.estate import ItemShape
from drd.api.wire.runbooks import PlannedStepShape, PlanShape, RunbookShape
from drd.cli.ages import against, ago, promised
from drd.cli.cost_view import cost_facts, cost_notes
from drd.cli.event_view import since
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words
from drd.domain.plan import Mode


def runbooks_sheet(words: Words, runbooks: Sequence[RunbookShape]) -> Sheet:
    """List the shelf."""
    headings = ("runbook", "title", "service", "modes", "status", "faults", "file")
    rows = tuple(
        (
            each.id,
            words.of(each.title),
            each.service or NONE,
            ", ".join(mode.value for mode in each.modes) or NONE,
            words.say(f"plan-{each.status}"),
            str(len(each.faults)),
            each.path,
        )
        for each in runbooks
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


def plan_sheets(words: Words, plan: PlanShape) -> list[Sheet]:
    """Show a plan whole."""
    facts = (
        ("runbook", f"{plan.runbook} ({words.of(plan.title)})"),
        ("tenant", plan.tenant),
        ("service", plan.service or NONE),
        ("mode", words.say("mode-graceful" if plan.graceful else "mode-ungraceful", mode=plan.mode.value)),
        ("forecast", against(ago(words, plan.forecast_to_green_seconds), promised(plan.rto_seconds))),
        ("approvals", _approvals(words, plan)),
        *cost_facts(words, plan),
        *_chosen(plan),
        ("plan", plan.hash),
    )
    headings = ("step", "does", "targets", "starts", "estimate", "critical-path")
    rows = tuple(_step_row(words, step, depth) for step, depth in _walk(plan.steps, 0))
    return [
        Sheet((), tuple((words.say(f"heading-{name}"), value) for name, value in facts)),
        Sheet(
            tuple(words.say(f"heading-{name}") for name in headings),
            rows,
            notes=(
                *cost_notes(words, plan.cost),
                words.say("plan-note-drill" if plan.mode is Mode.DRILL else "plan-note"),
                words.say("nothing-touched"),
            ),
        ),
    ]


def _chosen(plan: PlanShape) -> Iterator[tuple[str, str]]:
    """Say what was chosen beside the inputs, and what it leaves out."""
    point, out = plan.choices.get("recovery-point"), [step.id for step in plan.steps if step.skipped in _BY_CHOICE]
    if point:
        yield "recovery-point", str(point)
    if out:
        yield "left-out", ", ".join(out)


_BY_CHOICE = {"only": "chosen-only", "skip": "chosen-skip"}


def _approvals(words: Words, plan: PlanShape) -> str:
    if not plan.approvals:
        return words.say("no-approvals")
    return words.say("approvals-of", count=plan.approvals, by=", ".join(plan.approvers))


def _walk(steps: Sequence[PlannedStepShape], depth: int) -> Iterator[tuple[PlannedStepShape, int]]:
    for step in steps:
        yield step, depth
        yield from _walk(step.children, depth + 1)


def _step_row(words: Words, step: PlannedStepShape, depth: int) -> tuple[str, ...]:
    skipped = f" ({words.say('skipped', because=_because(words, step.skipped))})" if step.skipped else ""
    destructive = "! " if step.destructive else ""
    return (
        "  " * depth + step.id,
        destructive + _ARM_ID.sub(r"\1", step.sentence) + skipped,
        ", ".join(_short(target) for target in step.targets) or NONE,
        NONE if step.skipped else f"+{ago(words, step.starts_after_seconds)}",
        ago(words, step.estimate_seconds) if step.estimate_seconds else NONE,
        "*" if step.critical_path else "",
    )


def _because(words: Words, skipped: str) -> str:
    return words.say(_BY_CHOICE[skipped]) if skipped in _BY_CHOICE else skipped


_ARM_ID = re.compile(r"/subscriptions/[^\s,]*/([^/\s,]+)")
"""Whole ids are in the JSON; a person reads names."""


def _short(target: str) -> str:
    return target.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What a service would lose now.

    Attributes:
        point_at: the oldest of its items' newest usable points; None when one is unknown.
    """

    service: str
    items: tuple[str, ...]
    point_at: datetime | None


def exposures(plan: PlanShape, items: Sequence[ItemShape]) -> list[Exposure]:
    """Say which services a plan recovers, and from how old a point."""
    mine: dict[str, list[ItemShape]] = {}
    for item in items:
        if item.tenant == plan.tenant and item.id in plan.items and plan.service in (None, item.service):
            mine.setdefault(item.service, []).append(item)
    return [_exposure(service, found) for service, found in mine.items()]


def _exposure(service: str, items: list[ItemShape]) -> Exposure:
    times = [item.newest_point_at for item in items if item.newest_point_at is not None]
    whole = len(times) == len(items)
    return Exposure(
        service=service, items=tuple(item.id for item in items), point_at=min(times) if times and whole else None
    )


def summary_sheets(words: Words, plan: PlanShape, lost: Sequence[Exposure], incident_at: datetime) -> list[Sheet]:
    """Say what a destructive start means: targets, data lost, forecast, approvals, who is asked."""
    headings = ("service", "items", "newest-point", "lost-now")
    rows = tuple(
        (
            each.service,
            ", ".join(each.items),
            words.say("unknown") if each.point_at is None else each.point_at.strftime("%Y-%m-%d %H:%M:%SZ"),
            ago(words, since(each.point_at, incident_at) if each.point_at else None),
        )
        for each in lost
    )
    facts = (
        ("runbook", f"{plan.runbook} ({words.of(plan.title)})"),
        ("mode", words.say("mode-graceful" if plan.graceful else "mode-ungraceful", mode=plan.mode.value)),
        ("incident", incident_at.strftime("%Y-%m-%d %H:%M:%SZ")),
        (
            "forecast",
            against(ago(words, plan.forecast_to_green_seconds), promised(plan.rto_seconds))
            if plan.rto_seconds
            else ago(words, plan.forecast_to_green_seconds or plan.forecast_seconds),
        ),
        ("approvals", _approvals(words, plan)),
        ("destructive", str(sum(step.destructive and not step.skipped for step, _ in _walk(plan.steps, 0)))),
        *_chosen(plan),
        ("plan", plan.hash),
    )
    return [
        Sheet((), tuple((words.say(f"heading-{name}"), value) for name, value in facts)),
        Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows, title=words.say("title-lost")),
    ]
