"""The world's time: telling it, moving it on, changing its pace."""

from drd.sandbox.clock import instant_text
from drd.sandbox.control.reading import Controls, json_body, span_in
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import World

_FASTEST = 1_000_000


def show(world: World, _request: Request) -> Response:
    """Tell world time, its speed, and the instant at which it agrees with the host's, where there is one."""
    clock = world.clock
    body: JsonObject = {"now": instant_text(world.now()), "speed": clock.speed}
    if clock.epoch is not None:
        body["epoch"] = instant_text(clock.epoch)
    return answer(200, body)


def change(world: World, request: Request) -> Response:
    """Change the pace (`{"speed": N}`, 0 stands still), or move on (`{"advance": "2h"}`), or both in this order.

    A daemon that runs beside the sandbox is not told: it reckons with the epoch and the speed of its settings.
    """
    body = json_body(request)
    unknown = sorted(set(body) - {"speed", "advance"})
    if unknown or not body:
        raise bad_request("InvalidTime", f"Give 'speed' or 'advance'{f', not {unknown}' if unknown else ''}.")
    if "speed" in body:
        speed = body["speed"]
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 <= speed <= _FASTEST:
            raise bad_request("InvalidSpeed", f"'speed' must be a number from 0 to {_FASTEST}, not '{speed}'.")
        world.clock.set_speed(float(speed))
    if "advance" in body:
        world.clock.advance(span_in(body, "advance"))
        world.settle()
    return show(world, request)


CONTROLS: Controls = {
    ("GET", "/time"): show,
    ("POST", "/time"): change,
}
