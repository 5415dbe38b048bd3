"""When the slots of a schedule are due: the library tells the instants, and this what the clocks make of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from drd.domain.timetable import Oddity

_ANCHOR = datetime(2020, 1, 1, tzinfo=UTC)
"""Intervals count from here, so that every daemon, after every restart, finds the same slots."""

_NEXT = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_FIELDS = 5
_NUMBERED_DAY = re.compile(r"(?<![a-z/])\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An instant that a schedule calls for, and its name: the local wall-clock time with its zone."""

    wall: str
    due_at: datetime
    oddity: Oddity = Oddity.NONE


class Rhythm:
    """The turns of a schedule, each local wall-clock time once."""

    def __init__(
        self, *, zone: ZoneInfo, cron: str | None = None, every: timedelta | None = None, anchor: datetime = _ANCHOR
    ) -> None:
        """Take a cron line of five fields in the zone, or an interval, which counts from `anchor`.

        Raises:
            ValueError: for a wrong cron line, or when neither or both are given.
        """
        if (cron is None) == (every is None):
            raise ValueError("a schedule needs either cron or every")
        self._zone = zone
        self._local = cron is not None
        self._trigger = _cron(cron) if cron is not None else _interval(every or _SECOND, anchor)

    def after(self, instant: datetime) -> Iterator[Turn]:
        """Give the turns after an instant, in order, until the library knows no more.

        A local time that happens twice, on an autumn night, is one turn: the first of the two. One that does not
        happen, on a spring night, is due when the hour that is left out would have ended; turns that fall together
        there are one.
        """
        turns = self._local_after(instant) if self._local else self._plain_after(instant)
        held: Turn | None = None
        for turn in turns:
            if turn.due_at <= instant:
                continue
            if held is not None and turn.due_at > held.due_at:
                yield held
            elif held is not None and turn.oddity is Oddity.NEVER:
                continue
            held = turn
        if held is not None:
            yield held

    def _plain_after(self, instant: datetime) -> Iterator[Turn]:
        for due in self._times(instant.astimezone(UTC)):
            yield Turn(wall=due.replace(tzinfo=None).isoformat(timespec="seconds") + "Z", due_at=due)

    def _local_after(self, instant: datetime) -> Iterator[Turn]:
        # The library is asked in UTC for what is local time: so it knows of no change of the clocks.
        local = instant.astimezone(self._zone).replace(tzinfo=UTC, fold=0)
        for time in self._times(local):
            wall = time.replace(tzinfo=None)
            due, oddity = when(wall, self._zone)
            name = f"{wall.isoformat(timespec='seconds')}[{self._zone.key}]"
            yield Turn(wall=name, due_at=due, oddity=oddity)

    def _times(self, after: datetime) -> Iterator[datetime]:
        time: datetime | None = after
        while time is not None:
            time = self._trigger.get_next_fire_time(None, time + _NEXT)
            if time is not None:
                time = time.astimezone(UTC)
                yield time


def when(wall: datetime, zone: ZoneInfo) -> tuple[datetime, Oddity]:
    """Give the instant in UTC of a local time, and what the clocks make of it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None, fold=0) != wall:
        return _change(second, first, zone), Oddity.NEVER
    return first, Oddity.TWICE if first != second else Oddity.NONE


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant between two at which a zone's clocks change, to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _cron(line: str) -> BaseTrigger:
    fields = line.casefold().split()
    if len(fields) == _FIELDS and _NUMBERED_DAY.search(fields[-1]):
        raise ValueError("days of the week have names here, such as mon or mon-fri: numbers mean two things")
    return CronTrigger.from_crontab(" ".join(fields), timezone=UTC)


def _interval(every: timedelta, anchor: datetime) -> BaseTrigger:
    return IntervalTrigger(seconds=round(every.total_seconds()), start_date=anchor, timezone=UTC)
