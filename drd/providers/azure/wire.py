"""An in-process stand-in for the network: a callable from request to response, dressed as an aiohttp session.

The transport cannot tell it from the network, so every line of the SDK runs the same way under a virtual clock.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol, Self

from azure.core.utils import CaseInsensitiveDict


class Wire(Protocol):
    """Answers requests in the same process.

    Called with method, absolute URL, headers and body; gives status, headers and body. To stand for a lost connection
    it raises `aiohttp.ClientError`, for silence `TimeoutError`.
    """

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Answer one request."""
        ...


class WireSession:
    """As much of `aiohttp.ClientSession` as the SDK's transport uses."""

    auto_decompress = True

    def __init__(self, wire: Wire) -> None:
        """Take what answers."""
        self._wire = wire

    async def __aenter__(self) -> Self:
        return self

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: Any = None,  # noqa: ANN401 - bytes, text or None, as the SDK made it
        **options: object,
    ) -> "WireResponse":
        """Ask the wire; of the options about sockets only the time limit of a read means something here."""
        body = data.encode() if isinstance(data, str) else bytes(data or b"")
        limit = getattr(options.get("timeout"), "sock_read", None)
        async with asyncio.timeout(limit):
            status, answered, content = await self._wire(method, url, dict(headers.items()), body)
        return WireResponse(status, answered, content)

    async def close(self) -> None:
        """There is nothing to close."""


class WireResponse:
    """As much of `aiohttp.ClientResponse` as the SDK's transport uses."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Hold an answer that is already whole."""
        self.status = status
        self.reason = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
        self.headers = CaseInsensitiveDict(headers)
        self._body = body

    async def read(self) -> bytes:
        """Give the whole body."""
        return self._body

    def close(self) -> None:
        """There is nothing to close."""
