"""A clock that jumps to the next sleeper as soon as nothing else can run: hours pass in no time, in order."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class VirtualClock:
    """Answers the port `Clock`. Waits for anything but this clock must not be part of the test."""

    def __init__(self, start: datetime = EPOCH) -> None:
        """Begin at an instant."""
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = 0
        self._watching = False

    def now(self) -> datetime:
        """Give virtual time."""
        return self._now

    async def sleep(self, length: timedelta) -> None:
        """Wait in virtual time."""
        if length <= timedelta(0):
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now + length, self._count, future))
        self._watch()
        await future

    def host_seconds(self, length: timedelta) -> float:
        """Take no time of the host worth naming."""
        return min(length.total_seconds(), 0.001)

    def _watch(self) -> None:
        if not self._watching:
            self._watching = True
            asyncio.get_running_loop().call_soon(self._jump_when_idle)

    def _jump_when_idle(self) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            self._watching = False
            return
        loop = asyncio.get_running_loop()
        if any(not _is_watch(handle) for handle in loop._ready):  # type: ignore[attr-defined]  # only the loop knows that nothing else can run
            loop.call_soon(self._jump_when_idle)
            return
        self._watching = False
        at, _, future = heapq.heappop(self._sleepers)
        self._now = max(self._now, at)
        future.set_result(None)
        self._watch()


def _is_watch(handle: asyncio.Handle) -> bool:
    """Say whether a callback is another clock that waits for idleness: two houses in one loop must not wait so."""
    return getattr(handle._callback, "__func__", None) is VirtualClock._jump_when_idle  # type: ignore[attr-defined]  # same reason
