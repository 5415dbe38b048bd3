"""Which slots a schedule calls for: each local wall-clock time once, whatever the clocks of Brussels do."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from drd.ports.slots import Slot
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule, due_slots

BRUSSELS = ZoneInfo("Europe/Brussels")
YEARS = range(2026, 2036)


def _schedule(cron: str | None = None, every: timedelta | None = None) -> Schedule:
    return Schedule(id="drill", rhythm=Rhythm(zone=BRUSSELS, cron=cron, every=every))


def _changes(year: int) -> list[date]:
    """Give the two Sundays of a year on which the clocks change."""
    ends = [date(year, 3, 31), date(year, 10, 31)]
    return [end - timedelta(days=(end.weekday() + 1) % 7) for end in ends]


def _around(day: date) -> tuple[datetime, datetime]:
    begin = datetime(day.year, day.month, day.day, tzinfo=BRUSSELS) - timedelta(days=1, minutes=1)
    return begin, begin + timedelta(days=3)


def _slots(schedule: Schedule, after: datetime, now: datetime) -> list[Slot]:
    return due_slots(schedule, after=after, now=now)[0]


@pytest.mark.parametrize("day", [day for year in YEARS for day in _changes(year)], ids=str)
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 2 * * *", "59 1 * * *", "0 3 * * *", "15 3 * * *"])
def test_t12_a_daily_slot_comes_once_on_the_day_the_clocks_change(day: date, cron: str) -> None:
    """All twenty changes of ten years: the hour that happens twice, and the one that never happens."""
    days = [slot.due_at.astimezone(BRUSSELS).date() for slot in _slots(_schedule(cron), *_around(day))]

    assert days == [day - timedelta(days=1), day, day + timedelta(days=1)]


@pytest.mark.parametrize("year", YEARS)
def test_t12_a_slot_every_half_hour_is_called_for_once_by_each_wall_clock_time(year: int) -> None:
    """On an autumn night 02:00 and 02:30 both happen twice; each of them is one slot, the first of the two."""
    autumn = _changes(year)[1]
    slots = _slots(_schedule("*/30 * * * *"), *_around(autumn))
    walls = [slot.wall for slot in slots]

    assert len(walls) == len(set(walls)) == 3 * 48
    assert [slot.due_at for slot in slots] == sorted(slot.due_at for slot in slots)


@pytest.mark.parametrize("year", YEARS)
def test_t12_no_slot_lies_in_the_hour_that_never_happens(year: int) -> None:
    """On a spring night a slot of that hour is run at another instant, and only once."""
    spring = _changes(year)[0]
    slots = _slots(_schedule("*/30 * * * *"), *_around(spring))

    assert len({slot.wall for slot in slots}) == len({slot.due_at for slot in slots}) == len(slots) == 3 * 48 - 2


def test_an_interval_goes_by_the_instant_and_knows_no_zone() -> None:
    """Every five minutes of the world, also while the clocks change: these three local days have 73 hours."""
    begin, end = _around(_changes(2026)[1])
    slots = _slots(_schedule(every=timedelta(minutes=5)), begin, end)

    assert len(slots) == (3 * 24 + 1) * 12
    assert {b.due_at - a.due_at for a, b in itertools.pairwise(slots)} == {timedelta(minutes=5)}


def test_slots_lie_after_the_first_instant_and_up_to_the_second() -> None:
    """The one that was run last is not called for again; the one that is due now is."""
    at = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    slots = _slots(_schedule(every=timedelta(hours=1)), at, at + timedelta(hours=2))

    assert [slot.due_at - at for slot in slots] == [timedelta(hours=1), timedelta(hours=2)]


@pytest.mark.parametrize(("cron", "every"), [(None, None), ("0 3 * * *", timedelta(hours=1))])
def test_a_schedule_has_one_way_to_tell_the_time(cron: str | None, every: timedelta | None) -> None:
    """Neither or both would leave open which one counts."""
    with pytest.raises(ValueError, match="either cron or every"):
        _schedule(cron, every)
