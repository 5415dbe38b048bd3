"""Snapshots of disks: incremental ones, and their copies to another region, which end long after their operation."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.disk import DISK_TYPE, inherited_from
from drd.sandbox.compute.disk_operations import begin_later, gone, settled, source_of, traced, unique_id
from drd.sandbox.errors import bad_request
from drd.sandbox.paging import page_of
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

SNAPSHOT_TYPE = "Microsoft.Compute/snapshots"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_SNAPSHOTS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/snapshots"
_READ = "Microsoft.Compute/snapshots/read"
_WRITE = "Microsoft.Compute/snapshots/write"
_DONE = 100.0
_BYTES = 1024**3


def build_snapshot(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    source: Resource,
    taken_at: datetime,
    copied_at: datetime | None = None,
    tags: Mapping[str, str] | None = None,
) -> Resource:
    """Return a finished incremental snapshot of a disk as of an instant.

    `copied_at` makes it a copy from another region, which arrived then; its own time tells of the copy.
    """
    option = "CopyStart" if copied_at else "Copy"
    shown = ("osType", "hyperVGeneration", "diskSizeGB")
    inherited = {name: source.properties[name] for name in shown if name in source.properties}
    return Resource(
        id=id,
        type=SNAPSHOT_TYPE,
        location=location,
        properties={
            **inherited,
            "creationData": {"createOption": option, "sourceResourceId": source.id},
            "incremental": True,
            "timeCreated": instant_text(copied_at or taken_at),
            "provisioningState": "Succeeded",
        },
        tags=dict(tags or {}),
        top={"sku": {"name": "Standard_LRS", "tier": "Standard"}},
        hidden={"lineage": source.hidden["lineage"], "as_of": taken_at},
    )


def progress(call: Call, snapshot: Resource) -> tuple[float, JsonObject | None]:
    """Return how much of a snapshot is there, in percent, and the error of its copy.

    A copy stands still while the region that it comes from is lost, and fails when its source is deleted meanwhile.
    """
    starts, ends = snapshot.hidden.get("copy_starts"), snapshot.hidden.get("copied_at")
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return _DONE, None
    source_id = str(snapshot.properties["creationData"]["sourceResourceId"])
    failed_at = snapshot.hidden.get("copy_failed_at")
    lost_at = call.world.regions.lost_at(str(snapshot.hidden["copied_from"]))
    until = min(one for one in (call.now, ends, failed_at, lost_at) if isinstance(one, datetime))
    share = max(0.0, (until - starts) / (ends - starts))
    percent = _DONE if share >= 1 else round(share * _DONE, 1)
    if failed_at is None or percent == _DONE:
        return percent, None
    return percent, {
        "errorCode": "CopySourceNotFound",
        "errorMessage": f"The source snapshot '{source_id}' was deleted while it was being copied.",
    }


def snapshot_wire(call: Call, snapshot: Resource) -> JsonObject:
    """Return the body that answers for a snapshot."""
    body = snapshot.wire()
    properties = body["properties"]
    family = str(uuid.uuid5(uuid.NAMESPACE_URL, str(snapshot.hidden.get("lineage", "")) + "#family"))
    known: JsonObject = {
        "uniqueId": unique_id(snapshot),
        "diskSizeBytes": int(properties.get("diskSizeGB", 0)) * _BYTES,
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "diskState": "Unattached",
    }
    if properties.get("incremental"):
        percent, error = progress(call, snapshot)
        known |= {"completionPercent": percent, "incrementalSnapshotFamilyId": family}
        if error is not None:
            known["copyCompletionError"] = error
    body["properties"] = {**known, **properties}
    return body


def get(call: Call) -> Response:
    """Answer a snapshot, with how far its copy is."""
    return answer(200, snapshot_wire(call, call.world.store.require(call.arm_id())))


def list_group(call: Call) -> Response:
    """List a group's snapshots."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's snapshots that are not in a lost region."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Take a snapshot, or start the copy of one; one that is there is changed."""
    existing = call.world.store.get(call.arm_id())
    if existing is not None:
        return _changed(call, existing)
    asked = object_at(call.body, "properties")
    if not text_at(call.body, "location"):
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    option = text_at(asked, "creationData", "createOption")
    make = _OPTIONS.get(option)
    if make is None:
        raise bad_request(
            "InvalidParameter", f"The value '{option}' of parameter 'createOption' is not supported here."
        )
    inherited, hidden = make(call)
    account = text_at(call.body, "sku", "name") or "Standard_LRS"
    source = call.world.store.get(text_at(asked, "creationData", "sourceResourceId"))
    snapshot = call.keep(
        Resource(
            id=call.arm_id(),
            type=SNAPSHOT_TYPE,
            location=text_at(call.body, "location"),
            properties={
                "incremental": False,
                **inherited,
                **asked,
                "creationData": traced(asked, source),
                "timeCreated": instant_text(call.now),
                "provisioningState": "Updating",
            },
            tags=tags_in(call.body),
            top={"sku": {"name": account, "tier": "Premium" if account.startswith("Premium") else "Standard"}},
            hidden=hidden,
        )
    )
    end = settled(call, snapshot.id, lambda one: snapshot_wire(call, one))
    return begin_later(call, snapshot, "snapshot.create", end, body=snapshot_wire(call, snapshot))


