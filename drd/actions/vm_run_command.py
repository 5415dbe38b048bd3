"""vm.run-command: runs a script inside a machine. Never twice by itself: whether it ran may be known to people only.

```yaml
- {id: mount, uses: vm.run-command, with: {item: vm-bz-sql-1, script: "Start-Service MSSQLSERVER"}}
```
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from drd.actions import EVERY_MODE, Item, Resource, Values, machine_of, named_machine, one_of
from drd.domain.call import Call
from drd.domain.errors import NotFoundError, OperationFailedError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.domain.script_report import beyond, reported_figures
from drd.ports.action import (
    Absent,
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Underway,
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.machines import MACHINES, ScriptResult

_SHOWN = 4096
_GOES_ON = {"", "pending", "running", "unknown"}


class Params(Values):
    """Which machine, exactly one of the two, and what runs there."""

    item: Item | None = None
    """A protected item: its own machine, and in a drill its copy."""
    machine: Resource | None = None
    """A machine, such as the one that an earlier step gave."""
    script: Annotated[str, Field(min_length=1, max_length=8192)]
    """The script, in the guest's own shell. An exit code other than 0 fails the step."""
    at_most: Mapping[Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,39}$")], Annotated[int, Field(ge=0)]] = {}
    """Figures that the script reports in lines such as `drd: differing=3`, and the largest that is still good."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self.item, self.machine)
        return self


class RunCommand:
    """A managed run command, named after the attempt; what a script did before a loss of contact cannot be told."""

    doubt = Doubt.AMBIGUOUS
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/runCommands/read",
        "Microsoft.Compute/virtualMachines/runCommands/write",
    )
    outputs: Mapping[str, OutputType] = {"exit-code": OutputType.INTEGER, "output": OutputType.TEXT}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """The command's record goes with its machine."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the machine."""
        return (_id(parameters, context),)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Look for the command of this attempt's name, and for one of an earlier attempt that has not failed."""
        machine = _id(parameters, context)
        for request in (context.request_id, *sorted(context.requests - {context.request_id})):
            seen = await context.provider.capability(MACHINES).script(machine, name=_name(request))
            if seen is not None and (request == context.request_id or not _has_failed(seen)):
                return Underway(operation=_operation(machine, context, request))
        return Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the script."""
        machines, machine = context.provider.capability(MACHINES), _id(parameters, context)
        seen = await machines.get(machine)
        if seen is None:
            raise NotFoundError("the machine does not exist", target=str(machine), hint="let the step need its maker")
        operation = await machines.run_script(
            machine,
            name=_name(context.request_id),
            script=parameters.script,
            location=seen.location,
            request_id=context.request_id,
        )
        return Underway(operation=operation or _operation(machine, context, context.request_id))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Ask the command itself; the operation only says that it was accepted."""
        machine = _id(parameters, context)
        request = operation.request_id or context.request_id
        seen = await context.provider.capability(MACHINES).script(machine, name=_name(request))
        if seen is None or seen.state.casefold() in _GOES_ON:
            return Pending(note="the script has not ended")
        if _has_failed(seen):
            raise OperationFailedError(
                f"the script ended {seen.state} with exit code {seen.exit_code}: {(seen.error or seen.output)[-500:]}",
                target=str(machine),
                hint="mend it in the machine, then resolve or retry the step",
            )
        too_much = beyond(reported_figures(seen.output), parameters.at_most)
        if too_much:
            raise OperationFailedError(
                f"the script ended well, and reports more than is tolerated: {'; '.join(too_much)}",
                target=str(machine),
                hint="see what it found; what is tolerated stands with the step",
            )
        return Present(outputs={"exit-code": 0, "output": seen.output[-_SHOWN:]})

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Take the command's own word: POLL read its result from the machine, and scripts leave nothing else."""
        return Present(outputs=outputs)

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nobody knows what a script did; the runbook may."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say where a script would run."""
        name = named_machine(context, parameters.item, parameters.machine)
        return Simulation(
            sentence=f"run a script of {len(parameters.script.splitlines())} lines", targets=(name,), destructive=True
        )


def _id(parameters: Params, context: StepContext) -> ArmId:
    return machine_of(context, parameters.item, parameters.machine)


def _name(request: str) -> str:
    return f"drd-{request}"


def _has_failed(seen: ScriptResult) -> bool:
    state = seen.state.casefold()
    return state not in _GOES_ON and (state != "succeeded" or seen.exit_code != 0)


def _operation(machine: ArmId, context: StepContext, request: str) -> Operation:
    return Operation(kind="arm", target=str(machine), started_at=context.intended_at, request_id=request)


ACTION = Verb("vm.run-command", Params, RunCommand())
