"""One service: what was agreed, against what is seen and was proven, over time."""

from collections.abc import Iterator
from dataclasses import replace

from grafana_foundation_sdk.models.dashboard import Panel

from dashboards.board import SERVICE, TENANT, Board
from dashboards.panel import (
    COUNT,
    GOOD,
    NEUTRAL,
    NEVER_AGO,
    NEVER_REACHED,
    NEVER_USED,
    NONE_WANTED,
    OBJECTIVE,
    SECONDS,
    SHARE,
    SINCE,
    WARN,
    YES_NO,
    About,
    Words,
    over_time,
    stat,
)
from dashboards.query import (
    ESTATE,
    age,
    drill_used,
    in_milliseconds,
    last_drill,
    newest,
    of_service,
    rpo_used,
    rto_used,
)
from dashboards.query import (
    SERVICE as OF_SERVICE,
)
from dashboards.table import Column, Rows, table

_ITEM = ("tenant", "item", "mechanism")
_STEPS = {"Critical": NONE_WANTED, "Warnings": ((None, GOOD), (1, WARN)), "Remarks": NEUTRAL}
_CHANGED: Words = {"0": ("no", GOOD), "1": ("yes", WARN)}
_PROTECTION: Words = {
    "0": ("unprotected", "red"),
    "1": ("unknown", "orange"),
    "2": ("critical", "red"),
    "3": ("warning", "orange"),
    "4": ("ok", "green"),
}


def _now() -> Iterator[Panel]:
    size = (4, 3)
    share = About(title="", description="", unit=SHARE, steps=OBJECTIVE, decimals=0, size=size)
    yield stat(
        replace(
            share,
            title="RPO used",
            description="Age of the newest usable recovery points, as a share of the objective.",
            words=NEVER_USED,
        ),
        rpo_used(),
        "{{service}}",
    )
    yield stat(
        replace(
            share,
            title="RTO last",
            description="What the newest recovery took, as a share of the objective; never while none reached green.",
            words=NEVER_REACHED,
        ),
        rto_used(),
        "{{service}}",
    )
    yield stat(
        replace(
            share,
            title="Drill interval used",
            description="Time since the last green drill, as a share of the agreed interval.",
            words=NEVER_USED,
        ),
        drill_used(),
        "{{service}}",
    )
    yield stat(
        About(
            title="Last green drill", description="When a drill last succeeded.", unit=SINCE, words=NEVER_AGO, size=size
        ),
        in_milliseconds(last_drill()),
        "{{service}}",
    )
    yield stat(
        About(
            title="Verdict of the newest drill",
            description="What the newest drill was worth, in one of seven words; unconfirmed is none yet.",
            unit=COUNT,
            no_data="none is told",
            size=size,
        ),
        f"{newest('drd_service_drill_verdict', 'tenant', 'service', 'verdict', where=OF_SERVICE)} == 1",
        "{{verdict}}",
        named=True,
    )
    yield stat(
        About(
            title="Ready",
            description="Whether nothing is known that would make a recovery fail now; no for unknown too.",
            unit=COUNT,
            words=YES_NO,
            size=size,
        ),
        of_service("drd_service_ready"),
        "{{service}}",
    )


def _lines() -> Iterator[Panel]:
    size = (12, 8)
    by_mode = ("tenant", "service", "mode")
    forecast = newest(
        "drd_service_forecast_recovery_duration_seconds", "tenant", "service", "percentile", where=OF_SERVICE
    )
    yield over_time(
        About(
            title="Recovery point: age against objective",
            description=(
                "What would be lost if the region went now, beside what was agreed to lose. No line where an item has "
                "no point at all."
            ),
            unit=SECONDS,
            size=size,
        ),
        [
            (age(of_service("drd_service_recovery_point_timestamp_seconds")), "{{service}}: age of points"),
            (of_service("drd_service_rpo_objective_seconds"), "{{service}}: objective"),
        ],
        dashed=".*objective",
    )
    yield over_time(
        About(
            title="Recovery time: achieved and forecast against objective",
            description=(
                "From the incident to the last green check of the newest recovery in each mode, the forecast, and "
                "the objective."
            ),
            unit=SECONDS,
            size=size,
        ),
        [
            (
                newest("drd_service_achieved_recovery_time_seconds", *by_mode, where=OF_SERVICE),
                "{{service}}: achieved in {{mode}}",
            ),
            (forecast, "{{service}}: forecast p{{percentile}}"),
            (of_service("drd_service_rto_objective_seconds"), "{{service}}: objective"),
        ],
        dashed=".*objective",
    )
    yield over_time(
        About(
            title="Proof: age of the newest proven point against its half-life",
            description=(
                "How old the newest recovery point is that was proven by a restore. After a half-life the proof is "
                "worth half."
            ),
            unit=SECONDS,
            size=size,
        ),
        [
            (
                age(of_service("drd_service_proven_recovery_point_timestamp_seconds")),
                "{{service}}: age of proven points",
            ),
            (of_service("drd_service_proof_half_life_seconds"), "{{service}}: half-life (objective)"),
        ],
        dashed=".*objective.*",
    )
    yield over_time(
        About(
            title="Data lost in recoveries against objective",
            description=(
                "Age, at the incident, of the oldest recovery point that the newest recovery of each mode used."
            ),
            unit=SECONDS,
            size=size,
        ),
        [
            (
                newest("drd_service_achieved_recovery_point_seconds", *by_mode, where=OF_SERVICE),
                "{{service}}: lost in {{mode}}",
            ),
            (of_service("drd_service_rpo_objective_seconds"), "{{service}}: objective"),
        ],
        dashed=".*objective",
    )


