"""The sandbox over HTTP on loopback, plain or with TLS, and able to misbehave on purpose.

It can keep a caller waiting, hang up without an answer, or be slow.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

from drd.sandbox.wire import Request, Response

LOOPBACK = "127.0.0.1"

_HANG_SECONDS = 3600.0
_PATIENCE_SECONDS = 0.1
_BODY_LIMIT = 32 * 1024 * 1024

Handle = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Serves one handler on a loopback port; `port=0` takes a free one, readable as `port` once started."""

    def __init__(self, handle: Handle, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Take the handler of every request, and the server's side of TLS where it speaks TLS."""
        self._handle = handle
        self.port = port
        self._tls = tls
        self._web: web.Server | None = None
        self._server: asyncio.Server | None = None

    @property
    def base_url(self) -> str:
        """Return the address to send requests to."""
        return f"{self._scheme}://{LOOPBACK}:{self.port}"

    @property
    def _scheme(self) -> str:
        return "https" if self._tls else "http"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is in use.
        """
        self._web = web.Server(self._serve, access_log=None, handler_cancellation=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._web, LOOPBACK, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and hang up on everybody; twice is harmless."""
        if self._server is None or self._web is None:
            return
        server, self._server = self._server, None
        server.close()
        await self._web.shutdown(_PATIENCE_SECONDS)
        await server.wait_closed()

    async def _serve(self, asked: web.BaseRequest) -> web.StreamResponse:
        if asked.headers.get("expect", "").lower() == "100-continue":
            await asked.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            asked.writer.output_size = 0
        _check_length(asked)
        body = await asked.content.read()
        headers = {name.lower(): value for name, value in asked.headers.items()}
        url = f"{self._scheme}://{asked.host}{asked.raw_path}" if asked.raw_path.startswith("/") else asked.raw_path
        response = await self._handle(Request(method=asked.method, url=url, headers=headers, body=body))
        if response.hang:
            await asyncio.sleep(_HANG_SECONDS)
        if response.delay_seconds:
            await asyncio.sleep(response.delay_seconds)
        if (response.reset or response.hang) and asked.transport is not None:
            asked.transport.abort()
        return _Answer(status=response.status, body=response.body or None, headers=dict(response.headers))


class _Answer(web.Response):
    """An answer with the sandbox's headers only: Azure names no content type where there is no content."""

    async def _prepare_headers(self) -> None:
        typed = "content-type" in self.headers
        await super()._prepare_headers()
        if not typed:
            self.headers.pop("content-type", None)
        self.headers.pop("server", None)


def _check_length(asked: web.BaseRequest) -> None:
    length = asked.content_length or 0
    if length > _BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(max_size=_BODY_LIMIT, actual_size=length)
