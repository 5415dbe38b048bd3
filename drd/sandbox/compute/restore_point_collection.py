"""Restore point collections: of a machine in its own region, or of another collection whose points are copied here."""

from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.compute.machine import MACHINE_TYPE
from drd.sandbox.compute.machine_operations import accepted_with_both, begin
from drd.sandbox.compute.restore_point import POINT_TYPE, point_wire
from drd.sandbox.errors import bad_request
from drd.sandbox.operations import Outcome
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import Response, answer

COLLECTION_TYPE = "Microsoft.Compute/restorePointCollections"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_ALL = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/restorePointCollections"
_ONE = _ALL + "/{collection}"


def get(call: Call) -> Response:
    """Answer a collection, with `$expand=restorePoints` also its points."""
    collection = call.world.store.require(call.arm_id())
    body = collection.wire()
    if call.query.get("$expand", "").casefold() == "restorepoints":
        points = call.world.store.each(POINT_TYPE, under=collection.id)
        body["properties"]["restorePoints"] = [point_wire(call, one) for one in points]
    return answer(200, body)


def list_group(call: Call) -> Response:
    """List a group's collections."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's collections that are not in a lost region."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Create a collection, 201, or change its tags, 200."""
    existing = call.world.store.get(call.arm_id())
    if existing is not None:
        return _changed(call, existing)
    location = text_at(call.body, "location")
    source = call.world.store.require(text_at(call.body, "properties", "source", "id"))
    if source.type not in {MACHINE_TYPE, COLLECTION_TYPE}:
        raise bad_request("InvalidParameter", "The source of a restore point collection is a VM or a collection.")
    if source.type == MACHINE_TYPE and fold(source.location) != fold(location):
        raise bad_request(
            "InvalidParameter", f"The collection must be in the location of its source VM, {source.location}."
        )
    made = call.keep(
        Resource(
            id=call.arm_id(),
            type=COLLECTION_TYPE,
            location=location,
            properties={
                "source": {"id": source.id, "location": source.location},
                "restorePointCollectionId": call.world.new_id(),
                "provisioningState": "Succeeded",
            },
            tags=tags_in(call.body),
        )
    )
    call.effect("restore-point-collection.create", id=made.id)
    return answer(201, made.wire())


def patch(call: Call) -> Response:
    """Change the tags of a collection."""
    return _changed(call, call.world.store.require(call.arm_id()))


def delete(call: Call) -> Response:
    """Delete a collection with all its points; 204 when there is none."""
    collection = call.world.store.get(call.arm_id())
    if collection is None:
        return answer(204)
    kind = "restore-point-collection.delete"
    return accepted_with_both(
        call, collection, begin(call, collection, kind, _gone(call, collection.id), duration="restore-point.delete")
    )


def _gone(call: Call, collection_id: str) -> Outcome:
    def gone(at: datetime) -> None:
        call.remove(collection_id, at=at)

    return gone


def _changed(call: Call, existing: Resource) -> Response:
    kept = call.keep(replace(existing, tags=tags_in(call.body)))
    call.effect("restore-point-collection.update", id=kept.id)
    return answer(200, kept.wire())


def _page_of(call: Call, group: str | None) -> Response:
    found = call.world.store.each(COLLECTION_TYPE, subscription=call.subscription, group=group)
    return page(call, [one.wire() for one in found if not call.world.regions.is_lost(one.location, call.now)])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_ALL, handler=list_group, operation=f"{COLLECTION_TYPE}/read"),
    Route(
        method="GET",
        template=_PROVIDER + "/restorePointCollections",
        handler=list_subscription,
        operation=f"{COLLECTION_TYPE}/read",
        regions=no_region,
    ),
    Route(method="GET", template=_ONE, handler=get, operation=f"{COLLECTION_TYPE}/read"),
    Route(method="PUT", template=_ONE, handler=put, operation=f"{COLLECTION_TYPE}/write"),
    Route(method="PATCH", template=_ONE, handler=patch, operation=f"{COLLECTION_TYPE}/write"),
    Route(method="DELETE", template=_ONE, handler=delete, operation=f"{COLLECTION_TYPE}/delete"),
)
