"""What really applies to an interface: rules and routes, told by Location alone and for running machines only."""

from collections.abc import Callable, Iterator

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.network.change import address_of_operation
from drd.sandbox.network.interface import (
    INTERFACE_TYPE,
    find_subnet,
    machine_behind,
    network_of_subnet,
    subnet_id_of,
)
from drd.sandbox.network.lists import GROUP
from drd.sandbox.network.peering import CONNECTED, peerings_of
from drd.sandbox.network.security_group import effective_rules
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

_INTERFACE = GROUP + "/networkInterfaces/{name}"
_UNROUTED = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""Private ranges that a network drops unless something routes them."""


def security_groups(call: Call) -> Response:
    """Start the computation of the effective rules."""
    return _started(call, "nic.effective-nsg", effective_groups)


def route_table(call: Call) -> Response:
    """Start the computation of the effective routes."""
    return _started(call, "nic.effective-routes", effective_routes)


def effective_groups(world: World, interface: Resource) -> JsonObject:
    """Return the effective security groups of an interface: its own and its subnet's."""
    subnet_id = subnet_id_of(interface)
    subnet = find_subnet(network_of_subnet(world, subnet_id), subnet_id) or {}
    own = interface.properties.get("networkSecurityGroup", {}).get("id")
    on_subnet = subnet["properties"].get("networkSecurityGroup", {}).get("id")
    places = [(own, {"networkInterface": {"id": interface.id}}), (on_subnet, {"subnet": {"id": subnet_id}})]
    return {
        "value": [
            {
                "networkSecurityGroup": {"id": group_id},
                "association": association,
                "effectiveSecurityRules": effective_rules(world.store.require(group_id)),
            }
            for group_id, association in places
            if group_id
        ]
    }


def effective_routes(world: World, interface: Resource) -> JsonObject:
    """Return the routes that apply: those that people wrote, and Azure's own that none of them takes the place of.

    What stands in a network's `hidden["unseen-routes"]`, prefixes by next hop, is told here only, as are the
    routes of a connected group and those that a gateway learns.
    """
    subnet_id = subnet_id_of(interface)
    network = network_of_subnet(world, subnet_id)
    written = list(_written(world, find_subnet(network, subnet_id) or {}))
    taken = {prefix for one in written for prefix in one["addressPrefix"]}
    return {"value": [*written, *(_unless(one, taken) for one in _routes(world, network))]}


def _written(world: World, subnet: JsonObject) -> Iterator[JsonObject]:
    table = world.store.get(str(subnet["properties"].get("routeTable", {}).get("id", "")))
    for one in table.properties["routes"] if table is not None else ():
        route = one["properties"]
        address = route.get("nextHopIpAddress")
        yield {
            **_route([route["addressPrefix"]], route["nextHopType"]),
            "name": one["name"],
            "source": "User",
            "nextHopIpAddress": [address] if address else [],
        }
    for one in subnet["properties"].get("serviceEndpoints", []):
        yield {**_route([], "VirtualNetworkServiceEndpoint"), "name": one["service"]}


def _unless(route: JsonObject, taken: set[str]) -> JsonObject:
    return {**route, "state": "Invalid"} if set(route["addressPrefix"]) & taken else route


def _routes(world: World, network: Resource) -> Iterator[JsonObject]:
    yield _route(network.properties["addressSpace"]["addressPrefixes"], "VnetLocal")
    for peering in peerings_of(world, network):
        remote = world.store.get(str(peering.properties["remoteVirtualNetwork"]["id"]))
        if remote is not None and peering.properties["peeringState"] == CONNECTED:
            near = fold(remote.location) == fold(network.location)
            yield _route(
                remote.properties["addressSpace"]["addressPrefixes"], "VNetPeering" if near else "VNetGlobalPeering"
            )
    for hop, prefixes in network.hidden.get("unseen-routes", {}).items():
        yield {**_route(list(prefixes), hop), "source": "Unknown"}
    yield _route(["0.0.0.0/0"], "Internet")
    for prefix in _UNROUTED:
        yield _route([prefix], "None")


def _route(prefixes: list[str], hop: str) -> JsonObject:
    return {
        "source": "Default",
        "state": "Active",
        "addressPrefix": prefixes,
        "nextHopIpAddress": [],
        "nextHopType": hop,
    }


def _started(call: Call, kind: str, computed: Callable[[World, Resource], JsonObject]) -> Response:
    interface = call.world.store.require(call.arm_id(drop=1))
    holder = machine_behind(call.world, interface)
    if holder is None or holder.hidden.get("power") != "running":
        raise bad_request(
            "NetworkInterfaceNotAttachedToRunningVM",
            f"Network interface {interface.id} must be attached to a running virtual machine.",
        )
    # It works something out and changes nothing: no effect for the journal.
    operation = call.world.operations.start(
        kind,
        interface.id,
        region=interface.location,
        at=call.now,
        took=call.world.profile.duration(kind, interface.id),
        outcome=lambda _at: computed(call.world, call.world.store.require(interface.id)),
    )
    location = address_of_operation(call, interface.location, operation, "operationResults")
    return accepted(call, operation, location=location)


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        template=_INTERFACE + "/effectiveNetworkSecurityGroups",
        handler=security_groups,
        operation=f"{INTERFACE_TYPE}/effectiveNetworkSecurityGroups/action",
    ),
    Route(
        method="POST",
        template=_INTERFACE + "/effectiveRouteTable",
        handler=route_table,
        operation=f"{INTERFACE_TYPE}/effectiveRouteTable/action",
    ),
)
