"""Virtual machines: create from disks, read, start, deallocate, delete."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from drd.sandbox.arm import fold, shout_group
from drd.sandbox.body import object_at, objects_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.compute.machine import (
    CREATING,
    MACHINE_TYPE,
    disk_ids,
    instance_view,
    place_machine,
    power_off,
    power_on,
    remove_machine,
    turn,
)
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.longrunning import accepted, operation_result, operation_status, region_of_operation
from drd.sandbox.operations import Operation, Outcome
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_MACHINES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines"
_READ = "Microsoft.Compute/virtualMachines/read"


def get(call: Call) -> Response:
    """Answer a machine, with `$expand=instanceView` also its condition."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def get_instance_view(call: Call) -> Response:
    """Answer a machine's condition."""
    machine = call.world.store.require(call.arm_id(drop=1))
    return answer(200, instance_view(call.world, machine, call.now))


def list_group(call: Call) -> Response:
    """List a group's machines."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's machines that are not in a lost region."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Create a machine on existing disks and interfaces; the same PUT again adopts the machine that is there."""
    existing = call.world.store.get(call.arm_id())
    call.check_match(existing)
    if existing is not None:
        return _put_again(call, existing)
    properties = _checked(call)
    machine = Resource(
        id=call.arm_id(),
        type=MACHINE_TYPE,
        location=str(call.body["location"]),
        properties={**properties, "vmId": call.world.new_id(), "provisioningState": "Creating"},
        tags=tags_in(call.body),
        top={name: call.body[name] for name in ("zones", "identity", "plan") if name in call.body},
        hidden={"power": CREATING, "powered_at": None},
    )
    kept = place_machine(call.world, machine, at=call.now, by=call.identity)
    operation = _start(call, kept, "vm.create", lambda at: _running(call, kept.id, at))
    return accepted(call, operation, status=201, body=_wire(call, kept), monitor=_monitor(kept, operation))


def start(call: Call) -> Response:
    """Start a machine; one that runs stays as it is."""
    return _turn(call, "start")


def deallocate(call: Call) -> Response:
    """Deallocate a machine; one that is deallocated stays as it is."""
    return _turn(call, "deallocate")


def delete(call: Call) -> Response:
    """Delete a machine, and what its references' `deleteOption` says; 204 when there is none."""
    machine = call.world.store.get(call.arm_id())
    if machine is None:
        return answer(204)
    during = turn(machine, "delete").during
    call.keep(machine.with_properties(provisioningState="Deleting").with_hidden(power=during))
    operation = _start(call, machine, "vm.delete", lambda at: _gone(call, machine.id, at))
    return _accepted_with_both(call, machine, operation)


def _put_again(call: Call, existing: Resource) -> Response:
    asked = _asked_disk_ids(call)
    if asked and [fold(one) for one in asked] != [fold(one) for one in disk_ids(existing)][: len(asked)]:
        raise conflict("PropertyChangeNotAllowed", "Changing property 'osDisk.managedDisk.id' is not allowed.")
    kept = call.keep(replace(existing, tags=tags_in(call.body) if "tags" in call.body else existing.tags))
    call.effect("vm.update", id=kept.id)
    running = [one for one in call.world.operations.running(target=kept.id) if one.kind == "vm.create"]
    if running:
        return accepted(call, running[0], status=200, body=_wire(call, kept), monitor=_monitor(kept, running[0]))
    return answer(200, _wire(call, kept))


def _checked(call: Call) -> dict[str, Any]:
    properties: dict[str, Any] = dict(object_at(call.body, "properties"))
    location = text_at(call.body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    asked = _asked_disk_ids(call)
    if not asked or not all(asked):
        raise bad_request(
            "InvalidParameter", "Required parameter 'managedDisk.id' is missing: this sandbox attaches disks."
        )
    for disk_id in asked:
        disk = _reference(call, disk_id, location)
        if _is_held(call, disk.top.get("managedBy")):
            raise conflict(
                "ConflictingUserInput",
                f"Disk '{disk.name}' cannot be attached as the disk is already owned by VM '{disk.top['managedBy']}'.",
            )
    interfaces = objects_at(properties, "networkProfile", "networkInterfaces")
    if not interfaces:
        raise bad_request("InvalidParameter", "Virtual Machine must have at least one network interface.")
    for one in interfaces:
        interface = _reference(call, text_at(one, "id"), location)
        if _is_held(call, interface.properties.get("virtualMachine", {}).get("id")):
            raise bad_request("NicInUse", f"Network Interface {interface.id} is used by another virtual machine.")
    storage = object_at(properties, "storageProfile")
    properties["storageProfile"] = {**storage, "dataDisks": objects_at(storage, "dataDisks")}
    return properties


def _is_held(call: Call, holder_id: str | None) -> bool:
    """Tell whether the machine that holds a disk or an interface still exists: a deleted group lets go."""
    return holder_id is not None and call.world.store.get(holder_id) is not None


def _asked_disk_ids(call: Call) -> list[str]:
    storage = object_at(call.body, "properties", "storageProfile")
    disks = [object_at(storage, "osDisk"), *objects_at(storage, "dataDisks")]
    return [text_at(disk, "managedDisk", "id") for disk in disks if disk]


def _reference(call: Call, wanted: str, location: str) -> Resource:
    found = call.world.store.get(wanted)
    if found is None:
        raise ArmError(404, "NotFound", f"Resource {wanted} is not found.")
    if fold(found.location) != fold(location):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {wanted} is in region {found.location}, the virtual machine in {location}: they must agree.",
        )
    return found


