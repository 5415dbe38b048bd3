"""The fronts as HTTP CONNECT proxies on loopback, with TLS where the guest speaks it."""

import asyncio
import json
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from drd.sandbox.front import Answer, Front, Reached, Refusal

LOOPBACK = "127.0.0.1"
RESOLVE_PATH = "/resolve"
"""`GET /resolve?name=HOST` gives a name's addresses, in the JSON form of DNS over HTTPS."""
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_PATIENCE_SECONDS = 30.0
_HEAD_LIMIT = 16 * 1024
_REQUEST_LINE_PARTS = 3


class FrontServer:
    """Serves one front, production or drill; `port=0` takes a free port, readable as `port` once started."""

    def __init__(self, front: Front, *, drill: bool, port: int = 0) -> None:
        """Take the front and which networks it reaches."""
        self._front = front
        self._drill = drill
        self.port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Return the proxy's address."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is in use.
        """
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port, limit=_HEAD_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and close what is open; twice is harmless."""
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._open):
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        # A client that goes away, or talks nonsense, ends its own connection only.
        with suppress(OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._proxy(reader, writer)
        self._open.discard(writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _proxy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target = await _read_head(reader)
        if target.partition("?")[0] == RESOLVE_PATH:
            await self._resolve(writer, target)
            return
        if method != "CONNECT":
            await self._plain(writer, method, target)
            return
        host, _, port = target.rpartition(":")
        reached = self._front.connect(host.strip("[]"), int(port), drill=self._drill)
        if isinstance(reached, Refusal):
            await _write(writer, reached.status, headers={"x-sandbox-reason": reached.reason})
            return
        writer.write(
            f"HTTP/1.1 200 Connection established\r\nx-sandbox-machine: {reached.machine.name}\r\n\r\n".encode()
        )
        await writer.drain()
        await self._tunnel(reader, writer, reached, target)

    async def _tunnel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reached: Reached, target: str
    ) -> None:
        if reached.speaks == "tcp":
            while await reader.read(_HEAD_LIMIT):
                continue
            return
        if reached.speaks == "https":
            await writer.start_tls(self._front.world.authority.context_by_name(target.rpartition(":")[0]))
        method, path = await _read_head(reader)
        await _write_answer(writer, self._front.talk(reached, method, target + path, drill=self._drill), method)

    async def _resolve(self, writer: asyncio.StreamWriter, target: str) -> None:
        name = parse_qs(urlsplit(target).query).get("name", [""])[0]
        addresses = self._front.resolve(name, drill=self._drill)
        body = {
            "Status": _NO_ERROR if addresses else _NO_SUCH_NAME,
            "Answer": [{"name": name, "type": 1, "data": address} for address in addresses],
        }
        headers = {"content-type": "application/dns-json"}
        await _write(writer, HTTPStatus.OK, headers=headers, body=json.dumps(body).encode())

    async def _plain(self, writer: asyncio.StreamWriter, method: str, target: str) -> None:
        parts = urlsplit(target)
        if parts.scheme != "http" or not parts.hostname:
            await _write(writer, HTTPStatus.BAD_REQUEST, headers={"x-sandbox-reason": "this is a proxy"})
            return
        answer = self._front.ask(
            parts.hostname, parts.port or 80, method=method, path=parts.path or "/", drill=self._drill
        )
        if isinstance(answer, Refusal):
            await _write(writer, answer.status, headers={"x-sandbox-reason": answer.reason})
        else:
            await _write_answer(writer, answer, method)


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, str]:
    """Return method and target of a request; the headers are read and not needed.

    Raises:
        ValueError: it is no HTTP.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    parts = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    if len(parts) != _REQUEST_LINE_PARTS:
        message = "not an HTTP request"
        raise ValueError(message)
    return parts[0], parts[1]


async def _write_answer(writer: asyncio.StreamWriter, answer: Answer, method: str) -> None:
    await _write(writer, answer.status, headers=answer.headers, body=answer.body, is_headless=method == "HEAD")


async def _write(
    writer: asyncio.StreamWriter,
    status: int,
    *,
    headers: dict[str, str],
    body: bytes = b"",
    is_headless: bool = False,
) -> None:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + (b"" if is_headless else body))
    await writer.drain()
