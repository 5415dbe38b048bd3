"""Subnets: members of their network's body, each with an address of its own."""

import ipaddress

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, text_at, texts_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, not_found
from drd.sandbox.longrunning import accepted
from drd.sandbox.network.change import address_of_operation, begin
from drd.sandbox.network.interface import NETWORK_TYPE, interfaces_in
from drd.sandbox.network.lists import GROUP
from drd.sandbox.network.revision import nested
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

SUBNET_TYPE = f"{NETWORK_TYPE}/subnets"
_SUBNETS = GROUP + "/virtualNetworks/{network}/subnets"
_SUBNET = _SUBNETS + "/{subnet}"


def build_subnet(network_id: str, name: str, prefix: str, security_group_id: str = "") -> JsonObject:
    """Return a subnet as its network holds it."""
    properties: JsonObject = {
        "addressPrefix": prefix,
        "provisioningState": "Succeeded",
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        "delegations": [],
    }
    if security_group_id:
        properties["networkSecurityGroup"] = {"id": security_group_id}
    return {"id": f"{network_id}/subnets/{name}", "name": name, "type": SUBNET_TYPE, "properties": properties}


def subnets_of(network: Resource) -> list[JsonObject]:
    """Return a network's subnets as it holds them."""
    return list(network.properties.get("subnets", []))


def subnet_wire(world: World, subnet: JsonObject) -> JsonObject:
    """Return the body of a subnet, with the IP configurations that stand in it."""
    properties = dict(subnet["properties"])
    inside = [{"id": f"{one.id}/ipConfigurations/ipconfig1"} for one in interfaces_in(world, str(subnet["id"]))]
    if inside:
        properties["ipConfigurations"] = inside
    return nested(id=str(subnet["id"]), kind=SUBNET_TYPE, properties=properties)


def subnet_asked(call: Call, network: Resource, asked: JsonObject, name: str = "") -> JsonObject:
    """Return the subnet that a body asks for.

    Raises:
        ArmError: 400, it has no name, no prefix, or a security group that is not there or stands elsewhere.
    """
    called = name or text_at(asked, "name")
    prefixes = texts_at(asked, "properties", "addressPrefixes")
    prefix = text_at(asked, "properties", "addressPrefix") or (prefixes[0] if prefixes else "")
    if not called or not prefix:
        raise bad_request("InvalidRequestFormat", "Cannot parse the request: a subnet needs a name and addressPrefix.")
    group_id = text_at(object_at(asked, "properties"), "networkSecurityGroup", "id")
    group = call.world.store.get(group_id) if group_id else None
    if group_id and (group is None or fold(group.location) != fold(network.location)):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {group_id} referenced by resource {network.id}/subnets/{called} was not found. Please make sure "
            "that the referenced resource exists, and that both resources are in the same region.",
        )
    subnet = build_subnet(network.id, called, prefix, group.id if group else "")
    subnet["properties"].update(_beside(call, network, called, object_at(asked, "properties")))
    return subnet


def _beside(call: Call, network: Resource, name: str, asked: JsonObject) -> JsonObject:
    """Return what else leads traffic: a table of routes, and doors to services of Azure."""
    found: JsonObject = {}
    table_id = text_at(asked, "routeTable", "id")
    table = call.world.store.get(table_id) if table_id else None
    if table_id and (table is None or fold(table.location) != fold(network.location)):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {table_id} referenced by resource {network.id}/subnets/{name} was not found. Please make sure "
            "that the referenced resource exists, and that both resources are in the same region.",
        )
    if table is not None:
        found["routeTable"] = {"id": table.id}
    services = [text_at(one, "service") for one in objects_at(asked, "serviceEndpoints")]
    if any(services):
        found["serviceEndpoints"] = [
            {"service": one, "locations": [network.location], "provisioningState": "Succeeded"} for one in services
        ]
    return found


