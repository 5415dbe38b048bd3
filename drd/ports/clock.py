"""Time: world time for everything people and Azure see, host time for leases and heartbeats."""

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. World time may run faster than the host's, and under rehearsal it is virtual."""

    def now(self) -> datetime:
        """Give the instant, aware and in UTC. Never goes back by more than the host's clock does."""
        ...

    async def sleep(self, length: timedelta) -> None:
        """Wait at least so long in this clock's own time. Cancelling ends the wait at once."""
        ...

    def host_seconds(self, length: timedelta) -> float:
        """Say how many seconds of the host a length of this clock's time takes; for time limits on the wire."""
        ...
