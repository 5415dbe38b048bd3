"""Managed run commands: named, so that a PUT may be repeated, with an exit code to read afterwards."""

from datetime import datetime

from drd.sandbox.body import tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.machine import agent_ready_at
from drd.sandbox.compute.run_command import require_running
from drd.sandbox.compute.shell import run_script
from drd.sandbox.errors import bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

COMMAND_TYPE = "Microsoft.Compute/virtualMachines/runCommands"
_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"
_COMMANDS = _MACHINE + "/runCommands"


def put(call: Call) -> Response:
    """Run a named script; the same script under the same name is not run again."""
    machine = call.world.store.require(call.arm_id(drop=2))
    script = text_at(call.body, "properties", "source", "script")
    if not script:
        raise bad_request("InvalidParameter", "The run command needs 'properties.source.script'.")
    existing = call.world.store.get(call.arm_id())
    if existing is not None and existing.hidden["script"] == script:
        return answer(200, _wire(call, existing))
    require_running(machine)
    started = max(call.now, agent_ready_at(call.world, machine) or call.now)
    ends = started + call.world.profile.duration("vm.managed-run-command", call.arm_id())
    command = call.keep(
        Resource(
            id=call.arm_id(),
            type=COMMAND_TYPE,
            location=machine.location,
            properties={**call.body["properties"], "provisioningState": "Succeeded"},
            tags=tags_in(call.body),
            hidden={"script": script, "started_at": started, "ends_at": ends},
        )
    )
    # An asynchronous command is accepted when it was handed to the agent; the others end with their script.
    told = started if call.body["properties"].get("asyncExecution") else ends
    operation = call.world.operations.start(
        "vm.managed-run-command", command.id, region=machine.location, at=call.now, took=told - call.now
    )
    call.effect("vm.managed-run-command", id=command.id, operation=operation.id)
    scope = f"/subscriptions/{call.subscription}/providers/Microsoft.Compute"
    path = f"{scope}/locations/{machine.location}/operations/{operation.id}"
    return accepted(call, operation, status=200 if existing else 201, body=command.wire(), monitor=path)


def get(call: Call) -> Response:
    """Answer a command, with `$expand=instanceView` also how far it is."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def list_machine(call: Call) -> Response:
    """List a machine's commands."""
    machine = call.world.store.require(call.arm_id(drop=1))
    return page(call, [_wire(call, one) for one in call.world.store.each(COMMAND_TYPE, under=machine.id)])


def delete(call: Call) -> Response:
    """Forget a command; 204 when there is none."""
    removed = call.remove(call.arm_id())
    if removed is None:
        return answer(204)
    call.effect("vm.managed-run-command.delete", id=removed.id)
    return answer(200)


def _wire(call: Call, command: Resource) -> JsonObject:
    body = command.wire()
    if call.query.get("$expand", "").lower() == "instanceview":
        body["properties"]["instanceView"] = _instance_view(command, call.now)
    return body


def _instance_view(command: Resource, now: datetime) -> JsonObject:
    started, ends = command.hidden["started_at"], command.hidden["ends_at"]
    if now < started:
        return {"executionState": "Pending", "exitCode": 0, "output": "", "error": ""}
    if now < ends:
        return {"executionState": "Running", "exitCode": 0, "output": "", "startTime": instant_text(started)}
    outcome = run_script(command.hidden["script"].splitlines())
    return {
        "executionState": "Succeeded" if outcome.exit_code == 0 else "Failed",
        "exitCode": outcome.exit_code,
        "output": outcome.output,
        "error": "",
        "startTime": instant_text(started),
        "endTime": instant_text(ends),
    }


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_COMMANDS,
        handler=list_machine,
        operation="Microsoft.Compute/virtualMachines/runCommands/read",
    ),
    Route(
        method="GET",
        template=_COMMANDS + "/{command}",
        handler=get,
        operation="Microsoft.Compute/virtualMachines/runCommands/read",
    ),
    Route(
        method="PUT",
        template=_COMMANDS + "/{command}",
        handler=put,
        operation="Microsoft.Compute/virtualMachines/runCommands/write",
    ),
    Route(
        method="DELETE",
        template=_COMMANDS + "/{command}",
        handler=delete,
        operation="Microsoft.Compute/virtualMachines/runCommands/delete",
    ),
)
