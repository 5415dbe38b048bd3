"""check.vm: is a machine in the power state it should be in, and does its agent say that it is ready?

```yaml
- {id: up, uses: check.vm, with: {item: vm-bz-sql-1, power: running, agent: true, within: 5m}}
```
"""

from datetime import timedelta
from typing import Literal, Self

from pydantic import model_validator

from drd.checks import Item, Resource, Values, exactly_one, machine_of
from drd.ports.check import Answer, CheckContext, Question
from drd.ports.machines import MACHINES


class Params(Values):
    """Which machine, exactly one of the two, and what is right."""

    item: Item | None = None
    """A protected item: the machine that stands for it now, and in a drill its copy."""
    machine: Resource | None = None
    """A machine."""
    power: Literal["running", "stopped", "deallocated"] = "running"
    """The power state that is right."""
    agent: bool = True
    """Whether the agent must be ready too; only asked of a running machine."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(item=self.item, machine=self.machine)
        return self


class MachineIsUp:
    """Green when power and agent are right."""

    permissions: tuple[str, ...] = (
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
    )

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        wanted = machine_of(context, parameters.item, parameters.machine)
        seen = await context.provider.capability(MACHINES).get(wanted)
        if seen is None:
            return Answer(green=False, sentence=f"there is no machine {wanted}", evidence={"machine": str(wanted)})
        needs_agent = parameters.agent and parameters.power == "running"
        green = seen.power == parameters.power and (seen.agent_ready is True or not needs_agent)
        agent = "unknown" if seen.agent_ready is None else "ready" if seen.agent_ready else "not ready"
        hint = "; its boot diagnostics show how far it came" if needs_agent and seen.agent_ready is False else ""
        return Answer(
            green=green,
            sentence=f"{wanted.name} is {seen.power or 'in an unknown state'}, its agent {agent}{hint}",
            evidence={"machine": str(wanted), "power": seen.power, "agent-ready": seen.agent_ready},
        )

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        agent = " with its agent ready" if parameters.agent and parameters.power == "running" else ""
        return f"{parameters.item or parameters.machine} is {parameters.power}{agent}"


CHECK = Question("check.vm", Params, MachineIsUp())
