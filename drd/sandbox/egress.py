"""What a machine reaches beyond its network: by the rules on its way out, and by the routes that apply to it.

What nothing on the wire tells stands in a network's `hidden["leaks"]`: `HOST:PORT` that are reached all the same.
"""

import ipaddress
from collections.abc import Iterator

from drd.sandbox.network.effective import effective_groups, effective_routes
from drd.sandbox.network.interface import INTERFACE_TYPE, machine_behind, network_of_subnet, subnet_id_of
from drd.sandbox.network.naming import resolve
from drd.sandbox.network.rules import OUTBOUND, passes
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_INTERNET = "internet"
_ANYWHERE = "198.18.255.1"
"""Stands for any address of the internet: of a range for documentation."""


def gets_out(world: World, machine: Resource, host: str, port: int) -> bool:
    """Tell whether a machine's connection to a host outside its network would leave the network."""
    return any(_leaves(world, one, host, port) for one in _interfaces(world, machine))


def _interfaces(world: World, machine: Resource) -> Iterator[Resource]:
    for interface in world.store.each(INTERFACE_TYPE):
        holder = machine_behind(world, interface)
        if holder is not None and holder.key == machine.key:
            yield interface


def _leaves(world: World, interface: Resource, host: str, port: int) -> bool:
    network = network_of_subnet(world, subnet_id_of(interface))
    if f"{host}:{port}" in network.hidden.get("leaks", ()):
        return True
    address = _address(world, host)
    spaces = network.properties["addressSpace"]["addressPrefixes"]
    reached = [one for one in _routes(world, interface) if _covers(one, address)]
    hop = _narrowest(reached, address)
    if hop in {"None", "VnetLocal", ""}:
        return False
    tag = _INTERNET if hop == "Internet" else ""
    return all(
        passes(
            group["effectiveSecurityRules"],
            source=address,
            port=port,
            network_prefixes=[*spaces, *(prefix for one in reached for prefix in one["addressPrefix"] if not tag)],
            tag=tag,
            direction=OUTBOUND,
        )
        for group in effective_groups(world, interface)["value"]
    )


def _routes(world: World, interface: Resource) -> list[JsonObject]:
    return [one for one in effective_routes(world, interface)["value"] if one["state"] == "Active"]


def _address(world: World, host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return next(iter(resolve(world, host, networks=())), _ANYWHERE)


def _covers(route: JsonObject, address: str) -> bool:
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(one) for one in route["addressPrefix"])


def _narrowest(routes: list[JsonObject], address: str) -> str:
    """Return the next hop of the route that fits best; of two as narrow, the one that people wrote comes first."""
    best, hop = -1, ""
    for route in routes:
        for prefix in route["addressPrefix"]:
            one = ipaddress.ip_network(prefix)
            if ipaddress.ip_address(address) in one and one.prefixlen > best:
                best, hop = one.prefixlen, str(route["nextHopType"])
    return hop
