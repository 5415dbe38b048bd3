"""Plain REST: addresses that came in answers, and the one api-version that no package covers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from azure.core.rest import HttpRequest

from drd.domain.errors import PermanentError
from drd.ports.clock import Clock
from drd.providers.azure.clients import Clients
from drd.providers.azure.errors import Doing, of_refusal, parse_object, read_refusal, unreadable
from drd.providers.azure.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: status, headers with names in lower case, and its JSON object, empty where there is none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


class Rest:
    """Asks questions by address. Changes go through `Sender`."""

    def __init__(self, *, clients: Clients, reader: Reader, clock: Clock) -> None:
        """Take the plain client and what asks again."""
        self._clients = clients
        self._reader = reader
        self._clock = clock

    async def ask(self, url: str, *, what: str, target: str) -> Reply:
        """GET an address that came in an answer. Any final answer is given back, also a refusal.

        Raises:
            TransientError: throttled or broken beyond patience.
            ForbiddenError: the identity may not ask.
            RefusedError: the address leads away from Azure.
        """
        return await self._reader.read(
            lambda: self._once("GET", url, None, Doing(what=what, target=target)), what=what, target=target
        )

    async def read(
        self, path: str, *, what: str, target: str, version: str, query: Mapping[str, str] | None = None
    ) -> Reply:
        """GET a path under the endpoint. Raises as `Reader.read` does."""
        return await self._successful("GET", self.url(path, version, query), None, Doing(what=what, target=target))

    async def question(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        what: str,
        target: str,
        version: str,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """POST a question that changes nothing, as some of Azure's lists want it. Raises as `Reader.read` does."""
        return await self._successful("POST", self.url(path, version, query), body, Doing(what=what, target=target))

    async def pages(
        self,
        path: str,
        *,
        what: str,
        target: str,
        version: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> list[Mapping[str, Any]]:
        """Read a list to its end, by GET or, with a body, by POST.

        Raises:
            PermanentError: the list leads back to a page that was read already. Else as `Reader.read` does.
            TransientError: a page holds no list.
        """
        found: list[Mapping[str, Any]] = []
        url = self.url(path, version, query)
        method = "GET" if body is None else "POST"
        seen: set[str] = set()
        while url:
            if url in seen:
                raise PermanentError(f"could not {what}: the list never ends", target=target)
            seen.add(url)
            reply = await self._successful(method, url, body, Doing(what=what, target=target), listed=True)
            found += _values(reply, what, target)
            url = str(reply.body.get("nextLink") or "")
        return found

    def url(self, path: str, version: str, query: Mapping[str, str] | None = None) -> str:
        """Build an address under the endpoint."""
        request = HttpRequest("GET", self._clients.endpoint + path, params={**(query or {}), "api-version": version})
        return request.url

    async def _successful(
        self, method: str, url: str, body: Mapping[str, Any] | None, doing: Doing, *, listed: bool = False
    ) -> Reply:
        """Ask until an answer comes; a page that must be `listed` and holds no list is none."""

        async def once() -> Reply:
            reply = await self._once(method, url, body, doing)
            if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
                refusal = read_refusal(reply.status, reply.headers, reply.text)
                raise of_refusal(refusal, doing, self._clock.now())
            if listed:
                _values(reply, doing.what, doing.target)
            return reply

        return await self._reader.read(once, what=doing.what, target=doing.target)

    async def _once(self, method: str, url: str, body: Mapping[str, Any] | None, doing: Doing) -> Reply:
        self._clients.guard.check(url)
        request = HttpRequest(method, url, json=body) if body is not None else HttpRequest(method, url)
        response = await self._clients.arm.send_request(request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        reply = Reply(
            status=response.status_code, headers=headers, body=parse_object(response.content), text=response.text()
        )
        if reply.status == HTTPStatus.OK and not reply.body and reply.text.strip() not in {"", "{}"}:
            raise unreadable("the answer is no JSON object", doing)
        if reply.status in {401, 403, 408, 429, 500, 502, 503, 504}:
            raise of_refusal(read_refusal(reply.status, headers, reply.text), doing, self._clock.now())
        return reply


def _values(reply: Reply, what: str, target: str) -> list[Mapping[str, Any]]:
    """Give a page's values. A page that cannot be read is no empty page: absence would be concluded from it."""
    values = reply.body.get("value")
    if not isinstance(values, list):
        raise unreadable("the answer holds no list", Doing(what=what, target=target))
    return [one for one in values if isinstance(one, Mapping)]
