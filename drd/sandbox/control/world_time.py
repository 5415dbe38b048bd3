"""The world's time."""

from drd.sandbox.clock import ScaledClock, instant_text
from drd.sandbox.control.reading import Controls
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import World


def show(world: World, _request: Request) -> Response:
    """Tell world time, and its epoch and speed where the clock has them."""
    body: JsonObject = {"now": instant_text(world.now())}
    if isinstance(world.clock, ScaledClock):
        body |= {"epoch": instant_text(world.clock.epoch), "speed": world.clock.speed}
    return answer(200, body)


CONTROLS: Controls = {
    ("GET", "/time"): show,
}
