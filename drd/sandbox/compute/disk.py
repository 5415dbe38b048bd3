"""Managed disks. A disk remembers whose data it holds (`lineage`) and as of when (`as_of`), whatever copies it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import shout_group
from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.longrunning import accepted, operation_result, operation_status, region_of_operation
from drd.sandbox.operations import Outcome
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

DISK_TYPE = "Microsoft.Compute/disks"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_DISKS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/disks"
_OPERATION = _PROVIDER + "/locations/{location}/DiskOperations/{operation}"


def build_disk(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    lineage: str,
    as_of: datetime,
    os_type: str = "",
    size_gb: int = 128,
    account: str = "",
    zones: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Resource:
    """Return a disk that holds the data of `lineage` (a machine's id) as of an instant; an OS disk has an `os_type`.

    `account` is the kind of storage, such as `Premium_LRS`; it decides `sku`.
    """
    properties: JsonObject = {
        "diskSizeGB": size_gb,
        "diskState": "Unattached",
        "timeCreated": instant_text(as_of),
        "creationData": {"createOption": "Restore"},
        "provisioningState": "Succeeded",
    }
    if os_type:
        properties |= {"osType": os_type, "hyperVGeneration": "V2"}
    return Resource(
        id=id,
        type=DISK_TYPE,
        location=location,
        properties=properties,
        tags=dict(tags or {}),
        top={"sku": sku_of(account), **({"zones": list(zones)} if zones else {})},
        hidden={"lineage": lineage, "as_of": as_of},
    )


def sku_of(account: str) -> JsonObject:
    """Return a disk's `sku` for a kind of storage; Azure tells the tier, whatever was sent."""
    name = account or "StandardSSD_LRS"
    return {"name": name, "tier": "Premium" if name.startswith("Premium") else "Standard"}


def attached(disk: Resource, machine_id: str) -> Resource:
    """Return the disk as it is when a machine holds it."""
    top = {**disk.top, "managedBy": shout_group(machine_id)}
    return replace(disk.with_properties(diskState="Attached"), top=top)


def detached(disk: Resource) -> Resource:
    """Return the disk as it is when no machine holds it."""
    top = {name: value for name, value in disk.top.items() if name != "managedBy"}
    return replace(disk.with_properties(diskState="Unattached"), top=top)


def get(call: Call) -> Response:
    """Answer a disk."""
    return answer(200, call.world.store.require(call.arm_id()).wire())


def list_group(call: Call) -> Response:
    """List a group's disks."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's disks that are not in a lost region."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Create a disk, empty or as a copy; a copy carries its source's lineage."""
    asked = object_at(call.body, "properties")
    option = text_at(asked, "creationData", "createOption")
    if option not in {"Empty", "Copy"}:
        raise bad_request(
            "InvalidParameter", f"The value '{option}' of parameter 'createOption' is not supported here."
        )
    existing = call.world.store.get(call.arm_id())
    if existing is not None:
        kept = call.keep(replace(existing, tags=tags_in(call.body)))
        call.effect("disk.update", id=kept.id)
        return answer(200, kept.wire())
    source = call.world.store.require(text_at(asked, "creationData", "sourceResourceId")) if option == "Copy" else None
    hidden = source.hidden if source else {"lineage": "", "as_of": call.now}
    properties = {**(source.properties if source else {}), **asked}
    disk = call.keep(
        Resource(
            id=call.arm_id(),
            type=DISK_TYPE,
            location=text_at(call.body, "location"),
            properties={**properties, "diskState": "Unattached", "provisioningState": "Updating"},
            tags=tags_in(call.body),
            top={"sku": call.body.get("sku", {"name": "StandardSSD_LRS"})},
            hidden=hidden,
        )
    )
    return _later(call, disk, "disk.create", lambda at: _set_succeeded(call, disk.id, at))


def delete(call: Call) -> Response:
    """Delete a disk that no machine holds; 204 when there is none."""
    disk = call.world.store.get(call.arm_id())
    if disk is None:
        return answer(204)
    if "managedBy" in disk.top and call.world.store.get(str(disk.top["managedBy"])) is not None:
        raise conflict(
            "OperationNotAllowed", f"Disk {disk.name} is attached to VM {disk.top['managedBy']} and cannot be deleted."
        )
    return _later(call, disk, "disk.delete", lambda at: _gone(call, disk.id, at))


def _later(call: Call, disk: Resource, kind: str, outcome: Outcome) -> Response:
    took = call.world.profile.duration(kind, disk.id)
    operation = call.world.operations.start(
        kind, disk.id, region=disk.location, at=call.now, took=took, outcome=outcome
    )
    call.effect(kind, id=disk.id, operation=operation.id)
    path = f"/subscriptions/{call.subscription}/providers/Microsoft.Compute/locations/{disk.location}"
    path += f"/DiskOperations/{operation.id}"
    body = disk.wire() if kind == "disk.create" else None
    return accepted(call, operation, body=body, monitor=path, location=path + "?monitor=true", retry_after=2)


def _set_succeeded(call: Call, disk_id: str, at: datetime) -> JsonObject | None:
    disk = call.world.store.get(disk_id)
    if disk is None:
        raise ArmError(404, "ResourceNotFound", f"The disk '{disk_id}' was deleted while it was being created.")
    return call.keep(disk.with_properties(provisioningState="Succeeded"), at=at).wire()


def _gone(call: Call, disk_id: str, at: datetime) -> JsonObject | None:
    call.remove(disk_id, at=at)
    return None


def _page_of(call: Call, group: str | None) -> Response:
    disks = call.world.store.each(DISK_TYPE, subscription=call.subscription, group=group)
    return page(call, [one.wire() for one in disks if not call.world.regions.is_lost(one.location, call.now)])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_DISKS, handler=list_group, operation="Microsoft.Compute/disks/read"),
    Route(
        method="GET",
        template=_PROVIDER + "/disks",
        handler=list_subscription,
        operation="Microsoft.Compute/disks/read",
        regions=no_region,
    ),
    Route(method="GET", template=_DISKS + "/{disk}", handler=get, operation="Microsoft.Compute/disks/read"),
    Route(method="PUT", template=_DISKS + "/{disk}", handler=put, operation="Microsoft.Compute/disks/write"),
    Route(method="DELETE", template=_DISKS + "/{disk}", handler=delete, operation="Microsoft.Compute/disks/delete"),
    Route(
        method="GET",
        template=_OPERATION,
        handler=lambda call: operation_result(call) if "monitor" in call.query else operation_status(call),
        operation="Microsoft.Compute/locations/diskOperations/read",
        regions=region_of_operation,
    ),
)