def patch(call: Call) -> Response:
    """Change the tags and the access of a snapshot."""
    return _changed(call, call.world.store.require(call.arm_id()))


def delete(call: Call) -> Response:
    """Delete a snapshot; copies of it that are not whole yet fail. 204 when there is none."""
    snapshot = call.world.store.get(call.arm_id())
    if snapshot is None:
        return answer(204)

    def end(at: datetime) -> None:
        gone(call, snapshot.id)(at)
        _fail_copies(call, snapshot, at)

    return begin_later(call, snapshot, "snapshot.delete", end)


def _fail_copies(call: Call, source: Resource, at: datetime) -> None:
    for one in call.world.store.each(SNAPSHOT_TYPE):
        copied_from = str(one.properties["creationData"].get("sourceResourceId", ""))
        until = one.hidden.get("copied_at")
        if copied_from.casefold() == source.key and isinstance(until, datetime) and until > at:
            call.keep(one.with_hidden(copy_failed_at=at), at=at)


def _changed(call: Call, existing: Resource) -> Response:
    asked = object_at(call.body, "properties")
    changes = {name: asked[name] for name in ("networkAccessPolicy", "publicNetworkAccess") if name in asked}
    tags = tags_in(call.body) if "tags" in call.body else existing.tags
    changed = replace(existing.with_properties(**changes), tags=tags)
    if changed == existing:
        call.effect("snapshot.update", id=existing.id)
        return answer(200, snapshot_wire(call, existing))
    kept = call.keep(changed)
    end = settled(call, kept.id, lambda one: snapshot_wire(call, one))
    return begin_later(call, kept, "snapshot.update", end, body=snapshot_wire(call, kept))


_Made = tuple[JsonObject, Mapping[str, object]]


def _copy(call: Call) -> _Made:
    """Take a snapshot of a disk, or a copy of a snapshot, in its own region: whole at once."""
    return inherited_from(call, source_of(call, same_region=True))


def _copy_start(call: Call) -> _Made:
    """Copy an incremental snapshot, also to another region: the operation ends before the data is there."""
    source = source_of(call, same_region=False)
    asked = object_at(call.body, "properties")
    if source.type == DISK_TYPE or not source.properties.get("incremental") or asked.get("incremental") is not True:
        raise bad_request(
            "InvalidParameter",
            "createOption 'CopyStart' copies an incremental snapshot to an incremental snapshot, and nothing else.",
        )
    if progress(call, source)[0] < _DONE:
        raise bad_request("InvalidParameter", f"The source snapshot '{source.name}' is still being copied itself.")
    inherited, hidden = inherited_from(call, source)
    took = call.world.profile.duration("snapshot.copy", call.arm_id())
    copy = {"copy_starts": call.now, "copied_at": call.now + took, "copied_from": source.location}
    return inherited, {**hidden, **copy}


_OPTIONS: Mapping[str, Callable[[Call], _Made]] = MappingProxyType({"Copy": _copy, "CopyStart": _copy_start})
"""How a snapshot may come into being; imports are not modelled."""


def _page_of(call: Call, group: str | None) -> Response:
    found = call.world.store.each(SNAPSHOT_TYPE, subscription=call.subscription, group=group)
    shown = [one for one in found if not call.world.regions.is_lost(one.location, call.now)]
    return page_of(call, shown, lambda one: snapshot_wire(call, one))


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_SNAPSHOTS, handler=list_group, operation=_READ),
    Route(
        method="GET", template=_PROVIDER + "/snapshots", handler=list_subscription, operation=_READ, regions=no_region
    ),
    Route(method="GET", template=_SNAPSHOTS + "/{snapshot}", handler=get, operation=_READ),
    Route(method="PUT", template=_SNAPSHOTS + "/{snapshot}", handler=put, operation=_WRITE),
    Route(method="PATCH", template=_SNAPSHOTS + "/{snapshot}", handler=patch, operation=_WRITE),
    Route(
        method="DELETE",
        template=_SNAPSHOTS + "/{snapshot}",
        handler=delete,
        operation="Microsoft.Compute/snapshots/delete",
    ),
)
