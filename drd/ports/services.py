"""The service catalogue."""

from typing import Protocol

from drd.domain.estate import Service, Tenant
from drd.domain.ids import ServiceId, TenantId


class Services(Protocol):
    """Tenants and what they own. A snapshot: what it gives together belongs together."""

    def tenants(self) -> tuple[Tenant, ...]:
        """Give every tenant, in order of id."""
        ...

    def tenant(self, tenant: TenantId | None) -> Tenant:
        """Give one tenant; None gives the only one. Raises NotFoundError, or InvalidError when there are several."""
        ...

    def service(self, tenant: TenantId | None, service: ServiceId) -> tuple[Tenant, Service]:
        """Find a service; tenant None searches all. Raises NotFoundError, InvalidError when several have it."""
        ...
