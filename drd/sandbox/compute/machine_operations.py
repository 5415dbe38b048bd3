"""The long-running operations of machines: how one is begun, where it is followed, and what its end does."""

from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.machine import bump_etag, power_off, power_on, remove_machine, shut_down
from drd.sandbox.compute.power import UNALLOCATED
from drd.sandbox.errors import ArmError
from drd.sandbox.faults.fault import Fault
from drd.sandbox.longrunning import accepted, operation_result, operation_status, region_of_operation
from drd.sandbox.operations import Operation, Outcome
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response

_OPERATION = "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/operations/{operation}"


def begin(call: Call, machine: Resource, kind: str, outcome: Outcome, *, duration: str = "") -> Operation:
    """Begin an operation of a machine (or of something below it, named by `machine`'s id), and journal it.

    `duration` names the profile's line when it is not that of the kind.
    """
    took = call.world.profile.duration(duration or kind, machine.id)
    operation = call.world.operations.start(
        kind, machine.id, region=machine.location, at=call.now, took=took, outcome=outcome
    )
    call.effect(kind, id=machine.id, operation=operation.id)
    return operation


def monitor_path(resource: Resource, operation: Operation) -> str:
    """Return where Compute tells of an operation."""
    scope = f"/subscriptions/{resource.subscription}/providers/Microsoft.Compute"
    return f"{scope}/locations/{resource.location}/operations/{operation.id}"


def accepted_with_both(call: Call, resource: Resource, operation: Operation) -> Response:
    """Answer 202 with Azure-AsyncOperation and Location, as verbs and deletes do."""
    path = monitor_path(resource, operation)
    return accepted(call, operation, monitor=path, location=path + "?monitor=true")


def stored(call: Call, machine_id: str) -> Resource:
    """Return the machine whose operation ends now.

    Raises:
        ArmError: it was deleted meanwhile: the operation was preempted.
    """
    machine = call.world.store.get(machine_id)
    if machine is None or machine.hidden["power"] == "deleting":
        raise ArmError(
            409, "OperationPreempted", "The operation execution has been preempted by a more recent operation."
        )
    return machine


def written(call: Call, machine: Resource, at: datetime) -> Resource:
    """Store a machine as the end of an operation leaves it."""
    return call.keep(bump_etag(machine).with_hidden(changed_at=instant_text(at)), at=at)


def run(call: Call, machine_id: str, at: datetime, *, refusal: Fault | None, anew: bool) -> JsonObject | None:
    """Let a machine run, unless no room was found for it; `anew` boots one that runs already."""
    machine = stored(call, machine_id)
    if refusal is not None:
        failed = machine.with_properties(provisioningState="Failed").with_hidden(
            power=UNALLOCATED, powered_at=None, failure=(refusal.code, refusal.said)
        )
        written(call, failed, at)
        raise refusal.error(409)
    since = machine.hidden.get("powered_at")
    keeps_running = isinstance(since, datetime) and not anew
    written(call, power_on(machine, since if keeps_running and isinstance(since, datetime) else at), at)
    return None


def stop(call: Call, machine_id: str, at: datetime) -> JsonObject | None:
    """Shut a machine down."""
    written(call, shut_down(stored(call, machine_id)), at)
    return None


def release(call: Call, machine_id: str, at: datetime, *, hibernate: bool = False) -> JsonObject | None:
    """Deallocate a machine."""
    written(call, power_off(stored(call, machine_id)).with_hidden(hibernated=hibernate), at)
    return None


def settle(call: Call, machine_id: str, at: datetime) -> JsonObject | None:
    """End an update that left the power alone."""
    machine = stored(call, machine_id)
    written(call, machine.with_properties(provisioningState="Succeeded"), at)
    return None


def vanish(call: Call, machine_id: str, at: datetime) -> JsonObject | None:
    """Remove a machine with what it takes along."""
    machine = call.world.store.get(machine_id)
    if machine is not None:
        remove_machine(call.world, machine, at=at, by=call.identity)
    return None


def _operation(call: Call) -> Response:
    return operation_result(call, without=200) if "monitor" in call.query else operation_status(call)


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_OPERATION,
        handler=_operation,
        operation="Microsoft.Compute/locations/operations/read",
        regions=region_of_operation,
    ),
)
