"""Slots of schedules: each ends as ran, ran late, or missed; one daemon wins each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SlotState(StrEnum):
    """What became of a slot."""

    CLAIMED = "claimed"
    RAN = "ran"
    RAN_LATE = "ran-late"
    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One turn of a schedule. `wall` is the local wall-clock time, so that an hour that happens twice counts once."""

    schedule: str
    wall: str
    due_at: datetime
    state: SlotState = SlotState.CLAIMED
    ended_at: datetime | None = None
    because: str = ""


class Slots(Protocol):
    """Durable slots. Errors as `Journal`'s."""

    async def claim(self, slot: Slot) -> bool:
        """Win the slot; False when it was claimed before, by anybody."""
        ...

    async def end(self, slot: Slot) -> None:
        """Write how a claimed slot ended. Raises NotFoundError for one that is not claimed, or ended before."""
        ...

    async def abandoned(self) -> tuple[Slot, ...]:
        """Give the claimed slots whose daemon has ended, or was not heard of for longer than a lease lasts."""
        ...

    async def since(self, schedule: str, *, at: datetime) -> datetime:
        """Give when a schedule was first known to any daemon; for a new one that is `at`, from now on."""
        ...

    async def last(self, schedule: str) -> Slot | None:
        """Give the newest slot of a schedule."""
        ...

    async def recent(self, schedule: str, *, newest: int = 50) -> tuple[Slot, ...]:
        """Give slots, newest first."""
        ...
