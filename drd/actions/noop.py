"""noop: does nothing, by the whole protocol. For benchmarks, tests, and a place that will be filled later.

```yaml
- {id: nothing, uses: noop}
```
"""

from collections.abc import Mapping

from drd.actions import EVERY_MODE, Values
from drd.domain.call import Call
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Verb,
)
from drd.ports.capabilities import Operation


class Params(Values):
    """It takes nothing."""


class DoNothing:
    """Done at once, and again if need be."""

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
        """Nothing is never there."""
        return Absent()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Do nothing."""
        return Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """Nothing goes on."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Present:
        """Nothing is as wanted."""
        return Present()

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Nothing is to be taken back."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say so."""
        return Simulation(sentence="do nothing")


ACTION = Verb("noop", Params, DoNothing())
