"""The control addresses under `/_sandbox`, one file a topic. They are no part of Azure.

A topic's file ends with `CONTROLS`: its addresses with their handlers. A new topic is one more line in `_TOPICS`. A
path that ends with `/*` takes any last segment.
"""

from collections.abc import Mapping

from drd.sandbox.control import (
    boot_diagnostics,
    desktops,
    faults,
    guests,
    journal,
    leftovers,
    regions,
    scenarios,
    snapshots,
    state,
    world_time,
)
from drd.sandbox.control.reading import Control
from drd.sandbox.errors import ArmError
from drd.sandbox.wire import Request, Response
from drd.sandbox.world import World

CONTROL_PREFIX = "/_sandbox"

_TOPICS = (
    regions,
    state,
    world_time,
    journal,
    guests,
    boot_diagnostics,
    desktops,
    faults,
    scenarios,
    leftovers,
    snapshots,
)
_CONTROLS: Mapping[tuple[str, str], Control] = {
    address: handler for topic in _TOPICS for address, handler in topic.CONTROLS.items()
}


def control(world: World, request: Request) -> Response:
    """Answer a control request; they need no token, because the sandbox listens on loopback only.

    Raises:
        ArmError: 404 for an unknown address, 400 for a bad body.
    """
    path = request.path.removeprefix(CONTROL_PREFIX)
    above = path.rpartition("/")[0]
    handler = _CONTROLS.get((request.method, path)) or _CONTROLS.get((request.method, f"{above}/*"))
    if handler is None:
        known = ", ".join(f"{method} {CONTROL_PREFIX}{path}" for method, path in _CONTROLS)
        raise ArmError(404, "NotFound", f"No control address {request.method} {request.path}; known are {known}.")
    return handler(world, request)
