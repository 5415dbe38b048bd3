"""The ticker: slots are claimed once, run or recorded as missed, and never run over each other."""

import asyncio
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from drd.domain.errors import ConflictError, NotFoundError, TransientError
from drd.domain.timetable import CatchUp
from drd.ports.slots import Pause, Slot, SlotState
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule
from drd.scheduling.ticker import Ticker
from tests.fakes.memory_slots import MemorySlots
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Work:
    """What a schedule does: counted, and held back or broken on request."""

    def __init__(self) -> None:
        """Be ready."""
        self.times = 0
        self.free = asyncio.Event()
        self.free.set()
        self.error: Exception | None = None

    async def __call__(self, _schedule: Schedule, _slot: Slot) -> str:
        """Work once."""
        self.times += 1
        await self.free.wait()
        if self.error is not None:
            raise self.error
        return "run r-1"


class Calendar:
    """A ticker with what outlives it."""

    def __init__(self, **terms: Any) -> None:
        """Take a schedule that is due each hour, unless the terms say otherwise."""
        self.work, self.slots, self.clock = Work(), MemorySlots(), SteppingClock()
        rhythm = Rhythm(zone=ZoneInfo("UTC"), every=terms.pop("every", HOUR))
        self.schedule = Schedule(**{"id": "drill", "rhythm": rhythm, **terms})
        self.open()

    def open(self) -> None:
        """Start a daemon."""
        self.ticker = self.another()

    def another(self) -> Ticker:
        """Make one more daemon on the same store."""
        return Ticker([self.schedule], work=self.work, slots=self.slots, clock=self.clock)

    async def after(self, length: timedelta) -> None:
        """Let time pass, tick, and wait until the work is done."""
        self.clock.advance(length)
        await self.ticker.tick()
        await self.ticker.settle()
        await asyncio.sleep(0)

    @property
    def story(self) -> list[str]:
        """Give the states of all slots, in order."""
        return [row.state.value for row in sorted(self.slots.rows.values(), key=lambda row: row.due_at)]


async def test_nothing_is_due_when_a_daemon_starts_for_the_first_time() -> None:
    """Slots of the time before drd are nobody's."""
    calendar = Calendar()
    await calendar.after(timedelta(0))

    assert calendar.story == []


async def test_a_slot_runs_once_however_often_it_is_looked_at() -> None:
    """The ticker looks each second; a slot is an hour."""
    calendar = Calendar()
    await calendar.after(HOUR)
    for _ in range(5):
        await calendar.after(timedelta(seconds=1))

    assert (calendar.work.times, calendar.story) == (1, ["ran"])


async def test_of_two_daemons_one_wins_each_slot() -> None:
    """They share the store, and nothing else."""
    calendar = Calendar()
    other = calendar.another()
    for _ in range(3):
        calendar.clock.advance(HOUR)
        await asyncio.gather(calendar.ticker.tick(), other.tick())
        await asyncio.gather(calendar.ticker.settle(), other.settle())
        await asyncio.sleep(0)

    assert (calendar.work.times, calendar.story) == (3, ["ran"] * 3)


async def test_t13_after_three_days_away_the_newest_slot_runs_late_and_all_others_are_recorded() -> None:
    """No slot passes silently."""
    calendar = Calendar()
    await calendar.after(HOUR)
    calendar.open()
    await calendar.after(timedelta(days=3, minutes=10))

    assert calendar.story == ["ran", *["missed"] * 71, "ran-late"]
    assert calendar.work.times == 2
    assert all(row.because for row in calendar.slots.rows.values() if row.state is SlotState.MISSED)


async def test_t13_a_schedule_that_does_not_catch_up_records_what_it_missed() -> None:
    """A drill on a Tuesday morning is not made up for on a Thursday."""
    calendar = Calendar(catch_up=CatchUp.NONE)
    await calendar.after(timedelta(days=3, minutes=10))

    assert (calendar.work.times, set(calendar.story)) == (0, {"missed"})
    await calendar.after(timedelta(minutes=50))
    assert (calendar.work.times, calendar.story[-1]) == (1, "ran")


async def test_a_little_late_is_on_time() -> None:
    """The tolerance is the schedule's own."""
    calendar = Calendar(tolerance=5 * MINUTE)
    await calendar.after(HOUR + 5 * MINUTE)
    await calendar.after(HOUR + MINUTE)

    assert calendar.story == ["ran", "ran-late"]


