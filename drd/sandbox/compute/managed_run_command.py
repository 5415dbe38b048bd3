"""Managed run commands: named, so that a PUT may be repeated, with an exit code to read afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.guest_state import guest_state
from drd.sandbox.compute.machine import agent_is_silent, agent_ready_at
from drd.sandbox.compute.machine_operations import accepted_with_both, begin, monitor_path
from drd.sandbox.compute.run_command import require_running, silent_agent
from drd.sandbox.compute.shell import Outcome, run_script
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.operations import Operation
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

COMMAND_TYPE = "Microsoft.Compute/virtualMachines/runCommands"
_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"
_COMMANDS = _MACHINE + "/runCommands"
_OPERATION = "Microsoft.Compute/virtualMachines/runCommands"
_DEFAULT_TIMEOUT = 5400
"""Seconds after which a command that says nothing of it is stopped, as documented: 90 minutes."""
_NEVER_SHOWN = ("protectedParameters", "runAsPassword", "instanceView", "provisioningState")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command; `outcome` is what it will have done, and state is what it ends in."""

    script: str
    starts: datetime
    ends: datetime
    state: str
    outcome: Outcome


def put(call: Call) -> Response:
    """Run a named script; the same script under the same name is not run again."""
    machine = call.world.store.require(call.arm_id(drop=2))
    existing = call.world.store.get(call.arm_id())
    return _run(call, machine, existing, object_at(call.body, "properties"))


def patch(call: Call) -> Response:
    """Change a command; a changed script runs anew."""
    machine = call.world.store.require(call.arm_id(drop=2))
    existing = call.world.store.require(call.arm_id())
    return _run(call, machine, existing, {**existing.properties, **object_at(call.body, "properties")})


def get(call: Call) -> Response:
    """Answer a command, with `$expand=instanceView` also how far it is."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def list_machine(call: Call) -> Response:
    """List a machine's commands."""
    machine = call.world.store.require(call.arm_id(drop=1))
    return page(call, [_wire(call, one) for one in call.world.store.each(COMMAND_TYPE, under=machine.id)])


def delete(call: Call) -> Response:
    """Forget a command, and stop it when it runs; 204 when there is none."""
    command = call.world.store.get(call.arm_id())
    if command is None:
        return answer(204)

    def gone(at: datetime) -> None:
        call.remove(command.id, at=at)

    kind = "vm.managed-run-command.delete"
    return accepted_with_both(call, command, begin(call, command, kind, gone, duration="vm.extension-delete"))


def _run(call: Call, machine: Resource, existing: Resource | None, asked: JsonObject) -> Response:
    script = text_at(asked, "source", "script")
    if not script:
        raise bad_request("InvalidParameter", "The run command needs 'properties.source.script'.")
    location = text_at(call.body, "location") or machine.location
    if fold(location) != fold(machine.location):
        raise bad_request("InvalidParameter", f"The run command must be in the location of its VM, {machine.location}.")
    if existing is not None and existing.hidden["run"].script == script:
        return answer(200, _wire(call, existing))
    require_running(machine)
    shown = {name: value for name, value in asked.items() if name not in _NEVER_SHOWN}
    silent = agent_is_silent(call.world, machine, call.now)
    planned = _plan(call, machine, script, asked, silent=silent)
    command = call.keep(
        Resource(
            id=call.arm_id(),
            type=COMMAND_TYPE,
            location=machine.location,
            properties={
                "asyncExecution": False,
                "treatFailureAsDeploymentFailure": False,
                "timeoutInSeconds": _DEFAULT_TIMEOUT,
                **shown,
                "provisioningState": "Updating" if existing else "Creating",
            },
            tags=tags_in(call.body) if "tags" in call.body or existing is None else existing.tags,
            hidden={"run": planned},
        )
    )
    operation = _start(call, machine, command, silent=silent)
    status = 200 if existing else 201
    return accepted(call, operation, status=status, body=_wire(call, command), monitor=monitor_path(command, operation))


