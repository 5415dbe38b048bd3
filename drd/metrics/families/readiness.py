"""Whether recoveries could start now: findings of readiness, when it was evaluated, and which services are ready."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.metrics_core import Metric

from drd.domain.findings import Finding, Severity
from drd.domain.ids import TenantId
from drd.domain.readiness import Answer, merged, ready, runbook_scope
from drd.metrics.family import Family, Reading, gauge


def read_readiness(reading: Reading) -> Iterator[Metric]:
    """Tell findings by runbook and severity; zeros too, so that no series appears or vanishes with a finding."""
    looked = reading.figures.looked
    yield gauge(
        "drd_readiness_findings",
        "Findings of the last evaluation; those of no runbook stand under the one that brings their service back.",
        ("tenant", "runbook", "severity"),
        _findings(reading),
    )
    yield gauge(
        "drd_readiness_last_check_timestamp_seconds",
        "When the readiness of a runbook was evaluated last.",
        ("tenant", "runbook"),
        _looked(reading, looked),
    )
    known = {tenant.id for tenant in reading.tenants}
    yield gauge(
        "drd_recovery_quota_cores",
        "vCPUs in a recovery region by family: the limit, what is used, and what all failovers at once need beside it.",
        ("tenant", "region", "family", "kind"),
        {
            (each.tenant, each.region, each.family, kind): float(value)
            for each in reading.figures.rooms
            if each.tenant in known
            for kind, value in (("limit", each.limit), ("used", each.used), ("needed", each.needed))
        },
    )
    yield gauge(
        "drd_service_ready",
        "1 when nothing is known that would make a recovery of the service fail, else 0; 0 for unknown too.",
        ("tenant", "service"),
        _ready(reading, looked),
    )


def _findings(reading: Reading) -> dict[tuple[str, ...], float]:
    bringing = {
        (tenant.id, service.id): service.runbook or "" for tenant in reading.tenants for service in tenant.services
    }
    known = [(tenant.id, card.id) for tenant in reading.tenants for card in reading.runbooks]
    looked = [key for key in known if runbook_scope(*key) in reading.figures.looked]
    found: Counter[tuple[str, ...]] = Counter({(*key, severity.value): 0 for key in looked for severity in Severity})
    for each in merged(reading.figures.findings):
        runbook = each.runbook or (bringing.get((each.tenant, each.service), "") if each.service else "")
        found[each.tenant, runbook, each.severity.value] += 1
    return {key: float(count) for key, count in found.items()}


def _looked(reading: Reading, looked: Mapping[str, datetime]) -> dict[tuple[str, ...], float]:
    scopes = {
        (str(tenant.id), str(card.id)): runbook_scope(tenant.id, card.id)
        for tenant in reading.tenants
        for card in reading.runbooks
    }
    return {key: looked[scope].timestamp() for key, scope in scopes.items() if scope in looked}


def _ready(reading: Reading, looked: Mapping[str, datetime]) -> dict[tuple[str, ...], float]:
    by_tenant: dict[TenantId, list[Finding]] = {}
    for each in reading.figures.findings:
        by_tenant.setdefault(each.tenant, []).append(each)
    return {
        (tenant.id, service.id): float(
            ready(tenant.id, service, by_tenant.get(tenant.id, ()), looked, now=reading.now).answer is Answer.YES
        )
        for tenant in reading.tenants
        for service in tenant.services
    }


FAMILY = Family(read=read_readiness)
