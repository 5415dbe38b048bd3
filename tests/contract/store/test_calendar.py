"""T12, T13 on real databases: daemons that are away, blocked, or several on one database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from drd.domain.timetable import CatchUp
from drd.ports.slots import Slot, SlotState
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule
from drd.scheduling.ticker import Ticker
from drd.store.opening import Store
from tests.contract.store.conftest import Site
from tests.contract.store.sample import NOON
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
EVERY = timedelta(hours=1)
DAYS_AWAY = 3

Work = Callable[[Schedule, Slot], Awaitable[None]]


def schedules(*policies: CatchUp) -> list[Schedule]:
    """Make a schedule of each policy, each hour."""
    rhythm = Rhythm(zone=ZoneInfo("Europe/Brussels"), cron="0 * * * *")
    return [Schedule(id=policy.value, rhythm=rhythm, catch_up=policy) for policy in policies]


class Crew:
    """Daemons with one clock, and what they worked on."""

    def __init__(self, *policies: CatchUp) -> None:
        """Begin at noon."""
        self.clock = SteppingClock(NOON.replace(microsecond=0))
        self.schedules = schedules(*policies)
        self.worked: list[tuple[str, str]] = []
        self.at_work: dict[str, int] = {}
        self.most = 0

    def ticker(self, store: Store) -> Ticker:
        """Hire one."""
        return Ticker(self.schedules, work=self._work, slots=store.slots, clock=self.clock)

    async def _work(self, schedule: Schedule, slot: Slot) -> None:
        self.worked.append((schedule.id, slot.wall))
        self.at_work[schedule.id] = self.at_work.get(schedule.id, 0) + 1
        self.most = max(self.most, *self.at_work.values())
        await asyncio.sleep(0)
        self.at_work[schedule.id] -= 1


async def _turn(*tickers: Ticker) -> None:
    await asyncio.gather(*(ticker.tick() for ticker in tickers))
    await asyncio.gather(*(ticker.settle() for ticker in tickers))
    await asyncio.sleep(0)


async def test_t13_after_three_days_down_every_slot_ran_late_or_is_recorded_as_missed(durable: Site) -> None:
    """By the policy of each schedule; the counts that metrics tell agree with the rows."""
    crew = Crew(*CatchUp)
    first = await durable.open(daemon="first")
    ticker = crew.ticker(first)
    await _turn(ticker)
    crew.clock.advance(EVERY)
    await _turn(ticker)
    await first.daemons.leave()
    await first.close()
    crew.clock.advance(timedelta(days=DAYS_AWAY) + 5 * MINUTE)

    second = await durable.open(daemon="second")
    ticker, passed = crew.ticker(second), DAYS_AWAY * 24
    for _ in range(passed + 2):
        await _turn(ticker)
    ended = {each.schedule: each.ended for each in (await second.readings.figures()).schedules}
    rows = {name: await second.slots.recent(name, newest=passed + 10) for name in ended}
    await second.close()

    late, missed = SlotState.RAN_LATE, SlotState.MISSED
    assert {name: (counts[late], counts[missed]) for name, counts in ended.items()} == {
        "all": (passed, 0),
        "latest": (1, passed - 1),
        "none": (0, passed),
    }
    assert all(len(each) == passed + 1 for each in rows.values())
    assert all(slot.because for each in rows.values() for slot in each if slot.state is missed)
    assert len(crew.worked) == len(set(crew.worked)) == 3 + passed + 1


async def test_t13_a_loop_that_is_blocked_for_ten_minutes_loses_no_slot(store: Store) -> None:
    """Whatever blocks it: nothing ticks meanwhile; then the newest is run late and the others are recorded."""
    crew = Crew(CatchUp.LATEST)
    crew.schedules = [Schedule(id="often", rhythm=Rhythm(zone=ZoneInfo("UTC"), every=3 * MINUTE))]
    ticker = crew.ticker(store)
    await _turn(ticker)
    for _ in range(3):
        crew.clock.advance(3 * MINUTE)
        await _turn(ticker)
    crew.clock.advance(10 * MINUTE)
    await _turn(ticker)
    crew.clock.advance(2 * MINUTE)
    await _turn(ticker)

    states = [slot.state.value for slot in reversed(await store.slots.recent("often"))]
    assert states == ["ran", "ran", "ran", "missed", "missed", "ran", "ran"]


@pytest.mark.place("where PostgreSQL's wheel and driver are installed")
async def test_several_daemons_on_one_database_work_on_each_slot_once_and_never_side_by_side(postgresql: Any) -> None:
    """Without a leader; one of them ticks no more in between."""
    postgresql.psql("CREATE DATABASE calendar")
    site = Site(postgresql.get_uri("calendar"))
    stores = [await site.open(daemon=name) for name in "abc"]
    crew = Crew(CatchUp.LATEST, CatchUp.ALL)
    tickers = [crew.ticker(store) for store in stores]
    await _turn(*tickers)
    for turn in range(24):
        crew.clock.advance(EVERY if turn != 12 else 3 * EVERY)
        for _ in range(4):
            await _turn(*tickers)
        if turn == 8:
            del tickers[0]
    slots = {name: await stores[1].slots.recent(name, newest=100) for name in ("latest", "all")}
    for store in stores:
        await store.close()

    assert [len(each) for each in slots.values()] == [26, 26]
    assert len(crew.worked) == len(set(crew.worked))
    assert crew.most == 1
    assert {slot.state.value for slot in slots["all"]} == {"ran", "ran-late"}
    assert sorted(slot.state.value for slot in slots["latest"])[:2] == ["missed", "missed"]
