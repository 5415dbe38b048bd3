"""Whether what drd wrote down is as it was written, as far as this daemon has verified it."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, counter, gauge
from drd.ports.vitals import Vitals


def tell_audit(vitals: Vitals) -> Iterator[Metric]:
    """Tell what the last look saw; before the first one nothing is said about the chain."""
    audit = vitals.audit
    if audit.valid is None:
        return
    yield counter("drd_audit_entries", "Records in the chain of evidence.", (), {(): float(audit.entries)})
    yield gauge(
        "drd_audit_chain_valid",
        "1 while the chain of evidence, and the journal of each run in hand, is whole as far as it was verified.",
        (),
        {(): float(audit.valid)},
    )


FAMILY = Family(tell=tell_audit)
