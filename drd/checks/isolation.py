"""check.isolation: can nothing in a drill's network reach, or be reached from, outside?

```yaml
- {id: isolated, uses: check.isolation, with: {network: "${{ inputs.network }}"}}
```
"""

from datetime import timedelta

from drd.checks import Resource, Values
from drd.ports.check import Answer, CheckContext, Question
from drd.ports.networks import NETWORKS


class Params(Values):
    """Which network."""

    network: Resource
    """The virtual network."""


class NetworkIsIsolated:
    """Green without peerings, gateways and open subnets."""

    permissions: tuple[str, ...] = (
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.Network/networkSecurityGroups/read",
    )

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        facts = await context.provider.capability(NETWORKS).facts(parameters.network)
        words = "is isolated" if facts.isolated else f"is not isolated: {', '.join(facts.openings)}"
        return Answer(
            green=facts.isolated,
            sentence=f"{parameters.network.name} {words}",
            evidence={"network": str(parameters.network), "openings": list(facts.openings)},
        )

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        return f"{parameters.network.name} is isolated"


CHECK = Question("check.isolation", Params, NetworkIsIsolated())
