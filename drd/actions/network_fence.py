"""network.fence: lets nothing pass a security group any more, in one direction, for all behind it or some addresses.

```yaml
- id: fence-in
  uses: network.fence
  with: {security-group: "${{ inputs.guard }}", direction: inbound, addresses: [10.1.1.41]}
```
"""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field, field_validator

from drd.actions import Resource, ResourceName, Several, Values, followed, wrong
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
from drd.ports.traffic import FENCES, Barrier, FenceWish


class Params(Values):
    """Which group is closed, in which direction, and for whom."""

    security_group: Resource
    """The security group that guards the machines or their subnet."""
    direction: Literal["inbound", "outbound"]
    """What is stopped: what comes to the machines, or what they send."""
    addresses: Several | None = None
    """Addresses or prefixes of the machines that are fenced; everything behind the group where none are given."""
    name: ResourceName | None = None
    """The name of the rule; drd-fence-inbound or drd-fence-outbound where none is given."""
    priority: Annotated[int, Field(ge=100, le=4096)] = 100
    """Its place among the group's rules: the smallest is heard first."""

    @field_validator("addresses")
    @classmethod
    def _written(cls, addresses: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if not all(_is_network(one) for one in addresses or ()):
            raise wrong("a fence names IPv4 addresses or prefixes", "write 10.1.1.41 or 10.1.1.0/24")
        return addresses


class CloseGroup:
    """Put by name: a rule that denies everything, which must be heard before every other one of its direction."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/networkSecurityGroups/securityRules/read",
        "Microsoft.Network/networkSecurityGroups/securityRules/write",
        "Microsoft.Network/locations/operations/read",
    )
    outputs: Mapping[str, OutputType] = {"rule": OutputType.ARM_ID}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing that would be cleaned up: a fence stays until somebody takes it away."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the group."""
        return (parameters.security_group,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether the rule stands. Raises RefusedError when another rule would be heard before it."""
        barriers = await context.provider.capability(FENCES).barriers(parameters.security_group)
        _refuse_late(parameters, barriers)
        seen = _find(parameters, barriers)
        fits = seen is not None and _fits(seen, parameters) and seen.state.casefold() != "failed"
        return Present(outputs=_outputs(parameters)) if fits else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Put the rule."""
        operation = await context.provider.capability(FENCES).put(
            FenceWish(
                group=parameters.security_group,
                name=_name(parameters),
                direction=parameters.direction,
                addresses=parameters.addresses or (),
                priority=parameters.priority,
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the change."""
        return await followed(context.provider.capability(FENCES).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the group back: the rule stands as wanted, and nothing is heard before it."""
        barriers = await context.provider.capability(FENCES).barriers(parameters.security_group)
        _refuse_late(parameters, barriers)
        seen = _find(parameters, barriers)
        if seen is None or not _fits(seen, parameters) or seen.state.casefold() != "succeeded":
            return Pending(note="the fence does not stand yet")
        return Present(outputs=_outputs(parameters))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Take the fence away."""
        group, direction, name = str(parameters.security_group), parameters.direction, _name(parameters)
        return Call(uses="network.unfence", values={"security-group": group, "direction": direction, "name": name})

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say who would be fenced."""
        whom = ", ".join(parameters.addresses or ()) or "everything behind it"
        return Simulation(
            sentence=f"stop all {parameters.direction} traffic of {whom} at {parameters.security_group.name}",
            targets=(str(parameters.security_group),),
            destructive=True,
        )


def _is_network(text: str) -> bool:
    try:
        IPv4Network(text)
    except ValueError:
        return False
    return True


def _name(parameters: Params) -> str:
    return parameters.name or f"drd-fence-{parameters.direction}"


def _find(parameters: Params, barriers: tuple[Barrier, ...]) -> Barrier | None:
    wanted = _name(parameters).casefold()
    return next((one for one in barriers if one.name.casefold() == wanted), None)


def _fits(seen: Barrier, parameters: Params) -> bool:
    wanted = set(parameters.addresses or ("*",))
    return (
        seen.denies
        and (seen.direction, seen.priority) == (parameters.direction, parameters.priority)
        and set(seen.addresses) == wanted
    )


def _refuse_late(parameters: Params, barriers: tuple[Barrier, ...]) -> None:
    for other in barriers:
        if (
            other.name.casefold() != _name(parameters).casefold()
            and other.direction == parameters.direction
            and other.priority <= parameters.priority
        ):
            raise RefusedError(
                f"the rule {other.name} is heard before the fence would be: priority {other.priority}",
                target=str(parameters.security_group),
                hint="give the fence a smaller priority, or move that rule to a greater one",
                code="fence-not-first",
            )


def _outputs(parameters: Params) -> dict[str, str]:
    return {"rule": f"{parameters.security_group}/securityRules/{_name(parameters)}"}


ACTION = Verb("network.fence", Params, CloseGroup())
