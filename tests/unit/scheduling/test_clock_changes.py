"""T12: whatever the clocks do, each slot has one end, none is run twice, and none passes in silence."""

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from drd.ports.slots import Slot, SlotState
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule
from drd.scheduling.ticker import Ticker
from tests.fakes.memory_slots import MemorySlots
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

BRUSSELS = ZoneInfo("Europe/Brussels")
STEP = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _changes() -> list[date]:
    """Give the twenty Sundays of 2026 to 2035 on which the clocks of Brussels change."""
    ends = [date(year, month, 31) for year in range(2026, 2036) for month in (3, 10)]
    return [end - timedelta(days=(end.weekday() + 1) % 7) for end in ends]


class Night:
    """A ticker around a change of the clocks, with a daily slot in the hour that changes and one each half hour."""

    def __init__(self, begin: datetime) -> None:
        """Begin at an instant."""
        self.clock, self.slots = SteppingClock(begin), MemorySlots()
        self.schedules = [
            Schedule(id="daily", rhythm=Rhythm(zone=BRUSSELS, cron="30 2 * * *")),
            Schedule(id="often", rhythm=Rhythm(zone=BRUSSELS, cron="*/30 * * * *")),
        ]
        self.worked: list[tuple[str, str]] = []
        self.ticker = Ticker(self.schedules, work=self._work, slots=self.slots, clock=self.clock)
        self.furthest = begin

    async def _work(self, schedule: Schedule, slot: Slot) -> None:
        self.worked.append((schedule.id, slot.wall))

    async def tick(self, length: timedelta) -> None:
        """Move the clock, and tick."""
        self.clock.advance(length)
        self.furthest = max(self.furthest, self.clock.now())
        await self.ticker.tick()
        await self.ticker.settle()
        await asyncio.sleep(0)

    def walls(self, schedule: str) -> list[str]:
        """Give the walls of a schedule's slots, in order."""
        mine = [slot for slot in self.slots.rows.values() if slot.schedule == schedule]
        return [slot.wall for slot in sorted(mine, key=lambda slot: slot.due_at)]

    def judge(self, begin: datetime) -> None:
        """Compare with what the calendar calls for, told apart from the code: local times, minute by minute."""
        assert self.walls("daily") == _expected(begin, self.furthest, lambda wall: (wall.hour, wall.minute) == (2, 30))
        assert self.walls("often") == _expected(begin, self.furthest, lambda wall: wall.minute % 30 == 0, apart=False)
        assert len(self.worked) == len(set(self.worked))
        for (schedule, wall), slot in self.slots.rows.items():
            ran = slot.state in {SlotState.RAN, SlotState.RAN_LATE}
            assert ((schedule, wall) in self.worked) == ran
            assert ran or (slot.state is SlotState.MISSED and slot.because)


def _expected(begin: datetime, end: datetime, wanted, *, apart: bool = True) -> list[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a plain predicate of this test
    """Walk local minutes as a clock on a wall that is never changed would show them."""
    wall = begin.astimezone(BRUSSELS).replace(tzinfo=None, minute=0) - DAY
    found = []
    while wall <= end.astimezone(BRUSSELS).replace(tzinfo=None) + DAY:
        wall += timedelta(minutes=10)
        if not wanted(wall):
            continue
        due = wall.replace(tzinfo=BRUSSELS).astimezone(UTC)
        if due.astimezone(BRUSSELS).replace(tzinfo=None) != wall:
            # In the Union clocks change at 01:00 UTC. What comes each half hour has a slot at that instant anyway.
            due = due.replace(hour=1, minute=0) if apart else end + DAY
        if begin < due <= end:
            found.append(f"{wall.isoformat()}[Europe/Brussels]")
    return found


@pytest.mark.parametrize("day", _changes(), ids=str)
async def test_t12_each_slot_around_a_change_of_the_clocks_is_run_once(day: date) -> None:
    """All twenty of ten years; on time, whether the hour comes twice or not at all."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    night = Night(begin)
    await night.tick(timedelta(0))
    for _ in range(3 * 24 * 6):
        await night.tick(STEP)

    night.judge(begin)
    assert {slot.state for slot in night.slots.rows.values()} == {SlotState.RAN}
    daily = [datetime.fromisoformat(wall[:19]).date() for wall in night.walls("daily")]
    assert daily == [day - DAY, day, day + DAY]


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY, timedelta(0)], ids=["+1h", "-1h", "+1d", "-1d", "frozen"])
@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)], ids=["autumn", "spring"])
@pytest.mark.parametrize("at", [-1, 0.5, 2])
async def test_t12_a_clock_that_jumps_or_stands_runs_nothing_twice_and_hides_nothing(
    day: date, jump: timedelta, at: float
) -> None:
    """Before, in and after the hour that changes; put right again some hours later, as by an administrator."""
    change = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    begin = change - 2 * DAY
    night = Night(begin)
    await night.tick(timedelta(0))
    while night.clock.now() < change + at * HOUR:
        await night.tick(STEP)
    await night.tick(jump)
    for _ in range(12):
        await night.tick(STEP if jump else timedelta(0))
    await night.tick(-jump)
    while night.clock.now() < change + 2 * DAY:
        await night.tick(STEP)

    night.judge(begin)


def test_a_jitter_is_the_same_on_every_daemon_and_spreads_slots() -> None:
    """It keeps the order of slots, and is no longer than it may be."""
    rhythm, most = Rhythm(zone=BRUSSELS, cron="0 10 * * *"), timedelta(minutes=30)
    one, same, other = (Schedule(id=name, rhythm=rhythm, jitter=most) for name in ("a", "a", "b"))
    turns = list(itertools.islice(rhythm.after(datetime(2026, 1, 1, tzinfo=UTC)), 100))
    shifts = [one.start_of(turn) - turn.due_at for turn in turns]

    assert shifts == [same.start_of(turn) - turn.due_at for turn in turns]
    assert shifts != [other.start_of(turn) - turn.due_at for turn in turns]
    assert len(set(shifts)) > 90
    assert all(timedelta(0) <= shift < most for shift in shifts)
