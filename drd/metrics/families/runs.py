"""Runs: those that ended, counted by the journal, and those that are active."""

from collections.abc import Iterator, Mapping

from prometheus_client.metrics_core import Metric

from drd.domain.climbing import PREFIX
from drd.domain.ids import RunbookId, TenantId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Mode
from drd.metrics.family import Family, Reading, counter, gauge, timestamp
from drd.ports.readings import ActiveRun

_LABELS = ("tenant", "runbook", "mode")
_VERIFY = PREFIX.rstrip("-")
_ACTIVE = tuple(state for state in RunState if not state.final)


def read_runs(reading: Reading) -> Iterator[Metric]:
    """Tell the runs. Series of an active run end with it; the run's id stands on `drd_run_info` only."""
    figures = reading.figures
    yield counter(
        "drd_runs",
        "Runs that ended, by outcome.",
        (*_LABELS, "outcome"),
        _ended(figures.ended),
    )
    active = figures.active
    yield gauge(
        "drd_run_info",
        "Descriptive labels of an active run, to join on.",
        (*_LABELS, "run", "service"),
        {(*_key(each), each.card.id, each.card.service or ""): 1.0 for each in active},
    )
    yield gauge(
        "drd_run_state",
        "1 for the state of an active run, 0 for the others.",
        (*_LABELS, "state"),
        {(*_key(each), state.value): float(each.card.state is state) for each in active for state in _ACTIVE},
    )
    yield gauge(
        "drd_run_start_timestamp_seconds",
        "When an active run was accepted.",
        _LABELS,
        {_key(each): timestamp(each.card.accepted_at) for each in active},
    )
    yield gauge(
        "drd_run_deadline_timestamp_seconds",
        "Instant at which an active run's recovery time objective ends.",
        _LABELS,
        {_key(each): timestamp(each.deadline) for each in active if each.deadline},
    )
    yield gauge(
        "drd_run_steps",
        "Steps of an active run, by state.",
        (*_LABELS, "state"),
        {(*_key(each), state.value): float(each.steps.get(state.value, 0)) for each in active for state in StepState},
    )
    yield gauge(
        "drd_run_approval_requested_timestamp_seconds",
        "When an approval that still waits was asked.",
        (*_LABELS, "step"),
        {(*_key(each), step): timestamp(asked) for each in active for step, asked in each.approvals},
    )


def _ended(counts: Mapping[tuple[TenantId, RunbookId, Mode, RunState], int]) -> dict[tuple[str, ...], float]:
    """Count runs by runbook. Verifications, of which there is a plan for each item, count as one."""
    found: dict[tuple[str, ...], float] = {}
    for (tenant, book, mode, state), count in counts.items():
        key = (tenant, _VERIFY if book.startswith(PREFIX) else book, mode.value, state.value)
        found[key] = found.get(key, 0.0) + count
    return found


def _key(run: ActiveRun) -> tuple[str, str, str]:
    return run.card.tenant, run.card.runbook, run.card.mode.value


FAMILY = Family(read=read_runs)