def _turn(call: Call, verb: str) -> Response:
    machine = call.world.store.require(call.arm_id(drop=1))
    change = turn(machine, verb)
    if machine.hidden["power"] != change.during:
        call.keep(machine.with_properties(provisioningState="Updating").with_hidden(power=change.during))
    outcome = _OUTCOMES[verb]
    operation = _start(call, machine, f"vm.{verb}", lambda at: outcome(call, machine.id, at))
    return _accepted_with_both(call, machine, operation)


def _start(call: Call, machine: Resource, kind: str, outcome: Outcome) -> Operation:
    took = call.world.profile.duration(kind, machine.id)
    operation = call.world.operations.start(
        kind, machine.id, region=machine.location, at=call.now, took=took, outcome=outcome
    )
    call.effect(kind, id=machine.id, operation=operation.id)
    return operation


def _monitor(machine: Resource, operation: Operation) -> str:
    scope = f"/subscriptions/{machine.subscription}/providers/Microsoft.Compute"
    return f"{scope}/locations/{machine.location}/operations/{operation.id}"


def _accepted_with_both(call: Call, machine: Resource, operation: Operation) -> Response:
    path = _monitor(machine, operation)
    return accepted(call, operation, monitor=path, location=path + "?monitor=true")


def _running(call: Call, machine_id: str, at: datetime) -> JsonObject | None:
    machine = call.world.store.get(machine_id)
    if machine is None:
        raise ArmError(404, "ResourceNotFound", f"The virtual machine '{machine_id}' is gone.")
    # A machine that already runs keeps the instant since which it does: its agent does not start again.
    since = machine.hidden.get("powered_at")
    call.keep(power_on(machine, since if isinstance(since, datetime) else at), at=at)
    return None


def _deallocated(call: Call, machine_id: str, at: datetime) -> JsonObject | None:
    machine = call.world.store.get(machine_id)
    if machine is None:
        raise ArmError(404, "ResourceNotFound", f"The virtual machine '{machine_id}' is gone.")
    call.keep(power_off(machine), at=at)
    return None


def _gone(call: Call, machine_id: str, at: datetime) -> JsonObject | None:
    machine = call.world.store.get(machine_id)
    if machine is not None:
        remove_machine(call.world, machine, at=at, by=call.identity)
    return None


_OUTCOMES = {"start": _running, "deallocate": _deallocated}


def _wire(call: Call, machine: Resource) -> JsonObject:
    body = machine.wire()
    body["properties"]["storageProfile"] = _shouted(body["properties"]["storageProfile"])
    if call.query.get("$expand", "").lower() == "instanceview":
        body["properties"]["instanceView"] = instance_view(call.world, machine, call.now)
    return body


def _shouted(storage: dict[str, Any]) -> dict[str, Any]:
    """Return a storage profile as Compute echoes it: the groups of disks in capitals, whatever was sent."""

    def shout(disk: dict[str, Any]) -> dict[str, Any]:
        return {**disk, "managedDisk": {**disk["managedDisk"], "id": shout_group(str(disk["managedDisk"]["id"]))}}

    return {**storage, "osDisk": shout(storage["osDisk"]), "dataDisks": [shout(one) for one in storage["dataDisks"]]}


def _page_of(call: Call, group: str | None) -> Response:
    machines = call.world.store.each(MACHINE_TYPE, subscription=call.subscription, group=group)
    return page(call, [_wire(call, one) for one in machines if not call.world.regions.is_lost(one.location, call.now)])


def _operation(call: Call) -> Response:
    return operation_result(call) if "monitor" in call.query else operation_status(call)


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_MACHINES, handler=list_group, operation=_READ),
    Route(
        method="GET",
        template=_PROVIDER + "/virtualMachines",
        handler=list_subscription,
        operation=_READ,
        regions=no_region,
    ),
    Route(method="GET", template=_MACHINES + "/{machine}", handler=get, operation=_READ),
    Route(
        method="GET",
        template=_MACHINES + "/{machine}/instanceView",
        handler=get_instance_view,
        operation="Microsoft.Compute/virtualMachines/instanceView/read",
    ),
    Route(
        method="PUT",
        template=_MACHINES + "/{machine}",
        handler=put,
        operation="Microsoft.Compute/virtualMachines/write",
    ),
    Route(
        method="DELETE",
        template=_MACHINES + "/{machine}",
        handler=delete,
        operation="Microsoft.Compute/virtualMachines/delete",
    ),
    Route(
        method="POST",
        template=_MACHINES + "/{machine}/start",
        handler=start,
        operation="Microsoft.Compute/virtualMachines/start/action",
    ),
    Route(
        method="POST",
        template=_MACHINES + "/{machine}/deallocate",
        handler=deallocate,
        operation="Microsoft.Compute/virtualMachines/deallocate/action",
    ),
    Route(
        method="GET",
        template=_PROVIDER + "/locations/{location}/operations/{operation}",
        handler=_operation,
        operation="Microsoft.Compute/locations/operations/read",
        regions=region_of_operation,
    ),
)
