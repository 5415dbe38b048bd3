"""Virtual machines: create on disks or from an image, read, change, delete. Their verbs are in `machine_power`."""

from dataclasses import replace
from typing import Any

from drd.sandbox.arm import fold, shout_group
from drd.sandbox.body import object_at, objects_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.compute.allocation import find_room
from drd.sandbox.compute.extension import nested
from drd.sandbox.compute.extension_state import EXTENSION_TYPE
from drd.sandbox.compute.identity import identity_of
from drd.sandbox.compute.instance_view import instance_view
from drd.sandbox.compute.machine import FIRST_ETAG, MACHINE_TYPE, bump_etag, disk_ids, place_machine
from drd.sandbox.compute.machine_operations import (
    accepted_with_both,
    begin,
    monitor_path,
    run,
    settle,
    vanish,
)
from drd.sandbox.compute.machine_plan import plan_machine
from drd.sandbox.compute.power import CREATING, RUNNING, UNALLOCATED, turn
from drd.sandbox.errors import conflict
from drd.sandbox.longrunning import accepted
from drd.sandbox.paging import page_of
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_MACHINES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines"
_READ = "Microsoft.Compute/virtualMachines/read"
_WRITE = "Microsoft.Compute/virtualMachines/write"
_TOP = ("zones", "plan", "extendedLocation", "placement")
_CHANGEABLE = (
    "additionalCapabilities",
    "capacityReservation",
    "diagnosticsProfile",
    "licenseType",
    "priority",
    "securityProfile",
)
"""What a machine may change without being made anew, beside its size, tags and identity."""


def get(call: Call) -> Response:
    """Answer a machine, with `$expand=instanceView` also its condition."""
    machine = call.world.store.require(call.arm_id())
    return answer(200, _wire(call, machine), {"etag": machine.etag})


def get_instance_view(call: Call) -> Response:
    """Answer a machine's condition."""
    machine = call.world.store.require(call.arm_id(drop=1))
    return answer(200, {"name": machine.name, **instance_view(call.world, machine, call.now)})


def list_group(call: Call) -> Response:
    """List a group's machines."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's machines that are not in a lost region; `statusOnly=true` only tells their condition."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Create a machine; the same PUT again adopts the machine that is there."""
    existing = call.world.store.get(call.arm_id())
    call.check_match(existing)
    if existing is not None:
        return _put_again(call, existing)
    plan = plan_machine(call)
    machine = Resource(
        id=call.arm_id(),
        type=MACHINE_TYPE,
        location=plan.location,
        properties={**plan.properties, "vmId": call.world.new_id(), "provisioningState": "Creating"},
        tags=tags_in(call.body),
        top={name: call.body[name] for name in _TOP if name in call.body} | identity_of(call),
        hidden={
            "power": CREATING,
            "powered_at": None,
            "from_image": plan.from_image,
            "user_data": text_at(call.body, "properties", "userData"),
        },
        etag=FIRST_ETAG,
    )
    refusal = find_room(call, machine, is_new=True)
    for disk in plan.disks:
        call.keep(disk)
    kept = place_machine(call.world, machine, at=call.now, by=call.identity)
    operation = begin(call, kept, "vm.create", lambda at: run(call, kept.id, at, refusal=refusal, anew=False))
    return accepted(call, operation, status=201, body=_wire(call, kept), monitor=monitor_path(kept, operation))


def patch(call: Call) -> Response:
    """Change tags, size, identity and a few profiles; the answer is that of a PUT on a machine that is there."""
    existing = call.world.store.require(call.arm_id())
    call.check_match(existing)
    return _changed(call, existing)


def delete(call: Call) -> Response:
    """Delete a machine, and what its references' `deleteOption` says; 204 when there is none."""
    machine = call.world.store.get(call.arm_id())
    if machine is None:
        return answer(204)
    during = turn(machine, "delete").during
    call.keep(machine.with_properties(provisioningState="Deleting").with_hidden(power=during))
    return accepted_with_both(call, machine, begin(call, machine, "vm.delete", lambda at: vanish(call, machine.id, at)))


def _put_again(call: Call, existing: Resource) -> Response:
    asked, known = _asked_disk_ids(call), disk_ids(existing)
    if len(asked) > len(known) or any(
        one and fold(one) != fold(there) for one, there in zip(asked, known, strict=False)
    ):
        raise conflict("PropertyChangeNotAllowed", "Changing property 'osDisk.managedDisk.id' is not allowed.")
    image = object_at(call.body, "properties", "storageProfile", "imageReference")
    kept = existing.properties["storageProfile"].get("imageReference", {})
    if image and any(kept.get(name) != value for name, value in image.items()):
        raise conflict("PropertyChangeNotAllowed", "Changing property 'imageReference' is not allowed.")
    return _changed(call, existing)


