"""vm.start: starts a machine. One that runs already is left alone.

```yaml
- {id: boot, uses: vm.start, for-each: {items: {role: app}}, with: {item: "${{ each.id }}"}}
```
"""

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from drd.actions import EVERY_MODE, Item, Resource, Values, followed, machine_of, named_machine, one_of
from drd.domain.call import Call
from drd.domain.errors import NotFoundError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
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
from drd.ports.machines import MACHINES, Machine


class Params(Values):
    """Which machine: exactly one of the two."""

    item: Item | None = None
    """A protected item: its own machine, and in a drill its copy."""
    machine: Resource | None = None
    """A machine, such as the one that an earlier step gave."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self.item, self.machine)
        return self


class StartMachine:
    """Its power says whether it was started."""

    doubt = Doubt.ADOPTABLE
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Compute/virtualMachines/start/action",
        "Microsoft.Compute/locations/operations/read",
    )
    outputs: Mapping[str, OutputType] = {"machine": OutputType.ARM_ID}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the machine."""
        return (_id(parameters, context),)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it runs, or starts."""
        seen = await _read(parameters, context)
        return Present() if seen.power in {"running", "starting"} else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Start it."""
        machines = context.provider.capability(MACHINES)
        operation = await machines.start(_id(parameters, context), request_id=context.request_id)
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the start."""
        return await followed(context.provider.capability(MACHINES).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that it runs."""
        seen = await _read(parameters, context)
        if seen.power != "running":
            return Pending(note=f"{seen.id.name} is {seen.power or 'in an unknown state'}")
        return Present(outputs={"machine": str(seen.id)})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it running: it may have run before."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be started."""
        name = named_machine(context, parameters.item, parameters.machine)
        return Simulation(sentence="start a machine", targets=(name,))


def _id(parameters: Params, context: StepContext) -> ArmId:
    return machine_of(context, parameters.item, parameters.machine)


async def _read(parameters: Params, context: StepContext) -> Machine:
    machine = _id(parameters, context)
    seen = await context.provider.capability(MACHINES).get(machine)
    if seen is None:
        raise NotFoundError("the machine does not exist", target=str(machine), hint="let the step need its maker")
    return seen


ACTION = Verb("vm.start", Params, StartMachine())
