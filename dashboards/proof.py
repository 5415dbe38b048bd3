"""Drills and verifications: what was proven, when, and what comes next."""

from collections.abc import Iterator

from grafana_foundation_sdk.models.dashboard import Panel

from dashboards.board import RUNBOOK, SERVICE, TENANT, Board
from dashboards.panel import (
    COUNT,
    NEVER_AGO,
    NEVER_USED,
    NONE_WANTED,
    SECONDS,
    SINCE,
    YES_NO,
    About,
    over_time,
    stat,
)
from dashboards.query import (
    ESTATE,
    TENANT_OR_ALL,
    drill_used,
    gained,
    in_milliseconds,
    last_drill,
    newest,
    of_service,
    quantile_gained,
    used,
)
from dashboards.query import (
    RUNBOOK as OF_RUNBOOK,
)
from dashboards.query import (
    SERVICE as OF_SERVICE,
)
from dashboards.table import Column, Rows, share, table

_DRILLS = ("tenant", "runbook", "verdict")
_CLIMBS = ("tenant", "rung", "outcome")
_RUNGS = ("L0", "L1", "L2", "L3", "L4", "L5", "L6")
_COUNTED = (6, 3)


def _now() -> Iterator[Panel]:
    yield stat(
        About(
            title="Drills that passed",
            description="Drills with the verdict passed, in the time that is shown.",
            no_data="none is told",
            unit=COUNT,
            size=_COUNTED,
            decimals=0,
        ),
        gained("drd_drills_total", *_DRILLS, where=f'{OF_RUNBOOK},verdict="passed"', by=()),
    )
    yield stat(
        About(
            title="Drills with another verdict",
            description=(
                "Drills that failed, missed an objective, left something behind, or proved nothing, in the time "
                "that is shown."
            ),
            steps=NONE_WANTED,
            no_data="none is told",
            unit=COUNT,
            size=_COUNTED,
            decimals=0,
        ),
        gained("drd_drills_total", *_DRILLS, where=f'{OF_RUNBOOK},verdict!="passed"', by=()),
    )
    yield stat(
        About(
            title="Verifications that passed",
            description="Rungs of the ladder that recovery points reached, in the time that is shown.",
            no_data="none is told",
            unit=COUNT,
            size=_COUNTED,
            decimals=0,
        ),
        gained("drd_verifications_total", *_CLIMBS, where=f'{ESTATE},outcome="passed"', by=()),
    )
    yield stat(
        About(
            title="Verifications that failed",
            description="Recovery points that failed a rung, in the time that is shown.",
            steps=NONE_WANTED,
            no_data="none is told",
            unit=COUNT,
            size=_COUNTED,
            decimals=0,
        ),
        gained("drd_verifications_total", *_CLIMBS, where=f'{ESTATE},outcome="failed"', by=()),
    )


def _services() -> Panel:
    half_life = of_service("drd_service_proof_half_life_seconds")
    proven = of_service("drd_service_proven_recovery_point_timestamp_seconds")
    return table(
        About(
            title="Services by what was proven, worst first",
            description=(
                "Interval used: time since the last green drill as a share of the agreed interval. Half-life used: age "
                "of the newest proven point as a share of its half-life."
            ),
            unit=COUNT,
            size=(24, 8),
            no_data="-",
        ),
        Rows(labels={"tenant": "Municipality", "service": "Service"}, sort="Drill interval used"),
        [
            share("Drill interval used", drill_used(), NEVER_USED),
            Column(title="Last green drill", expr=in_milliseconds(last_drill()), unit=SINCE, words=NEVER_AGO),
            share("Half-life used", used(proven, half_life), NEVER_USED),
            Column(title="Newest proven point", expr=in_milliseconds(proven), unit=SINCE, words=NEVER_AGO),
        ],
    )  # fmt: skip


