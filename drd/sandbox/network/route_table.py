"""Tables of routes: list, get, put, delete. A subnet that names one has its routes before Azure's own."""

import ipaddress
from dataclasses import replace

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.change import delete_resource, location_of, put_resource
from drd.sandbox.network.interface import NETWORK_TYPE
from drd.sandbox.network.lists import GROUP, list_routes
from drd.sandbox.network.revision import check_match, wire
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

ROUTE_TABLE_TYPE = "Microsoft.Network/routeTables"
_TABLE = GROUP + "/routeTables/{name}"
_APPLIANCE = "VirtualAppliance"
_HOPS = ("VirtualNetworkGateway", "VnetLocal", "Internet", _APPLIANCE, "None")


def get(call: Call) -> Response:
    """Answer a table with its routes."""
    return answer(200, wire(call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create a table or replace its routes."""
    existing = call.world.store.get(call.arm_id())
    check_match(call, existing)
    location = location_of(call, existing)
    wanted = existing or Resource(id=call.arm_id(), type=ROUTE_TABLE_TYPE, location=location, properties={})
    routes = [_route(call.arm_id(), one) for one in objects_at(call.body, "properties", "routes")]
    changed = wanted.with_properties(
        provisioningState="Succeeded",
        disableBgpRoutePropagation=bool(object_at(call.body, "properties").get("disableBgpRoutePropagation")),
        routes=routes,
    )
    return put_resource(
        call, replace(changed, tags=tags_in(call.body)), kind="route-table.write", is_new=existing is None
    )


def delete(call: Call) -> Response:
    """Delete a table that no subnet names; 204 when there is none."""
    table = call.world.store.get(call.arm_id())
    if table is None:
        return answer(204)
    for network in call.world.store.each(NETWORK_TYPE):
        for subnet in network.properties.get("subnets", []):
            if fold(str((subnet["properties"].get("routeTable") or {}).get("id", ""))) == fold(table.id):
                raise ArmError(
                    400,
                    "InUseRouteTableCannotBeDeleted",
                    f"Route table {table.name} is in use and cannot be deleted.",
                )
    return delete_resource(call, table, kind="route-table.delete")


def _route(table_id: str, asked: JsonObject) -> JsonObject:
    """Return a route as its table holds it. Raises ArmError: 400, it says nothing that can be followed."""
    name, hop = text_at(asked, "name"), text_at(asked, "properties", "nextHopType")
    prefix = text_at(asked, "properties", "addressPrefix")
    address = text_at(asked, "properties", "nextHopIpAddress")
    known = next((one for one in _HOPS if fold(one) == fold(hop)), "")
    if not name or not known or bool(address) != (known == _APPLIANCE) or not _is_prefix(prefix):
        raise bad_request("InvalidRequestFormat", f"Cannot parse the request: route '{name}' of {table_id} is invalid.")
    properties: JsonObject = {"provisioningState": "Succeeded", "addressPrefix": prefix, "nextHopType": known}
    if address:
        properties["nextHopIpAddress"] = address
    return {
        "name": name,
        "id": f"{table_id}/routes/{name}",
        "type": f"{ROUTE_TABLE_TYPE}/routes",
        "properties": properties,
    }


def _is_prefix(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return bool(text) and not text[0].isdigit()
    return True


ROUTES: tuple[Route, ...] = (
    *list_routes(ROUTE_TABLE_TYPE),
    Route(method="GET", template=_TABLE, handler=get, operation=f"{ROUTE_TABLE_TYPE}/read"),
    Route(method="PUT", template=_TABLE, handler=put, operation=f"{ROUTE_TABLE_TYPE}/write"),
    Route(method="DELETE", template=_TABLE, handler=delete, operation=f"{ROUTE_TABLE_TYPE}/delete"),
)
