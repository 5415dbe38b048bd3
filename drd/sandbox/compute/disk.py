"""Managed disks. A disk remembers whose data it holds (`lineage`) and as of when (`as_of`), whatever copies it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from drd.sandbox.arm import shout_group
from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.disk_operations import begin_later, gone, settled, source_of, traced, unique_id
from drd.sandbox.compute.disk_performance import performance, sku_of
from drd.sandbox.compute.power import DEALLOCATED
from drd.sandbox.errors import bad_request, conflict
from drd.sandbox.paging import page_of
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

DISK_TYPE = "Microsoft.Compute/disks"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_DISKS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/disks"
_BYTES = 1024**3
_COME_ALONG = frozenset({"lineage", "as_of", "infected", "flaws"})
_INHERITED = ("osType", "hyperVGeneration", "diskSizeGB", "purchasePlan", "supportedCapabilities", "securityProfile")
"""What a copy has from its source, unless its body says otherwise."""
_CHANGEABLE = ("diskSizeGB", "networkAccessPolicy", "publicNetworkAccess", "burstingEnabled", "tier", "osType")


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


def attached(disk: Resource, machine_id: str) -> Resource:
    """Return the disk as it is when a machine holds it."""
    top = {**disk.top, "managedBy": shout_group(machine_id)}
    return replace(disk.with_properties(diskState="Attached"), top=top)


def detached(disk: Resource) -> Resource:
    """Return the disk as it is when no machine holds it."""
    top = {name: value for name, value in disk.top.items() if name != "managedBy"}
    return replace(disk.with_properties(diskState="Unattached"), top=top)


def holder_of(call: Call, disk: Resource) -> Resource | None:
    """Return the machine that holds the disk, if it still exists."""
    return call.world.store.get(str(disk.top["managedBy"])) if "managedBy" in disk.top else None


def contents(call: Call, source: Resource) -> Mapping[str, object]:
    """Return whose data a copy of a disk made now holds, and as of when: a machine that runs writes on."""
    holder = holder_of(call, source)
    writes = holder is not None and holder.hidden.get("powered_at") is not None
    return {**source.hidden, "as_of": call.now} if writes else dict(source.hidden)


def disk_wire(call: Call, disk: Resource) -> JsonObject:
    """Return the body that answers for a disk."""
    body = disk.wire()
    properties = body["properties"]
    size = int(properties.get("diskSizeGB", 0))
    known = {
        "uniqueId": unique_id(disk),
        "diskSizeBytes": size * _BYTES,
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "LastOwnershipUpdateTime": properties.get("timeCreated", ""),
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        **performance(size, str(disk.top["sku"]["name"])),
    }
    body["properties"] = {**known, **properties}
    holder = holder_of(call, disk)
    if holder is not None and holder.hidden.get("power") == DEALLOCATED:
        body["properties"]["diskState"] = "Reserved"
    return body


def get(call: Call) -> Response:
    """Answer a disk."""
    return answer(200, disk_wire(call, call.world.store.require(call.arm_id())))


def list_group(call: Call) -> Response:
    """List a group's disks."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's disks that are not in a lost region."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Create a disk, empty or from another; a copy carries its source's lineage. One that is there is changed."""
    existing = call.world.store.get(call.arm_id())
    if existing is not None:
        return _changed(call, existing)
    asked = object_at(call.body, "properties")
    make = _OPTIONS.get(text_at(asked, "creationData", "createOption"))
    if make is None:
        option = text_at(asked, "creationData", "createOption")
        raise bad_request(
            "InvalidParameter", f"The value '{option}' of parameter 'createOption' is not supported here."
        )
    inherited, hidden = make(call)
    location = text_at(call.body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    source = call.world.store.get(text_at(asked, "creationData", "sourceResourceId"))
    properties = {**inherited, **asked, "creationData": traced(asked, source), "timeCreated": instant_text(call.now)}
    zones = {"zones": call.body["zones"]} if call.body.get("zones") else {}
    disk = call.keep(
        Resource(
            id=call.arm_id(),
            type=DISK_TYPE,
            location=location,
            properties={**properties, "diskState": "Unattached", "provisioningState": "Updating"},
            tags=tags_in(call.body),
            top={"sku": sku_of(text_at(call.body, "sku", "name")), **zones},
            hidden=hidden,
        )
    )
    end = settled(call, disk.id, lambda one: disk_wire(call, one))
    return begin_later(call, disk, "disk.create", end, body=disk_wire(call, disk))


def patch(call: Call) -> Response:
    """Change tags, size, performance and access of a disk."""
    return _changed(call, call.world.store.require(call.arm_id()))


def delete(call: Call) -> Response:
    """Delete a disk that no machine holds; 204 when there is none."""
    disk = call.world.store.get(call.arm_id())
    if disk is None:
        return answer(204)
    if holder_of(call, disk) is not None:
        raise conflict(
            "OperationNotAllowed", f"Disk {disk.name} is attached to VM {disk.top['managedBy']} and cannot be deleted."
        )
    return begin_later(call, disk, "disk.delete", gone(call, disk.id))


def _changed(call: Call, existing: Resource) -> Response:
    asked = object_at(call.body, "properties")
    size = asked.get("diskSizeGB")
    if isinstance(size, int) and size < int(existing.properties.get("diskSizeGB", 0)):
        raise conflict(
            "OperationNotAllowed",
            f"The new disk size of {size} GB is smaller than the current size: the size of disk '{existing.name}' may "
            "only grow.",
        )
    _check_source(existing, object_at(asked, "creationData"))
    changes = {name: asked[name] for name in _CHANGEABLE if name in asked}
    account = text_at(call.body, "sku", "name")
    top = {**existing.top, "sku": sku_of(account)} if account else existing.top
    tags = tags_in(call.body) if "tags" in call.body else existing.tags
    changed = replace(existing.with_properties(**changes), tags=tags, top=top)
    if call.request.method == "PUT" and changed == existing:
        call.effect("disk.update", id=existing.id)
        return answer(200, disk_wire(call, existing))
    kept = call.keep(changed.with_properties(provisioningState="Updating"))
    end = settled(call, kept.id, lambda one: disk_wire(call, one))
    return begin_later(call, kept, "disk.update", end, body=disk_wire(call, kept))


def _check_source(existing: Resource, asked: JsonObject) -> None:
    kept = existing.properties["creationData"]
    for name, value in asked.items():
        same = str(kept.get(name, "")).casefold() == str(value).casefold()
        if not same:
            raise conflict("PropertyChangeNotAllowed", f"Changing property 'creationData.{name}' is not allowed.")


_Made = tuple[JsonObject, Mapping[str, object]]


def _empty(call: Call) -> _Made:
    size = object_at(call.body, "properties").get("diskSizeGB")
    if not isinstance(size, int):
        raise bad_request("InvalidParameter", "Required parameter 'disk.diskSizeGB' is missing (null).")
    return {}, {"lineage": "", "as_of": call.now}


def _copied(call: Call) -> _Made:
    """Make a disk of a disk, a snapshot or a restore point that is whole."""
    source = source_of(call, same_region=True)
    until = source.hidden.get("copied_at")
    if isinstance(until, datetime) and until > call.now:
        raise conflict(
            "OperationNotAllowed",
            f"Cannot create a disk from '{source.name}' while its background copy is in progress.",
        )
    return inherited_from(call, source)


def inherited_from(call: Call, source: Resource) -> _Made:
    """Return what a copy of a disk, snapshot or restore point has from it: on the wire, and hidden."""
    hidden = {name: value for name, value in contents(call, source).items() if name in _COME_ALONG}
    return {name: source.properties[name] for name in _INHERITED if name in source.properties}, hidden


_OPTIONS: Mapping[str, Callable[[Call], _Made]] = MappingProxyType(
    {"Empty": _empty, "Copy": _copied, "Restore": _copied}
)
"""How a disk may come into being; from an image it comes with its machine, and uploads are not modelled."""


def _page_of(call: Call, group: str | None) -> Response:
    disks = call.world.store.each(DISK_TYPE, subscription=call.subscription, group=group)
    shown = [one for one in disks if not call.world.regions.is_lost(one.location, call.now)]
    return page_of(call, shown, lambda one: disk_wire(call, one))


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
    Route(method="PATCH", template=_DISKS + "/{disk}", handler=patch, operation="Microsoft.Compute/disks/write"),
    Route(method="DELETE", template=_DISKS + "/{disk}", handler=delete, operation="Microsoft.Compute/disks/delete"),
)
