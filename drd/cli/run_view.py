"""Runs for people: lists, one run whole, and how it stands now."""

from collections.abc import Collection
from datetime import datetime

from drd.api.wire.runs import FiguresShape, RunDetailShape, RunShape, StepShape
from drd.cli.ages import achieved, against, ago, at, promised
from drd.cli.attention import due_lines, things_due
from drd.cli.drill_view import drill_rows, drill_tones, verdict_of
from drd.cli.event_view import since
from drd.cli.outcome import family
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words
from drd.domain.lifecycle import RunState, StepState

BUSY = (
    StepState.WAITING,
    StepState.PARKED,
    StepState.RETRYING,
    StepState.RECORDED,
    StepState.INTENDED,
    StepState.TAKEN,
)
_FAILING = frozenset({StepState.FAILED, StepState.RETRYING})
TONES = {
    "verdict-met": "green",
    "verdict-missed": "bold red",
    "verdict-unknown": "yellow",
    "state-succeeded": "green",
    "state-failed": "bold red",
    "state-waiting": "yellow",
}


def runs_sheet(words: Words, runs: list[RunShape]) -> Sheet:
    """List runs."""
    headings = ("run", "runbook", "service", "mode", "state", "verdict", "started", "took", "part-of")
    rows = tuple(
        (
            each.id,
            each.runbook,
            each.service or NONE,
            each.mode.value,
            state_of(words, each),
            verdict_of(words, each),
            at(each.accepted_at),
            ago(words, since(each.accepted_at, each.ended_at)) if each.ended_at else NONE,
            each.parent or NONE,
        )
        for each in runs
    )
    return Sheet(_headings(words, *headings), rows, tones=drill_tones(words))


def state_of(words: Words, run: RunShape) -> str:
    """Say how a run stands."""
    return words.say("run-abandoned" if run.abandoned else f"state-{run.state.value}")


def run_sheets(words: Words, run: RunDetailShape) -> list[Sheet]:
    """Show a run whole: what it is, what waits for a person, its steps, its figures, then the runs it started."""
    sheets = [_facts(words, run)]
    waits = due_lines(words, run)
    if waits:
        sheets.append(Sheet((), (), notes=tuple(waits)))
    told = {(due.run, due.step) for due in things_due(words, run)}
    sheets.extend(_steps(words, each, told) for each in family(run))
    return [*sheets, *figures_sheets(words, run)]


def _facts(words: Words, run: RunDetailShape) -> Sheet:
    figures = run.figures
    rows = [
        ("run", run.run.id),
        ("runbook", f"{run.run.runbook} ({words.of(run.title, NONE)})"),
        ("tenant", run.run.tenant),
        ("service", run.run.service or NONE),
        ("mode", words.say("mode-graceful" if run.graceful else "mode-ungraceful", mode=run.run.mode.value)),
        ("state", state_of(words, run.run)),
        ("started-by", " - ".join(each for each in (run.starter, run.reason) if each)),
        ("incident", at(figures.incident_at)),
        ("started", at(run.run.accepted_at)),
        ("ended", at(run.run.ended_at)),
        ("plan", run.run.plan_hash),
    ]
    told = [(words.say(f"heading-{name}"), value) for name, value in rows]
    return Sheet((), (*told, *drill_rows(words, run)))


def _steps(words: Words, run: RunDetailShape, told: Collection[tuple[str, str]]) -> Sheet:
    """Show the steps of one run, with why they failed where that was not told already."""
    notes = _lost(words, run)
    for step in run.steps:
        if step.failure and step.state in _FAILING and (run.run.id, step.id) not in told:
            notes.append(f"{step.id}: {step.failure.get('message', '')}")
            notes.extend([words.say("hint", hint=step.failure["hint"])] if step.failure.get("hint") else [])
    notes.extend(
        words.say(
            "noted", at=at(each.at), actor=each.actor, text=f"{each.step}: {each.text}" if each.step else each.text
        )
        for each in run.notes
    )
    return Sheet(
        _headings(words, "step", "state", "attempt", "does", "took", "operation"),
        tuple(_step_row(words, each) for each in run.steps),
        title=f"{run.run.service or run.run.runbook}  {run.run.id}",
        notes=tuple(notes),
    )


def _lost(words: Words, run: RunDetailShape) -> list[str]:
    """Tell of a run whose journal is damaged what is known: what is wrong, who ended it, and what nobody watches."""
    if not run.damage:
        return []
    return abandoned_lines(words, run.run) or [words.say("run-damaged", damage=run.damage)]


