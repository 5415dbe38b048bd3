"""Run command as an action: one at a time in a machine, a message as result, no exit code."""

from drd.sandbox.body import text_at, texts_at
from drd.sandbox.call import Call
from drd.sandbox.compute.guest_state import guest_state
from drd.sandbox.compute.machine import agent_is_silent
from drd.sandbox.compute.machine_operations import accepted_with_both, begin
from drd.sandbox.compute.power import RUNNING
from drd.sandbox.compute.shell import Outcome, run_script
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.operations import Outcome as End
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response

_SHELL, _POWERSHELL = "RunShellScript", "RunPowerShellScript"
_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"


def run(call: Call) -> Response:
    """Run a script in a machine that runs."""
    machine = call.world.store.require(call.arm_id(drop=1))
    command = text_at(call.body, "commandId")
    if command not in {_SHELL, _POWERSHELL}:
        raise bad_request(
            "InvalidParameter",
            f"The command '{command}' is not one of {_POWERSHELL}, {_SHELL}, which this sandbox has.",
        )
    require_running(machine)
    if any(one.kind == "vm.run-command" for one in call.world.operations.running(target=machine.id)):
        raise conflict("Conflict", "Run command extension execution is in progress. Wait for completion.")
    silent = agent_is_silent(call.world, machine, call.now)
    duration = "vm.agent-timeout" if silent else "vm.run-command"
    end = _end(call, machine, texts_at(call.body, "script"), silent=silent, powershell=command == _POWERSHELL)
    return accepted_with_both(call, machine, begin(call, machine, "vm.run-command", end, duration=duration))


def require_running(machine: Resource) -> None:
    """Let only a running machine through.

    Raises:
        ArmError: 409 `OperationNotAllowed`.
    """
    if machine.hidden["power"] != RUNNING:
        raise conflict("OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")


def silent_agent(machine: Resource) -> ArmError:
    """Return how Azure says that a machine's agent does not report."""
    return conflict(
        "VMAgentStatusCommunicationError",
        f"VM '{machine.name}' has not reported status for VM agent or extensions. Verify that the OS is up and "
        "healthy, the VM has a running VM agent, and that it can establish outbound connections to Azure storage.",
    )


def _end(call: Call, machine: Resource, script: list[str], *, silent: bool, powershell: bool) -> End:
    def end(at: object) -> JsonObject:
        del at
        if silent:
            raise silent_agent(machine)
        fault = call.world.faults.condition(
            "script-fails", target=machine.id, region=machine.location, at=call.world.now()
        )
        outcome = run_script(script, guest_state(call.world, machine))
        if fault is not None:
            outcome = Outcome(output="", exit_code=fault.exit_code, error=fault.said)
        return _two_streams(outcome) if powershell else _message(outcome)

    return end


def _message(outcome: Outcome) -> JsonObject:
    return {"value": [_status("ProvisioningState/succeeded", _linux_text(outcome))]}


def _linux_text(outcome: Outcome) -> str:
    return f"Enable succeeded: \n[stdout]\n{outcome.output}\n[stderr]\n{outcome.error}"


def _two_streams(outcome: Outcome) -> JsonObject:
    """Return what Windows answers: a status for each stream."""
    out = _status("ComponentStatus/StdOut/succeeded", outcome.output)
    return {"value": [out, _status("ComponentStatus/StdErr/succeeded", outcome.error)]}


def _status(code: str, message: str) -> JsonObject:
    return {"code": code, "level": "Info", "displayStatus": "Provisioning succeeded", "message": message}


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        template=_MACHINE + "/runCommand",
        handler=run,
        operation="Microsoft.Compute/virtualMachines/runCommand/action",
    ),
)
