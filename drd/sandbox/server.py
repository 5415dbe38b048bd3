"""The sandbox over HTTP on loopback, plain or with TLS."""

import asyncio
import ssl

from drd.sandbox.http_protocol import Connection, Handle

LOOPBACK = "127.0.0.1"


class HttpServer:
    """Serves one handler on a loopback port; `port=0` takes a free one, readable as `port` once started."""

    def __init__(self, handle: Handle, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Take the handler of every request, and the server's side of TLS where it speaks TLS."""
        self._handle = handle
        self.port = port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._opened: set[Connection] = set()

    @property
    def base_url(self) -> str:
        """Return the address to send requests to."""
        return f"{'https' if self._tls else 'http'}://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is in use.
        """
        scheme = "https" if self._tls else "http"
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._handle, scheme, self._opened), LOOPBACK, self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and hang up on everybody; twice is harmless."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in tuple(self._opened):
            connection.close()
        await server.wait_closed()
