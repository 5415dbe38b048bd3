"""What is still in the catalogue: of anything that left it no series stays, though the store remembers it."""

from collections.abc import Iterable
from dataclasses import replace

from drd.domain.estate import Tenant
from drd.ports.readings import Figures


def catalogued(figures: Figures, tenants: Iterable[Tenant]) -> Figures:
    """Leave out items, services, vaults and tenants that are no longer there. Counts of what happened stay."""
    known = tuple(tenants)
    ids = {tenant.id for tenant in known}
    services = {(tenant.id, service.id) for tenant in known for service in tenant.services}
    items = [(tenant.id, item) for tenant in known for service in tenant.services for item in service.items]
    protected = {(tenant, item.id, each.mechanism) for tenant, item in items for each in item.protection}
    vaults = {(tenant, each.vault.key) for tenant, item in items for each in item.protection}
    return replace(
        figures,
        items=tuple(each for each in figures.items if (each.tenant, each.item, each.mechanism) in protected),
        vaults=tuple(each for each in figures.vaults if (each.tenant, each.posture.id.key) in vaults),
        collections=tuple(each for each in figures.collections if each.tenant in ids or not each.tenant),
        last=tuple(each for each in figures.last if (each.tenant, each.service) in services),
        last_succeeded=tuple(each for each in figures.last_succeeded if (each.tenant, each.service) in services),
        findings=tuple(each for each in figures.findings if each.tenant in ids),
    )
