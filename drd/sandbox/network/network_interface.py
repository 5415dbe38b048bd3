"""Network interfaces: create, change, get, list, delete."""

from dataclasses import replace

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.network.change import address_of_operation, delete_resource, location_of, put_resource
from drd.sandbox.network.interface import (
    DYNAMIC,
    INTERFACE_TYPE,
    STATIC,
    address_of,
    build_interface,
    free_address,
    machine_behind,
    network_of_subnet,
    subnet_id_of,
)
from drd.sandbox.network.lists import GROUP, list_routes
from drd.sandbox.network.public_address import attached_address
from drd.sandbox.network.revision import check_match, wire
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_INTERFACE = GROUP + "/networkInterfaces/{name}"


def get(call: Call) -> Response:
    """Answer an interface."""
    return answer(200, wire(call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create an interface or change one; the answer has Azure-AsyncOperation and no Location."""
    existing = call.world.store.get(call.arm_id())
    check_match(call, existing)
    location = location_of(call, existing)
    if existing is not None and "ipConfigurations" not in object_at(call.body, "properties"):
        return _told(call, replace(existing, tags=tags_in(call.body)))
    asked = _configuration(call)
    subnet_id = text_at(asked, "subnet", "id")
    _check_region(call, subnet_id, location)
    built = build_interface(
        id=call.arm_id(),
        location=location,
        subnet_id=subnet_id,
        address=_address(call, asked, subnet_id, existing),
        security_group_id=_security_group(call, location),
        tags=tags_in(call.body),
        method=_method(asked),
    )
    wanted = attached_address(call, built, text_at(asked, "publicIPAddress", "id"))
    if existing is None:
        return put_resource(call, wanted, kind="nic.create", is_new=True)
    return _told(call, _with_holder(wanted, existing))


def patch(call: Call) -> Response:
    """Replace an interface's tags, at once."""
    kept = call.keep(replace(call.world.store.require(call.arm_id()), tags=tags_in(call.body)))
    call.effect("nic.update", id=kept.id)
    return answer(200, wire(kept))


def delete(call: Call) -> Response:
    """Delete an interface that no machine holds; 204 when there is none."""
    interface = call.world.store.get(call.arm_id())
    if interface is None:
        return answer(204)
    holder = machine_behind(call.world, interface)
    if holder is not None:
        raise ArmError(
            400,
            "NicInUse",
            f"Network Interface {interface.id} is used by existing resource {holder.id}. In order to delete the "
            "network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.",
        )
    return delete_resource(call, interface, kind="nic.delete")


def _told(call: Call, wanted: Resource) -> Response:
    """Change an interface; while it is still being made, tell of that operation."""
    running = [one for one in call.world.operations.running(target=wanted.id) if one.kind == "nic.create"]
    if not running:
        return put_resource(call, wanted, kind="nic.update", is_new=False)
    kept = call.keep(wanted.with_properties(provisioningState="Updating"))
    call.effect("nic.update", id=kept.id)
    monitor = address_of_operation(call, kept.location, running[0])
    return accepted(call, running[0], status=200, body=wire(kept), monitor=monitor)


def _configuration(call: Call) -> JsonObject:
    configurations = objects_at(call.body, "properties", "ipConfigurations")
    if not configurations:
        raise bad_request("InvalidRequestFormat", "A network interface needs at least one IP configuration.")
    if len(configurations) > 1:
        raise bad_request("InvalidRequestFormat", "The sandbox models interfaces with one IP configuration.")
    return object_at(configurations[0], "properties")


def _check_region(call: Call, subnet_id: str, location: str) -> None:
    if fold(network_of_subnet(call.world, subnet_id).location) != fold(location):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {subnet_id} referenced by resource {call.arm_id()} was not found. "
            "Make sure that the referenced resource exists, and that both resources are in the same region.",
        )


def _method(asked: JsonObject) -> str:
    wanted = text_at(asked, "privateIPAllocationMethod") or DYNAMIC
    if fold(wanted) not in {fold(STATIC), fold(DYNAMIC)}:
        raise bad_request("InvalidRequestFormat", f"'{wanted}' is no privateIPAllocationMethod.")
    return STATIC if fold(wanted) == fold(STATIC) else DYNAMIC


def _address(call: Call, asked: JsonObject, subnet_id: str, existing: Resource | None) -> str:
    """Return the address: the one it has while it stays in its subnet and no other is asked for."""
    wanted = text_at(asked, "privateIPAddress")
    if existing is not None and fold(subnet_id_of(existing)) == fold(subnet_id):
        held = address_of(existing)
        if wanted in {"", held}:
            return held
    if not wanted and _method(asked) == STATIC:
        raise bad_request(
            "PrivateIPAddressNotProvided", "A static private IP address needs privateIPAddress in its configuration."
        )
    return free_address(call.world, subnet_id, wanted)


def _security_group(call: Call, location: str) -> str:
    group_id = text_at(call.body, "properties", "networkSecurityGroup", "id")
    if not group_id:
        return ""
    group = call.world.store.get(group_id)
    if group is None or fold(group.location) != fold(location):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {group_id} referenced by resource {call.arm_id()} was not found. "
            "Make sure that the referenced resource exists, and that both resources are in the same region.",
        )
    return group.id


def _with_holder(wanted: Resource, existing: Resource) -> Resource:
    holder = existing.properties.get("virtualMachine")
    return wanted.with_properties(virtualMachine=holder) if holder else wanted


ROUTES: tuple[Route, ...] = (
    *list_routes(INTERFACE_TYPE),
    Route(method="GET", template=_INTERFACE, handler=get, operation=f"{INTERFACE_TYPE}/read"),
    Route(method="PUT", template=_INTERFACE, handler=put, operation=f"{INTERFACE_TYPE}/write"),
    Route(method="PATCH", template=_INTERFACE, handler=patch, operation=f"{INTERFACE_TYPE}/write"),
    Route(method="DELETE", template=_INTERFACE, handler=delete, operation=f"{INTERFACE_TYPE}/delete"),
)