def refuse_outside(network: Resource, subnet: JsonObject) -> None:
    """Let a subnet through that lies in its network and overlaps no other.

    Raises:
        ArmError: 400, see the code.
    """
    prefix = _prefix_of(subnet)
    spaces = [ipaddress.ip_network(one) for one in network.properties["addressSpace"]["addressPrefixes"]]
    if not any(_lies_in(prefix, space) for space in spaces):
        raise ArmError(
            400,
            "NetcfgInvalidSubnet",
            f"Subnet '{subnet['name']}' is not valid because its IP address range is outside the IP address range of "
            f"virtual network '{network.name}'.",
        )
    for other in subnets_of(network):
        if fold(str(other["id"])) != fold(str(subnet["id"])) and prefix.overlaps(_prefix_of(other)):
            raise ArmError(
                400,
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{subnet['name']}' is not valid because its IP address range overlaps with that of an "
                f"existing subnet in virtual network '{network.name}'.",
            )


def refuse_used(world: World, subnet: JsonObject) -> None:
    """Let a subnet go that nothing stands in.

    Raises:
        ArmError: 400 `InUseSubnetCannotBeDeleted`.
    """
    inside = interfaces_in(world, str(subnet["id"]))
    if inside:
        raise ArmError(
            400,
            "InUseSubnetCannotBeDeleted",
            f"Subnet {subnet['name']} is in use by {inside[0].id}/ipConfigurations/ipconfig1 and cannot be deleted. "
            "In order to delete the subnet, delete all the resources within the subnet.",
        )


def list_all(call: Call) -> Response:
    """List a network's subnets."""
    network = call.world.store.require(call.arm_id(drop=1))
    return page(call, [subnet_wire(call.world, one) for one in subnets_of(network)])


def get(call: Call) -> Response:
    """Answer a subnet."""
    return answer(200, subnet_wire(call.world, _require(call)))


def put(call: Call) -> Response:
    """Create or replace a subnet of a network."""
    network = call.world.store.require(call.arm_id(drop=2))
    others = _others(network, call.params["subnet"])
    subnet = subnet_asked(call, network, call.body, call.params["subnet"])
    refuse_outside(network.with_properties(subnets=others), subnet)
    is_new = len(others) == len(subnets_of(network))
    call.keep(network.with_properties(subnets=[*others, subnet]))
    operation = begin(call, kind="subnet.write", target=str(subnet["id"]), region=network.location)
    monitor = address_of_operation(call, network.location, operation)
    body = subnet_wire(call.world, subnet)
    return accepted(call, operation, status=201 if is_new else 200, body=body, monitor=monitor)


def delete(call: Call) -> Response:
    """Delete a subnet that nothing stands in; 204 when there is none."""
    network = call.world.store.require(call.arm_id(drop=2))
    if len(_others(network, call.params["subnet"])) == len(subnets_of(network)):
        return answer(204)
    refuse_used(call.world, _require(call))

    def gone(_at: object) -> JsonObject | None:
        standing = call.world.store.require(network.id)
        call.keep(standing.with_properties(subnets=_others(standing, call.params["subnet"])))
        return None

    operation = begin(call, kind="subnet.delete", target=call.arm_id(), region=network.location, outcome=gone)
    return accepted(
        call,
        operation,
        monitor=address_of_operation(call, network.location, operation),
        location=address_of_operation(call, network.location, operation, "operationResults"),
    )


def _require(call: Call) -> JsonObject:
    network = call.world.store.require(call.arm_id(drop=2))
    for subnet in subnets_of(network):
        if fold(str(subnet["name"])) == fold(call.params["subnet"]):
            return subnet
    raise not_found(SUBNET_TYPE, f"{network.name}/{call.params['subnet']}", network.group)


def _others(network: Resource, name: str) -> list[JsonObject]:
    return [one for one in subnets_of(network) if fold(str(one["name"])) != fold(name)]


def _prefix_of(subnet: JsonObject) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    prefix = str(subnet["properties"]["addressPrefix"])
    try:
        return ipaddress.ip_network(prefix)
    except ValueError as error:
        raise ArmError(
            400, "InvalidAddressPrefixFormat", f"Address prefix {prefix} of subnet {subnet['name']} is invalid."
        ) from error


def _lies_in(inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: object) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    return (
        isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)
    )


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_SUBNETS, handler=list_all, operation=f"{SUBNET_TYPE}/read"),
    Route(method="GET", template=_SUBNET, handler=get, operation=f"{SUBNET_TYPE}/read"),
    Route(method="PUT", template=_SUBNET, handler=put, operation=f"{SUBNET_TYPE}/write"),
    Route(method="DELETE", template=_SUBNET, handler=delete, operation=f"{SUBNET_TYPE}/delete"),
)
