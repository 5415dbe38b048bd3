"""The database's own troubles: away for a while, slow, or deaf: it commits, and the answer is lost."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from drd.domain.errors import JournalUnavailableError
from drd.store.append import Append
from drd.store.commit import Commit
from drd.store.desk import Waiting
from proofs.simulation.loop import context_of

T = TypeVar("T")

_PLACE = "simulation"


class Weather:
    """What the database's server is like now, for everybody."""

    def __init__(self) -> None:
        """Begin fine."""
        self.away = 0
        self.slow_seconds = 0.0
        self.commits = 0
        self.deaf_at: set[int] = set()
        """Which commits are not answered, counted from 1 over all daemons."""
        self.written: dict[int, Callable[[str], None]] = {}
        """Told, with the writer's life, when the n-th commit is written, before the writer hears of it."""
        self.told: Callable[[str], None] = lambda _text: None


class StormyHands:
    """`drd.store.desk.Hands` in the caller's thread, in this weather."""

    def __init__(self, commit: Commit, weather: Weather, life: str) -> None:
        """Commit with this, for a life of a daemon."""
        self._life = life
        self._commit = commit
        self._weather = weather
        self._server = context_of(None)
        self._slow = 0

    @property
    def depth(self) -> int:
        """How many works were sent to a server that has not come to them."""
        return self._slow

    def write(self, waiting: list[Waiting]) -> None:
        """Carry out works, now or when the server comes to it: what was sent is written even if the sender dies."""
        slow = self._weather.slow_seconds
        if slow:
            self._slow += len(waiting)
            asyncio.get_running_loop().call_later(slow, self._write_late, waiting, context=self._server)
        else:
            self._write(waiting)

    async def read(self, look: Callable[[], T]) -> T:
        """Call it, unless the server is away."""
        if self._weather.slow_seconds:
            await asyncio.sleep(self._weather.slow_seconds)
        if self._weather.away:
            raise _gone("the server is away")
        return look()

    async def close(self) -> None:
        """Nothing is left to do."""

    def _write_late(self, waiting: list[Waiting]) -> None:
        self._slow -= len(waiting)
        self._write(waiting)

    def _write(self, waiting: list[Waiting]) -> None:
        weather = self._weather
        if weather.away:
            _wake(waiting, [_gone("the server is away") for _ in waiting])
            return
        # Heartbeats have commits of their own, and many: what counts is what runs write.
        events = any(isinstance(work, Append) for work, _ in waiting)
        weather.commits += events
        outcomes = self._commit.carry_out([work for work, _ in waiting])
        if events and weather.commits in weather.written:
            weather.written.pop(weather.commits)(self._life)
        if events and weather.commits in weather.deaf_at:
            weather.told(f"database-deaf: commit {weather.commits} is written and not answered")
            outcomes = [_gone("the connection was lost") for _ in waiting]
        _wake(waiting, outcomes)


def _gone(because: str) -> JournalUnavailableError:
    return JournalUnavailableError(f"the store cannot be used now: {because}", target=_PLACE, hint="it comes back")


def _wake(waiting: list[Waiting], outcomes: list[Any]) -> None:
    for (_, future), outcome in zip(waiting, outcomes, strict=True):
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
