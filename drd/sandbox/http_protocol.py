"""HTTP/1.1 for the sandbox: small, fast, and able to misbehave on purpose.

A server for the internet would do more; this one listens on loopback, answers whole bodies, and can keep a caller
waiting, hang up without an answer, or be slow, which the usual servers are built to prevent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

from drd.sandbox.wire import Request, Response

Handle = Callable[[Request], Awaitable[Response]]

_HANG_SECONDS = 3600.0
_HEAD_LIMIT = 64 * 1024
_BODY_LIMIT = 32 * 1024 * 1024
_BODILESS = frozenset({204, 304})
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_REQUEST_LINE_PARTS = 3


class BadRequestError(Exception):
    """What came is no HTTP that is understood; the status to answer before hanging up, and why."""

    def __init__(self, status: int, reason: str) -> None:
        """Keep both."""
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """A request without its body. `length` is that of the body, None for one that comes in chunks."""

    method: str
    target: str
    headers: dict[str, str]
    length: int | None
    keeps_alive: bool


@dataclass(slots=True)
class _Chunks:
    """A body in chunks, as far as it has come."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def feed(self, buffer: bytearray) -> bytes | None:
        """Take whole chunks out of a buffer; return the body once its end is there."""
        while (end := buffer.find(b"\r\n")) >= 0:
            size = _chunk_size(bytes(buffer[:end]))
            if len(buffer) < end + 2 + size + 2:
                return None
            start = end + 2
            if not size:
                # Trailers, if any, end with an empty line; nobody sends some.
                del buffer[: start + 2]
                return b"".join(self.parts)
            self.parts.append(bytes(buffer[start : start + size]))
            self.size += size
            if self.size > _BODY_LIMIT:
                raise BadRequestError(413, "the body is too large")
            del buffer[: start + size + 2]
        return None


class Connection(asyncio.Protocol):
    """One client: its requests are answered one after the other, in order."""

    def __init__(self, handle: Handle, scheme: str, opened: set["Connection"]) -> None:
        """Take who answers, and where open connections are known."""
        self._handle = handle
        self._scheme = scheme
        self._opened = opened
        self._buffer = bytearray()
        self._head: _Head | None = None
        self._chunks: _Chunks | None = None
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport, of TCP or TLS
        self._opened.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Answer nobody who is gone."""
        self._opened.discard(self)
        self._transport = None
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data
        if self._task is None:
            self._go_on()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def _go_on(self) -> None:
        try:
            request = self._next_request()
        except BadRequestError as error:
            self._refuse(error)
            return
        if request is not None:
            self._task = asyncio.get_running_loop().create_task(self._answer(*request))

    def _next_request(self) -> tuple[_Head, bytes] | None:
        if self._head is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > _HEAD_LIMIT:
                    raise BadRequestError(431, "the head is too large")
                return None
            self._head = _parsed(bytes(self._buffer[:end]))
            del self._buffer[: end + 4]
            self._chunks = _Chunks() if self._head.length is None else None
            if "expect" in self._head.headers and self._transport is not None:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(self._head)
        if body is None:
            return None
        head, self._head = self._head, None
        return head, body

    def _body(self, head: _Head) -> bytes | None:
        if self._chunks is not None:
            return self._chunks.feed(self._buffer)
        length = head.length or 0
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    async def _answer(self, head: _Head, body: bytes) -> None:
        host = head.headers.get("host", "127.0.0.1")
        url = f"{self._scheme}://{host}{head.target}" if head.target.startswith("/") else head.target
        response = await self._handle(Request(method=head.method, url=url, headers=head.headers, body=body))
        if response.hang:
            await asyncio.sleep(_HANG_SECONDS)
        if response.delay_seconds:
            await asyncio.sleep(response.delay_seconds)
        self._task = None
        if response.reset or response.hang:
            self.close()
        elif self._transport is not None:
            self._transport.write(_written(head, response))
            if not head.keeps_alive:
                self._transport.close()
            elif self._buffer:
                self._go_on()

    def _refuse(self, error: BadRequestError) -> None:
        if self._transport is not None:
            body = f"{error.reason}\n".encode()
            head = _Head(method="GET", target="/", headers={}, length=0, keeps_alive=False)
            self._transport.write(_written(head, Response(status=error.status, body=body)))
            self._transport.close()


def _parsed(raw: bytes) -> _Head:
    try:
        lines = raw.decode("ascii").split("\r\n")
    except UnicodeDecodeError as error:
        raise BadRequestError(400, "the head is not ASCII") from error
    parts = lines[0].split(" ")
    if len(parts) != _REQUEST_LINE_PARTS or not parts[2].startswith("HTTP/1."):
        raise BadRequestError(400, "not an HTTP/1.1 request")
    method, target, version = parts
    if not target.startswith(("/", "http://", "https://")):
        raise BadRequestError(400, f"the target {target[:80]!r} is no path")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequestError(400, "a header is malformed")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    wish = headers.get("connection", "").lower()
    return _Head(
        method=method,
        target=target,
        headers=headers,
        length=_length(headers),
        keeps_alive="close" not in wish and (version != "HTTP/1.0" or "keep-alive" in wish),
    )


def _length(headers: dict[str, str]) -> int | None:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length", "0")
    if coding is not None:
        if coding.lower() != "chunked" or "content-length" in headers:
            raise BadRequestError(400, "the body's length is not clear")
        return None
    if not length.isdecimal():
        raise BadRequestError(400, "the content-length is no number")
    if int(length) > _BODY_LIMIT:
        raise BadRequestError(413, "the body is too large")
    return int(length)


def _chunk_size(line: bytes) -> int:
    try:
        size = int(line.partition(b";")[0], 16)
    except ValueError as error:
        raise BadRequestError(400, "a chunk has no size") from error
    if not 0 <= size <= _BODY_LIMIT:
        raise BadRequestError(413, "a chunk is too large")
    return size


def _written(head: _Head, response: Response) -> bytes:
    status = response.status
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, '')}", f"date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if status not in _BODILESS:
        lines.append(f"content-length: {len(response.body)}")
    if not head.keeps_alive:
        lines.append("connection: close")
    written = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return written if head.method == "HEAD" or status in _BODILESS else written + response.body
