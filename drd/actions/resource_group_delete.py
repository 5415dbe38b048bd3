"""resource-group.delete: removes a resource group that this very run made, with all it holds. Only in a drill.

```yaml
- {id: tidy, uses: resource-group.delete, modes: [drill], with: {id: "${{ steps.group.id }}"}}
```
"""

from collections.abc import Mapping

from drd.actions import ResourceGroup, Values, followed
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
from drd.ports.groups import GROUPS, Group, refuse_older


class Params(Values):
    """Which group."""

    id: ResourceGroup
    """The group's id, as the step gave it that made the group."""


class DeleteResourceGroup:
    """A group that is gone is gone: deleting again is answered with "not there"."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.DRILL})
    permissions: tuple[str, ...] = (
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/subscriptions/resourceGroups/delete",
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
        "Microsoft.Resources/subscriptions/operationresults/read",
    )
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Delete the group."""
        return (parameters.id,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it is gone, or goes. Raises RefusedError for a group that is not this run's."""
        group = await context.provider.capability(GROUPS).get(parameters.id)
        if group is None:
            return Present()
        _refuse_foreign(group, context)
        return Present() if group.state.casefold() == "deleting" else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Read ledger, tag and ages once more, and delete."""
        groups = context.provider.capability(GROUPS)
        group = await groups.get(parameters.id)
        if group is None:
            return Present()
        _refuse_foreign(group, context)
        await _refuse_older(group, context)
        operation = await groups.delete(parameters.id, request_id=context.request_id)
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the deletion."""
        return await followed(context.provider.capability(GROUPS).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read back that it is gone."""
        group = await context.provider.capability(GROUPS).get(parameters.id)
        return Present() if group is None else Pending(note=f"the resource group is still there: {group.state}")

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nothing brings it back."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be removed."""
        return Simulation(
            sentence="delete a resource group that this run made, with all it holds",
            targets=(str(parameters.id),),
            destructive=True,
        )


def _refuse_foreign(group: Group, context: StepContext) -> None:
    if group.id not in context.owned or group.tags.get("drd-run") != context.tags.get("drd-run"):
        raise RefusedError(
            "this run did not make the resource group",
            target=str(group.id),
            hint="only a group of the run's own ledger that carries its tag is deleted",
        )


async def _refuse_older(group: Group, context: StepContext) -> None:
    """Refuse to delete what existed before the ledger knew the group: somebody moved it in."""
    recorded = context.recorded.get(group.id)
    if recorded is None:
        return
    inside = await context.provider.capability(GROUPS).resources(group.id)
    refuse_older(group.id, inside, since=recorded, then=", then retry the step")


ACTION = Verb("resource-group.delete", Params, DeleteResourceGroup())