def _changed(call: Call, existing: Resource) -> Response:
    """Apply what may change, and answer 200: with an operation when the machine itself has to change."""
    running = [one for one in call.world.operations.running(target=existing.id) if one.kind == "vm.create"]
    size = text_at(call.body, "properties", "hardwareProfile", "vmSize")
    resizes = bool(size) and size.casefold() != str(existing.properties["hardwareProfile"]["vmSize"]).casefold()
    machine = _with_changes(call, existing)
    if existing.hidden["power"] == UNALLOCATED and not running:
        return _resized(call, machine, size or str(existing.properties["hardwareProfile"]["vmSize"]))
    if not resizes or running:
        kept = call.keep(machine)
        call.effect("vm.update", id=kept.id)
        if running:
            monitor = monitor_path(kept, running[0])
            return accepted(call, running[0], status=200, body=_wire(call, kept), monitor=monitor)
        return answer(200, _wire(call, kept), {"etag": kept.etag})
    return _resized(call, machine, size)


def _with_changes(call: Call, existing: Resource) -> Resource:
    asked = object_at(call.body, "properties")
    changes = {name: asked[name] for name in _CHANGEABLE if name in asked}
    tags = tags_in(call.body) if "tags" in call.body else existing.tags
    differs = any(existing.properties.get(name) != value for name, value in changes.items()) or tags != existing.tags
    machine = replace(existing.with_properties(**changes), tags=tags, top={**existing.top, **identity_of(call)})
    return bump_etag(machine) if differs else machine


def _resized(call: Call, machine: Resource, size: str) -> Response:
    change = turn(machine, "resize")
    resized = machine.with_properties(
        hardwareProfile={**machine.properties["hardwareProfile"], "vmSize": size}, provisioningState="Updating"
    )
    refusal = find_room(call, resized, is_new=True) if change.after == RUNNING else None
    kept = call.keep(resized.with_hidden(power=change.during))
    if change.after == RUNNING:
        operation = begin(call, kept, "vm.update", lambda at: run(call, kept.id, at, refusal=refusal, anew=True))
    else:
        operation = begin(call, kept, "vm.update", lambda at: settle(call, kept.id, at))
    return accepted(call, operation, status=200, body=_wire(call, kept), monitor=monitor_path(kept, operation))


def _asked_disk_ids(call: Call) -> list[str]:
    """Return the ids of the disks that a PUT attaches, the OS disk first; implicit ones have none before they exist."""
    storage = object_at(call.body, "properties", "storageProfile")
    disks = [object_at(storage, "osDisk"), *objects_at(storage, "dataDisks")]
    return [text_at(disk, "managedDisk", "id") for disk in disks]


def _wire(call: Call, machine: Resource) -> JsonObject:
    body = machine.wire()
    body["etag"] = machine.etag
    body["properties"]["storageProfile"] = _shouted(body["properties"]["storageProfile"])
    extensions = list(call.world.store.each(EXTENSION_TYPE, under=machine.id))
    if extensions:
        body["resources"] = [nested(one) for one in extensions]
    expand = call.query.get("$expand", "").casefold()
    if expand == "userdata" and machine.hidden.get("user_data"):
        body["properties"]["userData"] = machine.hidden["user_data"]
    if expand == "instanceview":
        body["properties"]["instanceView"] = instance_view(call.world, machine, call.now)
    return body


def _shouted(storage: dict[str, Any]) -> dict[str, Any]:
    """Return a storage profile as Compute echoes it: the groups of disks in capitals, whatever was sent."""

    def shout(disk: dict[str, Any]) -> dict[str, Any]:
        return {**disk, "managedDisk": {**disk["managedDisk"], "id": shout_group(str(disk["managedDisk"]["id"]))}}

    return {**storage, "osDisk": shout(storage["osDisk"]), "dataDisks": [shout(one) for one in storage["dataDisks"]]}


def _page_of(call: Call, group: str | None) -> Response:
    machines = call.world.store.each(MACHINE_TYPE, subscription=call.subscription, group=group)
    shown = [one for one in machines if not call.world.regions.is_lost(one.location, call.now)]
    if call.query.get("statusonly", "").casefold() != "true":
        return page_of(call, shown, lambda one: _wire(call, one))
    return page_of(call, shown, lambda one: _status_only(call, one))


def _status_only(call: Call, machine: Resource) -> JsonObject:
    view = instance_view(call.world, machine, call.now)
    known = {"vmId": machine.properties["vmId"], "instanceView": {"statuses": view["statuses"]}}
    return {
        "id": machine.id,
        "name": machine.name,
        "type": machine.type,
        "location": machine.location,
        "properties": known,
    }


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
    Route(method="PUT", template=_MACHINES + "/{machine}", handler=put, operation=_WRITE),
    Route(method="PATCH", template=_MACHINES + "/{machine}", handler=patch, operation=_WRITE),
    Route(
        method="DELETE",
        template=_MACHINES + "/{machine}",
        handler=delete,
        operation="Microsoft.Compute/virtualMachines/delete",
    ),
)
