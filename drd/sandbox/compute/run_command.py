"""Run command as an action: one at a time in a machine, a message as result, no exit code."""

from collections.abc import Sequence

from drd.sandbox.body import text_at, texts_at
from drd.sandbox.call import Call
from drd.sandbox.compute.power import RUNNING
from drd.sandbox.compute.shell import run_script
from drd.sandbox.errors import bad_request, conflict
from drd.sandbox.longrunning import accepted
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response

_COMMANDS = {"RunShellScript", "RunPowerShellScript"}
_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"


def run(call: Call) -> Response:
    """Run a script in a machine that runs."""
    machine = call.world.store.require(call.arm_id(drop=1))
    command = text_at(call.body, "commandId")
    if command not in _COMMANDS:
        raise bad_request("InvalidParameter", f"The command '{command}' is not one of {', '.join(sorted(_COMMANDS))}.")
    require_running(machine)
    if any(one.kind == "vm.run-command" for one in call.world.operations.running(target=machine.id)):
        raise conflict("Conflict", "Run command extension execution is in progress. Wait for completion.")
    script = texts_at(call.body, "script")
    took = call.world.profile.duration("vm.run-command", machine.id)
    operation = call.world.operations.start(
        "vm.run-command",
        machine.id,
        region=machine.location,
        at=call.now,
        took=took,
        outcome=lambda _at: _message(script),
    )
    call.effect("vm.run-command", id=machine.id, operation=operation.id)
    scope = f"/subscriptions/{call.subscription}/providers/Microsoft.Compute"
    path = f"{scope}/locations/{machine.location}/operations/{operation.id}"
    return accepted(call, operation, monitor=path, location=path + "?monitor=true")


def require_running(machine: Resource) -> None:
    """Let only a running machine through.

    Raises:
        ArmError: 409 `OperationNotAllowed`.
    """
    if machine.hidden["power"] != RUNNING:
        raise conflict("OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")


def _message(script: Sequence[str]) -> JsonObject:
    outcome = run_script(script)
    message = f"Enable succeeded: \n[stdout]\n{outcome.output}\n[stderr]\n"
    status = {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "message": message,
    }
    return {"value": [status]}


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        template=_MACHINE + "/runCommand",
        handler=run,
        operation="Microsoft.Compute/virtualMachines/runCommand/action",
    ),
)
