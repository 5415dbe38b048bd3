"""How fresh drd's own view is: of the vaults, and of its own store."""

from collections.abc import Iterable, Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, Reading, gauge, timestamp
from drd.ports.inventory import Collection

_LABELS = ("tenant", "collector")


def read_collections(reading: Reading) -> Iterator[Metric]:
    """Tell how the last collections went; that of the store is this reading, and of no tenant."""
    yield _readable(1.0)
    yield from _told(reading.figures.collections)


def tell_store_away(collection: Collection) -> Iterator[Metric]:
    """Tell that the store could not be read, and of nothing that is in it."""
    yield _readable(0.0)
    yield from _told((collection,))


def _readable(value: float) -> Metric:
    return gauge("drd_store_readable", "1 while the store could be read for this scrape, else 0.", (), {(): value})


def _told(seen: Iterable[Collection]) -> Iterator[Metric]:
    known = tuple(seen)
    yield gauge(
        "drd_collector_success",
        "1 when the last collection succeeded, else 0; `store` is the reading of drd's own store, of no tenant.",
        _LABELS,
        {(each.tenant, each.collector): float(each.succeeded) for each in known},
    )
    yield gauge(
        "drd_collector_last_success_timestamp_seconds",
        "When a collection last succeeded; 0 for never.",
        _LABELS,
        {(each.tenant, each.collector): timestamp(each.last_success_at) for each in known},
    )
    yield gauge(
        "drd_collector_duration_seconds",
        "World time that the last collection took.",
        _LABELS,
        {(each.tenant, each.collector): each.took.total_seconds() for each in known},
    )


FAMILY = Family(read=read_collections, away=tell_store_away)
