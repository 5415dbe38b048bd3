"""Properties of calendars: any zone, any cron line, any instant, any way in which time passes."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from drd.domain.timetable import CatchUp, Oddity
from drd.ports.slots import Slot, SlotState
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule
from drd.scheduling.ticker import Ticker
from tests.fakes.memory_slots import MemorySlots
from tests.fakes.stepping_clock import SteppingClock

ZONES = (
    "Europe/Brussels", "UTC", "Europe/London", "America/New_York", "America/St_Johns", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Antarctica/Troll",
)  # fmt: skip
MINUTE = timedelta(minutes=1)

instants = st.datetimes(datetime(2012, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
fields = st.tuples(
    st.sampled_from(["0", "30", "59", "*/15", "*/20", "0,45", "7"]),
    st.sampled_from(["*", "0", "2", "3", "1-3", "*/2", "23", "0,2"]),
    st.sampled_from(["*", "1", "25-31", "last", "*/5"]),
    st.sampled_from(["*", "3", "10", "3,10", "1-6"]),
    st.sampled_from(["*", "sun", "mon-fri", "sat,sun"]),
)
crons = fields.map(" ".join)


@settings(max_examples=100, deadline=None)
@given(zone=st.sampled_from(ZONES), cron=crons, after=instants, count=st.integers(2, 60))
def test_slots_are_in_order_each_once_and_the_same_from_wherever_one_begins(
    zone: str, cron: str, after: datetime, count: int
) -> None:
    """A daemon that resumes from any slot finds the rest as one that never stopped would."""
    place = ZoneInfo(zone)
    rhythm = Rhythm(zone=place, cron=cron)
    turns = list(itertools.islice(rhythm.after(after), count))
    assume(len(turns) > 1)

    assert all(earlier.due_at < later.due_at for earlier, later in itertools.pairwise(turns))
    assert turns[0].due_at > after
    assert len({turn.wall for turn in turns}) == len(turns)
    middle = len(turns) // 2
    rest = itertools.islice(rhythm.after(turns[middle - 1].due_at), len(turns) - middle)
    assert list(rest) == turns[middle:]
    for turn in turns:
        wall = datetime.fromisoformat(turn.wall.partition("[")[0])
        shown = turn.due_at.astimezone(place).replace(tzinfo=None)
        assert (shown == wall) == (turn.oddity is not Oddity.NEVER)
        assert turn.oddity is Oddity.NEVER or turn.due_at.astimezone(place).fold == 0


@settings(max_examples=50, deadline=None)
@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), minute=st.integers(0, 59), after=instants)
def test_a_daily_slot_comes_once_on_every_day_that_there_is(zone: str, hour: int, minute: int, after: datetime) -> None:
    """By the names of the days, whatever the clocks of the zone do."""
    turns = itertools.islice(Rhythm(zone=ZoneInfo(zone), cron=f"{minute} {hour} * * *").after(after), 200)
    days = [datetime.fromisoformat(turn.wall[:19]).date() for turn in turns]

    assert all(later - earlier == timedelta(days=1) for earlier, later in itertools.pairwise(days))


moves = st.lists(
    st.one_of(
        st.tuples(st.just("on"), st.integers(0, 200)),
        st.tuples(st.just("jump"), st.sampled_from([-1440, -60, 60, 1440])),
        st.tuples(st.sampled_from(["restart", "away", "back", "tick"]), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from(["*/20 * * * *", "30 2 * * *", "0 1-3 * * *"]),
    begin=instants,
    jitter=st.sampled_from([0, 5]),
    policy=st.sampled_from(list(CatchUp)),
    moves=moves,
)
@example(  # A clock that is set back in the middle of making up for a day.
    zone="Europe/Brussels",
    cron="*/20 * * * *",
    begin=datetime(2012, 1, 1, tzinfo=UTC),
    jitter=0,
    policy=CatchUp.ALL,
    moves=[("jump", 1440), ("jump", -60)],
)
def test_however_time_passes_each_slot_has_one_end(  # noqa: PLR0917 - hypothesis hands over by name
    zone: str, cron: str, begin: datetime, jitter: int, policy: CatchUp, moves: list[tuple[str, int]]
) -> None:
    """Jumps, restarts, a store that is away, any policy: none in silence, none twice."""
    schedule = Schedule(id="a", rhythm=Rhythm(zone=ZoneInfo(zone), cron=cron), jitter=jitter * MINUTE, catch_up=policy)
    slots, (now, furthest), worked = asyncio.run(_played(schedule, begin, moves))

    # Where all are made up for, one after the other, a clock that is set back makes those that wait due later again.
    surely = now if policy is CatchUp.ALL else furthest
    rows = {wall: slot for (_, wall), slot in slots.rows.items()}
    assert _called(schedule, begin, surely) <= set(rows) <= _called(schedule, begin, furthest)
    assert sorted(worked) == sorted(set(worked))
    for wall, slot in rows.items():
        assert (wall in worked) == (slot.state in {SlotState.RAN, SlotState.RAN_LATE})
        assert wall in worked or (slot.state is SlotState.MISSED and slot.because)


def _called(schedule: Schedule, begin: datetime, until: datetime) -> set[str]:
    coming = itertools.takewhile(lambda slot: schedule.start_of(slot) <= until, schedule.slots(after=begin))
    return {slot.wall for slot in coming}


async def _played(
    schedule: Schedule, begin: datetime, moves: list[tuple[str, int]]
) -> tuple[MemorySlots, tuple[datetime, datetime], list[str]]:
    clock, slots, worked = SteppingClock(begin), MemorySlots(), list[str]()

    async def work(_schedule: Schedule, slot: Slot) -> None:
        worked.append(slot.wall)

    def daemon() -> Ticker:
        return Ticker([schedule], work=work, slots=slots, clock=clock)

    async def turn(ticker: Ticker) -> None:
        await ticker.tick()
        await ticker.settle()
        await asyncio.sleep(0)

    ticker: Any = daemon()
    await turn(ticker)
    seen = begin
    for what, minutes in moves:
        slots.unavailable = {"away": True, "back": False}.get(what, slots.unavailable)
        if what == "restart":
            ticker = daemon()
        clock.advance(minutes * MINUTE)
        await turn(ticker)
        seen = seen if slots.unavailable else max(seen, clock.now())
    slots.unavailable = False
    seen = max(seen, clock.now())
    # Where all are made up for, one is run each tick.
    for _ in range(len(moves) * 80 + 1):
        before = len(slots.rows)
        await turn(ticker)
        if len(slots.rows) == before:
            break
    return slots, (clock.now(), seen), worked
