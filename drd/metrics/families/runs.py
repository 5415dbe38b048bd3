"""Runs: those that ended, counted by the journal, and those that are active."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.metrics_core import Metric

from drd.domain.climbing import PREFIX
from drd.domain.ids import RunbookId, TenantId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Mode
from drd.domain.spread import LONG, SHORT, Spread
from drd.metrics.family import Family, Reading, counter, gauge, histogram, timestamp
from drd.ports.readings import DECISIONS, ActiveRun

_LABELS = ("tenant", "runbook", "mode")
_VERIFY = PREFIX.rstrip("-")
_ACTIVE = tuple(state for state in RunState if not state.final)

_Key = tuple[str, str, str]


def read_runs(reading: Reading) -> Iterator[Metric]:
    """Tell the runs. Series of an active run end with it; the run's id stands on `drd_run_info` only.

    Runs of one runbook and mode share their series: in every state that one of them is in, the earliest start and
    deadline, the latest forecast, their steps together.
    """
    yield counter(
        "drd_runs",
        "Runs that ended, by the state in which they did; what a drill was worth is said later, by drd_drills_total.",
        (*_LABELS, "outcome"),
        _ended(reading.figures.ended),
    )
    yield histogram(
        "drd_run_duration_seconds",
        "World time from the acceptance of a run to its end.",
        ("runbook", "mode"),
        _lengths(reading.figures.lengths),
        LONG,
    )
    yield from _answers(reading.figures.answers)
    active = _together(reading.figures.active)
    yield gauge(
        "drd_run_info",
        "Descriptive labels of an active run, to join on.",
        (*_LABELS, "run", "service"),
        {(*key, each.card.id, each.card.service or ""): 1.0 for key, runs in active.items() for each in runs},
    )
    yield gauge(
        "drd_run_state",
        "1 for the state of an active run, 0 for the others.",
        (*_LABELS, "state"),
        {
            (*key, state.value): float(any(each.card.state is state for each in runs))
            for key, runs in active.items()
            for state in _ACTIVE
        },
    )
    yield gauge(
        "drd_run_steps",
        "Steps of an active run, by state.",
        (*_LABELS, "state"),
        {
            (*key, state.value): float(sum(each.steps.get(state.value, 0) for each in runs))
            for key, runs in active.items()
            for state in StepState
        },
    )
    yield from _instants(active, reading.now)


def _instants(active: Mapping[_Key, list[ActiveRun]], now: datetime) -> Iterator[Metric]:
    yield gauge(
        "drd_run_start_timestamp_seconds",
        "When an active run was accepted.",
        _LABELS,
        {key: min(timestamp(each.card.accepted_at) for each in runs) for key, runs in active.items()},
    )
    yield gauge(
        "drd_run_deadline_timestamp_seconds",
        "Instant at which an active run's recovery time objective ends; no series once its last check is green.",
        _LABELS,
        {
            key: min(deadlines)
            for key, runs in active.items()
            if (deadlines := [timestamp(each.deadline) for each in runs if each.deadline])
        },
    )
    yield gauge(
        "drd_run_forecast_end_timestamp_seconds",
        "When the last check of an active run should be green; no series where nobody knows how long its steps take.",
        _LABELS,
        {
            key: max(greens)
            for key, runs in active.items()
            if (greens := [timestamp(each.remaining.green_at(now)) for each in runs if each.remaining])
        },
    )
    yield gauge(
        "drd_run_approval_requested_timestamp_seconds",
        "When an approval that still waits was asked.",
        (*_LABELS, "step"),
        _asked(active),
    )


def _asked(active: Mapping[_Key, list[ActiveRun]]) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for key, runs in active.items():
        for step, at in (approval for each in runs for approval in each.approvals):
            found[*key, step] = min(found.get((*key, step), timestamp(at)), timestamp(at))
    return found


def _ended(counts: Mapping[tuple[TenantId, RunbookId, Mode, RunState], int]) -> dict[tuple[str, ...], float]:
    """Count runs by runbook. Verifications, of which there is a plan for each item, count as one."""
    found: dict[tuple[str, ...], float] = {}
    for (tenant, book, mode, state), count in counts.items():
        key = (tenant, _book(book), mode.value, state.value)
        found[key] = found.get(key, 0.0) + count
    return found


def _lengths(lengths: Mapping[tuple[RunbookId, Mode], Spread]) -> dict[tuple[str, ...], Spread]:
    found: dict[tuple[str, ...], Spread] = {}
    for (book, mode), spread in lengths.items():
        together = found.setdefault((_book(book), mode.value), Spread())
        for number, part in spread.parts.items():
            together.add(number, part)
    return found


def _answers(answers: Mapping[str, Spread]) -> Iterator[Metric]:
    yield counter(
        "drd_approvals",
        "Answers of people to what runs asked, by decision.",
        ("decision",),
        {
            (decision,): float(sum(part.count for part in answers.get(decision, Spread()).parts.values()))
            for decision in DECISIONS
        },
    )
    together = Spread()
    for spread in answers.values():
        for number, part in spread.parts.items():
            together.add(number, part)
    yield histogram(
        "drd_approval_wait_seconds",
        "World time from a question to each answer of a person.",
        (),
        {(): together},
        SHORT,
    )


def _together(active: tuple[ActiveRun, ...]) -> Mapping[_Key, list[ActiveRun]]:
    found: dict[_Key, list[ActiveRun]] = {}
    for each in active:
        found.setdefault((each.card.tenant, _book(each.card.runbook), each.card.mode.value), []).append(each)
    return found


def _book(runbook: RunbookId) -> str:
    """Name a runbook; the plans that verify items, one for each, are told as one."""
    return _VERIFY if runbook.startswith(PREFIX) else runbook


FAMILY = Family(read=read_runs)
