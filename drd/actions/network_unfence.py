"""network.unfence: takes a fence of a security group away again.

```yaml
- id: open-in
  uses: network.unfence
  with: {security-group: "${{ inputs.guard }}", direction: inbound}
```
"""

from collections.abc import Mapping
from typing import Literal

from drd.actions import Resource, ResourceName, Values, followed
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
from drd.ports.traffic import FENCES, Barrier


class Params(Values):
    """Which fence."""

    security_group: Resource
    """The security group."""
    direction: Literal["inbound", "outbound"]
    """The direction in which it was closed."""
    name: ResourceName | None = None
    """The name of the rule; drd-fence-inbound or drd-fence-outbound where none is given."""


class OpenGroup:
    """Removed by name: a rule that is not there is done."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/networkSecurityGroups/securityRules/read",
        "Microsoft.Network/networkSecurityGroups/securityRules/delete",
        "Microsoft.Network/locations/operations/read",
    )
    outputs: Mapping[str, OutputType] = {"rule": OutputType.ARM_ID}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the group."""
        return (parameters.security_group,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether the fence is gone. Raises RefusedError when the rule of its name is no fence."""
        seen = await _read(parameters, context)
        if seen is None:
            return Present(outputs=_outputs(parameters))
        if not seen.denies or seen.direction != parameters.direction:
            raise RefusedError(
                f"the rule {seen.name} is no fence of {parameters.direction} traffic",
                target=str(parameters.security_group),
                hint="name the rule that network.fence put",
            )
        return Present(outputs=_outputs(parameters)) if seen.state.casefold() == "deleting" else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Remove the rule."""
        operation = await context.provider.capability(FENCES).remove(
            parameters.security_group, _name(parameters), request_id=context.request_id
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the change."""
        return await followed(context.provider.capability(FENCES).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the group back."""
        if await _read(parameters, context) is not None:
            return Pending(note="the fence still stands")
        return Present(outputs=_outputs(parameters))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Put nothing back: nobody is fenced again without being asked."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be opened."""
        return Simulation(
            sentence=f"let {parameters.direction} traffic pass {parameters.security_group.name} again",
            targets=(str(parameters.security_group),),
            destructive=True,
        )


def _name(parameters: Params) -> str:
    return parameters.name or f"drd-fence-{parameters.direction}"


async def _read(parameters: Params, context: StepContext) -> Barrier | None:
    wanted = _name(parameters).casefold()
    barriers = await context.provider.capability(FENCES).barriers(parameters.security_group)
    return next((one for one in barriers if one.name.casefold() == wanted), None)


def _outputs(parameters: Params) -> dict[str, str]:
    return {"rule": f"{parameters.security_group}/securityRules/{_name(parameters)}"}


ACTION = Verb("network.unfence", Params, OpenGroup())
