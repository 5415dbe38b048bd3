"""check.desktops: are enough virtual PCs of a host pool available to people?

```yaml
- {id: offices, uses: check.desktops, with: {pool: "${{ inputs.pool }}", at-least: 76, within: 30m}}
```
"""

from collections import Counter
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from drd.checks import Resource, Values
from drd.ports.check import Answer, CheckContext, Question
from drd.ports.desktops import AVAILABLE, DESKTOPS


class Params(Values):
    """Which pool, and how many are enough."""

    pool: Resource
    """The host pool."""
    at_least: Annotated[int, Field(ge=1, le=10_000)] = 1
    """How many hosts must be Available and take new sessions."""


class DesktopsAreAvailable:
    """Green when enough hosts say Available and are not drained."""

    permissions: tuple[str, ...] = ("Microsoft.DesktopVirtualization/hostpools/sessionhosts/read",)

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        hosts = await context.provider.capability(DESKTOPS).hosts(parameters.pool)
        ready = [each for each in hosts if each.status == AVAILABLE and not each.drained]
        others = Counter(each.status for each in hosts if each.status != AVAILABLE)
        words = ", ".join(f"{count} {status}" for status, count in sorted(others.items()))
        return Answer(
            green=len(ready) >= parameters.at_least,
            sentence=f"{len(ready)} of {len(hosts)} virtual PCs of {parameters.pool.name} are available"
            + (f"; {words}" if words else ""),
            evidence={
                "pool": str(parameters.pool),
                "available": len(ready),
                "hosts": len(hosts),
                "wanted": parameters.at_least,
            },
        )

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        return f"at least {parameters.at_least} virtual PCs of {parameters.pool.name} are available"


CHECK = Question("check.desktops", Params, DesktopsAreAvailable())
