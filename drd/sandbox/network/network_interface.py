"""Network interfaces: create, get, list, delete, and the effective security groups that prove an isolation."""

from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.longrunning import accepted, operation_result, operation_status, region_of_operation
from drd.sandbox.network.interface import (
    INTERFACE_TYPE,
    build_interface,
    find_subnet,
    free_address,
    machine_behind,
    network_of_subnet,
    subnet_id_of,
)
from drd.sandbox.network.security_group import effective_rules
from drd.sandbox.operations import Operation, Outcome
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Network"
_INTERFACES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/networkInterfaces"
_READ = "Microsoft.Network/networkInterfaces/read"


def get(call: Call) -> Response:
    """Answer an interface."""
    return answer(200, call.world.store.require(call.arm_id()).wire())


def list_group(call: Call) -> Response:
    """List a group's interfaces."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's interfaces that are not in a lost region."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Create an interface, or change the tags of one; the answer has Azure-AsyncOperation and no Location."""
    existing = call.world.store.get(call.arm_id())
    if existing is not None:
        kept = call.keep(replace(existing, tags=tags_in(call.body)))
        call.effect("nic.update", id=kept.id)
        running = [one for one in call.world.operations.running(target=kept.id) if one.kind == "nic.create"]
        if running:
            return accepted(call, running[0], status=200, body=kept.wire(), monitor=_monitor(kept, running[0]))
        return answer(200, kept.wire())
    asked = _configuration(call)
    subnet_id = text_at(asked, "subnet", "id")
    location = text_at(call.body, "location")
    network = network_of_subnet(call.world, subnet_id)
    if fold(network.location) != fold(location):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {subnet_id} referenced by resource {call.arm_id()} was not found. "
            "Make sure that the referenced resource exists, and that both resources are in the same region.",
        )
    built = build_interface(
        id=call.arm_id(),
        location=location,
        subnet_id=subnet_id,
        address=free_address(call.world, subnet_id, text_at(asked, "privateIPAddress")),
        security_group_id=text_at(call.body, "properties", "networkSecurityGroup", "id"),
        tags=tags_in(call.body),
    )
    interface = call.keep(built.with_properties(provisioningState="Updating"))
    operation = _start(call, interface, "nic.create", lambda at: _created(call, interface.id, at))
    return accepted(call, operation, status=201, body=interface.wire(), monitor=_monitor(interface, operation))


def delete(call: Call) -> Response:
    """Delete an interface that no machine holds; 204 when there is none."""
    interface = call.world.store.get(call.arm_id())
    if interface is None:
        return answer(204)
    holder = machine_behind(call.world, interface)
    if holder is not None:
        raise conflict(
            "NicInUse",
            f"Network Interface {interface.id} is used by existing resource {holder.id}. "
            "In order to delete the network interface, it must be dissociated from the resource.",
        )
    operation = _start(call, interface, "nic.delete", lambda at: _gone(call, interface.id, at))
    return accepted(
        call,
        operation,
        monitor=_monitor(interface, operation),
        location=_monitor(interface, operation, "operationResults"),
    )


def effective_security_groups(call: Call) -> Response:
    """Start the computation of the effective rules; only Location tells of it, and the machine must run."""
    interface = call.world.store.require(call.arm_id(drop=1))
    holder = machine_behind(call.world, interface)
    if holder is None or holder.hidden.get("power") != "running":
        raise bad_request(
            "NetworkInterfaceNotAttachedToRunningVM",
            f"Network interface {interface.id} must be attached to a running virtual machine.",
        )
    operation = _start(call, interface, "nic.effective-nsg", lambda _at: effective(call.world, interface))
    return accepted(call, operation, location=_monitor(interface, operation, "operationResults"))


def effective(world: World, interface: Resource) -> JsonObject:
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


def _configuration(call: Call) -> JsonObject:
    configurations = objects_at(call.body, "properties", "ipConfigurations")
    if not configurations:
        raise bad_request("InvalidRequestFormat", "A network interface needs at least one IP configuration.")
    return object_at(configurations[0], "properties")


def _start(call: Call, interface: Resource, kind: str, outcome: Outcome) -> Operation:
    took = call.world.profile.duration(kind, interface.id)
    operation = call.world.operations.start(
        kind, interface.id, region=interface.location, at=call.now, took=took, outcome=outcome
    )
    call.effect(kind, id=interface.id, operation=operation.id)
    return operation


def _monitor(interface: Resource, operation: Operation, kind: str = "operations") -> str:
    scope = f"/subscriptions/{interface.subscription}/providers/Microsoft.Network"
    return f"{scope}/locations/{interface.location}/{kind}/{operation.id}"


def _created(call: Call, interface_id: str, at: datetime) -> JsonObject | None:
    interface = call.world.store.get(interface_id)
    if interface is None:
        raise ArmError(404, "ResourceNotFound", f"The interface '{interface_id}' was deleted while it was created.")
    return call.keep(interface.with_properties(provisioningState="Succeeded"), at=at).wire()


def _gone(call: Call, interface_id: str, at: datetime) -> JsonObject | None:
    call.remove(interface_id, at=at)
    return None


def _page_of(call: Call, group: str | None) -> Response:
    interfaces = call.world.store.each(INTERFACE_TYPE, subscription=call.subscription, group=group)
    up = [one for one in interfaces if not call.world.regions.is_lost(one.location, call.now)]
    return page(call, [one.wire() for one in up])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_INTERFACES, handler=list_group, operation=_READ),
    Route(
        method="GET",
        template=_PROVIDER + "/networkInterfaces",
        handler=list_subscription,
        operation=_READ,
        regions=no_region,
    ),
    Route(method="GET", template=_INTERFACES + "/{name}", handler=get, operation=_READ),
    Route(
        method="PUT",
        template=_INTERFACES + "/{name}",
        handler=put,
        operation="Microsoft.Network/networkInterfaces/write",
    ),
    Route(
        method="DELETE",
        template=_INTERFACES + "/{name}",
        handler=delete,
        operation="Microsoft.Network/networkInterfaces/delete",
    ),
    Route(
        method="POST",
        template=_INTERFACES + "/{name}/effectiveNetworkSecurityGroups",
        handler=effective_security_groups,
        operation="Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
    ),
    Route(
        method="GET",
        template=_PROVIDER + "/locations/{location}/operations/{operation}",
        handler=operation_status,
        operation="Microsoft.Network/locations/operations/read",
        regions=region_of_operation,
    ),
    Route(
        method="GET",
        template=_PROVIDER + "/locations/{location}/operationResults/{operation}",
        handler=operation_result,
        operation="Microsoft.Network/locations/operationResults/read",
        regions=region_of_operation,
    ),
)
