"""Runbooks that are no longer what was drilled, so that an alert need not know the words of findings."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.domain.readiness import runbook_scope
from drd.metrics.family import Family, Reading, gauge

_CODE = "changed-since-drill"


def read_changed_runbooks(reading: Reading) -> Iterator[Metric]:
    """Tell of every runbook that was looked at, zeros too."""
    changed = {(each.tenant, each.runbook) for each in reading.figures.findings if each.code == _CODE}
    yield gauge(
        "drd_runbook_changed_since_drill",
        "1 while a plan of the runbook is not the one of its last green drill, else 0; 0 where it was never drilled.",
        ("tenant", "runbook"),
        {
            (tenant.id, card.id): float((tenant.id, card.id) in changed)
            for tenant in reading.tenants
            for card in reading.runbooks
            if runbook_scope(tenant.id, card.id) in reading.figures.looked
        },
    )


FAMILY = Family(read=read_changed_runbooks)