def _of_items(family: str) -> str:
    mine = newest("drd_item_info", *_ITEM, where=OF_SERVICE)
    return f"{newest(family, *_ITEM)} and on ({', '.join(_ITEM)}) {mine}"


def _beside(expr: str, mechanism: str) -> str:
    """Put what is told of an item into the row of the mechanism that it is about."""
    mine = newest("drd_item_info", *_ITEM, where=f'{OF_SERVICE},mechanism="{mechanism}"')
    return f"({expr}) * on (tenant, item) group_right () {mine}"


_LAG = (
    f"{newest('drd_item_replication_rpo_seconds', 'tenant', 'item')}"
    f" + ({age(newest('drd_item_replication_rpo_calculated_timestamp_seconds', 'tenant', 'item'))})"
)
"""As Site Recovery told it, and the time since then."""
_LAST_BACKUP = in_milliseconds(newest("drd_item_backup_last_success_timestamp_seconds", "tenant", "item"))


def _protection() -> str:
    """Give the state as one number, as `_PROTECTION` has it."""
    states = {
        value: newest("drd_item_protection_state", *_ITEM, where=f'{ESTATE},state="{word}"')
        for value, (word, _) in _PROTECTION.items()
    }
    terms = " or ".join(f"({state} == 1) * {value}" for value, state in states.items())
    mine = newest("drd_item_info", *_ITEM, where=OF_SERVICE)
    return f"({terms}) and on ({', '.join(_ITEM)}) {mine}"


def _items() -> Panel:
    info = newest("drd_item_info", *_ITEM, "kind", "region", "recovery_region", where=OF_SERVICE)
    return table(
        About(
            title="Items of the service",
            description=(
                "What the service is made of, how each item is protected, and from which points it could come back."
            ),
            unit=COUNT,
            size=(24, 7),
            no_data="-",
        ),
        Rows(
            labels={
                "item": "Item",
                "kind": "Kind",
                "mechanism": "Mechanism",
                "region": "Region",
                "recovery_region": "Recovers in",
            },
            sort="Item",
            descending=False,
            hidden=("tenant",),
        ),
        [
            Column(title="Info", expr=info),
            Column(title="Protection", expr=_protection(), unit=COUNT, words=_PROTECTION),
            Column(
                title="Newest point",
                expr=in_milliseconds(f"({_of_items('drd_item_recovery_point_timestamp_seconds')})"),
                unit=SINCE,
                words=NEVER_AGO,
            ),
            Column(
                title="Newest proven point",
                expr=in_milliseconds(f"({_of_items('drd_item_proven_recovery_point_timestamp_seconds')})"),
                unit=SINCE,
                words=NEVER_AGO,
            ),
            Column(title="Points", expr=_of_items("drd_item_recovery_points"), unit=COUNT, decimals=0),
            Column(title="Replication lag", expr=_beside(_LAG, "site-recovery"), unit=SECONDS, decimals=0),
            Column(title="Last backup", expr=_beside(_LAST_BACKUP, "backup"), unit=SINCE, words=NEVER_AGO),
        ],
    )


def _findings() -> Panel:
    runbook = ("tenant", "runbook")
    mine = f"and on (tenant, runbook) {newest('drd_service_info', *runbook, where=OF_SERVICE)}"
    looked = newest("drd_readiness_last_check_timestamp_seconds", *runbook)
    changed = newest("drd_runbook_changed_since_drill", *runbook)
    severities = {"critical": "Critical", "warning": "Warnings", "info": "Remarks"}
    found = {
        title: newest("drd_readiness_findings", *runbook, where=f'{ESTATE},severity="{severity}"')
        for severity, title in severities.items()
    }
    return table(
        About(
            title="Readiness of the runbooks that bring it back",
            description=(
                "Findings of the last evaluation, by severity. A runbook that was never drilled has not changed since. "
                "`drd readiness list` names the findings."
            ),
            unit=COUNT,
            size=(24, 4),
            no_data="-",
        ),
        Rows(labels={"tenant": "Municipality", "runbook": "Runbook"}, sort="Runbook", descending=False),
        [
            Column(title="Evaluated", expr=in_milliseconds(f"({looked} {mine})"), unit=SINCE, words=NEVER_AGO),
            *(
                Column(title=title, expr=f"{expr} {mine}", unit=COUNT, decimals=0, steps=_STEPS[title])
                for title, expr in found.items()
            ),
            Column(title="Changed since its drill", expr=f"{changed} {mine}", unit=COUNT, words=_CHANGED),
        ],
    )


def service() -> Board:
    """Give the dashboard."""
    return Board(
        uid="drd-service",
        title="drd / Service",
        description="One service: what was agreed, against what is seen and was proven, over time.",
        span="24h",
        choices=[TENANT, SERVICE],
        rows=[
            ("Now", list(_now())),
            ("Objective against evidence", list(_lines())),
            ("What it is made of", [_items(), _findings()]),
        ],
    )