async def test_t13_work_that_takes_too_long_is_not_started_twice() -> None:
    """The slots that pass meanwhile are recorded, and the newest of them is run when there is time."""
    calendar = Calendar()
    calendar.work.free.clear()
    calendar.clock.advance(HOUR)
    await calendar.ticker.tick()
    for _ in range(3):
        calendar.clock.advance(HOUR)
        await calendar.ticker.tick()
        await asyncio.sleep(0)
    assert (calendar.work.times, calendar.story) == (1, ["claimed"])

    calendar.work.free.set()
    await calendar.ticker.settle()
    await calendar.after(MINUTE)
    assert (calendar.work.times, calendar.story) == (2, ["ran", "missed", "missed", "ran"])


@pytest.mark.parametrize("error", [TransientError("the vault is silent"), ZeroDivisionError("a fault of our own")])
async def test_what_the_work_raises_ends_its_slot_as_failed(error: Exception) -> None:
    """The schedule goes on with the next one."""
    calendar = Calendar()
    calendar.work.error = error
    await calendar.after(HOUR)
    calendar.work.error = None
    await calendar.after(HOUR)

    assert calendar.story == ["failed", "ran"]
    assert next(iter(calendar.slots.rows.values())).because


async def test_a_killed_daemon_leaves_its_slot_claimed_and_the_others_wait_until_it_is_known_to_be_dead() -> None:
    """Whether the work was done is not known, so it is neither repeated nor called done; nor begun beside it."""
    calendar = Calendar()
    calendar.work.free.clear()
    calendar.clock.advance(HOUR)
    await calendar.ticker.tick()
    await asyncio.sleep(0)
    await calendar.ticker.stop()
    calendar.work.free.set()
    calendar.open()
    await calendar.after(timedelta(seconds=5))
    assert (calendar.work.times, calendar.story) == (1, ["claimed"])

    await calendar.after(HOUR)
    assert calendar.story == ["claimed"]
    calendar.slots.dead.add(next(iter(calendar.slots.rows)))
    await calendar.after(timedelta(seconds=5))
    assert calendar.story == ["failed", "ran"]


async def test_t12_a_clock_that_is_set_back_repeats_nothing() -> None:
    """And one that is set forward misses nothing silently."""
    calendar = Calendar()
    await calendar.after(3 * HOUR)
    await calendar.after(-2 * HOUR)
    await calendar.after(HOUR)
    assert calendar.story == ["missed", "missed", "ran"]

    await calendar.after(timedelta(days=1))
    assert len(calendar.story) == 26
    assert calendar.work.times == 2


async def test_a_store_that_is_away_delays_a_slot_and_loses_none() -> None:
    """Nothing is run that cannot be claimed."""
    calendar = Calendar()
    calendar.slots.unavailable = True
    await calendar.after(HOUR)
    assert calendar.work.times == 0

    calendar.slots.unavailable = False
    await calendar.after(timedelta(seconds=30))
    assert calendar.story == ["ran"]


async def test_ten_thousand_missed_slots_do_not_hold_up_the_loop() -> None:
    """A month away with a schedule of five minutes is looked through in a moment."""
    calendar = Calendar(every=5 * MINUTE)
    await calendar.after(timedelta(days=30))

    assert len(calendar.story) == 30 * 24 * 12
    assert calendar.story[-1] == "ran"


async def test_the_ticker_ticks_by_itself_and_stops_when_told() -> None:
    """The library tells it each second of the host; after `stop` nothing moves."""
    calendar = Calendar()
    calendar.ticker.start()
    await calendar.ticker.stop()
    await calendar.ticker.stop()

    assert calendar.story == []


async def test_the_slot_of_a_daemon_that_died_over_its_work_ends_as_failed() -> None:
    """P6: it neither stays at work for ever nor passes in silence; the schedule goes on."""
    calendar = Calendar()
    await calendar.after(HOUR)
    slot = Slot(schedule="drill", wall="died", due_at=calendar.clock.now())
    await calendar.slots.claim(slot)
    calendar.slots.dead.add(("drill", "died"))
    calendar.open()
    await calendar.after(HOUR)

    ended = calendar.slots.rows["drill", "died"]
    assert ended.state is SlotState.FAILED
    assert "ended before the work did" in ended.because
    assert calendar.work.times == 2


async def test_the_very_first_slot_is_recorded_when_nobody_was_there() -> None:
    """P6: a schedule counts from the moment that a daemon first knew it, not from the start of the next daemon."""
    calendar = Calendar(catch_up=CatchUp.NONE)
    await calendar.after(timedelta(0))
    calendar.clock.advance(HOUR + 2 * MINUTE)
    calendar.open()
    await calendar.after(timedelta(0))

    assert calendar.story == ["missed"]


