"""The estate: all services, worst first, and what is wrong with them now."""

from collections.abc import Iterator

from grafana_foundation_sdk.models.dashboard import Panel

from dashboards.board import SERVICE, TENANT, Board
from dashboards.panel import (
    COUNT,
    NEVER_AGO,
    NEVER_REACHED,
    NEVER_USED,
    NONE_WANTED,
    OBJECTIVE,
    SHARE,
    SINCE,
    YES_NO,
    About,
    over_time,
    stat,
)
from dashboards.query import (
    ESTATE,
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
from dashboards.table import Column, Rows, share, table

_TO_SERVICE = (
    "/d/drd-service?var-datasource=${datasource}"
    "&var-tenant=${__data.fields.Municipality}&var-service=${__data.fields.Service}&${__url_time_range}"
)
_BAD_STATES = 'state=~"warning|critical|unprotected|unknown"'
_COUNTED = (4, 3)


def _count(title: str, description: str, expr: str) -> Panel:
    about = About(title=title, description=description, unit=COUNT, steps=NONE_WANTED, decimals=0, size=_COUNTED)
    return stat(about, expr)


def _counts() -> Iterator[Panel]:
    yield _count(
        "Beyond their RPO",
        "Services whose newest usable recovery points are older than agreed, and those that have none.",
        f"sum ({rpo_used()} > bool 1)",
    )
    yield _count(
        "RTO missed",
        "Services whose newest recovery took longer than agreed. Those that never recovered are in the table.",
        f"sum ({rto_used()} > bool 1)",
    )
    yield _count(
        "Drills overdue",
        "Services without a green drill within the agreed interval; never counts.",
        f"sum ({drill_used()} > bool 1)",
    )
    yield _count(
        "Not ready",
        "Services of which something is known, or nothing is known, that would make a recovery fail now.",
        f"sum (1 - {of_service('drd_service_ready')})",
    )
    none = f"sum ({of_service('drd_service_ready')} * 0)"
    runs = newest("drd_run_info", "tenant", "runbook", "mode", "run")
    yield _count(
        "Runs under way",
        "Failovers, failbacks, drills and verifications that have not ended.",
        f"count ({runs}) or {none}",
    )
    asked = newest("drd_run_approval_requested_timestamp_seconds", "tenant", "runbook", "mode", "step")
    yield _count(
        "Approvals waiting",
        "Questions that a person has to answer before a run goes on.",
        f"count ({asked}) or {none}",
    )


def _services() -> Panel:
    info = newest("drd_service_info", "tenant", "service", "tier", "owner", where=OF_SERVICE)
    return table(
        About(
            title="Services, worst first",
            description=(
                "RPO used: age of the newest usable points as a share of what was agreed; beyond 100 % too much would "
                "be lost now. RTO last: what the newest recovery took, as a share of what was agreed. Click a name to "
                "see the service over time."
            ),
            unit=COUNT,
            size=(24, 9),
            no_data="-",
        ),
        Rows(
            labels={"tenant": "Municipality", "service": "Service", "tier": "Tier", "owner": "Owner"},
            link=_TO_SERVICE,
            sort="RPO used",
        ),
        [
            Column(title="Info", expr=info),
            share("RPO used", rpo_used(), NEVER_USED),
            share("RTO last", rto_used(), NEVER_REACHED),
            share("Drill interval used", drill_used(), NEVER_USED),
            Column(title="Last green drill", expr=in_milliseconds(last_drill()), unit=SINCE, words=NEVER_AGO),
            Column(title="Ready", expr=of_service("drd_service_ready"), unit=COUNT, words=YES_NO),
        ],
    )  # fmt: skip


def _over_time() -> Panel:
    return over_time(
        About(
            title="RPO used, over time: the twenty worst",
            description=(
                "Share of the agreed recovery point objective that is used up. The axis ends at 300 %; services "
                "without any point are not drawn."
            ),
            most=3,
            unit=SHARE,
            size=(24, 9),
            steps=OBJECTIVE,
            decimals=0,
        ),
        [(f"topk(20, {rpo_used()} < 1e9)", "{{service}} ({{tenant}})")],
        limit=True,
    )


def _items() -> Panel:
    labels = ("tenant", "item", "mechanism", "state")
    state = newest("drd_item_protection_state", *labels, where=f"{ESTATE},{_BAD_STATES}")
    seen = newest("drd_item_seen_timestamp_seconds", "tenant", "item", "mechanism")
    bad = f"{in_milliseconds(seen)} * on (tenant, item, mechanism) group_right () ({state} == 1)"
    return table(
        About(
            title="Items whose protection is not in order",
            description=(
                "Machines and disks that Azure, or what drd sees, calls warning, critical, unprotected or unknown."
            ),
            unit=COUNT,
            size=(12, 7),
            no_data="none is told",
        ),
        Rows(
            labels={"tenant": "Municipality", "item": "Item", "mechanism": "Mechanism", "state": "State"},
            sort="Item",
            descending=False,
        ),
        [Column(title="Seen", expr=bad, unit=SINCE, words=NEVER_AGO)],
    )


def _vaults() -> Panel:
    off = newest("drd_vault_safeguard_enabled", "tenant", "vault", "safeguard")
    return table(
        About(
            title="Safeguards of vaults",
            description="Soft delete, immutability and the others. What Azure did not say has no row.",
            unit=COUNT,
            size=(12, 7),
            no_data="none is told",
        ),
        Rows(
            labels={"tenant": "Municipality", "vault": "Vault", "safeguard": "Safeguard"}, sort="On", descending=False
        ),
        [Column(title="On", expr=off, unit=COUNT, words=YES_NO)],
    )


def estate() -> Board:
    """Give the dashboard."""
    return Board(
        uid="drd-estate",
        title="drd / Estate",
        description=(
            "All services, worst first: what would be lost now, what a recovery last took, when it was last proven."
        ),
        span="24h",
        choices=[TENANT, SERVICE],
        rows=[
            ("Now", [*_counts(), _services()]),
            ("Over time", [_over_time()]),
            ("What to look at", [_items(), _vaults()]),
        ],
    )
