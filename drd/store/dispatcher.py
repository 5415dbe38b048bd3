"""Claims of runs: each raises the run's token, so that who held it before can no longer append.

One daemon at a time uses the store (the data folder's lock, or the advisory lock on PostgreSQL), so a claim needs no
end: it lasts until a newer one. Several daemons will need leases with heartbeats and `FOR UPDATE SKIP LOCKED`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy import Connection, select, update

from drd.domain.errors import JournalUnavailableError, Stopping
from drd.domain.ids import RunId
from drd.ports.dispatcher import Claim
from drd.store.desk import Desk
from drd.store.tables import RUNS

POLL = timedelta(seconds=1)
"""Host time between looks for runs that nobody submitted here."""

_LONGEST_PAUSE = 60


class StoredDispatcher:
    """`drd.ports.dispatcher.Dispatcher` for the one daemon that holds the store."""

    def __init__(self, desk: Desk, *, daemon: str, poll: timedelta | None = POLL) -> None:
        """Claim for this daemon; without `poll`, only what is submitted wakes it (a virtual clock has no host time)."""
        self._desk = desk
        self._daemon = daemon
        self._poll = poll.total_seconds() if poll else None
        self._wake = asyncio.Event()
        self._draining = False
        self._held: dict[RunId, int] = {}
        self._resting: dict[RunId, int] = {}
        self._turns: dict[RunId, int] = {}

    async def submit(self, run: RunId) -> None:
        """Make an accepted run known. May be called twice, and for a run that is being moved."""
        self._resting.pop(run, None)
        self._wake.set()

    async def serve(self, move: Callable[[Claim], Awaitable[None]]) -> None:
        """Claim every run that is not final, now and from now on, and move each in a task of its own until `drain`.

        A move that raises is noted and claimed again after a pause that doubles from a second to a minute; without
        polling, what it raises ends serving. When the database cannot be used, claiming is tried again.
        """
        async with asyncio.TaskGroup() as moves:
            while not self._draining:
                self._wake.clear()
                for claim in await self._claims():
                    moves.create_task(self._moved(claim, move), name=f"move {claim.run}")
                await self._wait()

    async def drain(self) -> None:
        """Claim no more. May be called twice."""
        self._draining = True
        self._wake.set()

    async def holds(self, claim: Claim) -> bool:
        """Say whether the claim is the newest and its move has not returned.

        The store's lock ends with this process, so a claim here outlives every request.
        """
        return self._held.get(claim.run) == claim.token

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._poll):
                await self._wake.wait()
        except TimeoutError:
            self._resting = {run: turns - 1 for run, turns in self._resting.items() if turns > 1}

    async def _claims(self) -> list[Claim]:
        """Claim what is there; nothing when the database cannot be used and there will be another look."""
        taken = {*self._held, *self._resting}
        try:
            if not await self._desk.read(lambda connection: _open(connection, taken)):
                return []
            claims = await self._desk.change(lambda connection: _claim(connection, taken, self._daemon))
        except JournalUnavailableError:
            if self._poll is None:
                raise
            return []
        self._held.update({claim.run: claim.token for claim in claims})
        return claims

    async def _moved(self, claim: Claim, move: Callable[[Claim], Awaitable[None]]) -> None:
        try:
            await move(claim)
            # A run that is left unfinished without an error is not taken up in the same breath.
            self._turns.pop(claim.run, None)
            self._resting[claim.run] = 1
        except Stopping:
            # The daemon is told to stop: what the run was in is left to the journal.
            self._resting[claim.run] = 1
        except Exception as error:
            if self._poll is None:
                raise
            # One run's trouble must not end the others': it is claimed again, later and later.
            turns = min(self._turns.get(claim.run, 0) * 2 or 1, _LONGEST_PAUSE)
            self._turns[claim.run] = self._resting[claim.run] = turns
            log = structlog.get_logger("drd.store")
            log.warning("moving a run failed", run=claim.run, again_after_seconds=turns, error=str(error))
        finally:
            del self._held[claim.run]


def _open(connection: Connection, taken: set[RunId]) -> list[str]:
    rows = connection.scalars(
        select(RUNS.c.id).where(RUNS.c.ended_at.is_(None)).order_by(RUNS.c.priority, RUNS.c.accepted_at, RUNS.c.id)
    )
    return [run for run in rows if run not in taken]


def _claim(connection: Connection, taken: set[RunId], daemon: str) -> list[Claim]:
    claims = []
    for run in _open(connection, taken):
        token = connection.execute(
            update(RUNS)
            .where(RUNS.c.id == run, RUNS.c.ended_at.is_(None))
            .values(token=RUNS.c.token + 1, daemon=daemon)
            .returning(RUNS.c.token)
        ).scalar_one()
        claims.append(Claim(run=RunId(run), token=token, daemon=daemon, resumed=token > 1))
    return claims
