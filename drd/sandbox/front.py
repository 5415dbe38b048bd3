"""What a client in the municipality's network reaches: guests, by the state of records, networks and machines.

The production front stands in the production networks: it resolves names through the private zones linked to them,
Traffic Manager and the public zones, and reaches the production networks. The drill front takes the same names and
reaches their copies in the isolated drill networks.
"""

import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from drd.sandbox.clock import instant_text
from drd.sandbox.compute.machine import as_of, disk_ids, is_ready, is_running, lineage_of
from drd.sandbox.guests import Guest
from drd.sandbox.journal import Entry
from drd.sandbox.network.interface import (
    INTERFACE_TYPE,
    NETWORK_TYPE,
    address_of,
    find_subnet,
    machine_behind,
    network_of_subnet,
    subnet_id_of,
)
from drd.sandbox.network.naming import resolve
from drd.sandbox.network.security_group import lets_in
from drd.sandbox.probes import Probe
from drd.sandbox.recording import CONNECT, TALK
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

PRODUCTION, DRILL = "production", "drill"
_SOURCES = {PRODUCTION: "10.0.0.4", DRILL: "10.99.255.4"}
GUEST, GUEST_IN_DRILL = "guest", "guest.drill"
"""The `operation` of journal entries that are questions to guests, not calls of Azure."""

