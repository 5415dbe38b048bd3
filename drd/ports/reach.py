"""How guests are asked: over DNS, TCP and HTTP, through an allow-list and a resolver, in production or in a drill."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What an HTTP question brought back. At most 64 KiB of the body are kept.

    Attributes:
        certificate_until: when the certificate that was shown ends, in host time; None without one.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    certificate_until: datetime | None = None


class Reach(Protocol):
    """Asks guests. Only hosts and ports of the allow-list; no redirects are followed.

    Raises RefusedError for what the allow-list does not hold, TransientError when the guest does not answer.
    Limits are host time.
    """

    async def connect(self, host: str, port: int, *, limit: timedelta) -> None:
        """Open a TCP connection and close it."""
        ...

    async def get(self, url: str, *, limit: timedelta) -> HttpAnswer:
        """Ask with GET; https checks the certificate against the configured authorities."""
        ...

    async def resolve(self, host: str, *, limit: timedelta) -> tuple[str, ...]:
        """Give the addresses that the name has for its users, in textual order."""
        ...
