"""desktop.pool: makes a host pool without hosts, such as a drill's own. It goes with its resource group.

```yaml
- id: pool
  uses: desktop.pool
  modes: [drill]
  with: {resource-group: "${{ steps.place.id }}", name: hp-oefening}
```
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from drd.actions import EVERY_MODE, ResourceGroup, ResourceName, Values, only_own, only_this_runs
from drd.domain.call import Call
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
from drd.ports.desktops import DESKTOPS, HostPoolWish


class Params(Values):
    """Which pool."""

    resource_group: ResourceGroup
    """The group that will hold it."""
    name: ResourceName
    """Its name."""
    personal: bool = False
    """Whether each host is one person's."""
    location: Annotated[str, Field(pattern="^[a-z0-9]+$")] | None = None
    """Where its broker is; the recovery region where none is given."""


class CreatePool:
    """Put by name."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.DesktopVirtualization/hostpools/read",
        "Microsoft.DesktopVirtualization/hostpools/write",
    )
    outputs: Mapping[str, OutputType] = {"pool": OutputType.ARM_ID}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the pool."""
        return (Creation(id=_id(parameters)),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's pool is there. Raises RefusedError for somebody else's of the same name."""
        pool = await context.provider.capability(DESKTOPS).pool(_id(parameters))
        if pool is None:
            return Absent()
        only_this_runs(context, "host pool", pool.id, pool.tags)
        return Present()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Put the pool, with the run's tags."""
        only_own(context, _id(parameters))
        await context.provider.capability(DESKTOPS).create_pool(
            HostPoolWish(
                id=_id(parameters),
                location=parameters.location or context.recovery_region,
                personal=parameters.personal,
                tags=context.tags,
                request_id=context.request_id,
            )
        )
        return Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """It is answered at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the pool back."""
        pool = await context.provider.capability(DESKTOPS).pool(_id(parameters))
        if pool is None:
            return Pending(note="the host pool is not there yet")
        return Present(outputs={"pool": str(pool.id)})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be made."""
        return Simulation(sentence=f"make host pool {parameters.name} without hosts", targets=(str(_id(parameters)),))


def _id(parameters: Params) -> ArmId:
    kind = "Microsoft.DesktopVirtualization/hostPools"
    return ArmId.parse(f"{parameters.resource_group}/providers/{kind}/{parameters.name}")


ACTION = Verb("desktop.pool", Params, CreatePool())
