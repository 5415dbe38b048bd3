"""What was promised, as series, so that rules need no thresholds of their own."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, Reading, gauge

_LABELS = ("tenant", "service")


def read_objectives(reading: Reading) -> Iterator[Metric]:
    """Tell the objectives of every service. A service without items has no recovery point objective, so no series."""
    services = [(tenant.id, service) for tenant in reading.tenants for service in tenant.services]
    yield gauge(
        "drd_service_rto_objective_seconds",
        "Longest time we agree to be down.",
        _LABELS,
        {(tenant, each.id): each.objectives.rto.total_seconds() for tenant, each in services},
    )
    yield gauge(
        "drd_service_rpo_objective_seconds",
        "Most data, in time, we agree to lose.",
        _LABELS,
        {(tenant, each.id): each.objectives.rpo.total_seconds() for tenant, each in services if each.objectives.rpo},
    )
    yield gauge(
        "drd_service_drill_interval_objective_seconds",
        "Longest time we agree to leave between two drills.",
        _LABELS,
        {
            (tenant, each.id): each.objectives.drill_every.total_seconds()
            for tenant, each in services
            if each.objectives.drill_every
        },
    )
    yield gauge(
        "drd_service_proof_half_life_seconds",
        "Time in which the proof of a recovery point loses half of its worth.",
        _LABELS,
        {(tenant, each.id): each.objectives.proof_half_life.total_seconds() for tenant, each in services},
    )


FAMILY = Family(read=read_objectives)
