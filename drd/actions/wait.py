"""wait: lets world time pass, for what settles by itself. The end is counted from the intent, also after a restart.

```yaml
- {id: settle, uses: wait, with: {for: 90s}}
```
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from drd.actions import EVERY_MODE, Length, Values
from drd.domain.call import Call
from drd.domain.durations import format_duration
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


class Params(Values):
    """How long."""

    length: Length = Field(alias="for")
    """World time to wait, such as `90s` or `15m`."""


class Wait:
    """Over when its end has passed, whoever looks."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = ()
    outputs: Mapping[str, OutputType] = {}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Touch nothing."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether the end has passed."""
        return Present() if context.clock.now() >= _end(parameters, context) else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Begin to wait; beginning again does not move the end."""
        return Underway(
            operation=Operation(kind="wait", target="", started_at=context.intended_at, request_id=context.request_id)
        )

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Ask for what is left."""
        left = _end(parameters, context) - context.clock.now()
        return Present() if left.total_seconds() <= 0 else Pending(wait=left, note=f"{format_duration(left)} left")

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Present:
        """There is nothing to read back."""
        return Present()

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Time does not go back."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say how long."""
        return Simulation(sentence=f"wait {format_duration(parameters.length)}")


def _end(parameters: Params, context: StepContext) -> datetime:
    return context.intended_at + parameters.length


ACTION = Verb("wait", Params, Wait())
