"""Stopping, draining, losing the claim, and a journal that cannot be written or was damaged."""

import asyncio
import time
from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Retry
from drd.ports.observer import Seen
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.host_time import quickest
from tests.fakes.scripted_world import BUSY, HANG

pytestmark = pytest.mark.anyio


async def test_a_drained_engine_stops_within_a_second_and_the_next_one_goes_on() -> None:
    """Operations, checks and retries are left to the journal."""
    assert await quickest(_drained, within=1) < 1


async def _drained() -> float:
    """Drain in the midst of everything, and let the next one end it. Gives how long the draining took."""
    house = House()
    house.world.script("late", "act", BUSY)
    house.world.answers["ok"] = deque([False] * 5)
    async with house.serving():
        card = await house.start(
            plan(
                step("long", values={"lasts": 3600}),
                step("late", retry=Retry(times=1, wait=timedelta(minutes=5))),
                check("ok", {"within": 600}),
                step("next", needs=("long",)),
            )
        )
        await house.until(Kind.STEP_FAILED)
        began = time.monotonic()
    took = time.monotonic() - began
    assert house.engine.health.moving == 0
    house.open()
    async with house.serving():
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert sorted(house.world.names_sent()) == ["late", "long", "next"]
    return took


async def test_a_request_in_the_air_may_come_back_and_is_recorded() -> None:
    """So that the next process follows it instead of looking for it."""
    house = House()
    house.world.script("a", "act", HANG)
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 600}), step("b", needs=("a",))))
        await house.world.hanging.wait()
        asyncio.get_running_loop().call_later(0.05, house.world.released.set)
    assert [event.kind for event in house.events()][-1] is Kind.STEP_RECORDED
    assert house.journal.cards[card.id].state is RunState.RUNNING


async def test_a_request_that_does_not_come_back_is_left_in_doubt() -> None:
    """The grace has an end."""
    house = House()
    house.world.script("a", "act", HANG)
    async with house.serving():
        await house.start(plan(step("a", "adopt", {"lasts": 600})))
        await house.world.hanging.wait()
    assert [event.kind for event in house.events()][-1] is Kind.STEP_INTENT
    house.open()
    async with house.serving():
        assert (await house.engine.over(RunId("r-1"))).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


async def test_a_drained_engine_takes_no_claims() -> None:
    """Whatever the dispatcher still hands out."""
    house = House()
    card = await house.start(plan(step("a")))
    await house.engine.drain()
    await house.engine.drain()
    await house.engine.serve()
    assert house.journal.cards[card.id].state is RunState.QUEUED


async def test_a_claim_that_does_not_outlive_the_request_sends_nothing() -> None:
    """Somebody else may be moving the run."""
    house = House()
    # Each request asks twice: at the gate, and when it leaves.
    house.dispatcher.lose_after = 2
    async with house.serving():
        await house.start(plan(step("a"), step("b", needs=("a",))))
        await house.until(Kind.STEP_INTENT, step="b")
        while house.engine.health.moving:  # noqa: ASYNC110 - health is a reading, not an event
            await asyncio.sleep(0.01)
    assert house.world.names_sent() == ["a"]


async def test_a_run_that_somebody_else_writes_is_let_go() -> None:
    """The journal refuses the old token, and nothing more is sent."""
    house = House()
    async with house.serving():
        card = await house.start(
            plan(step("a", values={"lasts": 60}), step("side", values={"lasts": 60}), step("b", needs=("a",)))
        )
        await house.until(Kind.STEP_RECORDED)
        house.journal.claims[card.id] = 99
        while house.engine.health.moving:
            await house.clock.sleep(timedelta(seconds=10))
    assert "b" not in house.world.names_sent()
    assert house.events(Kind.STEP_DONE) == []


async def test_while_the_journal_cannot_be_written_nothing_is_sent() -> None:
    """The run waits, says so, and goes on by itself."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        house.journal.unavailable = True
        await house.clock.sleep(timedelta(minutes=30))
        assert house.world.names_sent() == ["a"]
        assert "the disk is full" in house.engine.health.journal_trouble
        house.journal.unavailable = False
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
        assert house.engine.health.journal_trouble == ""
    assert house.world.names_sent() == ["a", "b"]


async def test_a_run_whose_journal_cannot_be_read_is_loaded_later() -> None:
    """The daemon may start before its disk is well."""
    house = House()
    card = await house.start(plan(step("a")))
    house.journal.unavailable = True
    async with house.serving():
        while not house.engine.health.journal_trouble:  # noqa: ASYNC110 - health is a reading, not an event
            await asyncio.sleep(0)
        over = asyncio.ensure_future(house.engine.over(card.id))
        await house.clock.sleep(timedelta(minutes=1))
        house.journal.unavailable = False
        assert (await over).state is RunState.SUCCEEDED


async def test_a_damaged_journal_is_found_and_the_run_is_not_moved() -> None:
    """One changed word breaks the chain; the run is visible as stuck."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60})))
        await house.until(Kind.STEP_RECORDED)
        await house.kill()
        stored = house.journal.stored[card.id]
        stored[2] = replace(stored[2], reason="was never said")
    async with house.serving():
        while not house.engine.health.stuck:  # noqa: ASYNC110 - health is a reading, not an event
            await asyncio.sleep(0)
        assert "damaged at event 3" in house.engine.health.stuck[card.id]
        assert house.events(Kind.STEP_DONE) == []


async def test_observers_see_durable_events_in_order_and_harm_nothing() -> None:
    """One that breaks is logged; the others still see."""

    class Breaks:
        def saw(self, seen: Seen) -> None:
            raise KeyError("no such label")

    class Sees:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def saw(self, seen: Seen) -> None:
            assert seen.event.sequence <= len(house.events())
            assert seen.plan.runbook == "burgerzaken"
            self.seen.append(seen.event.sequence)

    sees = Sees()
    house = House(observers=(Breaks(), sees))
    card = await house.run(plan(step("a"), step("b", needs=("a",))))

    assert card.state is RunState.SUCCEEDED
    assert sees.seen == list(range(1, len(house.events()) + 1))


async def test_followers_get_every_event_once_until_the_run_is_over() -> None:
    """From the beginning or from a number on."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60})))
        followed = [event.sequence async for event in house.engine.follow(card.id)]
        late = [event.sequence async for event in house.engine.follow(card.id, 4)]
    assert followed == list(range(1, len(house.events()) + 1))
    assert late == followed[4:]


async def test_a_run_that_another_process_moves_is_followed_too() -> None:
    """By looking at the journal now and then."""
    house = House()
    card = await house.start(plan(step("a")))
    follower = asyncio.ensure_future(house.engine.over(card.id))
    await asyncio.sleep(0.01)
    mover = house.engine
    house.open()
    async with house.serving():
        assert (await asyncio.wait_for(follower, 30)).state is RunState.SUCCEEDED
    assert mover is not house.engine


async def test_runs_get_ids_of_their_own() -> None:
    """Short, and different each time."""
    house = House()
    async with house.serving():
        one = await house.start(plan(step("a")), run=None)
        two = await house.start(plan(step("a"), service=None), run=None)
        await house.engine.over(one.id)
        await house.engine.over(two.id)
    assert one.id != two.id
    assert len(one.id) == 14
