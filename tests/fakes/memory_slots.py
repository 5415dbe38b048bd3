"""Slots in memory that keep the port's promises, and can be away on request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from drd.domain.errors import ConflictError, JournalUnavailableError, NotFoundError
from drd.ports.slots import Pause, Slot, SlotState, Standing


class MemorySlots:
    """Answers the port `Slots`. Outlives tickers, as the store does."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[tuple[str, str], Slot] = {}
        self.known: dict[str, datetime] = {}
        self.pauses: list[Pause] = []
        self.unavailable = False
        self.dead: set[tuple[str, str]] = set()
        """Slots that a daemon had claimed that is gone."""
        self.looks = 0
        """How often somebody asked where a schedule stands."""

    async def claim(self, slot: Slot) -> bool:
        """See the port."""
        self._turn()
        if (slot.schedule, slot.wall) in self.rows or self._at_work(slot.schedule):
            return False
        self.rows[slot.schedule, slot.wall] = slot
        return True

    async def record(self, slots: Sequence[Slot]) -> tuple[Slot, ...]:
        """See the port."""
        self._turn()
        new = tuple(slot for slot in slots if (slot.schedule, slot.wall) not in self.rows)
        self.rows |= {(slot.schedule, slot.wall): slot for slot in new}
        return new

    async def end(self, slot: Slot) -> None:
        """See the port."""
        self._turn()
        claimed = self.rows.get((slot.schedule, slot.wall))
        if claimed is None or claimed.state is not SlotState.CLAIMED:
            raise NotFoundError("this slot is not claimed", target=slot.wall)
        self.rows[slot.schedule, slot.wall] = replace(
            claimed, state=slot.state, ended_at=slot.ended_at, because=slot.because
        )

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

    async def standing(self, schedule: str, *, at: datetime) -> Standing:
        """See the port."""
        self._turn()
        self.looks += 1
        since = self.known.setdefault(schedule, at)
        ours = (slot.due_at for slot in self.rows.values() if slot.schedule == schedule and not slot.actor)
        after = max(ours, default=since)
        pauses = tuple(
            each for each in self.pauses if each.schedule == schedule and (not each.until or each.until > after)
        )
        return Standing(after=after, at_work=self._at_work(schedule), pauses=pauses)

    async def pause(self, pause: Pause) -> None:
        """See the port."""
        self._turn()
        if any(each.schedule == pause.schedule and each.until is None for each in self.pauses):
            raise ConflictError("this schedule is paused already", target=pause.schedule)
        self.pauses.append(pause)

    async def resume(self, schedule: str, *, at: datetime, actor: str, reason: str) -> None:
        """See the port."""
        self._turn()
        if all(each.schedule != schedule or each.until for each in self.pauses):
            raise ConflictError("this schedule is not paused", target=schedule)
        self.pauses = [
            replace(each, until=at) if each.schedule == schedule and each.until is None else each
            for each in self.pauses
        ]

    async def paused(self) -> tuple[Pause, ...]:
        """See the port."""
        self._turn()
        return tuple(each for each in self.pauses if each.until is None)

    def _at_work(self, schedule: str) -> Slot | None:
        mine = (slot for slot in self.rows.values() if slot.schedule == schedule)
        return next((slot for slot in mine if slot.state is SlotState.CLAIMED), None)

    def _turn(self) -> None:
        if self.unavailable:
            raise JournalUnavailableError("the store is away", hint="look at its disk")
