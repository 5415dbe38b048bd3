"""Runs under way: state, steps, the time that is left, the forecast, and what waits for a person."""

from collections.abc import Iterator
from dataclasses import replace

from grafana_foundation_sdk.models.dashboard import Panel

from dashboards.board import RUNBOOK, TENANT, Board
from dashboards.panel import (
    BAD,
    COUNT,
    GOOD,
    NEVER_AGO,
    SECONDS,
    SINCE,
    WARN,
    About,
    Steps,
    over_time,
    stat,
)
from dashboards.query import (
    RUNBOOK as OF_RUNBOOK,
)
from dashboards.query import (
    age,
    gained,
    in_milliseconds,
    newest,
    quantile,
    quantile_gained,
)
from dashboards.table import Column, Rows, table

_RUN = ("tenant", "runbook", "mode")
_LEFT: Steps = ((None, BAD), (0, WARN), (900, GOOD))
_NAME = "{{runbook}} ({{mode}})"


def _of_run(family: str) -> str:
    return newest(family, *_RUN, where=OF_RUNBOOK)


def _steps(states: str) -> str:
    return f"sum by ({', '.join(_RUN)}) ({newest('drd_run_steps', *_RUN, 'state', where=_in(states))})"


def _in(states: str) -> str:
    return f'{OF_RUNBOOK},state=~"{states}"'


_DEADLINE, _FORECAST = "drd_run_deadline_timestamp_seconds", "drd_run_forecast_end_timestamp_seconds"
_ASKED = newest("drd_run_approval_requested_timestamp_seconds", *_RUN, "step", where=OF_RUNBOOK)


def _now() -> Iterator[Panel]:
    yield stat(
        About(
            title="State",
            description="The state of every run that has not ended. Paused and parked wait for a person.",
            unit=COUNT,
            size=(24, 3),
            no_data="no run is told",
        ),
        f"{newest('drd_run_state', *_RUN, 'state', where=OF_RUNBOOK)} == 1",
        f"{_NAME}: {{{{state}}}}",
        named=True,
    )
    yield table(
        About(
            title="Runs under way",
            description=(
                "Time left: until the recovery time objective is missed; none once the last check is green. Margin: "
                "what the forecast leaves of it; less than nothing means that the run is expected to end too late."
            ),
            unit=COUNT,
            size=(16, 7),
            no_data="-",
        ),
        Rows(
            labels={"service": "Service", "runbook": "Runbook", "mode": "Mode", "run": "Run"},
            sort="Time left",
            descending=False,
            hidden=("tenant",),
        ),
        [
            Column(title="Info", expr=newest("drd_run_info", *_RUN, "run", "service", where=OF_RUNBOOK)),
            Column(
                title="Began",
                expr=in_milliseconds(_of_run("drd_run_start_timestamp_seconds")),
                unit=SINCE,
                words=NEVER_AGO,
            ),
            Column(
                title="Time left", expr=f"{_of_run(_DEADLINE)} - time()", unit=SECONDS, steps=_LEFT, decimals=0
            ),
            Column(
                title="Margin",
                expr=f"{_of_run(_DEADLINE)} - {_of_run(_FORECAST)}",
                unit=SECONDS,
                steps=_LEFT,
                decimals=0,
            ),
            Column(title="Done", expr=_steps("done|skipped"), unit=COUNT, decimals=0),
            Column(title="Steps", expr=_steps(".*"), unit=COUNT, decimals=0),
        ],
    )  # fmt: skip
    yield table(
        About(
            title="Approvals waiting",
            description=(
                "Questions to a person, and since when. `drd approval list` shows them, `drd approval approve` answers."
            ),
            unit=COUNT,
            size=(8, 7),
            no_data="none is told",
        ),
        Rows(
            labels={"runbook": "Runbook", "mode": "Mode", "step": "Step"},
            sort="Waits for",
            hidden=("tenant",),
        ),
        [Column(title="Waits for", expr=age(_ASKED), unit=SECONDS, steps=((None, WARN), (300, BAD)), decimals=0)],
    )


