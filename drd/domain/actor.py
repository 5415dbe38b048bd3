"""Who asks for something, and what they may ask."""

from dataclasses import dataclass
from enum import StrEnum

from drd.domain.errors import ForbiddenError


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
    """

    name: str
    roles: frozenset[Role]
    contacts: frozenset[str] = frozenset()

    def must_have(self, *roles: Role) -> None:
        """Pass when the actor holds one of these roles.

        Raises:
            ForbiddenError: if not.
        """
        if not self.roles & (frozenset(roles) | {Role.ADMIN}):
            wanted = " or ".join(role.value for role in roles)
            raise ForbiddenError(
                f"{self.name} is not {wanted}",
                hint="ask an administrator to add the role in the settings (section roles)",
            )
