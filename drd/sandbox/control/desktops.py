"""Who would get a virtual PC now, and signing in as that user: Azure tells this to the user's own client only."""

from drd.sandbox.clock import instant_text
from drd.sandbox.control.reading import Controls, json_body
from drd.sandbox.desktops.broker import Offer, feed, sign_in
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import World


def feed_of(world: World, request: Request) -> Response:
    """Tell what a user's client would find: `?user=NAME@DOMAIN`; nothing changes."""
    user = _user(request.query.get("user", ""))
    offers = [_wire(one) for one in feed(world, user, world.now())]
    return answer(200, {"user": user, "now": instant_text(world.now()), "desktops": offers})


def sign_in_as(world: World, request: Request) -> Response:
    """Let a user start a session on the first desktop that is served: `{"user"}`."""
    user = _user(str(json_body(request).get("user", "")))
    offer = sign_in(world, user, world.now())
    return answer(200, {"user": user, "desktop": _wire(offer) if offer else None})


def _user(text: str) -> str:
    if "@" not in text:
        raise bad_request("InvalidUser", f"'{text}' is no user: give one as NAME@DOMAIN.")
    return text


def _wire(offer: Offer) -> JsonObject:
    return {
        "workspace": offer.workspace,
        "application-group": offer.group.id,
        "host-pool": offer.pool.id,
        "session-host": offer.host.id if offer.host else None,
        "region": offer.region,
        "reason": offer.reason,
    }


CONTROLS: Controls = {
    ("GET", "/desktops"): feed_of,
    ("POST", "/desktops"): sign_in_as,
}
