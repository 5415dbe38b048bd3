"""Room for machines: quotas, the sizes that a region offers, and places that were reserved."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drd.domain.ids import ArmId, TenantId
from drd.ports.capabilities import Capability, Operation, Status

CORES = "cores"
"""The quota of all families together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a subscription may have in a region, in vCPUs; `name` is a family's or `cores`."""

    name: str
    used: int
    limit: int

    @property
    def free(self) -> int:
        """Say how much is left."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A size of machine as a region offers it; `closed` says why the subscription cannot have it, or is empty."""

    name: str
    family: str
    cores: int
    closed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Places for machines of one size that nobody else gets.

    Attributes:
        places: how many are reserved.
        taken: how many of them machines hold now.
    """

    id: ArmId
    location: str
    size: str
    places: int
    taken: int
    state: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationWish:
    """Places to be reserved in a group that exists."""

    id: ArmId
    location: str
    size: str
    places: int
    tags: Mapping[str, str]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRoom:
    """The vCPUs of a tenant in its recovery region, of one family of sizes, or `cores` for all families together.

    Attributes:
        needed: what failovers of all its services on one day would take, beside what is used.
    """

    tenant: TenantId
    region: str
    family: str
    limit: int
    used: int
    needed: int


class Rooms(Protocol):
    """What was seen last of the room that recoveries have. Errors as `Journal`'s."""

    async def put(self, tenant: TenantId, rooms: Collection[RecoveryRoom]) -> None:
        """Replace what was known of a tenant; nothing, where nobody could tell."""
        ...


class Capacity(Protocol):
    """Room for machines. A quota says nothing of physical capacity; a reservation does."""

    async def quotas(self, subscription: str, region: str) -> tuple[Quota, ...]:
        """Give what a subscription uses and may use in a region."""
        ...

    async def sizes(self, subscription: str, region: str) -> tuple[Size, ...]:
        """Give the sizes of machines that a region offers."""
        ...

    async def reservations(self, group: ArmId) -> tuple[Reservation, ...]:
        """Give the reservations of a group; none when there is no such group."""
        ...

    async def reservation(self, reservation: ArmId) -> Reservation | None:
        """Read a reservation; None when there is none."""
        ...

    async def reserve(self, wish: ReservationWish) -> Operation | None:
        """PUT a reservation by name; None when it was done at once."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands."""
        ...


CAPACITY: Capability[Capacity] = Capability("capacity")
