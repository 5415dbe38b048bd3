"""Losing regions and giving them back."""

from drd.sandbox.control.reading import Controls, instant_in, json_body, region_in
from drd.sandbox.control.world_time import show
from drd.sandbox.errors import bad_request
from drd.sandbox.regions import MODES
from drd.sandbox.wire import Request, Response
from drd.sandbox.world import World


def region_down(world: World, request: Request) -> Response:
    """Declare a region lost: `{"region", "at": instant or absent for now, "mode": how it answers}`."""
    body = json_body(request)
    region, mode = region_in(body), str(body.get("mode", MODES[0]))
    if mode not in MODES:
        raise bad_request("InvalidMode", f"Unknown mode '{mode}'; known are {', '.join(MODES)}.")
    world.regions.down(region, instant_in(body, "at") or world.now(), mode)
    return show(world, request)


def region_up(world: World, request: Request) -> Response:
    """Declare a region up again: `{"region"}`."""
    world.regions.up(region_in(json_body(request)))
    world.settle()
    return show(world, request)


CONTROLS: Controls = {
    ("POST", "/region-down"): region_down,
    ("POST", "/region-up"): region_up,
}
