"""Public DNS zones: global, whatever region is lost."""

from drd.sandbox.call import Call
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import Response, answer

ZONE_TYPE = "Microsoft.Network/dnszones"
_ZONES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnsZones"
_READ = "Microsoft.Network/dnsZones/read"


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
        },
    )


def get(call: Call) -> Response:
    """Answer a zone."""
    return answer(200, call.world.store.require(call.arm_id()).wire())


def list_group(call: Call) -> Response:
    """List a group's zones."""
    zones = call.world.store.each(ZONE_TYPE, subscription=call.subscription, group=call.group)
    return page(call, [one.wire() for one in zones])


def list_subscription(call: Call) -> Response:
    """List the subscription's zones."""
    return page(call, [one.wire() for one in call.world.store.each(ZONE_TYPE, subscription=call.subscription)])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_ZONES, handler=list_group, operation=_READ, regions=no_region),
    Route(
        method="GET",
        template="/subscriptions/{subscription}/providers/Microsoft.Network/dnszones",
        handler=list_subscription,
        operation=_READ,
        regions=no_region,
    ),
    Route(method="GET", template=_ZONES + "/{zone}", handler=get, operation=_READ, regions=no_region),
)
