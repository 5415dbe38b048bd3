"""check.tcp: does a port accept connections, of a host or of the machine that stands for an item now?

```yaml
- {id: sql, uses: check.tcp, with: {item: vm-bz-sql-1, port: 1433, within: 10m}}
```
"""

from datetime import timedelta
from typing import Self

from pydantic import model_validator

from drd.checks import PATIENCE, Host, Item, Port, Values, exactly_one, machine_of
from drd.domain.canonical import Json
from drd.domain.errors import TransientError
from drd.ports.check import Answer, CheckContext, Question
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS


class Params(Values):
    """Which port, of exactly one of the two."""

    item: Item | None = None
    """A protected item: the address of the machine that stands for it now."""
    host: Host | None = None
    """A host; it must be on the allow-list of the settings."""
    port: Port
    """The port."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(item=self.item, host=self.host)
        return self


class PortAnswers:
    """Green when a connection opens."""

    permissions: tuple[str, ...] = (
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Network/networkInterfaces/read",
    )

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once. A guest that does not answer is an answer."""
        host = parameters.host or await _address(parameters.item or "", context)
        if not host:
            return Answer(green=False, sentence=f"no machine with an address stands for {parameters.item}")
        evidence: dict[str, Json] = {"host": host, "port": parameters.port, "item": parameters.item}
        try:
            await context.reach.connect(host, parameters.port, limit=PATIENCE)
        except TransientError as error:
            return Answer(green=False, sentence=error.message, evidence=evidence)
        return Answer(green=True, sentence=f"{host} accepts connections on {parameters.port}", evidence=evidence)

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        return f"{parameters.host or parameters.item} accepts connections on {parameters.port}"


async def _address(item: str, context: CheckContext) -> str:
    machine = await context.provider.capability(MACHINES).get(machine_of(context, item, None))
    for each in machine.interfaces if machine is not None else ():
        interface = await context.provider.capability(NETWORKS).interface(each)
        if interface is not None and interface.addresses:
            return interface.addresses[0]
    return ""


CHECK = Question("check.tcp", Params, PortAnswers())