BAD_GATEWAY, GATEWAY_TIMEOUT = 502, 504


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing answered: 502 when somebody refused, 504 when nobody was there."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The guest that accepted a connection, and what its port speaks: `http`, `https` or `tcp`."""

    guest: Guest
    machine: Resource
    address: str
    speaks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a guest said; a `tcp` port only opens, and then status is 0. `address` is the one that answered."""

    status: int
    address: str
    machine: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Front:
    """Reaches guests of one world."""

    def __init__(self, world: World) -> None:
        """Take the world."""
        self.world = world

    def reach(self, host: str, port: int, *, drill: bool = False) -> Reached | Refusal:
        """Connect: every address of the name is tried in order, as a client does, and the first that accepts counts."""
        now = self.world.settle()
        refusal = Refusal(status=BAD_GATEWAY, reason=f"the name {host} has no address")
        for interface in self._interfaces(host, DRILL if drill else PRODUCTION):
            if isinstance(interface, Refusal):
                refusal = interface
                continue
            outcome = self._connect(interface, port, DRILL if drill else PRODUCTION, now)
            if isinstance(outcome, Reached):
                return outcome
            refusal = outcome
        return refusal

    def resolve(self, host: str, *, drill: bool = False) -> tuple[str, ...]:
        """Return the addresses of a name in the order of its records; in a drill those of the copies, if any."""
        self.world.settle()
        if not drill:
            return resolve(self.world, host, networks=self._networks(PRODUCTION))
        found = [one for one in self._interfaces(host, DRILL) if isinstance(one, Resource)]
        return tuple(dict.fromkeys(address_of(one) for one in found))

    def ask(
        self, host: str, port: int, *, tls: bool = False, method: str = "GET", path: str = "/", drill: bool = False
    ) -> Answer | Refusal:
        """Connect and send one HTTP request, or only connect where the port speaks no HTTP."""
        reached = self.connect(host, port, drill=drill)
        if isinstance(reached, Refusal):
            return reached
        if reached.speaks == "tcp":
            return Answer(status=0, address=reached.address, machine=reached.machine.id)
        if tls != (reached.speaks == "https"):
            return Refusal(status=BAD_GATEWAY, reason=f"port {port} of {host} speaks {reached.speaks}")
        return self.talk(reached, method, f"{host}:{port}{path}", drill=drill)

    def connect(self, host: str, port: int, *, drill: bool = False) -> Reached | Refusal:
        """Connect as `reach` does, and let the journal know."""
        self._keep(CONNECT, "CONNECT", f"{host}:{port}", drill=drill)
        outcome = self.reach(host, port, drill=drill)
        refusal = outcome if isinstance(outcome, Refusal) else None
        status, reason = (refusal.status, refusal.reason) if refusal else (200, "")
        self._journal("CONNECT", f"{host}:{port}", status=status, reason=reason, drill=drill)
        return outcome

    def talk(self, reached: Reached, method: str, target: str, *, drill: bool) -> Answer:
        """Return what the guest says to an HTTP request for `HOST:PORT/PATH`, and let the journal know."""
        self._keep(TALK, method, target, drill=drill)
        said = self._say(reached, method, "/" + target.partition("/")[2], drill=drill)
        self._journal(method, target, status=said.status, reason="", drill=drill)
        return said

    def _keep(self, kind: str, method: str, target: str, *, drill: bool) -> None:
        world = self.world
        world.recording.question(kind, method, target, drill=drill, at=world.now(), host_at=world.host())

    def _say(self, reached: Reached, method: str, path: str, *, drill: bool) -> Answer:
        plain = path.partition("?")[0]
        if method not in {"GET", "HEAD"}:
            return _said(reached, 405, {"error": "method not allowed"})
        if plain == "/health":
            return self._health(reached, drill=drill)
        if plain == "/":
            return _said(reached, 200, {"service": reached.guest.service, "machine": reached.guest.name})
        return _said(reached, 404, {"error": "not found"})

    def _journal(self, method: str, target: str, *, status: int, reason: str, drill: bool) -> None:
        journal = self.world.journal
        journal.append(
            Entry(
                number=journal.next_number,
                at=self.world.now(),
                host_at=self.world.host(),
                method=method,
                path=target,
                operation=GUEST_IN_DRILL if drill else GUEST,
                status=status,
                code=reason,
            )
        )

    def _health(self, reached: Reached, *, drill: bool) -> Answer:
        infected = any(_is_infected(self.world, disk_id) for disk_id in disk_ids(reached.machine))
        missing = ["its own service"] if infected or self.world.guests.is_sick(reached.guest) else []
        for need in reached.guest.needs:
            host, _, port = need.rpartition(":")
            outcome = self.reach(host, int(port), drill=drill)
            if isinstance(outcome, Refusal):
                missing.append(f"{need}: {outcome.reason}")
        machine, now = reached.machine, self.world.now()
        made_from = as_of(self.world, machine)
        is_copy = reached.guest.lineage.casefold() != machine.key
        body: JsonObject = {
            "status": "unhealthy" if missing else "healthy",
            "service": reached.guest.service,
            "machine": machine.name,
            "region": machine.location,
            "address": reached.address,
            "data-as-of": instant_text(made_from if is_copy and made_from else now),
            "missing": missing,
        }
        return _said(reached, 503 if missing else 200, body)

    def probe(self, probe: Probe) -> bool:
        """Tell whether a guest answers a question that Azure itself asks, at an instant that has come."""
        for address in probe.addresses:
            for interface in self._at(address, PRODUCTION):
                reached = self._connect(interface, probe.port, PRODUCTION, probe.at, tag=probe.tag)
                if isinstance(reached, Reached) and self._satisfies(reached, probe):
                    return True
        return False

    def _satisfies(self, reached: Reached, probe: Probe) -> bool:
        if probe.protocol == "TCP":
            return True
        if probe.protocol.casefold() != reached.speaks:
            return False
        said = self._say(reached, "GET", probe.path, drill=False)
        return any(said.status in each for each in probe.statuses)

    def _networks(self, front: str) -> list[str]:
        return [one.id for one in self.world.store.each(NETWORK_TYPE) if one.hidden.get("front") == front]

    def _interfaces(self, host: str, front: str) -> Iterator[Resource | Refusal]:
        addresses = (host,) if _is_address(host) else resolve(self.world, host, networks=self._networks(front))
        for address in addresses:
            found = list(self._at(address, front))
            if front == DRILL and not found:
                found = list(self._copies(address))
            if found:
                yield from found
            else:
                yield Refusal(status=GATEWAY_TIMEOUT, reason=f"no machine has the address {address} of {host}")

    def _at(self, address: str, front: str) -> Iterator[Resource]:
        for interface in self.world.store.each(INTERFACE_TYPE):
            if address_of(interface) == address and self._front_of(interface) == front:
                yield interface

    def _copies(self, address: str) -> Iterator[Resource]:
        guest = self.world.guests.at(address)
        for interface in self.world.store.each(INTERFACE_TYPE):
            machine = machine_behind(self.world, interface)
            if (
                guest is not None
                and machine is not None
                and self._front_of(interface) == DRILL
                and lineage_of(self.world, machine).casefold() == guest.lineage.casefold()
            ):
                yield interface

    def _front_of(self, interface: Resource) -> str:
        network = self.world.store.get(subnet_id_of(interface).rsplit("/subnets/", 1)[0])
        return str(network.hidden.get("front", "")) if network else ""

    def _connect(self, interface: Resource, port: int, front: str, now: datetime, tag: str = "") -> Reached | Refusal:
        address = address_of(interface)
        machine = machine_behind(self.world, interface)
        if self.world.regions.is_lost(interface.location, now):
            return Refusal(status=GATEWAY_TIMEOUT, reason=f"{address} is in {interface.location}, which is lost")
        if machine is None or not is_running(self.world, machine, now):
            return Refusal(status=GATEWAY_TIMEOUT, reason=f"no machine runs at {address}")
        if not self._passes(interface, port, _SOURCES[front], tag):
            return Refusal(status=GATEWAY_TIMEOUT, reason=f"a security group blocks port {port} of {address}")
        if not is_ready(self.world, machine, now):
            return Refusal(status=BAD_GATEWAY, reason=f"machine {machine.name} at {address} is still starting")
        guest = self.world.guests.of(lineage_of(self.world, machine))
        if guest is None or port not in guest.ports:
            return Refusal(status=BAD_GATEWAY, reason=f"machine {machine.name} at {address} refuses port {port}")
        return Reached(guest=guest, machine=machine, address=address, speaks=guest.ports[port])

    def _passes(self, interface: Resource, port: int, source: str, tag: str) -> bool:
        subnet_id = subnet_id_of(interface)
        network = network_of_subnet(self.world, subnet_id)
        subnet = find_subnet(network, subnet_id) or {}
        prefixes = network.properties["addressSpace"]["addressPrefixes"]
        for holder in (interface.properties, subnet["properties"]):
            group = self.world.store.get(str(holder.get("networkSecurityGroup", {}).get("id", "")))
            if group is not None and not lets_in(
                group,
                source=source,
                port=port,
                network_prefixes=prefixes,
                tag=tag,
                destination=address_of(interface),
            ):
                return False
        return True


def _is_infected(world: World, disk_id: str) -> bool:
    """Tell whether a disk carries what an attacker left: whatever runs from it answers, but not well."""
    disk = world.store.get(disk_id)
    return disk is not None and bool(disk.hidden.get("infected"))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _said(reached: Reached, status: int, body: JsonObject) -> Answer:
    return Answer(
        status=status,
        address=reached.address,
        machine=reached.machine.id,
        body=json.dumps(body).encode(),
        headers={"content-type": "application/json", "x-sandbox-machine": reached.machine.name},
    )
