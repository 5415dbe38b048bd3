"""desktop.drain: lets a virtual PC take no new sessions. Who is on it stays on it.

```yaml
- id: drain
  uses: desktop.drain
  for-each: {virtual-pcs: {pool: kantoor}}
  with: {pool: "${{ inputs.pool }}", host: "${{ each.id }}", domain: voorbeeld.example}
```
"""

from collections.abc import Mapping

from drd.actions import Resource, ResourceName, Values
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
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.desktops import DESKTOPS, SessionHost


class Params(Values):
    """Which host."""

    pool: Resource
    """The host pool."""
    host: ResourceName
    """The name of the host's machine."""
    domain: str = ""
    """The domain that the host is joined to; it is part of its name in the pool."""
    drained: bool = True
    """False lets it take new sessions again."""


class Drain:
    """By value: sent twice, it changes nothing the second time."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.DesktopVirtualization/hostpools/sessionhosts/read",
        "Microsoft.DesktopVirtualization/hostpools/sessionhosts/write",
    )
    outputs: Mapping[str, OutputType] = {"drained": OutputType.BOOLEAN, "sessions": OutputType.INTEGER}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Name the host."""
        return (_id(parameters),)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether it is as wanted already."""
        host = await _read(parameters, context)
        return Present() if host.drained == parameters.drained else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Send the one change."""
        await context.provider.capability(DESKTOPS).drain(
            _id(parameters), drained=parameters.drained, request_id=context.request_id
        )
        return Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """It is answered at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the host back."""
        host = await _read(parameters, context)
        if host.drained != parameters.drained:
            return Pending(note=f"{host.name} is not drained yet" if parameters.drained else f"{host.name} is drained")
        return Present(outputs={"drained": host.drained, "sessions": host.sessions})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Turn it round."""
        values = {"pool": str(parameters.pool), "host": parameters.host, "domain": parameters.domain}
        return Call(uses="desktop.drain", values={**values, "drained": not parameters.drained})

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what people would notice."""
        what = "take no new sessions" if parameters.drained else "take new sessions again"
        return Simulation(sentence=f"let virtual PC {parameters.host} {what}", targets=(str(_id(parameters)),))


def _name(parameters: Params) -> str:
    return f"{parameters.host}.{parameters.domain}" if parameters.domain else parameters.host


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.pool}/sessionHosts/{_name(parameters)}")


async def _read(parameters: Params, context: StepContext) -> SessionHost:
    host = await context.provider.capability(DESKTOPS).host(parameters.pool, _name(parameters))
    if host is None:
        raise NotFoundError(
            "the host pool has no such host",
            target=str(_id(parameters)),
            hint="correct the host's name and domain, or skip the step if the host is gone",
        )
    return host


ACTION = Verb("desktop.drain", Params, Drain())
