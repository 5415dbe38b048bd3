"""The long-running operations of disks, snapshots and restore points: `DiskOperations`, with both headers."""

import uuid
from collections.abc import Callable
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted, operation_result, operation_status, region_of_operation
from drd.sandbox.operations import Outcome
from drd.sandbox.regions import unavailable
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response

_OPERATION = "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/DiskOperations/{operation}"
_RETRY_AFTER = 2


def begin_later(
    call: Call, resource: Resource, kind: str, outcome: Outcome, *, body: JsonObject | None = None
) -> Response:
    """Begin an operation of a disk or snapshot, journal it, and answer 202."""
    took = call.world.profile.duration(kind, resource.id)
    operation = call.world.operations.start(
        kind, resource.id, region=resource.location, at=call.now, took=took, outcome=outcome
    )
    call.effect(kind, id=resource.id, operation=operation.id)
    path = f"/subscriptions/{call.subscription}/providers/Microsoft.Compute/locations/{resource.location}"
    path += f"/DiskOperations/{operation.id}"
    return accepted(call, operation, body=body, monitor=path, location=path + "?monitor=true", retry_after=_RETRY_AFTER)


def settled(call: Call, resource_id: str, show: Callable[[Resource], JsonObject]) -> Outcome:
    """Return the end of a create or change: what is there has succeeded, and is shown."""

    def end(at: datetime) -> JsonObject:
        resource = call.world.store.get(resource_id)
        if resource is None:
            raise ArmError(404, "ResourceNotFound", f"'{resource_id}' was deleted while it was being changed.")
        return show(call.keep(resource.with_properties(provisioningState="Succeeded"), at=at))

    return end


def gone(call: Call, resource_id: str) -> Outcome:
    """Return the end of a delete."""

    def end(at: datetime) -> None:
        call.remove(resource_id, at=at)

    return end


def unique_id(resource: Resource) -> str:
    """Return what tells this disk or snapshot from an earlier one of the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{resource.key}#{resource.properties.get('timeCreated', '')}"))


def traced(asked: JsonObject, source: Resource | None) -> JsonObject:
    """Return a `creationData` as answers show it: with the unique id of what was copied."""
    shown = object_at(asked, "creationData")
    return {**shown, "sourceUniqueId": unique_id(source)} if source is not None else shown


def source_of(call: Call, *, same_region: bool) -> Resource:
    """Return what a create copies from, `creationData.sourceResourceId`.

    Raises:
        ArmError: 400, it names none or one of another region; 404, it is not there; 503, its region is lost.
    """
    wanted = text_at(call.body, "properties", "creationData", "sourceResourceId")
    if not wanted:
        raise bad_request("InvalidParameter", "Required parameter 'creationData.sourceResourceId' is missing (null).")
    source = call.world.store.require(wanted)
    location = text_at(call.body, "location")
    if same_region and fold(source.location) != fold(location):
        raise bad_request(
            "InvalidParameter",
            f"The source resource '{wanted}' is in location '{source.location}', which is not the location "
            f"'{location}' of the target. Copy an incremental snapshot to it first, with createOption 'CopyStart'.",
        )
    if call.world.regions.is_lost(source.location, call.now):
        raise unavailable(source.location)
    return source


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_OPERATION,
        handler=lambda call: operation_result(call, without=200) if "monitor" in call.query else operation_status(call),
        operation="Microsoft.Compute/locations/diskOperations/read",
        regions=region_of_operation,
    ),
)
