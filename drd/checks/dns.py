"""check.dns: does a name resolve, and to the values that it should have?

```yaml
- {id: name, uses: check.dns, with: {name: burgerzaken.voorbeeld.example, values: [10.2.1.41, 10.2.1.42]}}
```
"""

from datetime import timedelta

from drd.checks import PATIENCE, Host, Several, Values
from drd.domain.errors import TransientError
from drd.ports.check import Answer, CheckContext, Question


class Params(Values):
    """Which name, and what is right."""

    name: Host
    """The name; it must be on the allow-list of the settings."""
    values: Several | None = None
    """All the addresses that it should have, in any order; any answer will do where none are given."""


class NameResolves:
    """Green when the addresses are right."""

    permissions: tuple[str, ...] = ()

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once. A name without an answer is an answer."""
        try:
            found = await context.reach.resolve(parameters.name, limit=PATIENCE)
        except TransientError as error:
            return Answer(green=False, sentence=error.message, evidence={"name": parameters.name})
        wanted = parameters.values
        green = bool(found) and (wanted is None or set(wanted) == set(found))
        instead = f", not {', '.join(wanted)}" if wanted is not None and not green else ""
        return Answer(
            green=green,
            sentence=f"{parameters.name} resolves to {', '.join(found) or 'nothing'}{instead}",
            evidence={"name": parameters.name, "values": list(found)},
        )

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        return f"{parameters.name} resolves" + (f" to {', '.join(parameters.values)}" if parameters.values else "")


CHECK = Question("check.dns", Params, NameResolves())
