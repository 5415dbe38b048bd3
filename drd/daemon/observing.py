"""How the metrics port stays harmless: whoever reaches it may ask, and nobody can hold up a run by asking.

One page is made at a time, for all who ask meanwhile, and the making rests; connections are few, last for one request
and not for long; answers go out a piece at a time.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from drd.metrics.exporter import Page

_PIECE_BYTES = 64 * 1024
_REST = 3.0
"""So many times as long as a page took, none is made: asking without end costs a quarter of a core, not all of it."""
_LONGEST_REST_SECONDS = 0.4
"""Even after a page for which the store was waited for in vain the next one is there within two seconds."""
_PAGE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How much the port bears. Lengths are host time.

    Attributes:
        most: connections at the same time.
        young: when there are so many, a new one takes the place of one that is older than this; else it is refused.
        longest: a connection is ended after so long, whatever it does.
    """

    most: int = 32
    young: float = 3.0
    longest: float = 10.0


PATIENCE = Patience()


class Pages(Protocol):
    """Makes pages of metrics."""

    def form(self, accept: str) -> str:
        """Give the content type for a scraper that accepts these; there are few."""
        ...

    async def render(self, accept: str) -> Page:
        """Make a page."""
        ...


class Scrapes:
    """Makes pages for whoever asks. Belongs to one event loop."""

    def __init__(self, pages: Pages) -> None:
        """Take what makes pages."""
        self._pages = pages
        self._making: dict[str, asyncio.Task[Page]] = {}
        self._one = asyncio.Lock()
        self._rests_until = 0.0

    async def page(self, accept: str) -> Page | None:
        """Give a page that was begun after the last one ended, or is being made now; None when it takes too long.

        The first who asks after a rest gets his page at once.
        """
        form = self._pages.form(accept)
        making = self._making.get(form)
        if making is None:
            making = asyncio.get_running_loop().create_task(self._made(accept), name="page of metrics")
            self._making[form] = making
            making.add_done_callback(lambda _: self._making.pop(form))
        try:
            async with asyncio.timeout(_PAGE_SECONDS):
                # Who leaves does not take the page away from the others.
                return await asyncio.shield(making)
        except TimeoutError:
            return None

    async def _made(self, accept: str) -> Page:
        loop = asyncio.get_running_loop()
        async with self._one:
            await asyncio.sleep(max(self._rests_until - loop.time(), 0.0))
            began = loop.time()
            try:
                return await self._pages.render(accept)
            finally:
                took = loop.time() - began
                self._rests_until = loop.time() + min(took * _REST, _LONGEST_REST_SECONDS)


class LargeResponse(Response):
    """Goes out a piece at a time: what a slow reader has not taken is kept once, for all of them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; each piece waits until the one before has left."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), _PIECE_BYTES):
            piece = self.body[start : start + _PIECE_BYTES]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            # One who reads fast is never waited for: others have their turn all the same.
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


class ObservationProtocol(H11Protocol):
    """Serves one request a connection, for a while, to so many at a time."""

    def __init__(self, *arguments: Any, patience: Patience = PATIENCE, **named: Any) -> None:  # noqa: ANN401 - handed on
        """Take what uvicorn gives, and how much is borne."""
        super().__init__(*arguments, **named)
        # A request that is none is no news: who sends them decides how many there are.
        self.logger = _log
        self._patience = patience
        self._since = 0.0
        self._ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """Take a connection, if there is room for it or room can be made."""
        there = [each for each in self.connections if isinstance(each, ObservationProtocol)]
        self._since = self.loop.time()
        super().connection_made(transport)
        if len(there) >= self._patience.most:
            oldest = min(there, key=lambda each: each._since)  # noqa: SLF001 - one of the same kind
            too_young = self._since - oldest._since < self._patience.young  # noqa: SLF001 - as above
            (self if too_young else oldest).transport.abort()
        # Not closed, which would wait for a reader that does not read.
        self._ending = self.loop.call_later(self._patience.longest, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a connection."""
        if self._ending is not None:
            self._ending.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hear a request; what comes after it is not listened to."""
        if self.cycle is None:
            super().data_received(data)
            if self.cycle is not None:
                self.cycle.keep_alive = False


_log = logging.getLogger("drd.observation")
_log.setLevel(logging.ERROR)
