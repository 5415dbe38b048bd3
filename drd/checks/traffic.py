"""check.traffic: do a traffic manager's own probes find an endpoint as it should be?

```yaml
- {id: led, uses: check.traffic, with: {profile: "${{ inputs.profile }}", endpoint: noord, within: 5m}}
```
"""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from drd.checks import Resource, Values
from drd.ports.check import Answer, CheckContext, Question
from drd.ports.traffic import TRAFFIC


class Params(Values):
    """Which endpoint, and what is right."""

    profile: Resource
    """The traffic manager."""
    endpoint: Annotated[str, Field(min_length=1)]
    """The endpoint's name."""
    serves: bool = True
    """Whether users must be led there, or must not."""


class EndpointServes:
    """Green when users are led there, or are not, as wanted."""

    permissions: tuple[str, ...] = ("Microsoft.Network/trafficManagerProfiles/read",)

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once."""
        profile = await context.provider.capability(TRAFFIC).profile(parameters.profile)
        endpoint = profile.endpoint(parameters.endpoint) if profile is not None else None
        if profile is None or endpoint is None:
            missing = "endpoint " + parameters.endpoint if profile is not None else "traffic manager"
            return Answer(green=False, sentence=f"there is no {missing}", evidence={"profile": str(parameters.profile)})
        return Answer(
            green=endpoint.serves is parameters.serves,
            sentence=f"{endpoint.name} of {profile.host} is {endpoint.monitor or 'in an unknown state'}",
            evidence={"profile": str(profile.id), "endpoint": endpoint.name, "monitor": endpoint.monitor},
        )

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        words = "is led to" if parameters.serves else "is not led to"
        return f"traffic {words} {parameters.endpoint} of {parameters.profile.name}"


CHECK = Question("check.traffic", Params, EndpointServes())
