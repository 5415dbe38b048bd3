"""Capacity reservations: places for machines of one size that nobody else gets."""

from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.machine_operations import accepted_with_both, begin, monitor_path
from drd.sandbox.compute.reservations import RESERVATION_TYPE, allocated_in, machines_in
from drd.sandbox.compute.size import Size, find_size
from drd.sandbox.compute.usage import check_quota
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.faults.fault import Fault
from drd.sandbox.longrunning import accepted
from drd.sandbox.operations import Outcome
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_GROUP = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute"
    "/capacityReservationGroups/{reservations}"
)
_ALL = _GROUP + "/capacityReservations"
_ONE = _ALL + "/{reservation}"
_OPERATION = "Microsoft.Compute/capacityReservationGroups/capacityReservations"
_KIND = "capacity-reservation"


def get(call: Call) -> Response:
    """Answer a reservation, with `$expand=instanceView` also how far it is used."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def list_group(call: Call) -> Response:
    """List the reservations of a group."""
    group = call.world.store.require(call.arm_id(drop=1))
    return page(call, [_wire(call, one) for one in call.world.store.each(RESERVATION_TYPE, under=group.id)])


def put(call: Call) -> Response:
    """Reserve places, or change how many; the operation fails when there is no room."""
    group = call.world.store.require(call.arm_id(drop=2))
    existing = call.world.store.get(call.arm_id())
    size, capacity = _asked(call, existing)
    location = text_at(call.body, "location") or group.location
    if fold(location) != fold(group.location):
        raise bad_request("InvalidParameter", "A capacity reservation must be in the location of its group.")
    before = int(existing.top["sku"]["capacity"]) if existing else 0
    if capacity > before:
        check_quota(call.world, call.subscription, location, size, count=capacity - before)
    fault = None
    if capacity > before:
        fault = call.world.faults.condition("allocation", target=call.arm_id(), region=location, at=call.now)
    return _started(call, existing, _reservation(call, existing, name=size.name, location=location), capacity, fault)


def patch(call: Call) -> Response:
    """Change how many places are reserved."""
    call.world.store.require(call.arm_id())
    return put(call)


def delete(call: Call) -> Response:
    """Give the places back; refused while machines hold some. 204 when there is none."""
    reservation = call.world.store.get(call.arm_id())
    if reservation is None:
        return answer(204)
    if machines_in(call.world, reservation):
        raise conflict(
            "OperationNotAllowed",
            f"Capacity reservation '{reservation.name}' cannot be deleted while machines are associated with it.",
        )

    def gone(at: datetime) -> None:
        call.remove(reservation.id, at=at)

    operation = begin(call, reservation, f"{_KIND}.delete", gone, duration="capacity.release")
    return accepted_with_both(call, reservation, operation)


def _asked(call: Call, existing: Resource | None) -> tuple[Size, int]:
    sku = object_at(call.body, "sku")
    name = text_at(sku, "name") or (str(existing.top["sku"]["name"]) if existing else "")
    capacity = sku.get("capacity")
    size = find_size(name)
    if size is None or not isinstance(capacity, int) or capacity < 0:
        raise bad_request("InvalidParameter", f"The value of parameter 'sku' is invalid: {sku}.")
    if existing is not None and fold(str(existing.top["sku"]["name"])) != fold(name):
        raise conflict("PropertyChangeNotAllowed", "Changing property 'sku.name' is not allowed.")
    return size, capacity


def _reservation(call: Call, existing: Resource | None, *, name: str, location: str) -> Resource:
    if existing is not None:
        tags = tags_in(call.body) if "tags" in call.body else existing.tags
        return replace(existing.with_properties(provisioningState="Updating"), tags=tags)
    top: JsonObject = {"sku": {"name": name, "capacity": 0}}
    if call.body.get("zones"):
        top["zones"] = call.body["zones"]
    return Resource(
        id=call.arm_id(),
        type=RESERVATION_TYPE,
        location=location,
        properties={
            "reservationId": call.world.new_id(),
            "platformFaultDomainCount": 3,
            "timeCreated": instant_text(call.now),
            "provisioningState": "Creating",
        },
        tags=tags_in(call.body),
        top=top,
    )


def _started(call: Call, existing: Resource | None, wanted: Resource, capacity: int, fault: Fault | None) -> Response:
    kept = call.keep(wanted)
    verb = "update" if existing else "create"
    operation = begin(
        call, kept, f"{_KIND}.{verb}", _settled(call, kept.id, capacity, fault), duration="capacity.reserve"
    )
    return accepted(
        call,
        operation,
        status=200 if existing else 201,
        body=_wire(call, kept),
        monitor=monitor_path(kept, operation),
    )


def _settled(call: Call, reservation_id: str, capacity: int, fault: Fault | None) -> Outcome:
    def end(at: datetime) -> None:
        reservation = call.world.store.get(reservation_id)
        if reservation is None:
            raise ArmError(409, "OperationPreempted", "The operation has been preempted by a more recent operation.")
        if fault is not None:
            call.keep(reservation.with_properties(provisioningState="Failed"), at=at)
            raise fault.error(409)
        sku = {**reservation.top["sku"], "capacity": capacity}
        done = reservation.with_properties(provisioningState="Succeeded", provisioningTime=instant_text(at))
        call.keep(replace(done, top={**done.top, "sku": sku}), at=at)

    return end


def _wire(call: Call, reservation: Resource) -> JsonObject:
    body = reservation.wire()
    members = [{"id": one.id} for one in machines_in(call.world, reservation)]
    body["properties"] = {**body["properties"], "virtualMachinesAssociated": members}
    if call.query.get("$expand", "").casefold() == "instanceview":
        used = [{"id": one.id} for one in allocated_in(call.world, reservation)]
        status = {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"}
        body["properties"]["instanceView"] = {
            "utilizationInfo": {
                "currentCapacity": reservation.top["sku"]["capacity"],
                "virtualMachinesAllocated": used,
            },
            "statuses": [status],
        }
    return body


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_ALL, handler=list_group, operation=f"{_OPERATION}/read"),
    Route(method="GET", template=_ONE, handler=get, operation=f"{_OPERATION}/read"),
    Route(method="PUT", template=_ONE, handler=put, operation=f"{_OPERATION}/write"),
    Route(method="PATCH", template=_ONE, handler=patch, operation=f"{_OPERATION}/write"),
    Route(method="DELETE", template=_ONE, handler=delete, operation=f"{_OPERATION}/delete"),
)
