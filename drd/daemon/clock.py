"""The real clocks: the host's own time, and world time that runs faster beside a sandbox. The one place that looks."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class HostClock:
    """The host's own time: for leases, heartbeats and time limits on the wire, and for the world where it is real."""

    def now(self) -> datetime:
        """Give the host's instant in UTC."""
        return datetime.now(UTC)

    async def sleep(self, length: timedelta) -> None:
        """Wait."""
        await asyncio.sleep(max(length.total_seconds(), 0.0))

    def host_seconds(self, length: timedelta) -> float:
        """Give the length in seconds."""
        return length.total_seconds()


class ScaledClock:
    """World time beside a sandbox: it agrees with the host's at `epoch` and runs `speed` times as fast from then on.

    Sandbox and daemon are separate processes: both compute from the host's wall clock, so they agree to the
    millisecond without talking to each other.
    """

    def __init__(self, *, epoch: datetime, speed: float) -> None:
        """Set the scale."""
        self._epoch = epoch
        self._speed = speed

    def now(self) -> datetime:
        """Give the world's instant."""
        passed = time.time() - self._epoch.timestamp()
        return self._epoch + timedelta(seconds=passed * self._speed)

    async def sleep(self, length: timedelta) -> None:
        """Wait so long in world time, and never less: the host's timers may end a little early."""
        until = self.now() + length
        while (left := until - self.now()) > timedelta(0):  # noqa: ASYNC110 - waits for an instant, not for an event
            await asyncio.sleep(left.total_seconds() / self._speed)

    def host_seconds(self, length: timedelta) -> float:
        """Give how many seconds of the host the length takes."""
        return length.total_seconds() / self._speed
