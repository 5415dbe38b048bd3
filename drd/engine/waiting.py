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
        self._sleepers: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """End every nap."""
        for sleeper in self._sleepers:
            _wake(sleeper)

    async def nap(self, length: timedelta | None) -> None:
        """Wait so long in world time, or until the alarm rings; None waits for the alarm only."""
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.add(sleeper)
        timer = None if length is None else asyncio.ensure_future(self._clock.sleep(length))
        if timer is not None:
            timer.add_done_callback(lambda _: _wake(sleeper))
        try:
            await sleeper
        finally:
            self._sleepers.discard(sleeper)
            if timer is not None:
                timer.cancel()


class Hub:
    """Tells who follows a run that it has new durable events. Counts, so that no news is missed between two looks."""

    def __init__(self) -> None:
        """Begin without news."""
        self._version: dict[RunId, int] = {}
        self._followers: dict[RunId, set[asyncio.Future[None]]] = {}

    def version(self, run: RunId) -> int:
        """Give a number that changes with every piece of news about the run."""
        return self._version.get(run, 0)

    def notify(self, run: RunId) -> None:
        """Say that the run has news."""
        self._version[run] = self._version.get(run, 0) + 1
        for follower in self._followers.get(run, ()):
            _wake(follower)

    async def changed(self, run: RunId, seen: int, *, seconds: float) -> None:
        """Wait until there is news after `seen`, at most so many seconds of the host."""
        if self.version(run) != seen:
            return
        follower = asyncio.get_running_loop().create_future()
        waiting = self._followers.setdefault(run, set())
        waiting.add(follower)
        try:
            await asyncio.wait({follower}, timeout=seconds)
        finally:
            waiting.discard(follower)
            if not waiting:
                self._followers.pop(run, None)


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
