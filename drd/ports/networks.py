"""Interfaces, the facts that prove a drill's isolation, and DNS records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A network interface as read back. `addresses` are its private addresses."""

    id: ArmId
    location: str
    subnet: ArmId
    addresses: tuple[str, ...]
    state: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceWish:
    """An interface to be made. `address` empty lets Azure choose one."""

    id: ArmId
    location: str
    subnet: ArmId
    tags: Mapping[str, str]
    request_id: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """What decides whether a network is isolated.

    Attributes:
        peerings: names of its peerings, whatever their state.
        open_subnets: subnets without a network security group, or whose group lets traffic in or out of the network.
        gateways: names of gateways in it.
        routes: written routes that lead somewhere else than inside or nowhere, by subnet.
        endpoints: doors to services of Azure beside the network's own rules, by subnet.
        public_addresses: names of public addresses that something in it has.
    """

    id: ArmId
    location: str
    address_spaces: tuple[str, ...]
    subnets: tuple[ArmId, ...]
    peerings: tuple[str, ...]
    open_subnets: tuple[str, ...]
    gateways: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    public_addresses: tuple[str, ...] = ()

    @property
    def isolated(self) -> bool:
        """Say whether nothing in it can reach, or be reached from, outside."""
        return not self.openings

    @property
    def openings(self) -> tuple[str, ...]:
        """Name what speaks against isolation, each in a few words."""
        return (
            *(f"peering {name}" for name in self.peerings),
            *(f"open subnet {name}" for name in self.open_subnets),
            *(f"gateway {name}" for name in self.gateways),
            *(f"route {name}" for name in self.routes),
            *(f"endpoint {name}" for name in self.endpoints),
            *(f"public address {name}" for name in self.public_addresses),
        )


class Networks(Protocol):
    """Azure networking."""

    async def facts(self, network: ArmId) -> NetworkFacts:
        """Read what proves or disproves isolation. Raises NotFoundError."""
        ...

    async def interface(self, interface: ArmId) -> Interface | None:
        """Read an interface; None when there is none."""
        ...

    async def create_interface(self, wish: InterfaceWish) -> Operation | None:
        """PUT by name: sending it again with the same wish changes nothing."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """A DNS record set as read back. `ttl_seconds` is what users may still see the old values for."""

    zone: ArmId
    name: str
    kind: str
    values: tuple[str, ...]
    ttl_seconds: int
    etag: str


class Records(Protocol):
    """DNS record sets, of public and private zones: the zone's id tells which."""

    async def get(self, zone: ArmId, name: str, kind: str) -> RecordSet | None:
        """Read a record set; None when there is none."""
        ...

    async def put(self, wanted: RecordSet, *, request_id: str) -> RecordSet:
        """Write conditionally on `wanted.etag` (empty: only if there is none yet).

        Raises ConflictError when somebody changed it meanwhile, RefusedError for an empty record set.
        """
        ...


NETWORKS: Capability[Networks] = Capability("networks")
RECORDS: Capability[Records] = Capability("records")
