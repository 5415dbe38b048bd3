"""From which points services could come back, as last seen in the vaults."""

from collections.abc import Iterator, Mapping

from prometheus_client.metrics_core import Metric

from drd.domain.estate import Mechanism, Service
from drd.domain.ids import TenantId
from drd.metrics.family import Family, Reading, gauge, timestamp
from drd.ports.inventory import ItemFacts

_ITEM = ("tenant", "item", "mechanism")
_SUCCEEDED = frozenset({"completed", "completedwithwarnings", "healthy"})
"""What vaults say of a last job that made a point."""
_STATES = ("ok", "warning", "critical", "unprotected", "unknown")


def read_recovery_points(reading: Reading) -> Iterator[Metric]:
    """Tell the newest usable point of every service, item, mechanism and consistency. 0 stands for none ever seen."""
    newest = reading.items.newest
    facts = [each for each in reading.figures.items if reading.items.tells(each.tenant, each.item)]
    yield gauge(
        "drd_service_recovery_point_timestamp_seconds",
        "Oldest of the items' newest usable recovery points; 0 when an item has none.",
        ("tenant", "service"),
        {
            (tenant.id, service.id): _of_service(tenant.id, service, newest)
            for tenant in reading.tenants
            for service in tenant.services
            if service.items
        },
    )
    yield gauge(
        "drd_item_recovery_point_timestamp_seconds",
        "Newest usable recovery point of an item by mechanism and consistency; 0 when there is none.",
        ("tenant", "item", "mechanism", "consistency"),
        _by_consistency(facts),
    )
    yield gauge(
        "drd_item_proven_recovery_point_timestamp_seconds",
        "Newest recovery point of an item that a drill restored; 0 for never.",
        _ITEM,
        {_key(each): timestamp(reading.figures.proven.get((each.tenant, each.item, each.mechanism))) for each in facts},
    )
    yield gauge(
        "drd_item_recovery_points",
        "How many recovery points the vault holds of an item.",
        _ITEM,
        {_key(each): float(each.points_total) for each in facts},
    )
    yield gauge(
        "drd_item_protection_state",
        "1 for the state in which an item's protection was last seen, 0 for the others.",
        (*_ITEM, "state"),
        {(*_key(each), state): float(each.state == state) for each in facts for state in _STATES},
    )
    yield gauge(
        "drd_item_backup_last_success_timestamp_seconds",
        "When a backup of an item last succeeded, as its vault tells; 0 for never.",
        ("tenant", "item"),
        _backups(facts),
    )
    yield gauge(
        "drd_item_seen_timestamp_seconds",
        "When an item's facts were last collected.",
        _ITEM,
        {_key(each): timestamp(each.seen_at) for each in facts},
    )
    replicated = [(each, each.replication_rpo) for each in facts if each.replication_rpo is not None]
    yield gauge(
        "drd_item_replication_rpo_seconds",
        "Age of the newest point as Site Recovery reports it; add the time since it was calculated.",
        ("tenant", "item"),
        {(each.tenant, each.item): rpo.total_seconds() for each, rpo in replicated},
    )
    yield gauge(
        "drd_item_replication_rpo_calculated_timestamp_seconds",
        "When Site Recovery calculated drd_item_replication_rpo_seconds.",
        ("tenant", "item"),
        {(each.tenant, each.item): timestamp(each.replication_rpo_at) for each, _ in replicated},
    )


def _key(facts: ItemFacts) -> tuple[str, str, str]:
    return facts.tenant, facts.item, facts.mechanism.value


def _of_service(tenant: TenantId, service: Service, newest: Mapping[tuple[str, str], float]) -> float:
    return min(newest.get((tenant, item.id), 0.0) for item in service.items)


def _backups(facts: list[ItemFacts]) -> dict[tuple[str, ...], float]:
    """Give the newest of each item that vaults back up; of several vaults the newest counts."""
    series: dict[tuple[str, ...], float] = {}
    for each in facts:
        if each.mechanism is Mechanism.BACKUP:
            key = (each.tenant, each.item)
            series[key] = max(series.get(key, 0.0), *_successes(each))
    return series


def _successes(facts: ItemFacts) -> Iterator[float]:
    """Give when backups are known to have succeeded: the last job's end where it did, and every point that it left."""
    yield timestamp(facts.last_backup_at if facts.note.casefold() in _SUCCEEDED else None)
    yield from (timestamp(point.time) for point in facts.points)


def _by_consistency(facts: list[ItemFacts]) -> dict[tuple[str, ...], float]:
    series: dict[tuple[str, ...], float] = {}
    for each in facts:
        if not each.points:
            series[(*_key(each), "unknown")] = 0.0
        for point in each.points:
            key = (*_key(each), point.consistency)
            series[key] = max(series.get(key, 0.0), timestamp(point.time) if point.usable else 0.0)
    return series


FAMILY = Family(read=read_recovery_points)
