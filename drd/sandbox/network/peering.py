"""Peerings: each side is made by itself, and traffic flows once both sides are there.

| this side is put while the other is | this side becomes | the other becomes |
|---|---|---|
| absent | Initiated | |
| Initiated or Connected | Connected | Connected |
| Disconnected | refused, unless this side is Disconnected itself: Initiated | |

When a side is deleted, or its network, the other becomes Disconnected.
"""

import ipaddress
from collections.abc import Mapping
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.longrunning import accepted
from drd.sandbox.network.change import address_of_operation, begin, delete_resource
from drd.sandbox.network.interface import NETWORK_TYPE
from drd.sandbox.network.lists import GROUP
from drd.sandbox.network.revision import revision_of
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

PEERING_TYPE = f"{NETWORK_TYPE}/virtualNetworkPeerings"
INITIATED, CONNECTED, DISCONNECTED = "Initiated", "Connected", "Disconnected"
_PEERINGS = GROUP + "/virtualNetworks/{network}/virtualNetworkPeerings"
_PEERING = _PEERINGS + "/{peering}"
_SWITCHES: Mapping[str, bool] = {
    "allowVirtualNetworkAccess": True,
    "allowForwardedTraffic": False,
    "allowGatewayTransit": False,
    "useRemoteGateways": False,
}


def build_peering(
    *, network_id: str, name: str, remote_id: str, state: str = CONNECTED, switches: Mapping[str, bool] | None = None
) -> Resource:
    """Return one side of a peering of a network with another."""
    return Resource(
        id=f"{network_id}/virtualNetworkPeerings/{name}",
        type=PEERING_TYPE,
        location="",
        properties={
            "peeringState": state,
            "peeringSyncLevel": "FullyInSync" if state == CONNECTED else "RemoteNotInSync",
            "provisioningState": "Succeeded",
            "remoteVirtualNetwork": {"id": remote_id},
            **_SWITCHES,
            **(switches or {"allowForwardedTraffic": True}),
        },
    )


def peerings_of(world: World, network: Resource) -> list[Resource]:
    """Return a network's sides of its peerings."""
    return list(world.store.each(PEERING_TYPE, under=network.id))


def list_all(call: Call) -> Response:
    """List a network's peerings."""
    network = call.world.store.require(call.arm_id(drop=1))
    return page(call, [peering_wire(call.world, one) for one in peerings_of(call.world, network)])


