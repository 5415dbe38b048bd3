"""Through an HTTP proxy that resolves and answers for guests, such as the one that stands in a drill's network."""

import asyncio
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

from drd.domain.errors import PermanentError
from drd.ports.reach import HttpAnswer
from drd.reach.exchange import exchange
from drd.reach.guests import silent
from drd.reach.rules import Target

_HEAD_LIMIT = 16 * 1024
_STATUS_PARTS = 2
_ESTABLISHED = range(200, 300)


class ProxyConnector:
    """Hands names over as they are."""

    resolves_itself = True

    def __init__(self, url: str, trust: ssl.SSLContext) -> None:
        """Take the proxy's address, `http://HOST:PORT` or `https://HOST:PORT`, and whose certificates count."""
        parts = urlsplit(url)
        self._url = url
        self._host, self._tls = parts.hostname or "", trust if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._trust = trust

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Refuse: a proxy tells no addresses.

        Raises:
            PermanentError: always.
        """
        raise PermanentError(
            "the proxy that guests are asked through tells no addresses",
            target=host,
            hint="ask check.http or check.tcp instead, or set checks.resolver to system or dns://ADDRESS:PORT",
            code="no-resolver",
        )

    async def connect(self, host: str, port: int) -> None:
        """Let the proxy open a connection, and close it."""
        name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=_HEAD_LIMIT)
        except OSError as error:
            raise silent(name, f"the proxy cannot be reached: {error.strerror or error}") from error
        try:
            writer.write(f"CONNECT {name} HTTP/1.1\r\nhost: {name}\r\n\r\n".encode("ascii"))
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise silent(name, "the proxy hung up") from error
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        _check_established(name, head)

    async def get(self, target: Target, address: str) -> HttpAnswer:
        """Ask with GET through the proxy; https goes through a tunnel, up to the guest."""
        return await exchange(target, address, trust=self._trust, proxy=self._url)


def _check_established(name: str, head: bytes) -> None:
    """Raise TransientError unless the proxy opened the connection."""
    parts = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ", _STATUS_PARTS)
    status = parts[1] if len(parts) > 1 else ""
    if not (parts[0].startswith("HTTP/1.") and status.isdecimal() and int(status) in _ESTABLISHED):
        raise silent(name, f"the proxy says {' '.join(parts[1:]) or 'nothing'}")
