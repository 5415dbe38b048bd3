"""desktop.open-registration: lets machines register in a host pool for a while. Azure makes the token; drd keeps none.

```yaml
- id: open
  uses: desktop.open-registration
  with: {pool: "${{ inputs.pool }}", for: 8h}
```
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from drd.actions import EVERY_MODE, Length, Resource, Values, wrong
from drd.domain.call import Call
from drd.domain.durations import format_instant
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
from drd.ports.desktops import DESKTOPS

_SHORTEST, _LONGEST = timedelta(hours=2), timedelta(days=27)
_SLACK = timedelta(hours=1)


def _allowed(value: timedelta) -> timedelta:
    if not _SHORTEST <= value <= _LONGEST:
        raise wrong("Azure opens a pool for an hour at least and 27 days at most", "write 2h to 27d, such as 8h")
    return value


class Params(Values):
    """Which pool, and how long."""

    pool: Resource
    """The host pool."""
    length: Annotated[Length, AfterValidator(_allowed)] = Field(alias="for")
    """How long machines may register, from 2h to 27d."""


class OpenRegistration:
    """The pool says until when it is open. A second request gives another token and the same end."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.DesktopVirtualization/hostpools/read",
        "Microsoft.DesktopVirtualization/hostpools/write",
    )
    outputs: Mapping[str, OutputType] = {"until": OutputType.INSTANT}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing: a token is no resource, and ends by itself."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Name the pool."""
        return (parameters.pool,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether the pool is open long enough already, less an hour."""
        until = await _open_until(parameters, context)
        wanted = context.intended_at + parameters.length - _SLACK
        return Present() if until is not None and until >= wanted else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Send the one change."""
        until = context.intended_at + parameters.length
        await context.provider.capability(DESKTOPS).open_registration(
            parameters.pool, until=until, request_id=context.request_id
        )
        return Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """It is answered at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read until when it is open."""
        until = await _open_until(parameters, context)
        if until is None:
            return Pending(note="the pool is not open yet")
        return Present(outputs={"until": format_instant(until)})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it: it ends by itself, and hosts that registered stay."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be allowed."""
        hours = int(parameters.length.total_seconds() // 3600)
        return Simulation(
            sentence=f"let machines register in {parameters.pool.name} for {hours} hours",
            targets=(str(parameters.pool),),
        )


async def _open_until(parameters: Params, context: StepContext) -> datetime | None:
    pool = await context.provider.capability(DESKTOPS).pool(parameters.pool)
    if pool is None:
        raise NotFoundError(
            "there is no such host pool",
            target=str(parameters.pool),
            hint="make the pool in the recovery region beforehand: a lost region takes its broker with it",
        )
    return pool.registration_ends_at


ACTION = Verb("desktop.open-registration", Params, OpenRegistration())
