"""Private DNS zones: global, and slow to make; what is in them is known in linked networks only."""

from dataclasses import replace
from datetime import datetime

from drd.sandbox.body import tags_in
from drd.sandbox.call import Call
from drd.sandbox.longrunning import operation_result, operation_status
from drd.sandbox.network.lists import GROUP, PROVIDER
from drd.sandbox.network.record_types import PRIVATE
from drd.sandbox.network.zone_wire import check_zone, refuse_nested, started, zone_body
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

PRIVATE_ZONE_TYPE = PRIVATE.type
LINK_TYPE = f"{PRIVATE_ZONE_TYPE}/virtualNetworkLinks"
_ZONES = GROUP + "/privateDnsZones"
_ZONE = _ZONES + "/{zone}"
_READ, _WRITE = f"{PRIVATE_ZONE_TYPE}/read", f"{PRIVATE_ZONE_TYPE}/write"


def build_private_zone(*, id: str) -> Resource:  # noqa: A002 - ARM's word
    """Return a private zone; its name is the id's last part."""
    return Resource(
        id=id,
        type=PRIVATE_ZONE_TYPE,
        location="global",
        properties={
            "provisioningState": "Succeeded",
            "maxNumberOfRecordSets": 25000,
            "maxNumberOfVirtualNetworkLinks": 1000,
            "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
        },
    )


def links_of(world: World, zone: Resource) -> list[Resource]:
    """Return a zone's links to networks."""
    return list(world.store.each(LINK_TYPE, under=zone.id))


def get(call: Call) -> Response:
    """Answer a zone."""
    return answer(200, _body(call.world, call.world.store.require(call.arm_id())))


def list_all(call: Call) -> Response:
    """List the zones of a group or of the subscription."""
    zones = call.world.store.each(PRIVATE_ZONE_TYPE, subscription=call.subscription, group=call.params.get("group"))
    return page(call, [_body(call.world, one) for one in zones])


def put(call: Call) -> Response:
    """Create a zone, or replace its tags, under its ETag conditions; 202, and both addresses tell of it."""
    zone_id = check_zone(call)
    existing = call.world.store.get(zone_id)
    _check_match(call, existing)
    call.keep(replace(existing or build_private_zone(id=zone_id), tags=tags_in(call.body)))
    return started(call, kind="private-zone.write", target=zone_id, words="privateDns")


def patch(call: Call) -> Response:
    """Replace a zone's tags, under its ETag condition."""
    zone = call.world.store.require(call.arm_id())
    _check_match(call, zone)
    call.keep(replace(zone, tags=tags_in(call.body)))
    return started(call, kind="private-zone.write", target=zone.id, words="privateDns")


def delete(call: Call) -> Response:
    """Delete a zone that no network is linked to, under its ETag condition; 204 when there is none."""
    zone = call.world.store.get(call.arm_id())
    if zone is None:
        return answer(204)
    _check_match(call, zone)
    refuse_nested(links_of(call.world, zone))

    def gone(at: datetime) -> JsonObject | None:
        call.remove(zone.id, at=at)
        return None

    return started(call, kind="private-zone.delete", target=zone.id, words="privateDns", outcome=gone)


def _check_match(call: Call, zone: Resource | None) -> None:
    call.check_match(replace(zone, etag=str(_body(call.world, zone)["etag"])) if zone else None)


def _body(world: World, zone: Resource) -> JsonObject:
    links = links_of(world, zone)
    return zone_body(
        world,
        PRIVATE,
        zone,
        numberOfVirtualNetworkLinks=len(links),
        numberOfVirtualNetworkLinksWithRegistration=sum(bool(one.properties["registrationEnabled"]) for one in links),
    )


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_ZONES, handler=list_all, operation=_READ, regions=no_region),
    Route(method="GET", template=PROVIDER + "/privateDnsZones", handler=list_all, operation=_READ, regions=no_region),
    Route(method="GET", template=_ZONE, handler=get, operation=_READ, regions=no_region),
    Route(method="PUT", template=_ZONE, handler=put, operation=_WRITE, regions=no_region),
    Route(method="PATCH", template=_ZONE, handler=patch, operation=_WRITE, regions=no_region),
    Route(method="DELETE", template=_ZONE, handler=delete, operation=f"{PRIVATE_ZONE_TYPE}/delete", regions=no_region),
    Route(
        method="GET",
        template=GROUP + "/privateDnsOperationStatuses/{operation}",
        handler=operation_status,
        operation="Microsoft.Network/privateDnsOperationStatuses/read",
        regions=no_region,
    ),
    Route(
        method="GET",
        template=GROUP + "/privateDnsOperationResults/{operation}",
        handler=operation_result,
        operation="Microsoft.Network/privateDnsOperationResults/read",
        regions=no_region,
    ),
)
