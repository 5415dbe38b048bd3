"""traffic-manager.switch: lets users be led to an endpoint of a traffic manager, or no longer.

```yaml
- id: lead-users
  uses: traffic-manager.switch
  with: {profile: "${{ inputs.profile }}", endpoint: noord, enabled: true}
```
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from drd.actions import Resource, Values
from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.errors import NotFoundError, RefusedError
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
from drd.ports.traffic import TRAFFIC, Endpoint, TrafficProfile


class Params(Values):
    """Which endpoint, and whether users may be led there."""

    profile: Resource
    """The traffic manager."""
    endpoint: Annotated[str, Field(min_length=1, max_length=260)]
    """The endpoint's name."""
    enabled: bool = True
    """Whether users may be led there; an endpoint that is enabled must answer before the step is done."""


class SwitchEndpoint:
    """The endpoint's own state says whether it was done; enabled means that the service's probes find it online."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.Network/trafficManagerProfiles/read",
        "Microsoft.Network/trafficManagerProfiles/externalEndpoints/write",
        "Microsoft.Network/trafficManagerProfiles/azureEndpoints/write",
        "Microsoft.Network/trafficManagerProfiles/nestedEndpoints/write",
    )
    outputs: Mapping[str, OutputType] = {
        "host": OutputType.TEXT,
        "target": OutputType.TEXT,
        "previous": OutputType.BOOLEAN,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the profile."""
        return (parameters.profile,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See how the endpoint stands."""
        profile, endpoint = await _read(parameters, context)
        if _stands(endpoint, parameters):
            return Present(outputs=_outputs(profile, endpoint, previous=endpoint.enabled))
        return Absent()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Switch, unless it is switched already. Raises RefusedError when nothing would be left to lead users to."""
        profile, endpoint = await _read(parameters, context)
        previous = endpoint.enabled
        if previous != parameters.enabled:
            _refuse_last(profile, endpoint, parameters)
            await context.provider.capability(TRAFFIC).switch(
                endpoint, enabled=parameters.enabled, request_id=context.request_id
            )
        return Present(outputs=_outputs(profile, endpoint, previous=previous))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """An endpoint is switched at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the endpoint back; an enabled one must be found online by the service's own probes."""
        profile, endpoint = await _read(parameters, context)
        if not _stands(endpoint, parameters):
            wish = "online" if parameters.enabled else "disabled"
            return Pending(note=f"{endpoint.name} is {endpoint.monitor or 'in an unknown state'}, not {wish} yet")
        previous = outputs.get("previous", endpoint.enabled)
        return Present(outputs=_outputs(profile, endpoint, previous=previous is True))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Switch back, where it was switched."""
        if outputs.get("previous") is parameters.enabled:
            return None
        profile, endpoint = str(parameters.profile), parameters.endpoint
        values: dict[str, Json] = {"profile": profile, "endpoint": endpoint, "enabled": not parameters.enabled}
        return Call(uses="traffic-manager.switch", values=values)

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be switched."""
        words = "lead users to" if parameters.enabled else "lead users no longer to"
        return Simulation(
            sentence=f"{words} {parameters.endpoint} of {parameters.profile.name}",
            targets=(str(parameters.profile),),
            destructive=True,
        )


async def _read(parameters: Params, context: StepContext) -> tuple[TrafficProfile, Endpoint]:
    profile = await context.provider.capability(TRAFFIC).profile(parameters.profile)
    if profile is None:
        raise NotFoundError("there is no such traffic manager", target=str(parameters.profile), hint="see its id")
    endpoint = profile.endpoint(parameters.endpoint)
    if endpoint is None:
        raise NotFoundError(
            f"the traffic manager has no endpoint {parameters.endpoint}",
            target=str(parameters.profile),
            hint=f"it has {', '.join(one.name for one in profile.endpoints) or 'none'}",
        )
    return profile, endpoint


def _stands(endpoint: Endpoint, parameters: Params) -> bool:
    return endpoint.serves if parameters.enabled else not endpoint.enabled


def _refuse_last(profile: TrafficProfile, endpoint: Endpoint, parameters: Params) -> None:
    others = [one for one in profile.endpoints if one.enabled and one.name != endpoint.name]
    if not parameters.enabled and not others:
        raise RefusedError(
            "no endpoint would be left to lead users to",
            target=str(parameters.profile),
            hint="enable another endpoint first",
        )


def _outputs(profile: TrafficProfile, endpoint: Endpoint, *, previous: bool) -> dict[str, Json]:
    return {"host": profile.host, "target": endpoint.target, "previous": previous}


ACTION = Verb("traffic-manager.switch", Params, SwitchEndpoint())
