"""The verbs of machines: start, power off, restart, redeploy, deallocate."""

from collections.abc import Callable
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.compute.allocation import find_room
from drd.sandbox.compute.machine_operations import accepted_with_both, begin, release, run, stop
from drd.sandbox.compute.power import RUNNING, STOPPED, turn
from drd.sandbox.errors import conflict
from drd.sandbox.operations import Outcome
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response

_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"
_OPERATION = "Microsoft.Compute/virtualMachines"


def start(call: Call) -> Response:
    """Start a machine; one that runs stays as it is."""
    machine = _machine(call)
    has_its_room = machine.hidden["power"] in {RUNNING, STOPPED}
    turn(machine, "start")
    refusal = None if has_its_room else find_room(call, machine)
    return _turned(call, "start", "vm.start", lambda at: run(call, machine.id, at, refusal=refusal, anew=False))


def restart(call: Call) -> Response:
    """Boot a machine that runs."""
    return _booted(call, "restart")


def redeploy(call: Call) -> Response:
    """Move a machine to another host and boot it there."""
    return _booted(call, "redeploy")


def power_off(call: Call) -> Response:
    """Shut a machine down without giving its cores back; `skipShutdown` does not wait for its guest."""
    machine = _machine(call)
    return _turned(call, "powerOff", "vm.power-off", lambda at: _stopped(call, machine, at))


def deallocate(call: Call) -> Response:
    """Shut a machine down and give its cores back; `hibernate` keeps its memory, `forceDeallocate` does not ask it."""
    machine = _machine(call)
    hibernate = call.query.get("hibernate", "").casefold() == "true"
    if hibernate and not machine.properties.get("additionalCapabilities", {}).get("hibernationEnabled"):
        raise conflict(
            "OperationNotAllowed",
            "The Hibernate-Deallocate Operation cannot be performed on a VM that has hibernation disabled.",
        )
    return _turned(call, "deallocate", "vm.deallocate", lambda at: release(call, machine.id, at, hibernate=hibernate))


def _machine(call: Call) -> Resource:
    return call.world.store.require(call.arm_id(drop=1))


def _booted(call: Call, verb: str) -> Response:
    machine = _machine(call)
    return _turned(call, verb, f"vm.{verb}", lambda at: run(call, machine.id, at, refusal=None, anew=True))


def _stopped(call: Call, machine: Resource, at: datetime) -> JsonObject | None:
    if turn_after(machine, "powerOff") == STOPPED:
        return stop(call, machine.id, at)
    return release(call, machine.id, at)


def turn_after(machine: Resource, verb: str) -> str:
    """Return the state that a verb leads to."""
    return turn(machine, verb).after


def _turned(call: Call, verb: str, kind: str, outcome: Outcome) -> Response:
    machine = _machine(call)
    change = turn(machine, verb)
    if machine.hidden["power"] != change.during:
        call.keep(machine.with_properties(provisioningState="Updating").with_hidden(power=change.during))
    return accepted_with_both(call, machine, begin(call, machine, kind, outcome))


def _verb(name: str, handler: Callable[[Call], Response]) -> Route:
    return Route(method="POST", template=f"{_MACHINE}/{name}", handler=handler, operation=f"{_OPERATION}/{name}/action")


ROUTES: tuple[Route, ...] = (
    _verb("start", start),
    _verb("powerOff", power_off),
    _verb("restart", restart),
    _verb("redeploy", redeploy),
    _verb("deallocate", deallocate),
)
