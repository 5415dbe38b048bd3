"""Virtual networks: list, get, put, tags, delete. Their subnets and peerings have files of their own."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import objects_at, tags_in, texts_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.change import delete_resource, location_of, put_resource
from drd.sandbox.network.interface import NETWORK_TYPE
from drd.sandbox.network.lists import GROUP, list_routes
from drd.sandbox.network.peering import build_peering, disconnect_from, peering_wire, peerings_of
from drd.sandbox.network.revision import check_match, revision_of
from drd.sandbox.network.subnet import build_subnet, refuse_outside, refuse_used, subnet_asked, subnet_wire, subnets_of
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

__all__ = ["build_network", "build_peering", "peerings_of"]

_NETWORK = GROUP + "/virtualNetworks/{network}"
_READ, _WRITE = f"{NETWORK_TYPE}/read", f"{NETWORK_TYPE}/write"


def build_network(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    prefix: str,
    subnets: Mapping[str, tuple[str, str]],
) -> Resource:
    """Return a network; `subnets` gives each subnet's prefix and the id of its security group, empty for none."""
    return Resource(
        id=id,
        type=NETWORK_TYPE,
        location=location,
        properties={
            "provisioningState": "Succeeded",
            "addressSpace": {"addressPrefixes": [prefix]},
            "subnets": [build_subnet(id, name, *each) for name, each in subnets.items()],
            "enableDdosProtection": False,
        },
    )


def get(call: Call) -> Response:
    """Answer a network with its subnets and peerings."""
    return answer(200, network_wire(call.world, call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create a network or replace its address space and, where the body names them, its subnets."""
    existing = call.world.store.get(call.arm_id())
    check_match(call, existing)
    location = location_of(call, existing)
    prefixes = _prefixes(call)
    network = existing or build_network(id=call.arm_id(), location=location, prefix=prefixes[0], subnets={})
    changed = network.with_properties(addressSpace={"addressPrefixes": prefixes})
    if "subnets" in call.body.get("properties", {}):
        changed = changed.with_properties(subnets=_subnets(call, changed))
    for subnet in changed.properties["subnets"]:
        refuse_outside(changed, subnet)
    return put_resource(
        call,
        replace(changed, tags=tags_in(call.body)),
        kind="network.write",
        is_new=existing is None,
        body=network_wire,
    )


def patch(call: Call) -> Response:
    """Replace a network's tags, at once."""
    network = call.world.store.require(call.arm_id())
    kept = call.keep(replace(network, tags=tags_in(call.body)))
    call.effect("network.tags", id=kept.id, tags=dict(kept.tags))
    return answer(200, network_wire(call.world, kept))


def delete(call: Call) -> Response:
    """Delete a network that nothing stands in; peerings of others with it are then disconnected."""
    network = call.world.store.get(call.arm_id())
    if network is None:
        return answer(204)
    for subnet in subnets_of(network):
        refuse_used(call.world, subnet)

    def gone(at: datetime) -> JsonObject | None:
        call.remove(network.id, at=at)
        disconnect_from(call, network.id, at)
        return None

    return delete_resource(call, network, kind="network.delete", outcome=gone)


def network_wire(world: World, network: Resource) -> JsonObject:
    """Return the body of a network: subnets know the interfaces in them."""
    body = network.with_properties(
        subnets=[subnet_wire(world, one) for one in subnets_of(network)],
        virtualNetworkPeerings=[peering_wire(world, one) for one in peerings_of(world, network)],
    ).wire()
    return {**body, "etag": revision_of(network)}


def _prefixes(call: Call) -> list[str]:
    prefixes = texts_at(call.body, "properties", "addressSpace", "addressPrefixes")
    if not prefixes:
        raise bad_request(
            "InvalidRequestFormat", "Cannot parse the request: a virtual network needs addressSpace.addressPrefixes."
        )
    for prefix in prefixes:
        try:
            ipaddress.ip_network(prefix)
        except ValueError as error:
            raise ArmError(
                400, "InvalidAddressPrefixFormat", f"Address prefix {prefix} of the virtual network is invalid."
            ) from error
    return prefixes


def _subnets(call: Call, network: Resource) -> list[JsonObject]:
    asked = [subnet_asked(call, network, one) for one in objects_at(call.body, "properties", "subnets")]
    kept = {fold(str(one["id"])) for one in asked}
    for subnet in subnets_of(network):
        if fold(str(subnet["id"])) not in kept:
            refuse_used(call.world, subnet)
    _refuse_twice(asked)
    return asked


def _refuse_twice(subnets: Sequence[JsonObject]) -> None:
    names = [fold(str(one["id"])) for one in subnets]
    if len(set(names)) != len(names):
        raise bad_request("InvalidRequestFormat", "Cannot parse the request: two subnets have the same name.")


ROUTES: tuple[Route, ...] = (
    *list_routes(NETWORK_TYPE, network_wire),
    Route(method="GET", template=_NETWORK, handler=get, operation=_READ),
    Route(method="PUT", template=_NETWORK, handler=put, operation=_WRITE),
    Route(method="PATCH", template=_NETWORK, handler=patch, operation=_WRITE),
    Route(method="DELETE", template=_NETWORK, handler=delete, operation=f"{NETWORK_TYPE}/delete"),
)
