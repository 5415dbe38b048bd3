"""scanner.delete: removes a machine that this very run made, so that the disks it examined are free to boot.

Its own disk and interface go with it; disks that were attached to be examined stay. Only in a drill.

```yaml
- {id: gone, uses: scanner.delete, modes: [drill], with: {machine: "${{ steps.scanner.machine }}"}}
```
"""

from collections.abc import Mapping

from drd.actions import Resource, Values, followed
from drd.domain.call import Call
from drd.domain.errors import RefusedError
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
from drd.ports.groups import is_older
from drd.ports.machines import MACHINES, Machine


class Params(Values):
    """Which machine."""

    machine: Resource
    """The machine, as the step gave it that made the scanner."""


class DeleteScanner:
    """A machine that is gone is gone: deleting again is answered with "not there"."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.DRILL})
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/delete",
        "Microsoft.Compute/locations/operations/read",
    )
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Delete the machine."""
        return (parameters.machine,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it is gone, or goes. Raises RefusedError for a machine that is not this run's."""
        seen = await context.provider.capability(MACHINES).get(parameters.machine)
        if seen is None:
            return Present()
        _refuse_foreign(seen, context)
        return Present() if seen.state.casefold() == "deleting" else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Read ledger, tag and age once more, and delete."""
        machines = context.provider.capability(MACHINES)
        seen = await machines.get(parameters.machine)
        if seen is None:
            return Present()
        _refuse_foreign(seen, context)
        operation = await machines.delete(parameters.machine, request_id=context.request_id)
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the deletion."""
        return await followed(context.provider.capability(MACHINES).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that it is gone, and that no disk of its group is attached to it."""
        machines = context.provider.capability(MACHINES)
        seen = await machines.get(parameters.machine)
        if seen is not None:
            return Pending(note=f"the scanner is still there: {seen.state}")
        held = [each for each in await machines.disks(parameters.machine.group_id) if each.attached_to is not None]
        mine = [each.id.name for each in held if each.attached_to == parameters.machine]
        return Pending(note=f"{mine[0]} is still attached") if mine else Present()

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nothing brings it back."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be removed."""
        return Simulation(
            sentence="delete a scanner that this run made; the disks that it examined stay",
            targets=(str(parameters.machine),),
            destructive=True,
        )


def _refuse_foreign(machine: Machine, context: StepContext) -> None:
    """Refuse what the run's ledger does not know, what lacks its tag, and what is older than the ledger's entry."""
    recorded = context.recorded.get(machine.id)
    older = recorded is not None and is_older(machine.created_at, than=recorded)
    if machine.id not in context.owned or machine.tags.get("drd-run") != context.tags.get("drd-run") or older:
        raise RefusedError(
            "this run did not make the machine",
            target=str(machine.id),
            hint="only a machine of the run's own ledger that carries its tag, and is not older, is deleted",
        )


ACTION = Verb("scanner.delete", Params, DeleteScanner())
