"""resource-group.create: makes a resource group whose name is unique to the run: the prefix and the run's id.

```yaml
- {id: group, uses: resource-group.create, with: {prefix: rg-drd-besluitvorming}}
```
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from drd.actions import EVERY_MODE, Values, only_this_runs
from drd.domain.call import Call
from drd.domain.errors import InvalidError, RefusedError
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
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.groups import GROUPS


class Params(Values):
    """Name and place of the group."""

    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    """The name's beginning; a dash and the run's id follow."""
    exact: bool = False
    """Whether that is the whole name: a group that was deleted is made again. Not in a drill."""
    location: Annotated[str, Field(pattern="^[a-z0-9]+$")] | None = None
    """The region; the recovery region where none is given."""
    subscription: Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,64}$")] | None = None
    """The subscription; the one of the plan's items where none is given."""


class CreateResourceGroup:
    """Put by name: the same run makes the same group."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/subscriptions/resourceGroups/write",
    )
    outputs: Mapping[str, OutputType] = {"id": OutputType.ARM_ID, "name": OutputType.TEXT}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the group."""
        return (Creation(id=_id(parameters, context), kind="resource-group"),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's group is there. Raises RefusedError for somebody else's of the same name."""
        group = await context.provider.capability(GROUPS).get(_id(parameters, context))
        if group is None:
            return Absent()
        hint = "choose another prefix, or use that group as it is"
        only_this_runs(context, "resource group", group.id, group.tags, hint=hint)
        return Present(outputs=_outputs(group.id))

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Put the group, with the run's tags. Raises RefusedError for an exact name in a drill."""
        if parameters.exact and context.mode is Mode.DRILL:
            raise RefusedError(
                "a drill makes groups of its own only",
                target=str(_id(parameters, context)),
                hint="leave `exact` out, so that the run's id is in the name",
            )
        group_id = _id(parameters, context)
        group = await context.provider.capability(GROUPS).create(
            group_id,
            location=parameters.location or context.recovery_region,
            tags=context.seal.tags(group_id, context.tags) if context.seal is not None else context.tags,
            request_id=context.request_id,
        )
        return Present(outputs=_outputs(group.id))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """A group is made at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the group back."""
        group = await context.provider.capability(GROUPS).get(_id(parameters, context))
        if group is None or group.state.casefold() != "succeeded":
            return Pending(note="the resource group is not there yet")
        return Present(outputs=_outputs(group.id))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it: a drill's is cleaned up by the ledger, another one may hold recovered machines."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be made."""
        region = parameters.location or (context.recovery_region if context is not None else "the recovery region")
        target = (
            str(_id(parameters, context))
            if context is not None
            else parameters.prefix + ("" if parameters.exact else "-RUN")
        )
        return Simulation(sentence=f"make a resource group in {region}", targets=(target,))


def _outputs(group: ArmId) -> dict[str, str]:
    return {"id": str(group), "name": group.resource_group}


def _id(parameters: Params, context: StepContext) -> ArmId:
    found = {each.resource.subscription.casefold() for each in context.items.values()}
    if parameters.subscription is None and len(found) != 1:
        raise InvalidError(
            "it is not clear in which subscription the resource group belongs",
            target=context.step,
            hint="add `subscription: ID`; the plan's items are in none or in several",
        )
    subscription = parameters.subscription or next(iter(found))
    name = parameters.prefix if parameters.exact else f"{parameters.prefix}-{context.run}"
    return ArmId.parse(f"/subscriptions/{subscription}/resourceGroups/{name}")


ACTION = Verb("resource-group.create", Params, CreateResourceGroup())
