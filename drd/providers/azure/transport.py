"""The one way out: every request of every client, and of the credentials, passes here.

A request whose host is not on the list is refused before anything is sent, because poll addresses and links to next
pages come from answers, and the bearer token must never follow them elsewhere. Waiting is world time through the
clock, limits of a connection are host time.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport

from drd.domain.errors import RefusedError
from drd.ports.capabilities import OpeningTerms, SentRequest
from drd.ports.clock import Clock
from drd.ports.departure import may_leave
from drd.providers.azure.budget import Budget
from drd.providers.azure.terms import origin_of
from drd.providers.azure.wire import Wire, WireSession

PROVIDER = "azure"
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
CHANGE_SECONDS = 60.0
_THROTTLE = "x-ms-ratelimit-remaining-"
_MILLISECOND = timedelta(milliseconds=1)
_QUIET = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class _Times:
    """When a request left, by the loop, and how long it had been held back before, in world time."""

    began: float
    waited: timedelta


@dataclass(slots=True, kw_only=True)
class Lines:
    """The connections: one session for reads, and one for what changes.

    A change gets a fresh connection: one that the other side closed while it was idle would lose the answer and leave
    the change in doubt. And its session never sends again by itself, as aiohttp otherwise does for PUT and DELETE.
    """

    reads: AioHttpTransport
    changes: AioHttpTransport
    sessions: list[aiohttp.ClientSession] = field(default_factory=list)

    @classmethod
    def over_network(cls, *, trust_proxies: bool) -> "Lines":
        """Open sessions over aiohttp; needs a running event loop."""
        reads = aiohttp.ClientSession(trust_env=trust_proxies, cookie_jar=aiohttp.DummyCookieJar())
        changes = aiohttp.ClientSession(
            trust_env=trust_proxies,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(force_close=True),
        )
        changes._retry_connection = False  # noqa: SLF001 - no public switch; a test counts what a server sees
        return cls(
            reads=AioHttpTransport(session=reads, session_owner=False),
            changes=AioHttpTransport(session=changes, session_owner=False),
            sessions=[reads, changes],
        )

    @classmethod
    def in_process(cls, wire: Wire) -> "Lines":
        """Let a callable of the same process answer."""
        session: Any = WireSession(wire)
        line = AioHttpTransport(session=session, session_owner=False)
        return cls(reads=line, changes=line)

    async def close(self) -> None:
        """End all connections; may be called twice."""
        for session in self.sessions:
            await session.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Where requests may go: scheme, host and port. None of them means anywhere (for sign-in, which has its own)."""

    origins: frozenset[tuple[str, str, int]] | None

    def check(self, url: str) -> None:
        """Let a URL pass.

        Raises:
            RefusedError: if it goes elsewhere, or holds braces, which the SDK would take for placeholders.
        """
        try:
            origin = origin_of(url)
        except ValueError:
            origin = ("", "", 0)
        if "{" in url or "}" in url or (self.origins is not None and origin not in self.origins):
            raise RefusedError(
                "a request to an address outside Azure's endpoint was refused",
                target=shown(url),
                hint="an answer named an unknown host or a malformed address; nothing was sent there",
                code="address-refused",
            )


class Transport(AsyncHttpTransport[Any, Any]):
    """Sends requests for all clients. Closing a client leaves it open: whoever opened the lines closes them."""

    def __init__(self, *, lines: Lines, guard: Guard, clock: Clock, terms: OpeningTerms) -> None:
        """Take the connections, the list of hosts, world time, and who watches."""
        self._lines = lines
        self._guard = guard
        self._clock = clock
        self._watch = terms.watch
        self._budget = Budget(clock)

    async def send(self, request: Any, **options: Any) -> Any:  # noqa: ANN401 - old and new requests of the SDK
        """Send one request, once.

        Raises:
            RefusedError: before sending, if its address is not allowed.
        """
        self._guard.check(request.url)
        waited = await self._budget.admit(request.method, request.url)
        quiet = request.method in _QUIET
        if not quiet:
            await may_leave()
        options.setdefault("connection_timeout", CONNECT_SECONDS)
        options.setdefault("read_timeout", READ_SECONDS if quiet else CHANGE_SECONDS)
        line = self._lines.reads if quiet else self._lines.changes
        began = asyncio.get_running_loop().time()
        try:
            response = await line.send(request, **options)
        except BaseException as error:
            self._tell(request, None, {}, _Times(began, waited), error=type(error).__name__)
            raise
        self._budget.learn(request.method, request.url, response.status_code, response.headers)
        self._tell(request, response.status_code, response.headers, _Times(began, waited))
        return response

    def _tell(
        self,
        request: Any,  # noqa: ANN401 - as above
        status: int | None,
        headers: Mapping[str, str],
        times: "_Times",
        *,
        error: str = "",
    ) -> None:
        if self._watch is None:
            return
        took = asyncio.get_running_loop().time() - times.began
        lowered = {name.lower(): value for name, value in headers.items()}
        remaining = {name: value for name, value in lowered.items() if name.startswith(_THROTTLE)}
        sent = SentRequest(
            provider=PROVIDER,
            method=request.method,
            url=shown(request.url),
            status=status,
            request_id=request.headers.get("x-ms-client-request-id", ""),
            took_ms=round(took * 1000),
            remaining=remaining,
            correlation_id=lowered.get("x-ms-correlation-request-id", ""),
            error=error,
            waited_ms=round(times.waited / _MILLISECOND),
            left=times.began,
            date=next((value for name, value in headers.items() if name.lower() == "date"), ""),
        )
        # Not here and now: what a watcher raises must not put a change in doubt that Azure has answered.
        asyncio.get_running_loop().call_soon(self._watch, sent)

    async def sleep(self, duration: float) -> None:
        """Wait in world time: whatever the SDK waits for, it waits here."""
        await self._clock.sleep(timedelta(seconds=duration))

    async def open(self) -> None:
        """The lines are open already."""

    async def close(self) -> None:
        """Leave the lines to whoever opened them."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        return


def shown(url: str) -> str:
    """Give a URL for logs: without its query, which may hold signatures; the api-version stays."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(malformed)"
    version = next((value for name, value in parse_qsl(parts.query) if name.lower() == "api-version"), "")
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + (f"?api-version={version}" if version else "")
