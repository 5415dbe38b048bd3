"""Subscriptions: global."""

from drd.sandbox.call import Call
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.wire import JsonObject, Response, answer

_READ = "Microsoft.Resources/subscriptions/read"


def get(call: Call) -> Response:
    """Answer a subscription."""
    return answer(200, _wire(call.subscription, call.world.subscriptions[call.subscription.lower()]))


def list_all(call: Call) -> Response:
    """List the subscriptions."""
    return page(call, [_wire(one, name) for one, name in call.world.subscriptions.items()])


def _wire(subscription: str, name: str) -> JsonObject:
    return {
        "id": f"/subscriptions/{subscription}",
        "subscriptionId": subscription,
        "displayName": name,
        "state": "Enabled",
    }


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template="/subscriptions", handler=list_all, operation=_READ, regions=no_region),
    Route(method="GET", template="/subscriptions/{subscription}", handler=get, operation=_READ, regions=no_region),
)
