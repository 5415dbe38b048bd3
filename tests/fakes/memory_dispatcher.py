"""A dispatcher in memory: one daemon, claims that count up, fencing through the journal."""

import asyncio
from collections.abc import Awaitable, Callable

from drd.domain.ids import RunId
from drd.ports.dispatcher import Claim, DispatcherEars
from tests.fakes.memory_journal import MemoryJournal


class MemoryDispatcher:
    """Answers the port `Dispatcher`."""

    def __init__(self, journal: MemoryJournal) -> None:
        """Share the journal with others who claim from it."""
        self._journal = journal
        self._queue: asyncio.Queue[RunId | None] = asyncio.Queue()
        self._moving: dict[RunId, asyncio.Task[None]] = {}
        self._draining = False
        self.holding = True
        self.lose_after: int | None = None
        self.asked = 0
        self.strikes = 0
        self.ears: DispatcherEars | None = None

    async def submit(self, run: RunId, *, awaited: bool = False) -> None:
        """See the port."""
        await self._queue.put(run)

    async def serve(self, move: Callable[[Claim], Awaitable[None]], ears: DispatcherEars | None = None) -> None:
        """See the port."""
        self.ears = ears
        for card in self._journal.cards.values():
            if not card.state.final:
                await self._queue.put(card.id)
        async with asyncio.TaskGroup() as group:
            while (run := await self._queue.get()) is not None:
                card = self._journal.cards[run]
                if run not in self._moving and not card.state.final and not self._draining:
                    self._moving[run] = group.create_task(self._move(move, run))

    async def _move(self, move: Callable[[Claim], Awaitable[None]], run: RunId) -> None:
        token = self._journal.claims.get(run, 0) + 1
        self._journal.claims[run] = token
        try:
            await move(Claim(run=run, token=token, daemon="d-1", resumed=token > 1, strikes=self.strikes))
        finally:
            del self._moving[run]

    async def drain(self) -> None:
        """See the port."""
        self._draining = True
        await self._queue.put(None)

    async def holds(self, claim: Claim) -> bool:
        """See the port."""
        self.asked += 1
        if self.lose_after is not None and self.asked > self.lose_after:
            return False
        return self.holding and claim.token == self._journal.claims[claim.run]