def _plan(call: Call, machine: Resource, script: str, asked: JsonObject, *, silent: bool) -> Run:
    """Return how the run will go: when it starts, when it ends, and with what."""
    profile = call.world.profile
    if silent:
        starts = call.now + profile.duration("vm.agent-timeout", machine.id)
        return Run(script=script, starts=starts, ends=starts, state="Failed", outcome=Outcome(output="", exit_code=-1))
    starts = max(call.now, agent_ready_at(call.world, machine) or call.now)
    outcome = run_script(script.splitlines(), guest_state(call.world, machine))
    fault = call.world.faults.condition("script-fails", target=call.arm_id(), region=machine.location, at=call.now)
    if fault is not None:
        outcome = Outcome(output=outcome.output, exit_code=fault.exit_code, error=fault.said)
    took = profile.duration("vm.managed-run-command", call.arm_id()) + timedelta(seconds=outcome.slept)
    limit = asked.get("timeoutInSeconds")
    allowed = timedelta(seconds=limit if isinstance(limit, int) and limit > 0 else _DEFAULT_TIMEOUT)
    if took > allowed:
        late = Outcome(output="", exit_code=-1, error="Script execution timed out.")
        return Run(script=script, starts=starts, ends=starts + allowed, state="TimedOut", outcome=late)
    state = "Failed" if outcome.exit_code else "Succeeded"
    return Run(script=script, starts=starts, ends=starts + took, state=state, outcome=outcome)


def _start(call: Call, machine: Resource, command: Resource, *, silent: bool) -> Operation:
    run: Run = command.hidden["run"]
    # An asynchronous command is accepted when it was handed to the agent; the others end with their script.
    told = run.starts if command.properties["asyncExecution"] else run.ends
    operation = call.world.operations.start(
        "vm.managed-run-command",
        command.id,
        region=machine.location,
        at=call.now,
        took=told - call.now,
        outcome=lambda at: _settle(call, machine, command.id, at, silent=silent),
    )
    call.effect("vm.managed-run-command", id=command.id, operation=operation.id)
    return operation


def _settle(call: Call, machine: Resource, command_id: str, at: datetime, *, silent: bool) -> JsonObject | None:
    command = call.world.store.get(command_id)
    if command is None:
        raise ArmError(409, "OperationPreempted", "The operation has been preempted by a more recent operation.")
    run: Run = command.hidden["run"]
    counts = bool(command.properties["treatFailureAsDeploymentFailure"]) and not command.properties["asyncExecution"]
    fails = silent or (counts and run.state != "Succeeded")
    call.keep(command.with_properties(provisioningState="Failed" if fails else "Succeeded"), at=at)
    if silent:
        raise silent_agent(machine)
    if fails:
        raise ArmError(
            409,
            "VMExtensionProvisioningError",
            f"VM has reported a failure when processing run command '{command.name}'. Error message: the script ended "
            f"in state {run.state} with exit code {run.outcome.exit_code}.",
        )
    return None


def _wire(call: Call, command: Resource) -> JsonObject:
    body = command.wire()
    if call.query.get("$expand", "").lower() == "instanceview":
        body["properties"]["instanceView"] = _instance_view(command.hidden["run"], call.now)
    return body


def _instance_view(run: Run, now: datetime) -> JsonObject:
    if now < run.starts:
        return {"executionState": "Pending", "exitCode": 0, "output": "", "error": "", "executionMessage": ""}
    view: JsonObject = {"executionMessage": "", "exitCode": 0, "output": "", "error": ""}
    if now < run.ends:
        return {**view, "executionState": "Running", "startTime": instant_text(run.starts)}
    return {
        **view,
        "executionState": run.state,
        "executionMessage": "RunCommand script execution completed" if run.state == "Succeeded" else run.state,
        "exitCode": run.outcome.exit_code,
        "output": run.outcome.output,
        "error": run.outcome.error,
        "startTime": instant_text(run.starts),
        "endTime": instant_text(run.ends),
    }


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_COMMANDS, handler=list_machine, operation=f"{_OPERATION}/read"),
    Route(method="GET", template=_COMMANDS + "/{command}", handler=get, operation=f"{_OPERATION}/read"),
    Route(method="PUT", template=_COMMANDS + "/{command}", handler=put, operation=f"{_OPERATION}/write"),
    Route(method="PATCH", template=_COMMANDS + "/{command}", handler=patch, operation=f"{_OPERATION}/write"),
    Route(method="DELETE", template=_COMMANDS + "/{command}", handler=delete, operation=f"{_OPERATION}/delete"),
)
