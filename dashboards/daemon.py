"""The daemons themselves, what they collect, and what Azure lets them ask."""

from collections.abc import Iterator

from grafana_foundation_sdk.models.dashboard import Panel

from dashboards.board import TENANT, Board
from dashboards.panel import (
    BAD,
    COUNT,
    GOOD,
    NEVER_AGO,
    SECONDS,
    SINCE,
    WARN,
    YES_NO,
    About,
    Steps,
    over_time,
    stat,
)
from dashboards.query import TENANT_OR_ALL, age, in_milliseconds, newest, quantile, rate
from dashboards.table import Column, Rows, table

_ONE_OF_EACH: Steps = ((None, BAD), (1, GOOD), (2, BAD))
_FRESH: Steps = ((None, GOOD), (30, WARN), (60, BAD))
_EXPIRY: Steps = ((None, BAD), (3 * 86_400, WARN), (14 * 86_400, GOOD))
_BYTES, _PER_SECOND = "bytes", "reqps"


def _now() -> Iterator[Panel]:
    size = (4, 3)
    yield stat(
        About(title="Daemons", description="Daemons that are scraped.", unit=COUNT, decimals=0, size=size),
        "count (drd_build_info)",
    )
    yield stat(
        About(
            title="Tell about the estate",
            description="Daemons that hold the lease exporter: exactly one should.",
            unit=COUNT,
            steps=_ONE_OF_EACH,
            decimals=0,
            size=size,
        ),
        'sum (drd_lease_held{lease="exporter"})',
    )
    yield stat(
        About(
            title="Store can be read",
            description="Whether the daemon that tells about the estate could read the store for its last page.",
            unit=COUNT,
            words=YES_NO,
            size=size,
        ),
        "min by () (drd_store_readable)",
    )
    yield stat(
        About(
            title="Oldest heartbeat",
            description="The loop of any daemon that has not turned for the longest time.",
            unit=SECONDS,
            steps=_FRESH,
            decimals=0,
            size=size,
        ),
        "max (time() - (drd_heartbeat_timestamp_seconds > 0))",
    )
    yield stat(
        About(
            title="Settings were read",
            description="Whether the last reading of the settings went well, in every daemon.",
            unit=COUNT,
            words=YES_NO,
            size=size,
        ),
        "min (drd_config_last_reload_successful)",
    )
    yield stat(
        About(
            title="Audit trail is whole",
            description="Whether every entry of the audit trail carries the hash of the one before.",
            unit=COUNT,
            words=YES_NO,
            size=size,
        ),
        "min by () (drd_audit_chain_valid)",
    )


def _daemons() -> Iterator[Panel]:
    yield table(
        About(
            title="Daemons and what they run",
            description="Version and storage of each daemon, and when it last read its settings.",
            unit=COUNT,
            size=(12, 6),
            no_data="-",
        ),
        Rows(
            labels={"instance": "Daemon", "version": "Version", "python": "Python", "backend": "Store"},
            sort="Daemon",
            descending=False,
        ),
        [
            Column(title="Info", expr="max by (instance, version, python, backend) (drd_build_info)"),
            Column(
                title="Settings read",
                expr="max by (instance) (drd_config_last_reload_success_timestamp_seconds) * 1000",
                unit=SINCE,
                words=NEVER_AGO,
            ),
            Column(title="Memory", expr="max by (instance) (process_resident_memory_bytes)", unit=_BYTES, decimals=0),
        ],
    )
    yield table(
        About(
            title="Leases",
            description="Which daemon holds which lease: what only one of them may do.",
            unit=COUNT,
            size=(6, 6),
            no_data="none is told",
        ),
        Rows(labels={"lease": "Lease", "instance": "Daemon"}, sort="Lease", descending=False, hidden=("Value",)),
        [Column(title="Info", expr="max by (lease, instance) (drd_lease_held) == 1")],
    )
    yield table(
        About(
            title="Credentials",
            description="When they end. A day before, nothing new should be begun under them.",
            unit=SECONDS,
            size=(6, 6),
            no_data="none is told",
        ),
        Rows(labels={"credential": "Credential"}, sort="Ends in", descending=False),
        [
            Column(
                title="Ends in",
                expr="min by (credential) (drd_credential_expiry_timestamp_seconds > 0) - time()",
                unit=SECONDS,
                steps=_EXPIRY,
                decimals=0,
            )
        ],
    )


def _speed() -> Iterator[Panel]:
    size = (8, 7)
    yield over_time(
        About(
            title="Event loop lag and journal commits",
            description="What 99 of 100 turns of the loop were late at most, and what 99 of 100 commits took.",
            unit=SECONDS,
            size=size,
        ),
        [
            (quantile(0.99, "drd_event_loop_lag_seconds"), "loop lag p99"),
            (quantile(0.99, "drd_journal_commit_duration_seconds"), "commit p99"),
        ],
    )
    yield over_time(
        About(
            title="Scrapes and the API",
            description="What 99 of 100 pages of metrics and 95 of 100 answers of the API took.",
            unit=SECONDS,
            size=size,
        ),
        [
            (quantile(0.99, "drd_scrape_duration_seconds"), "scrape p99"),
            (quantile(0.95, "drd_http_request_duration_seconds"), "API p95"),
        ],
    )
    yield over_time(
        About(
            title="Heartbeats",
            description=(
                "How long ago each loop of a daemon turned; a saw-tooth is healthy, a ramp is a loop that stands."
            ),
            unit=SECONDS,
            size=size,
        ),
        [("time() - (max by (instance, loop) (drd_heartbeat_timestamp_seconds) > 0)", "{{loop}} ({{instance}})")],
    )


