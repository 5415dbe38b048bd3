"""Who asks for something, and what they may ask."""

from dataclasses import dataclass
from enum import StrEnum

from drd.domain.errors import ForbiddenError
from drd.domain.ids import TenantId


class Role(StrEnum):
    """What a person may do. Each role stands alone: an approver is not an operator."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    """Starts drills and helps runs along."""
    RESPONDER = "responder"
    """Starts failovers."""
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or service that asks, as authentication found them.

    Attributes:
        name: stable name, as it stands in the journal.
        contacts: ids of the catalogue's contacts for whom they may answer.
        tenants: the tenants that their roles count for; empty means all.
    """

    name: str
    roles: frozenset[Role]
    contacts: frozenset[str] = frozenset()
    tenants: frozenset[TenantId] = frozenset()

    def sees(self, tenant: TenantId) -> bool:
        """Say whether the actor's roles count for a tenant."""
        return not self.tenants or tenant in self.tenants

    def must_have(self, *roles: Role, tenant: TenantId | None = None) -> None:
        """Pass when the actor holds one of these roles, for the tenant where one is meant.

        Raises:
            ForbiddenError: if not.
        """
        if tenant is not None and not self.sees(tenant):
            raise ForbiddenError(
                f"{self.name} has no role for {tenant}", hint="the settings say who may (section roles)"
            )
        if not self.roles & (frozenset(roles) | {Role.ADMIN}):
            wanted = " or ".join(role.value for role in roles)
            raise ForbiddenError(
                f"{self.name} is not {wanted}",
                hint="ask an administrator to add the role in the settings (section roles)",
            )