def _verdicts() -> Iterator[Panel]:
    size = (8, 7)
    newest_verdict = newest("drd_service_drill_verdict", "tenant", "service", "verdict", where=OF_SERVICE)
    yield table(
        About(
            title="Verdict of each newest drill",
            description="One of seven words; unconfirmed until two looks found nothing left behind.",
            no_data="none is told",
            unit=COUNT,
            size=size,
        ),
        Rows(
            labels={"service": "Service", "verdict": "Verdict"},
            sort="Service",
            descending=False,
            hidden=("tenant", "Value"),
        ),
        [Column(title="Info", expr=f"{newest_verdict} == 1")],
    )
    yield over_time(
        About(
            title="Drills by verdict",
            description="Drills that have their verdict, since the journal began.",
            unit=COUNT,
            size=size,
        ),
        [(f"sum by (verdict) ({newest('drd_drills_total', *_DRILLS, where=OF_RUNBOOK)})", "{{verdict}}")],
        stacked=True,
    )
    yield over_time(
        About(
            title="Verifications by outcome",
            description="Rungs that were tried on recovery points, since the journal began.",
            unit=COUNT,
            size=size,
        ),
        [(f"sum by (outcome) ({newest('drd_verifications_total', *_CLIMBS)}) > 0", "{{outcome}}")],
        stacked=True,
    )


def _ladder() -> Panel:
    mine = newest("drd_item_info", "tenant", "item", where=OF_SERVICE)
    return table(
        About(
            title="When each rung last passed, by item",
            description=(
                "L0 the point exists, L1 it conforms, L2 it is readable, L3 it is clean, L4 it starts, L5 the service "
                "answers, L6 its data are complete."
            ),
            unit=SINCE,
            size=(24, 9),
            no_data="-",
        ),
        Rows(labels={"tenant": "Municipality", "item": "Item"}, sort="L2", descending=True),
        [
            Column(
                title=rung,
                expr=in_milliseconds(f"({_passed(rung)} and on (tenant, item) {mine})"),
                unit=SINCE,
                words=NEVER_AGO,
            )
            for rung in _RUNGS
        ],
    )


def _passed(rung: str) -> str:
    where = f'{ESTATE},rung="{rung}"'
    return newest("drd_item_verification_last_success_timestamp_seconds", "tenant", "item", where=where)


def _rungs() -> Panel:
    return table(
        About(
            title="What a rung takes",
            description=(
                "World time that nine of ten verifications stayed below, and outcomes, in the time that is shown."
            ),
            unit=SECONDS,
            size=(10, 7),
            no_data="-",
        ),
        Rows(labels={"rung": "Rung"}, sort="Rung", descending=False),
        [
            Column(
                title="p90",
                expr=f"{quantile_gained(0.9, 'drd_verification_duration_seconds', 'rung')} > 0",
                unit=SECONDS,
            ),
            *(
                Column(
                    title=title,
                    expr=gained(
                        "drd_verifications_total", *_CLIMBS, where=f'{ESTATE},outcome="{outcome}"', by=("rung",)
                    ),
                    unit=COUNT,
                    decimals=0,
                )
                for outcome, title in (("passed", "Passed"), ("failed", "Failed"))
            ),
        ],
    )


def _calendar() -> Panel:
    labels = ("tenant", "schedule")

    def of(family: str) -> str:
        return newest(family, *labels, where=TENANT_OR_ALL)

    return table(
        About(
            title="Schedules",
            description="What comes when, what last went well, and slots that were not run in the time that is shown.",
            unit=COUNT,
            size=(14, 7),
            no_data="-",
        ),
        Rows(labels={"tenant": "Municipality", "schedule": "Schedule"}, sort="Missed"),
        [
            Column(title="On", expr=of("drd_schedule_enabled"), unit=COUNT, words=YES_NO),
            Column(
                title="Last success",
                expr=in_milliseconds(of("drd_schedule_last_success_timestamp_seconds")),
                unit=SINCE,
                words=NEVER_AGO,
            ),
            Column(
                title="Next",
                expr=in_milliseconds(of("drd_schedule_next_run_timestamp_seconds")),
                unit=SINCE,
                words={"0": ("none in sight", "orange")},
            ),
            Column(
                title="Missed",
                expr=gained("drd_schedule_missed_total", *labels, where=TENANT_OR_ALL, by=labels),
                unit=COUNT,
                steps=NONE_WANTED,
                decimals=0,
            ),
        ],
    )


def proof() -> Board:
    """Give the dashboard."""
    return Board(
        uid="drd-proof",
        title="drd / Drills and verifications",
        description="What was proven of recovery points and recoveries, when, and what comes next.",
        span="7d",
        choices=[TENANT, SERVICE, RUNBOOK],
        rows=[
            ("In the time that is shown", [*_now(), _services()]),
            ("Drills", list(_verdicts())),
            ("Verifications", [_ladder()]),
            ("What it takes, and what comes next", [_rungs(), _calendar()]),
        ],
    )
