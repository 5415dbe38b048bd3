"""Small leases with names, for what must be single among daemons (`exporter`, `reaper`)."""

from datetime import timedelta
from typing import Protocol


class Lease(Protocol):
    """A named lease in the store. Lengths are host time."""

    async def hold(self, name: str, *, holder: str, length: timedelta) -> bool:
        """Take or renew the lease; False when somebody else holds it."""
        ...

    async def release(self, name: str, *, holder: str) -> None:
        """Give it back. May be called twice."""
        ...

    async def held(self) -> dict[str, str]:
        """Give the holders by name."""
        ...
