"""Resource groups: the box in which a drill makes its copies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from drd.domain.errors import RefusedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status

CLOCKS_APART = timedelta(minutes=5)
"""How far drd's clock and Azure's may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A resource group as read back."""

    id: ArmId
    location: str
    state: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource in a listing."""

    id: ArmId
    location: str
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None


def is_older(made: datetime | None, *, than: datetime) -> bool:
    """Say whether something is known to have been made before this instant, however far apart the clocks are."""
    return made is not None and made < than - CLOCKS_APART


def refuse_older(group: ArmId, inside: Iterable[Resource], *, since: datetime, then: str = "") -> None:
    """Refuse to delete a group with what existed before drd made it: somebody moved it in.

    Args:
        group: which one, for the error.
        inside: what it holds.
        since: nothing that drd made in it is older.
        then: what to do when it has been moved back, for the hint.

    Raises:
        RefusedError: with the code `older-than-its-group`.
    """
    older = [each.id.name for each in inside if is_older(each.created_at, than=since)]
    if older:
        raise RefusedError(
            f"the resource group holds what is older than itself: {', '.join(sorted(older)[:5])}",
            target=str(group),
            hint=f"somebody moved it there: move it back to where it belongs{then}",
            code="older-than-its-group",
        )


class Groups(Protocol):
    """Azure Resource Manager's resource groups."""

    async def get(self, group: ArmId) -> Group | None:
        """Read a group; None when there is none."""
        ...

    async def create(self, group: ArmId, *, location: str, tags: Mapping[str, str], request_id: str) -> Group:
        """PUT by name: sending it again changes nothing."""
        ...

    async def tag(self, group: ArmId, *, tags: Mapping[str, str], request_id: str) -> Group:
        """Add tags; those already there stay."""
        ...

    async def delete(self, group: ArmId, *, request_id: str) -> Operation | None:
        """Delete a group with all it holds; None when it was gone already."""
        ...

    async def list(self, subscription: str, *, tag: str = "", value: str = "") -> tuple[Group, ...]:
        """Give the groups of a subscription, of one tag where it is given."""
        ...

    async def resources(self, group: ArmId) -> tuple[Resource, ...]:
        """Give what a group holds; empty when there is no such group."""
        ...

    async def tagged(self, subscription: str, *, tag: str, value: str) -> tuple[Resource, ...]:
        """Give every resource of a subscription that carries the tag."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands."""
        ...


GROUPS: Capability[Groups] = Capability("groups")
