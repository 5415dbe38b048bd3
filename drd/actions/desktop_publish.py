"""desktop.publish: decides which desktops users find in a workspace. This is the traffic switch of virtual PCs.

```yaml
- id: publish
  uses: desktop.publish
  with: {workspace: "${{ inputs.workspace }}", application-groups: "${{ inputs.offices }}"}
```
"""

from collections.abc import Mapping

from drd.actions import Resource, Resources, Values
from drd.domain.call import Call
from drd.domain.canonical import Json
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
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.desktops import DESKTOPS, Workspace


class Params(Values):
    """Which workspace, and what it shall show."""

    workspace: Resource
    """The workspace."""
    application_groups: Resources
    """The application groups that users shall find in it, all of them; an empty list lets them find nothing."""


class Publish:
    """What the workspace shows says whether it was done. An application group can be in one workspace only."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.DesktopVirtualization/workspaces/read",
        "Microsoft.DesktopVirtualization/workspaces/write",
    )
    outputs: Mapping[str, OutputType] = {"previous": OutputType.ARM_IDS, "application-groups": OutputType.ARM_IDS}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Name the workspace."""
        return (parameters.workspace,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it shows what is wanted already."""
        seen = await _read(parameters, context)
        return Present(outputs=_outputs(seen, ())) if _fits(seen, parameters) else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Read what it shows, for the way back, and send the one change."""
        before = await _read(parameters, context)
        await context.provider.capability(DESKTOPS).publish(
            parameters.workspace, parameters.application_groups, request_id=context.request_id
        )
        return Present(outputs=_outputs(before, before.application_groups))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """It is answered at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the workspace back."""
        seen = await _read(parameters, context)
        if not _fits(seen, parameters):
            return Pending(note="the workspace does not show the new application groups yet")
        previous = outputs.get("previous")
        known = tuple(ArmId(str(each)) for each in previous) if isinstance(previous, list | tuple) else ()
        return Present(outputs=_outputs(seen, known))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Show again what it showed before, where that is known."""
        previous = outputs.get("previous")
        if not previous:
            return None
        return Call(
            uses="desktop.publish", values={"workspace": str(parameters.workspace), "application-groups": previous}
        )

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what users would find."""
        shown = ", ".join(each.name for each in parameters.application_groups) or "nothing"
        return Simulation(
            sentence=f"let users of {parameters.workspace.name} find {shown}",
            targets=(str(parameters.workspace),),
            destructive=True,
        )


async def _read(parameters: Params, context: StepContext) -> Workspace:
    found = await context.provider.capability(DESKTOPS).workspace(parameters.workspace)
    if found is None:
        raise NotFoundError(
            "there is no such workspace",
            target=str(parameters.workspace),
            hint="make the workspace of the recovery region beforehand",
        )
    return found


def _fits(seen: Workspace, parameters: Params) -> bool:
    return {each.key for each in seen.application_groups} == {each.key for each in parameters.application_groups}


def _outputs(seen: Workspace, previous: tuple[ArmId, ...]) -> dict[str, Json]:
    shown: list[Json] = [str(each) for each in seen.application_groups]
    return {"previous": [str(each) for each in previous], "application-groups": shown}


ACTION = Verb("desktop.publish", Params, Publish())
