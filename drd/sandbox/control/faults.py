"""Ordering faults, listing them, and forgetting them."""

from drd.sandbox.control.reading import Controls, json_body
from drd.sandbox.errors import ArmError
from drd.sandbox.faults.kinds import KINDS
from drd.sandbox.faults.model import members_of
from drd.sandbox.faults.reading import read_faults
from drd.sandbox.faults.term import kebab
from drd.sandbox.ordering import listed, order, withdraw, withdraw_all
from drd.sandbox.wire import Request, Response, answer
from drd.sandbox.world import World


def add_faults(world: World, request: Request) -> Response:
    """Order a fault, `{"faults": [...]}`, or the `text` of a file called `file`: all, or none when one is wrong."""
    ordered = order(world, read_faults(json_body(request)), world.now())
    return answer(201, {"faults": len(world.faults), "ids": [one.id for one in ordered]})


def list_faults(world: World, _request: Request) -> Response:
    """List the faults on order with what they struck."""
    return answer(200, {"faults": listed(world)})


def list_kinds(_world: World, _request: Request) -> Response:
    """List the kinds of fault: what each does and which members an order of it may have."""
    kinds = [
        {"kind": name, "means": kind.means, "members": sorted(kebab(each) for each in members_of(name) - {"kind"})}
        for name, kind in KINDS.items()
    ]
    return answer(200, {"kinds": kinds})


def remove_fault(world: World, request: Request) -> Response:
    """Forget the fault whose id ends the path."""
    wanted = request.path.rsplit("/", 1)[-1]
    if withdraw(world, wanted) is None:
        known = ", ".join(one.fault.id for one in world.faults.listed()) or "none"
        raise ArmError(404, "UnknownFault", f"No fault '{wanted}' is on order; known are: {known}.")
    world.settle()
    return answer(200, {"faults": len(world.faults)})


def clear_faults(world: World, _request: Request) -> Response:
    """Forget all faults."""
    withdraw_all(world)
    world.settle()
    return answer(200, {"faults": 0})


CONTROLS: Controls = {
    ("GET", "/faults"): list_faults,
    ("GET", "/faults/kinds"): list_kinds,
    ("POST", "/faults"): add_faults,
    ("DELETE", "/faults"): clear_faults,
    ("DELETE", "/faults/*"): remove_fault,
    ("POST", "/faults/reset"): clear_faults,
}
