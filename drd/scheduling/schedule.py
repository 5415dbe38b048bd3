"""Schedules and the slots that they call for."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drd.domain.ids import TenantId
from drd.domain.timetable import CatchUp
from drd.ports.slots import Slot
from drd.scheduling.rhythm import Rhythm, Turn

MOST_SLOTS = 10_000
"""So many slots are looked at in one step; a daemon that was away for longer goes on in the next one."""


def _never(_instant: datetime) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When something is done by itself.

    Attributes:
        tolerance: how late a slot may begin and still count as on time.
        jitter: slots begin up to so long after they are due; each always by the same length.
        barred: says which window or freeze keeps it from beginning at an instant; empty for none.
    """

    id: str
    rhythm: Rhythm
    does: str = ""
    tenant: TenantId | None = None
    catch_up: CatchUp = CatchUp.LATEST
    tolerance: timedelta = timedelta(minutes=1)
    jitter: timedelta = timedelta(0)
    barred: Callable[[datetime], str] = field(default=_never)

    def start_of(self, turn: Turn | Slot) -> datetime:
        """Give when a slot begins: the same on every daemon, after every restart."""
        if not self.jitter:
            return turn.due_at
        digest = hashlib.sha256(f"{self.id}\n{turn.wall}".encode()).digest()
        share = int.from_bytes(digest[:8]) / 2**64
        return turn.due_at + timedelta(seconds=int(self.jitter.total_seconds() * share))

    def slots(self, *, after: datetime) -> Iterator[Slot]:
        """Give the slots that are due after an instant, in order."""
        for turn in self.rhythm.after(after):
            yield Slot(schedule=self.id, wall=turn.wall, due_at=turn.due_at)


def due_slots(schedule: Schedule, *, after: datetime, now: datetime) -> tuple[list[Slot], datetime | None]:
    """Give the slots of a schedule that are due after an instant and have begun by another, in order.

    With them comes when the next one begins: now, where there were too many for one step; None, where none comes.
    """
    found: list[Slot] = []
    for slot in schedule.slots(after=after):
        begins = schedule.start_of(slot)
        if begins > now:
            return found, begins
        if len(found) == MOST_SLOTS:
            return found, now
        found.append(slot)
    return found, None
