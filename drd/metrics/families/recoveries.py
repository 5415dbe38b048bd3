"""What recoveries achieved: the evidence beside the objectives."""

from collections.abc import Iterator
from datetime import timedelta

from prometheus_client.metrics_core import Metric

from drd.domain.forecast import PERCENTILES, percentile
from drd.metrics.family import Family, Reading, gauge, timestamp
from drd.ports.readings import Recovery

_LABELS = ("tenant", "service", "mode")


def read_recoveries(reading: Reading) -> Iterator[Metric]:
    """Tell what the newest recovery of each service and mode achieved. There is no series before the first one."""
    last, succeeded = reading.figures.last, reading.figures.last_succeeded
    yield gauge(
        "drd_service_achieved_recovery_time_seconds",
        "From the incident (or the declaration) to the last green check, in the newest recovery that reached it.",
        _LABELS,
        {_key(each): _seconds(each.achieved_recovery_time) for each in last if each.achieved_recovery_time is not None},
    )
    yield gauge(
        "drd_service_achieved_recovery_point_seconds",
        "Age, at the incident, of the oldest recovery point that the newest recovery used.",
        _LABELS,
        {
            _key(each): _seconds(each.achieved_recovery_point)
            for each in last
            if each.achieved_recovery_point is not None
        },
    )
    yield gauge(
        "drd_service_last_recovery_timestamp_seconds",
        "When the newest recovery ended, whatever its outcome.",
        _LABELS,
        {_key(each): timestamp(each.ended_at) for each in last},
    )
    yield gauge(
        "drd_service_last_recovery_success_timestamp_seconds",
        "When the newest recovery that succeeded ended; 0 for never.",
        _LABELS,
        {**{_key(each): 0.0 for each in last}, **{_key(each): timestamp(each.ended_at) for each in succeeded}},
    )
    yield gauge(
        "drd_service_proven_recovery_point_timestamp_seconds",
        "Oldest of the items' newest recovery points that a drill restored; 0 when an item has none.",
        ("tenant", "service"),
        _proven(reading),
    )
    yield gauge(
        "drd_service_forecast_recovery_duration_seconds",
        "Percentile of the recovery times of the newest failovers and drills that worked; no series before the first.",
        ("tenant", "service", "percentile"),
        _forecast(reading),
    )


def _proven(reading: Reading) -> dict[tuple[str, ...], float]:
    newest: dict[tuple[str, str], float] = {}
    for (tenant, item, _), at in reading.figures.proven.items():
        newest[tenant, item] = max(newest.get((tenant, item), 0.0), timestamp(at))
    return {
        (tenant.id, service.id): min(newest.get((tenant.id, item.id), 0.0) for item in service.items)
        for tenant in reading.tenants
        for service in tenant.services
        if service.items
    }


def _forecast(reading: Reading) -> dict[tuple[str, ...], float]:
    """Tell what was measured. A service that left the catalogue has no series."""
    measured = reading.figures.recoveries
    return {
        (tenant.id, service.id, str(rank)): _seconds(percentile(measured[tenant.id, service.id], rank))
        for tenant in reading.tenants
        for service in tenant.services
        if (tenant.id, service.id) in measured
        for rank in PERCENTILES
    }


def _key(recovery: Recovery) -> tuple[str, str, str]:
    return recovery.tenant, recovery.service, recovery.mode.value


def _seconds(length: timedelta) -> float:
    return length.total_seconds()


FAMILY = Family(read=read_recoveries)
