"""Public DNS zones: global, whatever region is lost."""

from dataclasses import replace
from datetime import datetime

from drd.sandbox.body import tags_in
from drd.sandbox.call import Call
from drd.sandbox.longrunning import operation_result, operation_status
from drd.sandbox.network.lists import GROUP, PROVIDER
from drd.sandbox.network.record_types import PUBLIC
from drd.sandbox.network.zone_wire import check_zone, started, zone_body
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

ZONE_TYPE = PUBLIC.type
_ZONES = GROUP + "/dnsZones"
_ZONE = _ZONES + "/{zone}"
_READ, _WRITE = "Microsoft.Network/dnsZones/read", "Microsoft.Network/dnsZones/write"


def build_zone(*, id: str) -> Resource:  # noqa: A002 - ARM's word
    """Return a public zone; its name is the id's last part."""
    return Resource(
        id=id,
        type=ZONE_TYPE,
        location="global",
        properties={
            "zoneType": "Public",
            "nameServers": ["ns1-01.azure-dns.example.", "ns2-01.azure-dns.example."],
            "maxNumberOfRecordSets": 10000,
            "maxNumberOfRecordsPerRecordSet": None,
        },
    )


def get(call: Call) -> Response:
    """Answer a zone."""
    return answer(200, _body(call, call.world.store.require(call.arm_id())))


def list_all(call: Call) -> Response:
    """List the zones of a group or of the subscription."""
    zones = call.world.store.each(ZONE_TYPE, subscription=call.subscription, group=call.params.get("group"))
    return page(call, [_body(call, one) for one in zones])


def put(call: Call) -> Response:
    """Create a zone, or replace its tags, under its ETag conditions; done at once."""
    zone_id = check_zone(call)
    existing = call.world.store.get(zone_id)
    _check_match(call, existing)
    kept = call.keep(replace(existing or build_zone(id=zone_id), tags=tags_in(call.body)))
    call.effect("dns-zone.write", id=kept.id)
    return answer(200 if existing else 201, _body(call, kept))


def patch(call: Call) -> Response:
    """Replace a zone's tags, under its ETag condition."""
    zone = call.world.store.require(call.arm_id())
    _check_match(call, zone)
    kept = call.keep(replace(zone, tags=tags_in(call.body)))
    call.effect("dns-zone.write", id=kept.id)
    return answer(200, _body(call, kept))


def delete(call: Call) -> Response:
    """Delete a zone with all its record sets, under its ETag condition; 204 when there is none."""
    zone = call.world.store.get(call.arm_id())
    if zone is None:
        return answer(204)
    _check_match(call, zone)

    def gone(at: datetime) -> JsonObject | None:
        call.remove(zone.id, at=at)
        return None

    return started(call, kind="dns-zone.delete", target=zone.id, words="dns", outcome=gone)


def _check_match(call: Call, zone: Resource | None) -> None:
    call.check_match(replace(zone, etag=str(_body(call, zone)["etag"])) if zone else None)


def _body(call: Call, zone: Resource) -> JsonObject:
    return zone_body(call.world, PUBLIC, zone)


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_ZONES, handler=list_all, operation=_READ, regions=no_region),
    Route(method="GET", template=PROVIDER + "/dnszones", handler=list_all, operation=_READ, regions=no_region),
    Route(method="GET", template=_ZONE, handler=get, operation=_READ, regions=no_region),
    Route(method="PUT", template=_ZONE, handler=put, operation=_WRITE, regions=no_region),
    Route(method="PATCH", template=_ZONE, handler=patch, operation=_WRITE, regions=no_region),
    Route(
        method="DELETE",
        template=_ZONE,
        handler=delete,
        operation="Microsoft.Network/dnsZones/delete",
        regions=no_region,
    ),
    Route(
        method="GET",
        template=GROUP + "/dnsOperationStatuses/{operation}",
        handler=operation_status,
        operation="Microsoft.Network/dnsoperationstatuses/read",
        regions=no_region,
    ),
    Route(
        method="GET",
        template=GROUP + "/dnsOperationResults/{operation}",
        handler=operation_result,
        operation="Microsoft.Network/dnsoperationresults/read",
        regions=no_region,
    ),
)