def _loads() -> Iterator[Panel]:
    size = (8, 7)
    yield over_time(
        About(title="Queues", description="What waits inside the daemons, by queue.", unit=COUNT, size=size),
        [("max by (queue) (drd_queue_depth)", "{{queue}}")],
    )
    yield over_time(
        About(
            title="Requests to the API",
            description="By answer; 5xx are faults of drd.",
            unit=_PER_SECOND,
            decimals=2,
            size=size,
        ),
        [(rate("drd_http_requests_total", "code"), "{{code}}")],
    )
    yield over_time(
        About(
            title="Memory",
            description="Resident memory of each daemon. Its limit is the unit's or the container's.",
            unit=_BYTES,
            size=size,
        ),
        [("max by (instance) (process_resident_memory_bytes)", "{{instance}}")],
    )


def _collected() -> Iterator[Panel]:
    labels = ("tenant", "collector")

    def of(family: str) -> str:
        return newest(family, *labels, where=TENANT_OR_ALL)

    last = of("drd_collector_last_success_timestamp_seconds")
    yield table(
        About(
            title="Collectors",
            description="Whether the last collection went well, when one last did, and how long it took.",
            unit=COUNT,
            size=(12, 7),
            no_data="-",
        ),
        Rows(labels={"tenant": "Municipality", "collector": "Collector"}, sort="Last success", descending=False),
        [
            Column(title="Went well", expr=of("drd_collector_success"), unit=COUNT, words=YES_NO),
            Column(title="Last success", expr=in_milliseconds(last), unit=SINCE, words=NEVER_AGO),
            Column(title="Took", expr=of("drd_collector_duration_seconds"), unit=SECONDS, decimals=1),
        ],
    )
    yield over_time(
        About(
            title="Freshness of what is known",
            description="How long ago each collector last succeeded; one that never did has no line, and a row beside.",
            unit=SECONDS,
            size=(12, 7),
        ),
        [(age(last), "{{collector}} {{tenant}}")],
    )


def _azure() -> Iterator[Panel]:
    size = (8, 7)
    yield over_time(
        About(
            title="Requests to Azure",
            description="By code of the answer; none is a request without an answer. 429 is Azure asking for patience.",
            unit=_PER_SECOND,
            decimals=2,
            size=size,
        ),
        [(rate("drd_arm_requests_total", "code"), "{{code}}")],
        stacked=True,
    )
    yield over_time(
        About(
            title="Azure's answers took",
            description="What 95 of 100 requests took, by provider.",
            unit=SECONDS,
            size=size,
        ),
        [(quantile(0.95, "drd_arm_request_duration_seconds", "provider"), "{{provider}}")],
    )
    yield over_time(
        About(
            title="Left of the request budgets",
            description="What Azure last said is left, by scope. At nothing every further request is refused.",
            unit=COUNT,
            size=size,
        ),
        [("min by (scope) (drd_arm_quota_remaining)", "{{scope}}")],
    )


def _azure_waits() -> Iterator[Panel]:
    size = (6, 7)
    yield over_time(
        About(
            title="Told to wait",
            description="Share of time for which Azure told drd to wait, by provider.",
            unit="percentunit",
            size=size,
        ),
        [(rate("drd_arm_throttled_seconds_total", "provider"), "{{provider}}")],
    )
    yield over_time(
        About(
            title="Long-running operations",
            description="Operations that Azure accepted and that drd follows, by provider.",
            unit=COUNT,
            size=size,
        ),
        [("max by (provider) (drd_arm_operations)", "{{provider}}")],
    )
    labels = ("tenant", "region", "family")
    cores = {
        kind: newest("drd_recovery_quota_cores", *labels, where=f'{TENANT_OR_ALL},kind="{kind}"')
        for kind in ("limit", "used", "needed")
    }
    short = f"{cores['used']} + {cores['needed']} > bool {cores['limit']}"
    yield table(
        About(
            title="Cores for a recovery",
            description="Whether a region has room for what a recovery would start: limit, used now, needed.",
            unit=COUNT,
            size=(12, 7),
            no_data="-",
        ),
        Rows(labels={"region": "Region", "family": "Family"}, sort="Enough", hidden=("tenant",)),
        [
            *(Column(title=kind.capitalize(), expr=expr, unit=COUNT, decimals=0) for kind, expr in cores.items()),
            Column(title="Enough", expr=short, unit=COUNT, words={"0": ("yes", GOOD), "1": ("no", BAD)}),
        ],
    )


def daemon() -> Board:
    """Give the dashboard."""
    return Board(
        uid="drd-daemon",
        title="drd / Daemon and Azure",
        description="The daemons themselves, what they collect, and what Azure lets them ask.",
        span="6h",
        choices=[TENANT],
        rows=[
            ("Now", [*_now(), *_daemons()]),
            ("Speed and load", [*_speed(), *_loads()]),
            ("Collection", list(_collected())),
            ("Azure", [*_azure(), *_azure_waits()]),
        ],
    )
