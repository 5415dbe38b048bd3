"""Restore points: all disks of a machine as of one instant, and their copies in another region."""

import copy
from datetime import datetime
from typing import Any

from drd.sandbox.body import object_at, objects_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.disk import inherited_from
from drd.sandbox.compute.machine import MACHINE_TYPE, disk_ids
from drd.sandbox.compute.machine_operations import accepted_with_both, begin, monitor_path
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.regions import unavailable
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

POINT_TYPE = "Microsoft.Compute/restorePointCollections/restorePoints"
DISK_POINT_TYPE = f"{POINT_TYPE}/diskRestorePoints"
_COLLECTION = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute"
    "/restorePointCollections/{collection}"
)
_ONE = _COLLECTION + "/restorePoints/{point}"
_DISK = _ONE + "/diskRestorePoints"
_DONE = 100.0
_SHOWN = ("hardwareProfile", "osProfile", "diagnosticsProfile", "securityProfile", "licenseType", "vmId")


def get(call: Call) -> Response:
    """Answer a point, with `$expand=instanceView` also how much of a copy has arrived."""
    return answer(200, point_wire(call, call.world.store.require(call.arm_id())))


def get_disk(call: Call) -> Response:
    """Answer one disk of a point: what a disk is restored from."""
    return answer(200, _disk_wire(call, call.world.store.require(call.arm_id())))


def list_disks(call: Call) -> Response:
    """List the disks of a point."""
    point = call.world.store.require(call.arm_id(drop=1))
    found = call.world.store.each(DISK_POINT_TYPE, under=point.id)
    return answer(200, {"value": [_disk_wire(call, one) for one in found]})


def put(call: Call) -> Response:
    """Take a point of the collection's machine, or start the copy of one of the collection's source."""
    collection = call.world.store.require(call.arm_id(drop=2))
    if call.world.store.get(call.arm_id()) is not None:
        raise ArmError(409, "Conflict", "A restore point cannot be changed once it was made.")
    if object_at(call.body, "properties", "sourceRestorePoint"):
        return _started(call, _copied(call, collection))
    return _started(call, _taken(call, collection))


def delete(call: Call) -> Response:
    """Delete a point; 204 when there is none."""
    point = call.world.store.get(call.arm_id())
    if point is None:
        return answer(204)

    def gone(at: datetime) -> None:
        call.remove(point.id, at=at)

    return accepted_with_both(call, point, begin(call, point, "restore-point.delete", gone))


def point_wire(call: Call, point: Resource) -> JsonObject:
    """Return the body that answers for a point: it has neither location nor tags."""
    shown = {name: value for name, value in point.wire().items() if name not in {"location", "tags"}}
    if call.query.get("$expand", "").casefold() == "instanceview":
        disks = call.world.store.each(DISK_POINT_TYPE, under=point.id)
        statuses = [
            {
                "id": one.id,
                "replicationStatus": {
                    "status": {"code": "ReplicationState/succeeded", "level": "Info"}
                    if _percent(call, one) == _DONE
                    else {"code": "ReplicationState/replicating", "level": "Info"},
                    "completionPercent": _percent(call, one),
                },
            }
            for one in disks
        ]
        shown["properties"]["instanceView"] = {"diskRestorePoints": statuses, "statuses": []}
    return shown


def _taken(call: Call, collection: Resource) -> tuple[Resource, list[Resource]]:
    machine = call.world.store.require(str(collection.properties["source"]["id"]))
    if machine.type != MACHINE_TYPE:
        raise bad_request("InvalidParameter", "Required parameter 'sourceRestorePoint' is missing (null).")
    excluded = [text_at(one, "id").casefold() for one in objects_at(call.body, "properties", "excludeDisks")]
    disks = [one for one in disk_ids(machine) if one.casefold() not in excluded]
    points = {one.casefold(): _disk_point(call, collection, call.world.store.require(one)) for one in disks}
    metadata = {name: machine.properties[name] for name in _SHOWN if name in machine.properties}
    metadata["location"] = machine.location
    metadata["storageProfile"] = _storage(machine, {one: point.id for one, point in points.items()})
    point = _point(call, collection, metadata, {"as_of": call.now})
    return point, list(points.values())


