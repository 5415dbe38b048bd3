"""Ordering faults, and forgetting them."""

from drd.sandbox.control.reading import Controls, json_body
from drd.sandbox.faults import read_fault
from drd.sandbox.wire import Request, Response, answer
from drd.sandbox.world import World


def add_fault(world: World, request: Request) -> Response:
    """Order a fault; see `drd.sandbox.faults.Fault` for the members."""
    world.faults.add(read_fault(json_body(request)))
    return answer(201, {"faults": len(world.faults)})


def clear_faults(world: World, _request: Request) -> Response:
    """Forget all faults."""
    world.faults.clear()
    return answer(200, {"faults": 0})


CONTROLS: Controls = {
    ("POST", "/faults"): add_fault,
    ("DELETE", "/faults"): clear_faults,
    ("POST", "/faults/reset"): clear_faults,
}
