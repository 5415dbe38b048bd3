"""The sandbox over HTTP on loopback."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as WebRequest
from starlette.responses import Response as WebResponse
from starlette.routing import Route as WebRoute

from drd.sandbox.wire import Request, Response

LOOPBACK = "127.0.0.1"
_METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]
_HANG_SECONDS = 3600.0

Handle = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Serves one handler on a loopback port; `port=0` takes a free one, readable as `port` once started."""

    def __init__(self, handle: Handle, *, port: int = 0) -> None:
        """Take the handler of every request."""
        self._handle = handle
        self.port = port
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def base_url(self) -> str:
        """Return the address to send requests to."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is in use.
        """
        loop = asyncio.get_running_loop()
        probe = await loop.create_server(asyncio.Protocol, LOOPBACK, self.port, start_serving=False)
        listening = probe.sockets[0].dup()
        self.port = listening.getsockname()[1]
        probe.close()
        app = Starlette(routes=[WebRoute("/{path:path}", self._serve, methods=_METHODS)])
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        self._server = _Quiet(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Stop listening, and wait until it did; twice is harmless."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._server = self._task = None

    async def _serve(self, web: WebRequest) -> WebResponse:
        raw = web.scope["raw_path"].decode("ascii")
        query = f"?{web.url.query}" if web.url.query else ""
        request = Request(
            method=web.method,
            url=f"http://{web.headers.get('host', LOOPBACK)}{raw}{query}",
            headers={name.lower(): value for name, value in web.headers.items()},
            body=await web.body(),
        )
        response = await self._handle(request)
        if response.hang:
            await asyncio.sleep(_HANG_SECONDS)
        return WebResponse(response.body, status_code=response.status, headers=dict(response.headers))


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone: whoever starts the sandbox decides when it stops."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield
