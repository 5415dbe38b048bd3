"""What public and private zones have in common: global, lower-case names, an ETag, and a count of record sets."""

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request, conflict
from drd.sandbox.longrunning import accepted
from drd.sandbox.network.record_sets import records_of
from drd.sandbox.network.record_types import Dialect
from drd.sandbox.network.revision import revision_of
from drd.sandbox.operations import Outcome
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

_FEWEST_LABELS = 2


def zone_body(world: World, dialect: Dialect, zone: Resource, **counts: object) -> JsonObject:
    """Return the body of a zone, with how many record sets it holds."""
    held = sum(1 for _ in records_of(world, dialect, zone))
    shown = zone.with_properties(numberOfRecordSets=held, **counts)
    return {**shown.wire(), "tags": dict(zone.tags), "etag": revision_of(zone).removeprefix("W/").strip('"')}


def check_zone(call: Call) -> str:
    """Return the zone's id with its name in lower case.

    Raises:
        ArmError: 400, the name or the location cannot be a zone's.
    """
    name = call.params["zone"].lower()
    if len(name.split(".")) < _FEWEST_LABELS or not all(name.split(".")):
        raise bad_request("BadRequest", f"The zone name '{name}' needs at least two labels.")
    if fold(str(call.body.get("location") or "")) != "global":
        raise bad_request(
            "LocationNotAvailableForResourceType",
            f"The provided location '{call.body.get('location')}' is not available for this resource type. List of "
            "available regions for the resource type is 'global'.",
        )
    return f"{call.arm_id(drop=1)}/{name}"


def refuse_nested(nested: list[Resource]) -> None:
    """Let a zone go that has nothing attached.

    Raises:
        ArmError: 409 `CannotDeleteResource`.
    """
    if nested:
        raise conflict(
            "CannotDeleteResource",
            f"Cannot delete resource while nested resources exist. Some existing nested resource IDs include: "
            f"'{nested[0].id}'. Please delete all nested resources before deleting this resource.",
        )


def started(call: Call, *, kind: str, target: str, words: str, outcome: Outcome | None = None) -> Response:
    """Start what a zone does slowly; both addresses lie in the zone's group, under `words`."""
    operation = call.world.operations.start(
        kind,
        target,
        region="",
        at=call.now,
        took=call.world.profile.duration(kind, target),
        outcome=outcome,
    )
    call.effect(kind, id=target, operation=operation.id)
    scope = f"/subscriptions/{call.subscription}/resourceGroups/{call.group}/providers/Microsoft.Network"
    return accepted(
        call,
        operation,
        body={},
        monitor=f"{scope}/{words}OperationStatuses/{operation.id}",
        location=f"{scope}/{words}OperationResults/{operation.id}",
    )
