"""Public IP addresses, as far as Traffic Manager's Azure endpoints need them: an address, a name, and who holds it."""

import hashlib
from dataclasses import replace

from drd.sandbox.arm import fold
from drd.sandbox.body import tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.change import delete_resource, location_of, put_resource
from drd.sandbox.network.interface import INTERFACE_TYPE, address_of
from drd.sandbox.network.lists import GROUP, list_routes
from drd.sandbox.network.revision import check_match, wire
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

PUBLIC_ADDRESS_TYPE = "Microsoft.Network/publicIPAddresses"
_ADDRESS = GROUP + "/publicIPAddresses/{name}"


def attached_address(call: Call, interface: Resource, address_id: str) -> Resource:
    """Return an interface that holds a public address too, where one is asked for.

    Raises:
        ArmError: 400, there is no such address in the region, or another interface holds it.
    """
    if not address_id:
        return interface
    address = call.world.store.get(address_id)
    if address is None or fold(address.location) != fold(interface.location):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {address_id} referenced by resource {interface.id} was not found. "
            "Make sure that the referenced resource exists, and that both resources are in the same region.",
        )
    holder = holder_of(call.world, address)
    if holder is not None and fold(holder.id) != fold(interface.id):
        raise bad_request(
            "PublicIPAddressInUse",
            f"Resource {interface.id}/ipConfigurations/ipconfig1 is referencing public IP address {address.id} that "
            f"is already allocated to resource {holder.id}/ipConfigurations/ipconfig1.",
        )
    configuration = interface.properties["ipConfigurations"][0]
    properties = {**configuration["properties"], "publicIPAddress": {"id": address.id}}
    return interface.with_properties(ipConfigurations=[{**configuration, "properties": properties}])


def holder_of(world: World, address: Resource) -> Resource | None:
    """Return the interface that holds a public address, or None."""
    for interface in world.store.each(INTERFACE_TYPE):
        held = interface.properties["ipConfigurations"][0]["properties"].get("publicIPAddress")
        if held and fold(str(held["id"])) == fold(address.id):
            return interface
    return None


def host_of(address: Resource) -> str:
    """Return the name under which a public address is known, or empty."""
    return str(address.properties.get("dnsSettings", {}).get("fqdn", ""))


def addresses_of_host(world: World, host: str) -> tuple[str, ...] | None:
    """Return the private address behind a `cloudapp.azure.com` name; None when no public address has the name."""
    for address in world.store.each(PUBLIC_ADDRESS_TYPE):
        if host_of(address).casefold() == host.casefold():
            holder = holder_of(world, address)
            return (address_of(holder),) if holder else ()
    return None


def get(call: Call) -> Response:
    """Answer a public address."""
    return answer(200, address_wire(call.world, call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create a public address or change its name."""
    existing = call.world.store.get(call.arm_id())
    check_match(call, existing)
    location = location_of(call, existing)
    properties = {
        "provisioningState": "Succeeded",
        "ipAddress": existing.properties["ipAddress"] if existing else _address_for(call.arm_id()),
        "publicIPAddressVersion": "IPv4",
        "publicIPAllocationMethod": text_at(call.body, "properties", "publicIPAllocationMethod") or "Static",
        "idleTimeoutInMinutes": 4,
    }
    label = text_at(call.body, "properties", "dnsSettings", "domainNameLabel")
    if label:
        properties["dnsSettings"] = {"domainNameLabel": label, "fqdn": f"{label}.{location}.cloudapp.azure.com"}
    wanted = Resource(
        id=call.arm_id(),
        type=PUBLIC_ADDRESS_TYPE,
        location=location,
        properties=properties,
        tags=tags_in(call.body),
        top={"sku": {"name": "Standard", "tier": "Regional"}},
    )
    return put_resource(call, wanted, kind="public-address.write", is_new=existing is None)


def patch(call: Call) -> Response:
    """Replace a public address's tags, at once."""
    kept = call.keep(replace(call.world.store.require(call.arm_id()), tags=tags_in(call.body)))
    call.effect("public-address.tags", id=kept.id)
    return answer(200, wire(kept))


def delete(call: Call) -> Response:
    """Delete a public address that no interface holds; 204 when there is none."""
    address = call.world.store.get(call.arm_id())
    if address is None:
        return answer(204)
    holder = holder_of(call.world, address)
    if holder is not None:
        raise ArmError(
            400,
            "PublicIPAddressCannotBeDeleted",
            f"Public IP address {address.id} can not be deleted since it is still allocated to resource "
            f"{holder.id}/ipConfigurations/ipconfig1. In order to delete the public IP, disassociate it first.",
        )
    return delete_resource(call, address, kind="public-address.delete")


def address_wire(world: World, address: Resource) -> JsonObject:
    """Return the body of a public address: it knows who holds it."""
    holder = holder_of(world, address)
    if holder is None:
        return wire(address)
    return wire(address, ipConfiguration={"id": f"{holder.id}/ipConfigurations/ipconfig1"})


def _address_for(address_id: str) -> str:
    # A documentation range (RFC 2544's benchmarking block), so that nobody's real address is named.
    digest = hashlib.sha256(fold(address_id).encode()).digest()
    return f"198.18.{digest[0]}.{digest[1]}"


ROUTES: tuple[Route, ...] = (
    *list_routes(PUBLIC_ADDRESS_TYPE, address_wire),
    Route(method="GET", template=_ADDRESS, handler=get, operation=f"{PUBLIC_ADDRESS_TYPE}/read"),
    Route(method="PUT", template=_ADDRESS, handler=put, operation=f"{PUBLIC_ADDRESS_TYPE}/write"),
    Route(method="PATCH", template=_ADDRESS, handler=patch, operation=f"{PUBLIC_ADDRESS_TYPE}/write"),
    Route(method="DELETE", template=_ADDRESS, handler=delete, operation=f"{PUBLIC_ADDRESS_TYPE}/delete"),
)
