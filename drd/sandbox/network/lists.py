"""Lists of regional network resources: what stands in a lost region is not in them."""

from drd.sandbox.call import Call
from drd.sandbox.network.change import Body, plain_body
from drd.sandbox.paging import page_of
from drd.sandbox.router import Handler, Route, no_region
from drd.sandbox.wire import Response

GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network"
PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Network"


def list_routes(kind: str, body: Body = plain_body) -> tuple[Route, Route]:
    """Return the routes that list a type in a group and in the subscription."""
    name = kind.rsplit("/", 1)[-1]
    return (
        Route(method="GET", template=f"{GROUP}/{name}", handler=_handler(kind, body), operation=f"{kind}/read"),
        Route(
            method="GET",
            template=f"{PROVIDER}/{name}",
            handler=_handler(kind, body),
            operation=f"{kind}/read",
            regions=no_region,
        ),
    )


def _handler(kind: str, body: Body) -> Handler:
    def list_all(call: Call) -> Response:
        found = call.world.store.each(kind, subscription=call.subscription, group=call.params.get("group"))
        up = [one for one in found if not call.world.regions.is_lost(one.location, call.now)]
        return page_of(call, up, lambda one: body(call.world, one))

    return list_all
