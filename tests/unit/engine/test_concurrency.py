"""Nothing is lost or swallowed among many tasks: bounds, waits that end, faults that show, memory given back."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError, RefusedError
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId, ServiceId
from drd.domain.lifecycle import Request, RunState
from drd.engine.engine import EngineOptions
from drd.engine.waiting import Alarm, Hub
from drd.ports.action import StepContext, Unclear
from tests.fakes.engine_house import House, plan, step
from tests.fakes.scripted_world import HANG, ScriptedAction
from tests.fakes.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

RUN = RunId("r-1")


async def test_calls_of_all_runs_share_one_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many runs and steps are due: no more are on their way at the same time than the daemon bears."""
    house = House(options=EngineOptions(calls_at_once=3))
    away, most = 0, 0
    real = ScriptedAction.act

    async def act(self: ScriptedAction, context: StepContext) -> object:
        nonlocal away, most
        away += 1
        most = max(most, away)
        await asyncio.sleep(0)
        away -= 1
        return await real(self, context)

    monkeypatch.setattr(ScriptedAction, "act", act)
    plans = [plan(*(step(f"s{n}") for n in range(8)), service=ServiceId(f"x{number}")) for number in range(4)]
    async with house.serving():
        for number, each in enumerate(plans):
            await house.start(each, run=RunId(f"r-{number}"))
        ended = [await house.engine.over(RunId(f"r-{number}")) for number in range(4)]
    assert {card.state for card in ended} == {RunState.SUCCEEDED}
    assert most == 3


async def test_a_paused_step_takes_no_room_from_others() -> None:
    """Who waits for a person waits outside."""
    house = House(options=EngineOptions(calls_at_once=1))
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 60})))
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.PAUSE)
        await house.start(plan(step("b"), service=ServiceId("x")), run=RunId("r-2"))
        assert (await house.engine.over(RunId("r-2"))).state is RunState.SUCCEEDED


async def test_an_order_whose_event_cannot_be_written_before_the_daemon_stops_is_told_so() -> None:
    """It must not wait for ever for an answer from a run that is no longer moved here."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 600})))
        await house.until(Kind.STEP_RECORDED)
        house.journal.unavailable = True
        mover = house.engine._movers[RUN]
        order = asyncio.create_task(house.order(Request.PAUSE))
        while not mover.hand.scribe.trouble:  # noqa: ASYNC110 - trouble is a reading, not an event
            await asyncio.sleep(0)
        await house.engine.drain()
        with pytest.raises(Exception) as caught:  # noqa: PT011 - that it is told is the point
            await asyncio.wait_for(order, 30)
    assert not isinstance(caught.value, TimeoutError)


def _break_at(house: House, kind: Kind) -> None:
    """Have the journal fail, by a defect of drd, on an event of this kind."""
    real = house.journal.append

    async def append(events: Sequence[Event], *, state: RunState) -> None:
        if any(event.kind is kind for event in events):
            raise TypeError("not JSON")
        await real(events, state=state)

    house.journal.append = append  # type: ignore[method-assign]  # broken on purpose


async def test_a_fault_in_writing_shows_on_the_run_instead_of_hanging_it() -> None:
    """A defect of drd in the journal's way: nobody waits for ever, and the daemon says what is wrong."""
    house = House()
    _break_at(house, Kind.STEP_INTENT)
    async with house.serving():
        await house.start(plan(step("a")))
        while not house.engine.health.stuck:
            await house.clock.sleep(timedelta(seconds=1))
        assert house.engine.health.stuck[RUN].startswith("drd itself failed: TypeError. Hint: the daemon's log")
        assert house.engine.health.moving == 0
        with pytest.raises(RefusedError, match="cannot pause: the run cannot be moved: drd itself failed") as told:
            await house.order(Request.PAUSE)
    assert "started again" in told.value.hint
    assert house.world.sent == []


async def test_an_order_that_cannot_be_written_is_refused_with_the_reason() -> None:
    """What breaks the journal's pen may be the order itself: nobody hears that another daemon takes the run over."""
    house = House()
    _break_at(house, Kind.RUN_NOTE)
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 600})))
        await house.until(Kind.STEP_RECORDED)
        with pytest.raises(RefusedError, match="cannot note: the run cannot be moved: drd itself failed"):
            await house.order(Request.NOTE, reason="x")


