"""Where users are led, and who is kept out: endpoints of a traffic manager, and fences of security groups."""

from dataclasses import dataclass
from typing import Literal, Protocol

from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status

Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A place to which a traffic manager may lead users.

    Attributes:
        id: its own ARM id, as the service writes it.
        enabled: whether users may be led there.
        monitor: what the service's own probes say: `Online`, `Degraded`, `CheckingEndpoint`, `Disabled` and the like.
    """

    id: ArmId
    name: str
    target: str
    enabled: bool
    monitor: str

    @property
    def serves(self) -> bool:
        """Say whether users are led there and something answers."""
        return self.enabled and self.monitor.casefold() in {"online", "unmonitored"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficProfile:
    """A traffic manager: the host name that it answers for, and its endpoints in the order in which it has them."""

    id: ArmId
    host: str
    enabled: bool
    monitor: str
    endpoints: tuple[Endpoint, ...]

    def endpoint(self, name: str) -> Endpoint | None:
        """Give an endpoint by its name; None when there is none."""
        return next((one for one in self.endpoints if one.name.casefold() == name.casefold()), None)


class Traffic(Protocol):
    """Traffic managers."""

    async def profile(self, profile: ArmId) -> TrafficProfile | None:
        """Read a profile with its endpoints; None when there is none."""
        ...

    async def switch(self, endpoint: Endpoint, *, enabled: bool, request_id: str) -> None:
        """Let users be led to an endpoint, or not; sending it again changes nothing. Done when it returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A rule of a security group, as far as it decides who passes first. `addresses` are the sides that it is about."""

    name: str
    direction: str
    priority: int
    denies: bool
    addresses: tuple[str, ...]
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceWish:
    """A rule that lets nothing pass. `addresses` empty: for everything behind the group."""

    group: ArmId
    name: str
    direction: Direction
    addresses: tuple[str, ...]
    priority: int
    request_id: str


class Fences(Protocol):
    """Security groups, and the rules that close them."""

    async def barriers(self, group: ArmId) -> tuple[Barrier, ...]:
        """Read a group's own rules, first to apply first. Raises NotFoundError."""
        ...

    async def put(self, wish: FenceWish) -> Operation | None:
        """PUT by name: sending it again changes nothing. None when it is done at once."""
        ...

    async def remove(self, group: ArmId, name: str, *, request_id: str) -> Operation | None:
        """Remove a rule by name; None when it is gone at once, or was never there."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands."""
        ...


TRAFFIC: Capability[Traffic] = Capability("traffic")
FENCES: Capability[Fences] = Capability("fences")