def _copied(call: Call, collection: Resource) -> tuple[Resource, list[Resource]]:
    source = call.world.store.require(text_at(call.body, "properties", "sourceRestorePoint", "id"))
    if call.world.regions.is_lost(source.location, call.now):
        raise unavailable(source.location)
    took = call.world.profile.duration("snapshot.copy", call.arm_id())
    arrival = {"copy_starts": call.now, "copied_at": call.now + took, "copied_from": source.location}
    disks = []
    metadata = copy.deepcopy(source.properties["sourceMetadata"])
    storage = metadata["storageProfile"]
    for one in call.world.store.each(DISK_POINT_TYPE, under=source.id):
        made = _disk_point(call, collection, one).with_hidden(**arrival)
        disks.append(made)
        for shown in [storage["osDisk"], *storage["dataDisks"]]:
            if str(shown.get("diskRestorePoint", {}).get("id", "")).casefold() == one.key:
                shown["diskRestorePoint"] = {"id": made.id}
    point = _point(call, collection, metadata, {"as_of": source.hidden["as_of"], **arrival})
    return point.with_properties(sourceRestorePoint={"id": source.id}), disks


def _point(call: Call, collection: Resource, metadata: JsonObject, hidden: JsonObject) -> Resource:
    properties: JsonObject = {
        "excludeDisks": objects_at(call.body, "properties", "excludeDisks"),
        "sourceMetadata": metadata,
        "provisioningState": "Creating",
        "consistencyMode": text_at(call.body, "properties", "consistencyMode") or "ApplicationConsistent",
        "timeCreated": instant_text(call.now),
    }
    return Resource(
        id=call.arm_id(), type=POINT_TYPE, location=collection.location, properties=properties, hidden=hidden
    )


def _disk_point(call: Call, collection: Resource, source: Resource) -> Resource:
    inherited, hidden = inherited_from(call, source)
    name = source.name if source.type != DISK_POINT_TYPE else source.name.rsplit("_", 1)[0]
    properties = {**inherited, "sourceResourceId": source.id, "timeCreated": instant_text(call.now)}
    return Resource(
        id=f"{call.arm_id()}/diskRestorePoints/{name}_{call.world.new_id()}",
        type=DISK_POINT_TYPE,
        location=collection.location,
        properties=properties,
        hidden=dict(hidden),
    )


def _storage(machine: Resource, points: dict[str, str]) -> JsonObject:
    storage = machine.properties["storageProfile"]

    def shown(disk: dict[str, Any]) -> JsonObject:
        managed = {"storageAccountType": "StandardSSD_LRS", **disk["managedDisk"]}
        body: JsonObject = {"name": disk["name"], "caching": disk.get("caching", "ReadWrite"), "managedDisk": managed}
        point = points.get(str(disk["managedDisk"]["id"]).casefold())
        return (
            body
            | {name: disk[name] for name in ("osType", "lun") if name in disk}
            | ({"diskRestorePoint": {"id": point}} if point else {})
        )

    return {
        "osDisk": shown(storage["osDisk"]),
        "dataDisks": [shown(one) for one in storage.get("dataDisks", [])],
        "diskControllerType": "SCSI",
    }


def _started(call: Call, made: tuple[Resource, list[Resource]]) -> Response:
    point, disks = made
    kept = call.keep(point)
    for one in disks:
        call.keep(one)
    operation = begin(call, kept, "restore-point.create", lambda at: _settled(call, kept.id, at))
    path = monitor_path(kept, operation)
    return accepted(call, operation, status=201, body=point_wire(call, kept), monitor=path)


def _settled(call: Call, point_id: str, at: datetime) -> JsonObject | None:
    point = call.world.store.get(point_id)
    if point is not None:
        call.keep(point.with_properties(provisioningState="Succeeded"), at=at)
    return None


def _percent(call: Call, one: Resource) -> float:
    """Return how much of a copied disk has arrived; it stands still while the region it comes from is lost."""
    starts, ends = one.hidden.get("copy_starts"), one.hidden.get("copied_at")
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return _DONE
    lost_at = call.world.regions.lost_at(str(one.hidden["copied_from"]))
    until = min(each for each in (call.now, ends, lost_at) if each is not None)
    return round(max(0.0, (until - starts) / (ends - starts)) * _DONE, 1)


def _disk_wire(call: Call, one: Resource) -> JsonObject:
    body = {name: value for name, value in one.wire().items() if name not in {"location", "tags"}}
    replication = {"replicationState": "Succeeded" if _percent(call, one) == _DONE else "Replicating"}
    body["properties"] = {**body["properties"], **replication, "completionPercent": _percent(call, one)}
    return body


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_ONE, handler=get, operation=f"{POINT_TYPE}/read"),
    Route(method="PUT", template=_ONE, handler=put, operation=f"{POINT_TYPE}/write"),
    Route(method="DELETE", template=_ONE, handler=delete, operation=f"{POINT_TYPE}/delete"),
    Route(method="GET", template=_DISK, handler=list_disks, operation=f"{DISK_POINT_TYPE}/read"),
    Route(method="GET", template=_DISK + "/{disk}", handler=get_disk, operation=f"{DISK_POINT_TYPE}/read"),
)
