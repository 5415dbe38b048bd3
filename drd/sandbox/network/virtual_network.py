"""Virtual networks and their peerings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drd.sandbox.body import text_at
from drd.sandbox.call import Call
from drd.sandbox.longrunning import accepted
from drd.sandbox.network.interface import NETWORK_TYPE
from drd.sandbox.operations import Outcome
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

PEERING_TYPE = f"{NETWORK_TYPE}/virtualNetworkPeerings"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Network"
_NETWORKS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks"
_PEERING = _NETWORKS + "/{network}/virtualNetworkPeerings/{peering}"
_READ = "Microsoft.Network/virtualNetworks/read"


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
            "subnets": [_subnet(id, name, *each) for name, each in subnets.items()],
        },
    )


def build_peering(*, network_id: str, name: str, remote_id: str) -> Resource:
    """Return a peering of a network with another."""
    return Resource(
        id=f"{network_id}/virtualNetworkPeerings/{name}",
        type=PEERING_TYPE,
        location="",
        properties={
            "peeringState": "Connected",
            "provisioningState": "Succeeded",
            "remoteVirtualNetwork": {"id": remote_id},
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": True,
        },
    )


def peerings_of(world: World, network: Resource) -> list[Resource]:
    """Return a network's peerings."""
    return list(world.store.each(PEERING_TYPE, under=network.id))


def get(call: Call) -> Response:
    """Answer a network."""
    return answer(200, _wire(call.world, call.world.store.require(call.arm_id())))


def list_group(call: Call) -> Response:
    """List a group's networks."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's networks that are not in a lost region."""
    return _page_of(call, None)


def list_peerings(call: Call) -> Response:
    """List a network's peerings."""
    network = call.world.store.require(call.arm_id(drop=1))
    return page(call, [_peering_wire(one) for one in peerings_of(call.world, network)])


def get_peering(call: Call) -> Response:
    """Answer a peering."""
    return answer(200, _peering_wire(call.world.store.require(call.arm_id())))


def put_peering(call: Call) -> Response:
    """Peer a network with another one of the subscription."""
    network = call.world.store.require(call.arm_id(drop=2))
    remote = text_at(call.body, "properties", "remoteVirtualNetwork", "id")
    call.world.store.require(remote)
    built = build_peering(network_id=network.id, name=call.params["peering"], remote_id=remote)
    is_new = call.world.store.get(built.id) is None
    kept = call.keep(built.with_properties(provisioningState="Updating"))
    body = _peering_wire(kept)
    return _change(
        call, network, "peering.write", lambda at: _settled(call, kept, at), status=201 if is_new else 200, body=body
    )


def delete_peering(call: Call) -> Response:
    """Take a peering away; 204 when there is none."""
    if call.world.store.get(call.arm_id()) is None:
        return answer(204)
    network, peering_id = call.world.store.require(call.arm_id(drop=2)), call.arm_id()
    return _change(call, network, "peering.delete", lambda at: _gone(call, peering_id, at), status=202)


def _change(
    call: Call, network: Resource, kind: str, outcome: Outcome, *, status: int, body: JsonObject | None = None
) -> Response:
    took = call.world.profile.duration(kind, call.arm_id())
    operation = call.world.operations.start(
        kind, call.arm_id(), region=network.location, at=call.now, took=took, outcome=outcome
    )
    call.effect(kind, id=call.arm_id(), operation=operation.id)
    path = f"/subscriptions/{call.subscription}/providers/Microsoft.Network/locations/{network.location}"
    return accepted(call, operation, status=status, body=body, monitor=f"{path}/operations/{operation.id}")


def _settled(call: Call, peering: Resource, at: datetime) -> JsonObject | None:
    call.keep(peering.with_properties(provisioningState="Succeeded"), at=at)
    return None


def _gone(call: Call, peering_id: str, at: datetime) -> JsonObject | None:
    call.remove(peering_id, at=at)
    return None


def _page_of(call: Call, group: str | None) -> Response:
    networks = call.world.store.each(NETWORK_TYPE, subscription=call.subscription, group=group)
    up = [one for one in networks if not call.world.regions.is_lost(one.location, call.now)]
    return page(call, [_wire(call.world, one) for one in up])


def _wire(world: World, network: Resource) -> JsonObject:
    shown = network.with_properties(virtualNetworkPeerings=[_peering_wire(one) for one in peerings_of(world, network)])
    return shown.wire()


def _peering_wire(peering: Resource) -> JsonObject:
    return {"id": peering.id, "name": peering.name, "type": peering.type, "properties": peering.properties}


def _subnet(network_id: str, name: str, prefix: str, security_group_id: str) -> JsonObject:
    properties: dict[str, Any] = {"addressPrefix": prefix, "provisioningState": "Succeeded"}
    if security_group_id:
        properties["networkSecurityGroup"] = {"id": security_group_id}
    return {
        "id": f"{network_id}/subnets/{name}",
        "name": name,
        "type": f"{NETWORK_TYPE}/subnets",
        "properties": properties,
    }


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_NETWORKS, handler=list_group, operation=_READ),
    Route(
        method="GET",
        template=_PROVIDER + "/virtualNetworks",
        handler=list_subscription,
        operation=_READ,
        regions=no_region,
    ),
    Route(method="GET", template=_NETWORKS + "/{network}", handler=get, operation=_READ),
    Route(
        method="GET",
        template=_NETWORKS + "/{network}/virtualNetworkPeerings",
        handler=list_peerings,
        operation="Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    ),
    Route(
        method="GET",
        template=_PEERING,
        handler=get_peering,
        operation="Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    ),
    Route(
        method="PUT",
        template=_PEERING,
        handler=put_peering,
        operation="Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    ),
    Route(
        method="DELETE",
        template=_PEERING,
        handler=delete_peering,
        operation="Microsoft.Network/virtualNetworks/virtualNetworkPeerings/delete",
    ),
)
