"""Capacity reservation groups: what a machine names to use what is reserved in it. Everything is done at once."""

from dataclasses import replace

from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.compute.reservations import GROUP_TYPE, RESERVATION_TYPE, allocated_in, machines_of_group
from drd.sandbox.errors import bad_request, conflict
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_GROUPS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/capacityReservationGroups"
_GROUP = _GROUPS + "/{reservations}"
_OPERATION = "Microsoft.Compute/capacityReservationGroups"


def get(call: Call) -> Response:
    """Answer a group, with `$expand=instanceView` also how far its reservations are used."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def list_group(call: Call) -> Response:
    """List a resource group's reservation groups."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's reservation groups that are not in a lost region."""
    return _page_of(call, None)


def put(call: Call) -> Response:
    """Create a group, 201, or change its tags, 200."""
    existing = call.world.store.get(call.arm_id())
    if existing is not None:
        kept = call.keep(replace(existing, tags=tags_in(call.body)))
        call.effect("capacity-reservation-group.update", id=kept.id)
        return answer(200, _wire(call, kept))
    location = text_at(call.body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    zones = {"zones": call.body["zones"]} if call.body.get("zones") else {}
    made = call.keep(
        Resource(
            id=call.arm_id(),
            type=GROUP_TYPE,
            location=location,
            properties=object_at(call.body, "properties"),
            tags=tags_in(call.body),
            top=zones,
        )
    )
    call.effect("capacity-reservation-group.create", id=made.id)
    return answer(201, _wire(call, made))


def patch(call: Call) -> Response:
    """Change the tags of a group."""
    existing = call.world.store.require(call.arm_id())
    kept = call.keep(replace(existing, tags=tags_in(call.body)))
    call.effect("capacity-reservation-group.update", id=kept.id)
    return answer(200, _wire(call, kept))


def delete(call: Call) -> Response:
    """Delete a group that holds no reservation and that no machine names; 204 when there is none."""
    group = call.world.store.get(call.arm_id())
    if group is None:
        return answer(204)
    if list(call.world.store.each(RESERVATION_TYPE, under=group.id)) or machines_of_group(call.world, group):
        raise conflict(
            "OperationNotAllowed",
            f"Capacity reservation group '{group.name}' cannot be deleted while it holds reservations or machines.",
        )
    call.remove(group.id)
    call.effect("capacity-reservation-group.delete", id=group.id)
    return answer(200)


def _wire(call: Call, group: Resource) -> JsonObject:
    body = group.wire()
    reservations = list(call.world.store.each(RESERVATION_TYPE, under=group.id))
    body["properties"] = {
        **body["properties"],
        "capacityReservations": [{"id": one.id} for one in reservations],
        "virtualMachinesAssociated": [{"id": one.id} for one in machines_of_group(call.world, group)],
    }
    if call.query.get("$expand", "").casefold() == "instanceview":
        views = [_view(call.world, one) for one in reservations]
        body["properties"]["instanceView"] = {"capacityReservations": views}
    return body


def _view(world: World, reservation: Resource) -> JsonObject:
    used = [{"id": one.id} for one in allocated_in(world, reservation)]
    status = {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"}
    utilization = {"currentCapacity": reservation.top["sku"]["capacity"], "virtualMachinesAllocated": used}
    return {"name": reservation.name, "utilizationInfo": utilization, "statuses": [status]}


def _page_of(call: Call, group: str | None) -> Response:
    found = call.world.store.each(GROUP_TYPE, subscription=call.subscription, group=group)
    shown = [one for one in found if not call.world.regions.is_lost(one.location, call.now)]
    if call.query.get("resourceidsonly", "").casefold() in {"all", "createdinsubscription"}:
        return page(call, [{"id": one.id} for one in shown])
    return page(call, [_wire(call, one) for one in shown])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_GROUPS, handler=list_group, operation=f"{_OPERATION}/read"),
    Route(
        method="GET",
        template=_PROVIDER + "/capacityReservationGroups",
        handler=list_subscription,
        operation=f"{_OPERATION}/read",
        regions=no_region,
    ),
    Route(method="GET", template=_GROUP, handler=get, operation=f"{_OPERATION}/read"),
    Route(method="PUT", template=_GROUP, handler=put, operation=f"{_OPERATION}/write"),
    Route(method="PATCH", template=_GROUP, handler=patch, operation=f"{_OPERATION}/write"),
    Route(method="DELETE", template=_GROUP, handler=delete, operation=f"{_OPERATION}/delete"),
)