def get(call: Call) -> Response:
    """Answer a peering."""
    return answer(200, peering_wire(call.world, call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Make or change this side of a peering; see the table above."""
    network = call.world.store.require(call.arm_id(drop=2))
    remote = call.world.store.require(text_at(call.body, "properties", "remoteVirtualNetwork", "id"))
    existing = call.world.store.get(call.arm_id())
    _refuse_unfit(call, network, remote)
    other = _other_side(call.world, network, remote)
    state = _state(call, existing, other)
    switches = {name: bool(object_at(call.body, "properties").get(name, usual)) for name, usual in _SWITCHES.items()}
    built = build_peering(
        network_id=network.id, name=call.params["peering"], remote_id=remote.id, state=state, switches=switches
    )
    kept = call.keep(built.with_properties(provisioningState="Updating"))
    operation = begin(
        call,
        kind="peering.write",
        target=kept.id,
        region=network.location,
        outcome=lambda at: _settled(call, kept, other, at),
    )
    monitor = address_of_operation(call, network.location, operation)
    body = peering_wire(call.world, kept)
    return accepted(call, operation, status=200 if existing else 201, body=body, monitor=monitor)


def delete(call: Call) -> Response:
    """Take this side of a peering away; 204 when there is none."""
    peering = call.world.store.get(call.arm_id())
    if peering is None:
        return answer(204)
    network = call.world.store.require(call.arm_id(drop=2))

    def gone(at: datetime) -> JsonObject | None:
        call.remove(peering.id, at=at)
        remote = call.world.store.get(_remote_of(peering))
        other = _other_side(call.world, network, remote) if remote else None
        if other is not None:
            call.keep(_with_state(other, DISCONNECTED), at=at)
        return None

    return delete_resource(call, peering, kind="peering.delete", region=network.location, outcome=gone)


def disconnect_from(call: Call, network_id: str, at: datetime) -> None:
    """Disconnect what others have with a network that is gone."""
    for peering in call.world.store.each(PEERING_TYPE):
        if fold(_remote_of(peering)) == fold(network_id):
            call.keep(_with_state(peering, DISCONNECTED), at=at)


def peering_wire(world: World, peering: Resource) -> JsonObject:
    """Return the body of a peering, with the address space of the other network."""
    remote = world.store.get(_remote_of(peering))
    space = {"addressPrefixes": list(remote.properties["addressSpace"]["addressPrefixes"])} if remote else None
    known = {"remoteAddressSpace": space, "remoteVirtualNetworkAddressSpace": space} if space else {}
    return {
        "id": peering.id,
        "name": peering.name,
        "type": peering.type,
        "etag": revision_of(peering),
        "properties": {**peering.properties, **known},
    }


def _state(call: Call, existing: Resource | None, other: Resource | None) -> str:
    if other is None:
        return INITIATED
    was_cut = existing is not None and existing.properties["peeringState"] == DISCONNECTED
    if other.properties["peeringState"] == DISCONNECTED:
        if was_cut:
            return INITIATED
        raise ArmError(
            400,
            "RemotePeeringIsDisconnected",
            f"Cannot create or update peering {call.arm_id()} because remote peering {other.id} referencing parent "
            f"virtual network {call.arm_id(drop=2)} is in Disconnected state. Update or re-create the remote peering "
            "to get it back to Initiated state. Peering gets Disconnected when remote vnet or remote peering is "
            "deleted and re-created.",
        )
    return CONNECTED


def _refuse_unfit(call: Call, network: Resource, remote: Resource) -> None:
    spaces = [
        [ipaddress.ip_network(one) for one in each.properties["addressSpace"]["addressPrefixes"]]
        for each in (network, remote)
    ]
    overlapping = [str(own) for own in spaces[0] if any(own.overlaps(far) for far in spaces[1])]
    if overlapping:
        raise ArmError(
            400,
            "VnetAddressSpacesOverlap",
            f"Cannot create or update peering {call.arm_id()}. Virtual networks {network.id} and {remote.id} cannot be "
            f"peered because their address spaces overlap. Overlapping address prefixes: {', '.join(overlapping)}",
        )
    for peering in peerings_of(call.world, network):
        if fold(_remote_of(peering)) == fold(remote.id) and fold(peering.id) != fold(call.arm_id()):
            raise ArmError(
                400,
                "AnotherPeeringAlreadyReferencesRemoteVnet",
                f"Cannot create or update peering {call.arm_id()}. Virtual network {network.id} already has a peering "
                f"({peering.id}) referencing remote virtual network {remote.id}.",
            )


def _settled(call: Call, peering: Resource, other: Resource | None, at: datetime) -> JsonObject | None:
    call.keep(peering.with_properties(provisioningState="Succeeded"), at=at)
    far = call.world.store.get(other.id) if other else None
    if far is not None and peering.properties["peeringState"] == CONNECTED:
        call.keep(_with_state(far, CONNECTED), at=at)
    return None


def _other_side(world: World, network: Resource, remote: Resource) -> Resource | None:
    return next((one for one in peerings_of(world, remote) if fold(_remote_of(one)) == fold(network.id)), None)


def _remote_of(peering: Resource) -> str:
    return str(peering.properties["remoteVirtualNetwork"]["id"])


def _with_state(peering: Resource, state: str) -> Resource:
    level = "FullyInSync" if state == CONNECTED else "RemoteNotInSync"
    return peering.with_properties(peeringState=state, peeringSyncLevel=level)


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_PEERINGS, handler=list_all, operation=f"{PEERING_TYPE}/read"),
    Route(method="GET", template=_PEERING, handler=get, operation=f"{PEERING_TYPE}/read"),
    Route(method="PUT", template=_PEERING, handler=put, operation=f"{PEERING_TYPE}/write"),
    Route(method="DELETE", template=_PEERING, handler=delete, operation=f"{PEERING_TYPE}/delete"),
)
