"""Schedules and the slots that they call for."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from drd.ports.slots import Slot


class CatchUp(StrEnum):
    """What becomes of slots that passed while nobody was there."""

    LATEST = "latest"
    """Only the newest is run, late; older ones are recorded as missed."""
    NONE = "none"
    """All are recorded as missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When something is done by itself.

    Attributes:
        cron: five fields in the named zone; or None, and `every` counts from `anchor`.
        tolerance: how late a slot may begin and still count as on time.
        work: what is done for a slot; what it raises ends the slot as failed.
    """

    id: str
    work: Callable[[Slot], Awaitable[object]]
    zone: ZoneInfo
    cron: str | None = None
    every: timedelta | None = None
    anchor: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    catch_up: CatchUp = CatchUp.LATEST
    tolerance: timedelta = timedelta(minutes=1)

    def trigger(self) -> BaseTrigger:
        """Build the library's trigger.

        Raises:
            ValueError: for a wrong cron line, or when neither or both of `cron` and `every` are given.
        """
        if (self.cron is None) == (self.every is None):
            raise ValueError(f"schedule {self.id} needs either cron or every")
        if self.cron is not None:
            return CronTrigger.from_crontab(self.cron, timezone=self.zone)
        seconds = round(self.every.total_seconds()) if self.every else 0
        return IntervalTrigger(seconds=seconds, start_date=self.anchor, timezone=UTC)


_MOST_SLOTS = 10_000
"""So many slots are looked at in one step; a daemon that was away for longer goes on in the next one."""


def due_slots(schedule: Schedule, *, after: datetime, now: datetime) -> Iterator[Slot]:
    """Give the slots of a schedule after one instant, up to another, in order.

    A local wall-clock time that happens twice, on an autumn night, is one slot: the first of the two. One that does
    not happen, on a spring night, is run at the instant that the library names, once.
    """
    trigger = schedule.trigger()
    instant = after.astimezone(UTC)
    for _ in range(_MOST_SLOTS):
        # Always asked from an instant in UTC: in its own zone the library compares wall clocks, and on an autumn night
        # it would find the same 02:30 for ever.
        following: datetime | None = trigger.get_next_fire_time(None, instant + timedelta(microseconds=1))
        if following is None or following.astimezone(UTC) > now:
            return
        instant = following.astimezone(UTC)
        local = instant if schedule.cron is None else instant.astimezone(schedule.zone)
        if local.fold == 0:
            wall = local.replace(tzinfo=None).isoformat(timespec="seconds")
            yield Slot(schedule=schedule.id, wall=wall, due_at=instant)