def abandoned_lines(words: Words, run: RunShape) -> list[str]:
    """Tell how a run was abandoned, and what nobody watches any more; nothing of any other run."""
    word = run.abandoned
    if word is None:
        return []
    return [
        words.say("run-damaged", damage=word.damage),
        words.say("abandoned-by", at=at(word.at), actor=word.actor, reason=word.reason),
        words.say("maybe-under-way" if word.under_way else "nothing-under-way"),
        *(f"  {line}" for line in word.under_way),
    ]


def _step_row(words: Words, step: StepShape) -> tuple[str, ...]:
    took = ago(words, since(step.started_at, step.ended_at)) if step.started_at and step.ended_at else NONE
    by_hand = words.say("by-hand", actor=step.by_hand) if step.by_hand else ""
    why = f" ({step.because or by_hand})" if step.because or by_hand else ""
    return (
        step.id,
        _state(words, step),
        str(step.attempt),
        words.of(step.text, step.uses) + why,
        took,
        operation_of(step) or step.child or NONE,
    )


def _state(words: Words, step: StepShape) -> str:
    return words.say("step-held" if step.held and step.state is StepState.PENDING else f"step-{step.state.value}")


def operation_of(step: StepShape) -> str:
    """Give the id that the other side knows the step's operation by."""
    for name in ("job", "status-url", "id"):
        value = (step.operation or {}).get(name)
        if isinstance(value, str) and value:
            return value.rsplit("/", 1)[-1].partition("?")[0]
    return ""


def figures_sheets(words: Words, run: RunDetailShape) -> list[Sheet]:
    """Set what was achieved beside what was promised, a line a service; none where a run serves none."""
    rows = tuple(figures_row(words, each) for each in family(run) if each.run.service)
    headings = ("service", "state", "rpo", "rpo-verdict", "rto", "rto-verdict")
    sheet = Sheet(_headings(words, *headings), rows, title=words.say("title-figures"), tones=_tones(words))
    return [sheet] if rows else []


def _tones(words: Words) -> dict[str, str]:
    return {words.say(key): style for key, style in TONES.items()}


def figures_row(words: Words, run: RunDetailShape) -> tuple[str, ...]:
    """Give one line of figures."""
    figures = run.figures
    return (
        run.run.service or run.run.runbook,
        words.say(f"state-{run.run.state.value}"),
        _both(words, figures.achieved_recovery_point_ms, figures.recovery_point_objective_ms),
        words.say(f"verdict-{figures.recovery_point}"),
        _both(words, figures.achieved_recovery_time_ms, figures.recovery_time_objective_ms),
        words.say(f"verdict-{figures.recovery_time}"),
    )


def _both(words: Words, measured_ms: int | None, objective_ms: int | None) -> str:
    measured, objective = (None if length is None else length / 1000 for length in (measured_ms, objective_ms))
    return against(achieved(words, measured), promised(objective))


def now_sheet(words: Words, run: RunDetailShape, now: datetime) -> Sheet:
    """Say how a run and its children stand now: state, step, time since the incident, what is left of the budget."""
    headings = ("service", "state", "step-now", "since-incident", "budget-left")
    rows = tuple(_now_row(words, each, now) for each in family(run))
    return Sheet(_headings(words, *headings), rows)


def _now_row(words: Words, run: RunDetailShape, now: datetime) -> tuple[str, ...]:
    child = "  " if run.run.parent else ""
    return (
        child + (run.run.service or run.run.runbook),
        words.say(f"state-{run.run.state.value}"),
        _step_now(words, run),
        ago(words, _elapsed(run.figures, run.run, now)),
        _left(words, run.figures, run.run, now),
    )


def _step_now(words: Words, run: RunDetailShape) -> str:
    if run.run.state.final:
        return NONE
    busy = [step for state in BUSY for step in run.steps if step.state is state and not step.child]
    if not busy:
        children = [step for step in run.steps if step.child and step.state in BUSY]
        return words.say("children-busy", count=len(children)) if children else NONE
    more = f" (+{len(busy) - 1})" if len(busy) > 1 else ""
    return words.of(busy[0].text, busy[0].id) + more


def _elapsed(figures: FiguresShape, run: RunShape, now: datetime) -> float:
    end = figures.green_at or (run.ended_at if run.state.final else None) or now
    return since(figures.incident_at, end)


def _left(words: Words, figures: FiguresShape, run: RunShape, now: datetime) -> str:
    if figures.recovery_time_objective_ms is None:
        return NONE
    left = figures.recovery_time_objective_ms / 1000 - _elapsed(figures, run, now)
    if run.state is RunState.SUCCEEDED and figures.green_at is None:
        return words.say("unknown")
    return ago(words, left) if left >= 0 else words.say("budget-over", over=ago(words, -left))


def _headings(words: Words, *names: str) -> tuple[str, ...]:
    return tuple(words.say(f"heading-{name}") for name in names)
