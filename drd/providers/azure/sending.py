"""Changes: one request on the wire, and what its answer said, whatever the SDK makes of it afterwards."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drd.domain.errors import AmbiguousError
from drd.ports.clock import Clock
from drd.providers.azure.errors import Doing, of_exception, parse_object
from drd.providers.azure.reading import FOREIGN

CORRELATION = "correlation-id"
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the answer to a change said. `body` is empty where there was none or it could not be read."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status_url(self) -> str:
        """Give the Azure-AsyncOperation header, or nothing."""
        return self.headers.get("azure-asyncoperation", "")

    @property
    def location_url(self) -> str:
        """Give the Location header, or nothing."""
        return self.headers.get("location", "")

    @property
    def known_as(self) -> Mapping[str, str]:
        """Give the id under which Azure's activity log knows the change, as a detail of its operation."""
        correlation = self.headers.get("x-ms-correlation-request-id", "")
        return {CORRELATION: correlation} if correlation else {}


class Sender:
    """Sends changes. Never twice: a lost answer is an AmbiguousError, and whoever catches it looks at the world."""

    def __init__(self, clock: Clock) -> None:
        """Take world time, for dates in answers."""
        self._clock = clock

    async def send(
        self, call: Callable[[Mapping[str, Any]], Awaitable[object]], *, what: str, target: str, request_id: str
    ) -> Answered:
        """Call a method of the SDK, which gets the options to pass on, and give what was answered.

        The answer is heard where it arrives: the SDK may stumble over it later (a fractional Retry-After, an empty
        body where its model wants one), and then a change that was accepted must not look like one that failed.

        Raises:
            TransientError: it was provably not accepted; the same call may succeed later.
            AmbiguousError: it may have been accepted.
            NotFoundError, ConflictError, ForbiddenError, PermanentError: Azure refused it.
        """
        heard: list[Any] = []
        options = {"raw_response_hook": lambda response: heard.append(response.http_response), "request_id": request_id}
        doing = Doing(what=what, target=target, changes=True)
        try:
            await call(options)
        except FOREIGN as error:
            if not heard or heard[-1].status_code not in _SUCCESS:
                raise of_exception(error, doing, self._clock.now()) from error
        if not heard:
            raise AmbiguousError(f"could not {what}: no answer was heard", target=target)
        return _answered(heard[-1])


def _answered(response: Any) -> Answered:  # noqa: ANN401 - old and new responses of the SDK
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = parse_object(response.content)
    except FOREIGN:
        body = {}
    return Answered(status=response.status_code, headers=headers, body=body)
