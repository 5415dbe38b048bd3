"""check.http: does a service answer over HTTP as it should? No redirects are followed.

```yaml
- {id: login, uses: check.http, with: {url: "https://burgerzaken.voorbeeld.example/health", status: 200, within: 15m}}
```
"""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from drd.checks import PATIENCE, Values
from drd.domain.errors import TransientError
from drd.ports.check import Answer, CheckContext, Question


class Params(Values):
    """What is asked, and what is right."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/?#@\\]+([/?][^\s]*)?$", max_length=2000)]
    """Where; the host must be on the allow-list of the settings."""
    status: Annotated[int, Field(ge=100, le=599)] = 200
    """The status that is right."""
    contains: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """A text that must stand in the first 64 KiB of the answer."""


class HttpAnswers:
    """Green when status and content are right."""

    permissions: tuple[str, ...] = ()

    def within(self, parameters: Params) -> timedelta:
        """Give how long it is asked again."""
        return parameters.within

    async def ask(self, parameters: Params, context: CheckContext) -> Answer:
        """Ask once. A guest that does not answer is an answer."""
        try:
            answer = await context.reach.get(parameters.url, limit=PATIENCE)
        except TransientError as error:
            return Answer(green=False, sentence=error.message, evidence={"url": parameters.url})
        found = parameters.contains is None or parameters.contains.encode() in answer.body
        green = answer.status == parameters.status and found
        why = "" if green else f", not {parameters.status}" if answer.status != parameters.status else ""
        without = "" if found else ", and the wanted text is not in it"
        return Answer(
            green=green,
            sentence=f"{parameters.url} answers {answer.status}{why}{without}",
            evidence={"url": parameters.url, "status": answer.status, "bytes": len(answer.body)},
        )

    def describe(self, parameters: Params) -> str:
        """Say what is asked."""
        text = f" and contains a given text ({len(parameters.contains)} characters)" if parameters.contains else ""
        return f"{parameters.url} answers {parameters.status}{text}"


CHECK = Question("check.http", Params, HttpAnswers())
