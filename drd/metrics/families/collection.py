"""How fresh drd's own view of the vaults is."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, Reading, gauge, timestamp

_LABELS = ("tenant", "collector")


def read_collections(reading: Reading) -> Iterator[Metric]:
    """Tell how the last collections went."""
    seen = reading.figures.collections
    yield gauge(
        "drd_collector_success",
        "1 when the last collection succeeded, else 0.",
        _LABELS,
        {(each.tenant, each.collector): float(each.succeeded) for each in seen},
    )
    yield gauge(
        "drd_collector_last_success_timestamp_seconds",
        "When a collection last succeeded; 0 for never.",
        _LABELS,
        {(each.tenant, each.collector): timestamp(each.last_success_at) for each in seen},
    )
    yield gauge(
        "drd_collector_duration_seconds",
        "World time that the last collection took.",
        _LABELS,
        {(each.tenant, each.collector): each.took.total_seconds() for each in seen},
    )


FAMILY = Family(read=read_collections)