def _lines() -> Iterator[Panel]:
    size = (12, 8)
    yield over_time(
        About(
            title="Time left, and what the forecast leaves of it",
            description=(
                "Until the deadline of each run, or its last green check. A dashed line below zero: the forecast ends "
                "after the deadline."
            ),
            unit=SECONDS,
            size=size,
            steps=((None, BAD), (0, GOOD)),
        ),
        [
            (f"{_of_run(_DEADLINE)} - time()", f"{_NAME}: time left"),
            (f"{_of_run(_DEADLINE)} - {_of_run(_FORECAST)}", f"{_NAME}: margin of the forecast"),
        ],
        dashed=".*margin.*",
        limit=True,
    )
    yield over_time(
        About(
            title="Steps by state",
            description="Steps of all chosen runs. Parked and failed steps wait for a person.",
            unit=COUNT,
            size=size,
            decimals=0,
        ),
        [(f"sum by (state) ({newest('drd_run_steps', *_RUN, 'state', where=OF_RUNBOOK)}) > 0", "{{state}}")],
        stacked=True,
    )
    yield over_time(
        About(
            title="Approvals waiting, over time",
            description="How long each question has been waiting for its answer.",
            unit=SECONDS,
            size=size,
        ),
        [(age(_ASKED), f"{_NAME}: {{{{step}}}}")],
    )
    yield over_time(
        About(
            title="Steps that ended, and further attempts",
            description=(
                "Of all daemons, in the last hour of each moment: by outcome, and attempts beyond a step's first."
            ),
            unit=COUNT,
            size=size,
        ),
        [
            ("sum by (outcome) (increase(drd_steps_total[1h]))", "{{outcome}}"),
            ("sum (increase(drd_step_retries_total[1h]))", "further attempts"),
        ],
    )


def _history() -> Iterator[Panel]:
    about = About(title="", description="", unit=SECONDS, size=(8, 7), no_data="-")
    duration = quantile(0.9, "drd_step_duration_seconds", "action", over="$__range")
    yield table(
        replace(
            about,
            title="Slowest actions",
            description="World time that nine of ten steps of an action stayed below, in the time that is shown.",
        ),
        Rows(labels={"action": "Action"}, sort="p90"),
        [Column(title="p90", expr=f"{duration} > 0", unit=SECONDS)],
    )
    runs = quantile_gained(0.9, "drd_run_duration_seconds", "runbook", "mode", where='runbook=~"$runbook"')
    waits = quantile_gained(0.9, "drd_approval_wait_seconds")
    yield table(
        replace(
            about,
            title="Runs that ended",
            description="How long nine of ten runs took at most, in the time that is shown.",
        ),
        Rows(labels={"runbook": "Runbook", "mode": "Mode"}, sort="p90"),
        [Column(title="p90", expr=f"{runs} > 0", unit=SECONDS)],
    )
    yield table(
        replace(
            about,
            title="Outcomes",
            description="Runs that ended in the time that is shown, by outcome.",
            unit=COUNT,
            size=(8, 7),
        ),
        Rows(labels={"outcome": "Outcome"}, sort="Runs"),
        [
            Column(
                title="Runs",
                expr=gained("drd_runs_total", *_RUN, "outcome", where=OF_RUNBOOK, by=("outcome",)),
                unit=COUNT,
                decimals=0,
            )
        ],
    )
    yield stat(
        replace(
            about,
            title="Answers took",
            description="How long people took for nine of ten approvals, in the time that is shown.",
            size=(12, 3),
            no_data="none is told",
        ),
        f"{waits} > 0",
    )
    yield stat(
        replace(
            about,
            title="Answers given",
            description="Approvals that were answered in the time that is shown, by decision.",
            unit=COUNT,
            size=(12, 3),
            decimals=0,
            no_data="none is told",
        ),
        gained("drd_approvals_total", "decision", where="", by=("decision",)),
        "{{decision}}",
    )


def run() -> Board:
    """Give the dashboard."""
    return Board(
        uid="drd-run",
        title="drd / Live run",
        description="Runs under way: state, steps, the time that is left, the forecast, and what waits for a person.",
        span="2h",
        choices=[TENANT, RUNBOOK],
        rows=[("Now", list(_now())), ("How it goes", list(_lines())), ("What it took", list(_history()))],
        refresh="10s",
    )
