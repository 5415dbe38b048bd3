"""Slots in memory that keep the port's promises, and can be away on request."""

from dataclasses import replace
from datetime import datetime

from drd.domain.errors import JournalUnavailableError, NotFoundError
from drd.ports.slots import Slot, SlotState


class MemorySlots:
    """Answers the port `Slots`. Outlives tickers, as the store does."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[tuple[str, str], Slot] = {}
        self.known: dict[str, datetime] = {}
        self.unavailable = False
        self.dead: set[tuple[str, str]] = set()
        """Slots that a daemon had claimed that is gone."""

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
        claimed = self.rows.get((slot.schedule, slot.wall))
        if claimed is None or claimed.state is not SlotState.CLAIMED:
            raise NotFoundError("this slot is not claimed", target=slot.wall)
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

    async def abandoned(self) -> tuple[Slot, ...]:
        """See the port."""
        self._turn()
        return tuple(
            slot for place, slot in self.rows.items() if place in self.dead and slot.state is SlotState.CLAIMED
        )

    async def since(self, schedule: str, *, at: datetime) -> datetime:
        """See the port."""
        self._turn()
        return self.known.setdefault(schedule, at)

    def _turn(self) -> None:
        if self.unavailable:
            raise JournalUnavailableError("the store is away", hint="look at its disk")
