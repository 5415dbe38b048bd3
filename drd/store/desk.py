"""How work gets from the event loop to the database: a writer thread and readers, or inline under a virtual clock."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection

from drd.domain.errors import JournalUnavailableError
from drd.store.append import Append
from drd.store.commit import Change, Commit, Work
from drd.store.database import Database

T = TypeVar("T")

_MOST = 5000
_CHANGE = 50
"""Appends in one transaction at most, and how many of them another change weighs, so that the first of many waits no
longer than some tenths of a second. On a busy host a thousand acceptances at once must not come near the end that a
transaction on PostgreSQL has."""

_READERS = 2

Waiting: TypeAlias = tuple[Work, asyncio.Future[Any]]


class Hands(Protocol):
    """Who carries out what the desk has taken."""

    @property
    def depth(self) -> int:
        """How many works were taken that are not done."""
        ...

    def write(self, waiting: list[Waiting]) -> None:
        """Carry out works in order and wake their waiters. Returns at once, or when it is done."""
        ...

    async def read(self, look: Callable[[], T]) -> T:
        """Call something that takes a while."""
        ...

    async def close(self) -> None:
        """Finish what was taken, and stop."""
        ...


class Desk:
    """Takes works from one event loop. Works of one turn of the loop are written together, in order."""

    def __init__(self, database: Database, hands: Hands, *, owner: bool = True) -> None:
        """Give works on this database to these hands. `owner`: closing the desk closes the database."""
        self._database = database
        self._owner = owner
        self._hands = hands
        self._waiting: list[Waiting] = []
        self._closed = False

    @property
    def depth(self) -> int:
        """How many works wait, or are being written."""
        return len(self._waiting) + self._hands.depth

    async def append(self, append: Append) -> None:
        """Write events; durable on return. Cancelled, it may or may not have been written."""
        await self._put(append)

    async def change(self, work: Callable[[Connection], T]) -> T:
        """Write something else; durable on return.

        `work` may be called more than once, of which one is committed. It looks first and writes then: when it raises
        a DrdError it has written nothing.
        """
        given: T = await self._put(Change(work))
        return given

    async def read(self, look: Callable[[Connection], T]) -> T:
        """Read one state of the database."""

        def read() -> T:
            with self._database.reading() as connection:
                return look(connection)

        return await self.aside(read)

    async def aside(self, work: Callable[[], T]) -> T:
        """Compute something that would hold up the event loop."""
        if self._closed:
            raise self._gone()
        return await self._hands.read(work)

    async def close(self) -> None:
        """Write what waits, and close the database. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._flush()
        await self._hands.close()
        if self._owner:
            self._database.close()

    def _put(self, work: Work) -> asyncio.Future[Any]:
        if self._closed:
            raise self._gone()
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((work, future))
        return future

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._hands.write(waiting)

    def _gone(self) -> JournalUnavailableError:
        return JournalUnavailableError("the store is closed", target=self._database.place, hint="start drd again")


class Inline:
    """Does everything in the caller's thread, so that a virtual clock stands still meanwhile."""

    depth = 0

    def __init__(self, commit: Commit) -> None:
        """Commit with this."""
        self._commit = commit

    def write(self, waiting: list[Waiting]) -> None:
        """Carry out works at once."""
        for some in _portions(waiting):
            _wake(some, self._commit.carry_out([work for work, _ in some]))

    async def read(self, look: Callable[[], T]) -> T:
        """Call it at once."""
        return look()

    async def close(self) -> None:
        """Nothing is left to do."""


class Threads:
    """A thread that writes, and a few that read, so that a slow disk never holds up the event loop."""

    def __init__(self, commit: Commit, committed: Callable[[float], None] | None = None) -> None:
        """Start the writer. `committed` is told on the event loop how many seconds each commit took."""
        self._commit = commit
        self._committed = committed
        self.depth = 0
        self._queue: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="drd-store-read")
        self._writer = threading.Thread(target=self._write, name="drd-store-write", daemon=True)
        self._writer.start()

    def write(self, waiting: list[Waiting]) -> None:
        """Hand works to the writer."""
        self.depth += len(waiting)
        self._queue.put(waiting)

    async def read(self, look: Callable[[], T]) -> T:
        """Call it in a reader's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, look)

    async def close(self) -> None:
        """Wait until the writer has written all, and the readers have read."""
        self._queue.put(None)
        await asyncio.get_running_loop().run_in_executor(self._readers, self._writer.join)
        self._readers.shutdown()

    def _write(self) -> None:
        more = True
        while more:
            works, more = self._next()
            for some in _portions(works):
                began = time.perf_counter()
                outcomes = self._commit.carry_out([work for work, _ in some])
                took = time.perf_counter() - began
                some[0][1].get_loop().call_soon_threadsafe(self._done, some, outcomes, took)

    def _done(self, waiting: list[Waiting], outcomes: list[Any], took: float) -> None:
        self.depth -= len(waiting)
        _wake(waiting, outcomes)
        # What could not be written at all was no commit.
        if self._committed is not None and not isinstance(outcomes[0], JournalUnavailableError):
            self._committed(took)

    def _next(self) -> tuple[list[Waiting], bool]:
        """Wait for work and take everything that waits; False when the desk was closed."""
        works: list[Waiting] = []
        some = self._queue.get()
        while some is not None:
            works += some
            try:
                some = self._queue.get_nowait()
            except queue.Empty:
                return works, True
        return works, False


def _portions(waiting: list[Waiting]) -> Iterator[list[Waiting]]:
    """Divide works, in order, into what one transaction may hold."""
    some: list[Waiting] = []
    weight = 0
    for each in waiting:
        some.append(each)
        weight += 1 if isinstance(each[0], Append) else _CHANGE
        if weight >= _MOST:
            yield some
            some, weight = [], 0
    if some:
        yield some


def _wake(waiting: list[Waiting], outcomes: list[Any]) -> None:
    for (_, future), outcome in zip(waiting, outcomes, strict=True):
        if future.cancelled():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
