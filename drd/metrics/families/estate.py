"""What there is: services, items and runbooks, with labels to join on."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from prometheus_client.metrics_core import Metric

from drd.domain.estate import ProtectedItem, Tenant
from drd.domain.plan_status import StandingPlan
from drd.metrics.family import Family, Reading, gauge
from drd.ports.runbooks import RunbookCard

_UNPROTECTED = "none"
_SHOWN = 12
"""So many hexadecimal digits of a digest are told: enough to see that it changed."""


def read_estate(reading: Reading) -> Iterator[Metric]:
    """Tell one series for each thing, of which the value is always 1."""
    yield gauge(
        "drd_service_info",
        "Descriptive labels of a service, to join on.",
        ("tenant", "service", "tier", "owner", "runbook"),
        {
            (tenant.id, each.id, str(each.tier), each.owner, each.runbook or ""): 1.0
            for tenant in reading.tenants
            for each in tenant.services
        },
    )
    yield gauge(
        "drd_item_info",
        "Descriptive labels of a protected item, to join on; one series for each mechanism, `none` where it has none.",
        ("tenant", "item", "service", "kind", "mechanism", "region", "recovery_region"),
        {
            (
                tenant.id,
                item.id,
                service.id,
                item.kind.value,
                mechanism,
                tenant.home_region,
                tenant.recovery_region,
            ): 1.0
            for tenant in reading.tenants
            for service in tenant.services
            for item in service.items
            if reading.items.tells(tenant.id, item.id)
            for mechanism in _mechanisms(item)
        },
    )
    digests = _digests(reading.figures.standing)
    yield gauge(
        "drd_runbook_info",
        "Descriptive labels of a runbook; the digest is over the plans of all its modes, empty when it has none.",
        ("tenant", "runbook", "service", "digest"),
        {
            (tenant.id, card.id, card.service or "", digests.get((tenant.id, card.id), "")): 1.0
            for tenant in reading.tenants
            for card in _of(tenant, reading.runbooks)
        },
    )


def _mechanisms(item: ProtectedItem) -> Iterable[str]:
    return {each.mechanism.value for each in item.protection} or {_UNPROTECTED}


def _of(tenant: Tenant, cards: Iterable[RunbookCard]) -> Iterator[RunbookCard]:
    """Give the runbooks that a tenant may run: those of its services, and those of no service."""
    services = {service.id for service in tenant.services}
    return (card for card in cards if card.service is None or card.service in services)


def _digests(standing: Iterable[StandingPlan]) -> Mapping[tuple[str, str], str]:
    hashes: dict[tuple[str, str], list[str]] = {}
    for each in standing:
        hashes.setdefault((each.tenant, each.runbook), []).append(f"{each.mode.value} {each.hash}")
    return {key: sha256("\n".join(sorted(plans)).encode()).hexdigest()[:_SHOWN] for key, plans in hashes.items()}


FAMILY = Family(read=read_estate)
