"""Writes docs/metrics.md from the families themselves: `python -m tests.document.metrics_page`."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from drd.domain.drill_verdict import DrillVerdict
from drd.domain.estate import ItemKind, Mechanism
from drd.domain.findings import Severity
from drd.domain.forecast import PERCENTILES
from drd.domain.ladder import Rung
from drd.domain.plan import Mode
from drd.ports.readings import DECISIONS
from tests.architecture.source import ROOT
from tests.fakes.busy_house import BusyHouse

PAGE = ROOT / "docs" / "metrics.md"
FILES = ROOT / "drd" / "metrics" / "families"
NAME = re.compile(r'"(drd_[a-z_]+)"')

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Objectives": ("objectives",),
    "Recovery points": ("recovery_points", "vaults"),
    "Verifications": ("verifications",),
    "Recoveries": ("recoveries", "drills"),
    "Runs": ("runs", "steps"),
    "Readiness": ("readiness", "changed_runbooks"),
    "Schedules": ("schedules",),
    "Collection and Azure": ("collection", "arm", "credentials"),
    "Estate": ("estate",),
    "Daemon": ("daemon", "audit", "build", "http", "service_levels"),
}
"""The files of families under their headings, in the order of the page."""


def _words(kind: type[StrEnum]) -> str:
    return ", ".join(f"`{each.value}`" for each in kind)


LABELS: Mapping[str, str] = {
    "action": "of steps: verbs, checks, `approve`, `runbook`, and `undo`",
    "backend": "`sqlite`, `postgresql`",
    "code": "HTTP status; empty where no answer came",
    "collector": "what is collected of a tenant; `store` is the reading of drd's own store",
    "consistency": "`application`, `file-system`, `crash`, `unknown`",
    "credential": "what a person has to renew",
    "decision": ", ".join(f"`{each}`" for each in DECISIONS),
    "digest": "twelve digits over the plans of a runbook; one at a time",
    "family": "Azure's families of sizes; `cores` is all together",
    "item": "protected items of the catalogue, bounded by `metrics.items`",
    "kind": f"of items: {_words(ItemKind)}; of quotas: `limit`, `used`, `needed`",
    "lease": "the small leases of daemons",
    "loop": "the loops of a daemon",
    "mechanism": f"{_words(Mechanism)}; `none` for an item that nobody protects",
    "method": "HTTP methods",
    "mode": _words(Mode),
    "outcome": "of runs: `succeeded`, `failed`, `cancelled`; of steps: `done`, `failed`, `skipped`, `parked`; of "
    "verifications: `passed`, `failed`, `inconclusive`, `aborted`; of slots: `ran`, `ran-late`, `failed`, `missed`",
    "owner": "contacts of the catalogue",
    "percentile": ", ".join(f"`{each}`" for each in PERCENTILES),
    "provider": "resource providers of Azure that drd uses; `other`",
    "python": "version",
    "queue": "`runs`, `writes`",
    "recovery_region": "regions of the catalogue",
    "region": "regions of the catalogue",
    "revision": "of this release",
    "route": "routes of the API and of the metrics port",
    "run": "one active run; on `drd_run_info` only, and gone with it",
    "runbook": "runbooks on the shelf; `verify` for all runs that verify an item",
    "rung": _words(Rung),
    "safeguard": "`soft_delete`, `immutability`, `cross_region_restore`, `multi_user_authorization`",
    "schedule": "schedules of the settings",
    "scope": "budgets that Azure names",
    "service": "services of the catalogue",
    "severity": _words(Severity),
    "state": "of protection: `ok`, `warning`, `critical`, `unprotected`, `unknown`; of runs and steps: as the API says",
    "step": "steps that ask people now",
    "tenant": "tenants of the catalogue; empty for what is of all or none",
    "tier": "0 to 9",
    "vault": "vaults of the catalogue",
    "verdict": _words(DrillVerdict),
    "version": "of this release",
}
"""Which values a label takes. All are of closed sets, or of things that people configured."""

EXAMPLES: Mapping[str, str] = {
    "Services that would lose more data than was agreed": (
        "time() - drd_service_recovery_point_timestamp_seconds > on(tenant, service) drd_service_rpo_objective_seconds"
    ),
    "Recoveries that took longer than was agreed": (
        "drd_service_achieved_recovery_time_seconds > on(tenant, service) group_left drd_service_rto_objective_seconds"
    ),
    "Runs that will be green too late": ("drd_run_forecast_end_timestamp_seconds > drd_run_deadline_timestamp_seconds"),
    "Services without a drill in time, also those that never had one": (
        "time() - (max by (tenant, service) (drd_service_last_recovery_success_timestamp_seconds)"
        " or 0 * drd_service_drill_interval_objective_seconds) > drd_service_drill_interval_objective_seconds"
    ),
    "How long nine in ten runs of a runbook take": (
        "histogram_quantile(0.9, sum by (runbook, le) (drd_run_duration_seconds_bucket))"
    ),
    "Cores that are missing in the recovery region": (
        'drd_recovery_quota_cores{kind="needed"} - ignoring(kind)'
        ' (drd_recovery_quota_cores{kind="limit"} - ignoring(kind) drd_recovery_quota_cores{kind="used"}) > 0'
    ),
    "Items that are not well, by service": (
        'sum by (tenant, service) (max by (tenant, item) (drd_item_protection_state{state!="ok"})'
        " * on(tenant, item) group_left(service) max by (tenant, item, service) (drd_item_info))"
    ),
}
"""What may be asked, and how."""

_HEAD = """# Metrics

