"""A clock whose waits end at once, after moving world time on; what was waited for can be read."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class SteppingClock:
    """Answers `drd.ports.clock.Clock`."""

    def __init__(self, start: datetime = START) -> None:
        """Begin at an instant."""
        self._now = start
        self.sleeps: list[timedelta] = []

    def now(self) -> datetime:
        """Give the instant that was reached."""
        return self._now

    async def sleep(self, length: timedelta) -> None:
        """Move on by the length."""
        self.sleeps.append(length)
        self._now += length

    def host_seconds(self, length: timedelta) -> float:
        """Give the length in seconds."""
        return length.total_seconds()

    def advance(self, length: timedelta) -> None:
        """Let world time pass without anybody waiting."""
        self._now += length