async def test_an_end_that_cannot_be_written_is_written_later() -> None:
    """The work was done; that the store was away meanwhile must not make it look undone."""
    calendar = Calendar()
    calendar.work.free.clear()
    calendar.clock.advance(HOUR)
    await calendar.ticker.tick()
    calendar.slots.unavailable = True
    calendar.work.free.set()
    await calendar.ticker.settle()
    calendar.slots.unavailable = False
    assert calendar.story == ["claimed"]
    await calendar.after(MINUTE)

    assert calendar.story == ["ran"]


async def test_an_end_that_somebody_else_wrote_is_left_as_it_is() -> None:
    """A daemon that was frozen over its work wakes too late."""
    calendar = Calendar()
    calendar.work.free.clear()
    calendar.clock.advance(HOUR)
    await calendar.ticker.tick()
    slot = next(iter(calendar.slots.rows.values()))
    await calendar.slots.end(Slot(schedule=slot.schedule, wall=slot.wall, due_at=slot.due_at, state=SlotState.FAILED))
    calendar.work.free.set()
    await calendar.ticker.settle()
    await calendar.after(MINUTE)

    assert calendar.story == ["failed"]


async def test_work_of_another_daemon_is_not_overlapped_and_its_slots_are_not_taken_for_missed() -> None:
    """What passes meanwhile waits until it is known how the work ended."""
    calendar = Calendar()
    calendar.work.free.clear()
    other = calendar.another()
    calendar.clock.advance(HOUR)
    await calendar.ticker.tick()
    calendar.clock.advance(HOUR)
    await other.tick()
    assert (calendar.work.times, calendar.story) == (0, ["claimed"])

    calendar.work.free.set()
    await calendar.ticker.settle()
    await other.tick()
    await other.settle()
    assert calendar.story == ["ran", "ran"]


async def test_a_tick_with_nothing_due_does_not_ask_the_store_where_schedules_stand() -> None:
    """The ticker looks each second, for years."""
    calendar = Calendar()
    await calendar.after(HOUR)
    looks = calendar.slots.looks
    for _ in range(50):
        await calendar.after(timedelta(seconds=1))
    assert calendar.slots.looks == looks


async def test_slots_of_a_pause_are_missed_with_who_and_why_and_the_next_one_runs() -> None:
    """Nothing of it is made up for."""
    calendar = Calendar()
    await calendar.after(HOUR)
    await calendar.slots.pause(Pause(schedule="drill", since=calendar.clock.now(), actor="an", reason="verhuis"))
    await calendar.after(HOUR)
    await calendar.after(HOUR)
    await calendar.slots.resume("drill", at=calendar.clock.now() + MINUTE, actor="an", reason="klaar")
    await calendar.after(HOUR)

    assert calendar.story == ["ran", "missed", "missed", "ran"]
    told = {row.because for row in calendar.slots.rows.values() if row.state is SlotState.MISSED}
    assert told == {"paused by an: verhuis"}


async def test_all_slots_are_made_up_for_one_after_the_other_where_that_is_wanted() -> None:
    """The oldest first; none beside another."""
    calendar = Calendar(catch_up=CatchUp.ALL)
    await calendar.after(timedelta(hours=4, minutes=5))
    assert calendar.story == ["ran-late"]
    for _ in range(5):
        await calendar.after(timedelta(seconds=1))
    assert calendar.story == ["ran-late"] * 4


async def test_a_slot_that_is_asked_for_runs_beside_the_calendars_own() -> None:
    """Refused while the schedule is at work; what it says is kept with the reason; the next slot comes as always."""
    calendar = Calendar()
    await calendar.after(timedelta(0))
    calendar.work.free.clear()
    calendar.clock.advance(30 * MINUTE)
    slot = await calendar.ticker.trigger("drill", actor="an", reason="na de storing")
    with pytest.raises(ConflictError, match="at work"):
        await calendar.ticker.trigger("drill", actor="bo", reason="ook")
    with pytest.raises(ConflictError, match="at work"):
        await calendar.another().trigger("drill", actor="bo", reason="ook")
    with pytest.raises(NotFoundError):
        await calendar.ticker.trigger("nope", actor="an", reason="x")
    calendar.work.free.set()
    await calendar.ticker.settle()
    await calendar.after(30 * MINUTE)

    asked = calendar.slots.rows["drill", slot.wall]
    assert (asked.state, asked.actor, asked.because) == (SlotState.RAN, "an", "na de storing; run r-1")
    assert calendar.story == ["ran", "ran"]
    assert calendar.work.times == 2
