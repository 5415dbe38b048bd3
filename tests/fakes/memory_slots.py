"""Slots in memory that keep the port's promises, and can be away on request."""

from dataclasses import replace

from drd.domain.errors import JournalUnavailableError
from drd.ports.slots import Slot


class MemorySlots:
    """Answers the port `Slots`. Outlives tickers, as the store does."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[tuple[str, str], Slot] = {}
        self.unavailable = False

    async def claim(self, slot: Slot) -> bool:
        """See the port."""
        self._turn()
        if (slot.schedule, slot.wall) in self.rows:
            return False
        self.rows[slot.schedule, slot.wall] = slot
        return True

    async def end(self, slot: Slot) -> None:
        """See the port."""
        self._turn()
        claimed = self.rows[slot.schedule, slot.wall]
        self.rows[slot.schedule, slot.wall] = replace(
            claimed, state=slot.state, ended_at=slot.ended_at, because=slot.because
        )

    async def last(self, schedule: str) -> Slot | None:
        """See the port."""
        return next(iter(await self.recent(schedule)), None)

    async def recent(self, schedule: str, *, newest: int = 50) -> tuple[Slot, ...]:
        """See the port."""
        self._turn()
        mine = [slot for slot in self.rows.values() if slot.schedule == schedule]
        return tuple(sorted(mine, key=lambda slot: slot.due_at, reverse=True)[:newest])

    def _turn(self) -> None:
        if self.unavailable:
            raise JournalUnavailableError("the store is away", hint="look at its disk")
