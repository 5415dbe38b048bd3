"""Waits that orders can end, and waits for what happens in another run."""

import asyncio
from datetime import timedelta

from drd.domain.ids import RunId
from drd.ports.clock import Clock


class Alarm:
    """Wakes everything in one run that waits for time to pass or for a person, so that it looks again."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that waits are measured by."""
        self._clock = clock
        self._sleepers: dict[asyncio.Future[None], None] = {}

    def ring(self) -> None:
        """End every nap, in the order in which they began."""
        for sleeper in self._sleepers:
            _wake(sleeper)

    async def nap(self, length: timedelta | None) -> None:
        """Wait so long in world time, or until the alarm rings; None waits for the alarm only."""
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = None
        timer = None if length is None else asyncio.ensure_future(self._clock.sleep(length))
        if timer is not None:
            timer.add_done_callback(lambda _: _wake(sleeper))
        try:
            await sleeper
        finally:
            self._sleepers.pop(sleeper, None)
            if timer is not None:
                timer.cancel()


class Hub:
    """Tells who follows a run that it has new durable events. Counts, so that no news is missed between two looks."""

    def __init__(self) -> None:
        """Begin without news."""
        self._version: dict[RunId, int] = {}
        self._followers: dict[RunId, dict[asyncio.Future[None], None]] = {}
        self._count = 0
        self._forgotten = 0

    def version(self, run: RunId) -> int:
        """Give a number that changes with every piece of news about the run."""
        return self._version.get(run, self._forgotten)

    def notify(self, run: RunId) -> None:
        """Say that the run has news."""
        self._count += 1
        self._version[run] = self._count
        for follower in self._followers.get(run, ()):
            _wake(follower)

    def forget(self, run: RunId) -> None:
        """Say that the run will have no more news; nothing of it is kept. Whoever is between two looks, looks."""
        if self._version.pop(run, None) is not None:
            self._forgotten = self._count

    async def changed(self, run: RunId, seen: int, *, seconds: float) -> None:
        """Wait until there is news after `seen`, at most so many seconds of the host."""
        if self.version(run) != seen:
            return
        follower = asyncio.get_running_loop().create_future()
        waiting = self._followers.setdefault(run, {})
        waiting[follower] = None
        try:
            await asyncio.wait({follower}, timeout=seconds)
        finally:
            waiting.pop(follower, None)
            if not waiting:
                self._followers.pop(run, None)


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