Every family that drd exports, written from the code by `python -m tests.document.metrics_page`; a test compares both.

The page is at `/metrics` of the address in the settings (`listen.metrics`), as text or as OpenMetrics. How to read it:

- A timestamp is seconds since 1970 in world time, and **0 stands for never**: subtract it from `time()` in the query.
- Objectives are series, so that an alert compares two series and holds no number of its own.
- A series ends with its object: an item that left the catalogue, a run that is over.
- What Azure did not say has no series. Unknown is never told as off, and never as good.
- Runs of one runbook and mode share their series: every state that one of them is in, the earliest start and deadline,
  the latest forecast, their steps together. Only `drd_run_info` tells them apart.
- Counters and histograms of the estate are the store's: they survive restarts and a hand-over, and do not fall when old
  runs leave. Those of a process begin at 0 with it.
- In OpenMetrics each part of a histogram of runs, steps, answers and verifications names the run of its newest length,
  as exemplar `run_id`, with the `trace_id` under which a collector has it ([tracing](tracing.md)).
- The forecast of a service is the nearest rank among its newest 20 failovers and drills that worked. That of an active
  run is the longest way through what is left, by what each step took when the runbook last worked in that mode, else by
  its estimate; waiting for people and for room is in neither.

**Who tells.** Of several daemons on one store, the one that holds the lease `exporter` tells of the estate; each tells
of itself. While the store fails or is silent, the estate's series are absent, and
`drd_collector_success{collector="store"}` and `drd_store_readable` are 0: from every daemon that notices, within two
seconds of the scrape.

**How many series.** `metrics.items` in the settings says which protected items get series of their own: `all`, `none`,
or `breaching`: not ok, without a point young enough for the objective of its service, or with a newest verification
that failed. Left out, it is `all` below 2,000 items and `breaching` from there on. Series of services count every item
all the same. Settings are refused with 10,000 tenants, services, vaults, runbooks or schedules, and with `all` for
10,000 items: each would be as many values of a label.

What a daemon tells of itself, and what it aims at, is explained in [slo](slo.md).

Beside these come `process_*` and `python_*` of the client library.
"""

_COLUMNS = ("| family | type | labels | meaning |", "|---|---|---|---|")


async def _told(*, exports: bool) -> dict[str, Metric]:
    house = BusyHouse(exports=exports)
    house.bustle()
    families = text_string_to_metric_families(await house.text())
    return {each.name: each for each in families if each.name.startswith("drd_")}


def labels_of(family: Metric) -> tuple[str, ...]:
    """Give the names of a family's labels."""
    return tuple(dict.fromkeys(name for sample in family.samples for name in sample.labels if name != "le"))


def _row(family: Metric) -> str:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = ", ".join(f"`{label}`" for label in labels_of(family)) or "-"
    return f"| `{name}` | {family.type} | {labels} | {family.documentation} |"


def _table(families: Iterable[Metric]) -> Iterator[str]:
    yield from ("", *_COLUMNS)
    yield from (_row(family) for family in sorted(families, key=lambda family: family.name))


def _group(title: str, files: Iterable[str], everything: Mapping[str, Metric], own: Iterable[str]) -> Iterator[str]:
    texts = [(FILES / f"{name}.py").read_text(encoding="utf-8") for name in files]
    named = {name for text in texts for name in NAME.findall(text)}
    yield from ("", f"## {title}", "")
    yield " ".join(text.partition('"""')[2].partition('"""')[0].partition("\n")[0] for text in texts)
    for said, names in (("Of the estate:", named - set(own)), ("Of each daemon's process:", named & set(own))):
        found = [everything[name] for name in names if name in everything]
        if found:
            yield from ("", said, *_table(found))


def families() -> dict[str, Metric]:
    """Give every family that is told when everything happens."""
    return asyncio.run(_told(exports=True))


def page() -> str:
    """Give the page as it should be."""
    everything, own = families(), asyncio.run(_told(exports=False))
    lines = [_HEAD.rstrip("\n")]
    for title, files in GROUPS.items():
        lines += _group(title, files, everything, own)
    used = sorted({label for family in everything.values() for label in labels_of(family)})
    lines += ["", "## Labels", "", "| label | values |", "|---|---|"]
    lines += [f"| `{label}` | {LABELS[label]} |" for label in used]
    lines += ["", "## Examples", ""]
    lines += ["\n".join((f"{said}:", "", "```promql", query, "```", "")) for said, query in EXAMPLES.items()]
    return "\n".join(lines).rstrip("\n") + "\n"


def main(place: Path = PAGE) -> None:
    """Write the page."""
    place.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
