"""Slots of schedules: each ends as ran, ran late, failed or missed; one daemon wins each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

INTERRUPTED = "the daemon that worked on it ended before the work did"
"""Why a slot failed whose daemon died over it."""
_PAUSED = "paused by "


class SlotState(StrEnum):
    """What became of a slot."""

    CLAIMED = "claimed"
    RAN = "ran"
    RAN_LATE = "ran-late"
    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One turn of a schedule.

    Attributes:
        wall: the local wall-clock time with its zone, so that an hour that happens twice counts once.
        actor: who asked for it; empty where the calendar did.
        because: why it was missed or failed, and what a slot that ran says of itself.
    """

    schedule: str
    wall: str
    due_at: datetime
    state: SlotState = SlotState.CLAIMED
    ended_at: datetime | None = None
    because: str = ""
    actor: str = ""

    @property
    def paused(self) -> bool:
        """Say whether it was missed because a person had paused its schedule."""
        return self.state is SlotState.MISSED and self.because.startswith(_PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A schedule that a person stopped. `until` is when one resumed it; None while it is paused."""

    schedule: str
    since: datetime
    actor: str
    reason: str
    until: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Say whether it was paused at an instant."""
        return self.since <= instant and (self.until is None or instant < self.until)

    def __str__(self) -> str:
        """Say it as the reason of a slot that was missed."""
        return f"{_PAUSED}{self.actor}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a schedule stands.

    Attributes:
        after: slots that are due later have no row yet: the newest one's instant, or when it was first known.
        at_work: the slot that is worked on, by any daemon.
        pauses: those that ended after `after`, and the one that holds.
    """

    after: datetime
    at_work: Slot | None = None
    pauses: tuple[Pause, ...] = ()


class Slots(Protocol):
    """Durable slots. Errors as `Journal`'s."""

    async def claim(self, slot: Slot) -> bool:
        """Win the slot, to work on it.

        False when it was claimed or recorded before, by anybody, or another slot of its schedule is at work.
        """
        ...

    async def record(self, slots: Sequence[Slot]) -> tuple[Slot, ...]:
        """Write slots of one schedule that nobody works on, as they ended; gives those that had no row yet."""
        ...

    async def end(self, slot: Slot) -> None:
        """Write how a claimed slot ended. Raises NotFoundError for one that is not claimed, or ended before."""
        ...

    async def abandoned(self) -> tuple[Slot, ...]:
        """Give the claimed slots whose daemon has ended, or was not heard of for longer than a lease lasts."""
        ...

    async def standing(self, schedule: str, *, at: datetime) -> Standing:
        """Say where a schedule stands; one that no daemon knew yet is known from `at` on."""
        ...

    async def recent(self, schedule: str, *, newest: int = 50) -> tuple[Slot, ...]:
        """Give slots, newest first."""
        ...

    async def pause(self, pause: Pause) -> None:
        """Pause a schedule. Raises ConflictError when it is paused already."""
        ...

    async def resume(self, schedule: str, *, at: datetime, actor: str, reason: str) -> None:
        """End a schedule's pause. Raises ConflictError when it is not paused."""
        ...

    async def paused(self) -> tuple[Pause, ...]:
        """Give the pauses that hold, by schedule."""
        ...
