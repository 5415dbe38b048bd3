"""Changes of network resources: a PUT tells of itself by Azure-AsyncOperation alone, a DELETE by Location too."""

from collections.abc import Callable
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.longrunning import accepted, operation_result, operation_status, region_of_operation
from drd.sandbox.network.revision import wire
from drd.sandbox.operations import Operation, Outcome
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Network"
Body = Callable[[World, Resource], JsonObject]
"""The body that a GET answers for a resource of a world."""


def plain_body(_world: World, resource: Resource) -> JsonObject:
    """Return the body of a resource that needs no other one to be shown."""
    return wire(resource)


def location_of(call: Call, existing: Resource | None) -> str:
    """Return the region that a PUT's body names, as ids of regions are written.

    Raises:
        ArmError: 400, it names none; 409, the resource stands elsewhere.
    """
    location = text_at(call.body, "location").replace(" ", "").lower()
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if existing is not None and fold(existing.location) != fold(location):
        raise conflict(
            "InvalidResourceLocation",
            f"The resource '{existing.name}' already exists in location '{existing.location}' in resource group "
            f"'{existing.group}'. A resource with the same name cannot be created in location '{location}'. "
            "Please select a new resource name.",
        )
    return location


def begin(call: Call, *, kind: str, target: str, region: str, outcome: Outcome | None = None) -> Operation:
    """Start an operation of a recorded length, and let the journal know."""
    took = call.world.profile.duration(kind, target)
    operation = call.world.operations.start(kind, target, region=region, at=call.now, took=took, outcome=outcome)
    call.effect(kind, id=target, operation=operation.id)
    return operation


def put_resource(call: Call, wanted: Resource, *, kind: str, is_new: bool, body: Body = plain_body) -> Response:
    """Store a resource that is `Updating` until its operation ends; 201 when it is new, else 200."""
    kept = call.keep(wanted.with_properties(provisioningState="Updating"))
    operation = begin(
        call, kind=kind, target=kept.id, region=kept.location, outcome=lambda at: _settled(call, kept.id, at)
    )
    monitor = address_of_operation(call, kept.location, operation)
    return accepted(call, operation, status=201 if is_new else 200, body=body(call.world, kept), monitor=monitor)


def delete_resource(
    call: Call, resource: Resource, *, kind: str, region: str = "", outcome: Outcome | None = None
) -> Response:
    """Remove a resource when the operation ends, which Azure-AsyncOperation and Location tell of.

    `region` is where it stands when the resource does not say; `outcome` is what happens instead of the removal.
    """
    where = resource.location or region
    operation = begin(
        call, kind=kind, target=resource.id, region=where, outcome=outcome or (lambda at: _gone(call, resource.id, at))
    )
    return accepted(
        call,
        operation,
        monitor=address_of_operation(call, where, operation),
        location=address_of_operation(call, where, operation, "operationResults"),
    )


def address_of_operation(call: Call, region: str, operation: Operation, kind: str = "operations") -> str:
    """Return the path that tells of an operation."""
    return f"/subscriptions/{call.subscription}/providers/Microsoft.Network/locations/{region}/{kind}/{operation.id}"


def _settled(call: Call, resource_id: str, at: datetime) -> JsonObject | None:
    resource = call.world.store.get(resource_id)
    if resource is None:
        raise ArmError(404, "ResourceNotFound", f"The resource '{resource_id}' was deleted while it was written.")
    call.keep(resource.with_properties(provisioningState="Succeeded"), at=at)
    return None


def _gone(call: Call, resource_id: str, at: datetime) -> JsonObject | None:
    call.remove(resource_id, at=at)
    return None


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_PROVIDER + "/locations/{location}/operations/{operation}",
        handler=operation_status,
        operation="Microsoft.Network/locations/operations/read",
        regions=region_of_operation,
    ),
    Route(
        method="GET",
        template=_PROVIDER + "/locations/{location}/operationResults/{operation}",
        handler=operation_result,
        operation="Microsoft.Network/locations/operationResults/read",
        regions=region_of_operation,
    ),
)