async def test_a_daemon_that_stops_does_not_wait_for_a_journal_that_is_away() -> None:
    """The run's last event is still to be written: it is left to the next daemon."""
    house = House()
    async with asyncio.timeout(30), house.serving():
        await house.start(plan(step("a", values={"lasts": 5})))
        await house.until(Kind.STEP_RECORDED)
        house.journal.unavailable = True
        while not house.engine.health.journal_trouble:
            await house.clock.sleep(timedelta(seconds=1))
    house.journal.unavailable = False
    house.open()
    async with house.serving():
        assert (await house.engine.over(RUN)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


async def test_nothing_is_kept_of_runs_that_are_over() -> None:
    """A daemon that lives for years must not grow with every run."""
    house = House()
    async with house.serving():
        for number in range(30):
            await house.start(plan(step("a"), service=ServiceId(f"x{number}")), run=RunId(f"r-{number}"))
            await house.engine.over(RunId(f"r-{number}"))
        engine = house.engine
        hubs = (engine._hub, engine._ends)
        assert [len(hub._version) + len(hub._followers) for hub in hubs] == [0, 0]
        while engine._movers:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        assert (engine._movers, engine._stuck, engine._trouble, engine._exits) == ({}, {}, {}, {})


async def test_news_of_a_run_that_is_forgotten_meanwhile_is_not_missed() -> None:
    """Between two looks the run ended and was forgotten: whoever asks is told at once to look again."""
    hub = Hub()
    unseen = hub.version(RUN)
    hub.notify(RUN)
    hub.forget(RUN)
    async with asyncio.timeout(30):
        await hub.changed(RUN, unseen, seconds=60)
    seen = hub.version(RUN)
    hub.forget(RUN)
    assert hub.version(RUN) == seen


async def test_an_alarm_wakes_in_the_order_in_which_naps_began() -> None:
    """So that the same seed has the same story."""
    alarm, woken = Alarm(VirtualClock()), []

    async def sleep(number: int) -> None:
        await alarm.nap(None)
        woken.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(sleep(number))
        await asyncio.sleep(0)
        alarm.ring()
    assert woken == list(range(50))


async def test_a_killed_daemon_leaves_no_task_behind() -> None:
    """Neither of steps, nor of waits, nor of the journal."""
    house = House()
    before = asyncio.all_tasks()
    async with house.serving():
        house.world.script("b", "act", HANG)
        await house.start(plan(step("a", values={"lasts": 600}), step("b")))
        await house.until(Kind.STEP_RECORDED, step="a")
        await house.world.hanging.wait()
        await house.kill()
    for _ in range(5):
        await asyncio.sleep(0)
    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}  # type: ignore[union-attr]  # every task here is a coroutine's
    assert left == set()


async def test_a_start_that_loses_the_race_names_the_other_run() -> None:
    """Side by side, as two people at two keyboards."""
    house = House()
    outcomes = await asyncio.gather(
        house.start(plan(step("a"))), house.start(plan(step("a")), run=RunId("r-2")), return_exceptions=True
    )
    (lost,) = [each for each in outcomes if isinstance(each, ConflictError)]
    assert lost.other in {"r-1", "r-2"}


async def test_nothing_is_sent_on_a_resume_that_is_not_on_disk_yet() -> None:
    """A crash would unsay it, and the journal would hold a request that left while the run was paused."""
    house = House()
    house.world.script("a", "look", *[Unclear(question="is it there?")] * 3)
    async with house.serving():
        await house.start(plan(step("a", "adopt")))
        await house.until(Kind.STEP_INTENT)
        await house.order(Request.PAUSE)
        await house.clock.sleep(timedelta(minutes=5))
        real, seen = house.journal.append, []

        async def append(events: Sequence[Event], *, state: RunState) -> None:
            if any(event.kind is Kind.RUN_RESUMED for event in events):
                for _ in range(50):
                    await asyncio.sleep(0)
                seen.append(len(house.world.sent))
            await real(events, state=state)

        house.journal.append = append  # type: ignore[method-assign]  # slow on purpose
        await house.order(Request.RESUME)
        assert (await house.engine.over(RUN)).state is RunState.SUCCEEDED
    assert seen == [0]
