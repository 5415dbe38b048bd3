"""A run that this daemon must leave: its lease ended, it is to be given back, or somebody else wrote into it."""

import asyncio
from collections.abc import Callable

import pytest

from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.ports.dispatcher import DispatcherEars
from tests.fakes.engine_house import House, plan, step
from tests.fakes.scripted_world import HANG

pytestmark = pytest.mark.anyio
RUN = RunId("r-1")


def _ears(house: House) -> DispatcherEars:
    assert house.dispatcher.ears is not None
    return house.dispatcher.ears


async def _left(house: House) -> None:
    """Wait, half a minute at most, until nothing is moved any more."""
    async with asyncio.timeout(30):
        while house.engine.health.moving or house.engine.health.stuck:  # noqa: ASYNC110 - health is a reading
            await asyncio.sleep(0.005)


async def test_a_lost_lease_ends_a_request_in_the_air_at_once() -> None:
    """Nobody may wait for its answer under this claim; the next one looks, and sends nothing twice."""
    house = House()
    house.world.script("a", "act", HANG)
    async with house.serving():
        card = await house.start(plan(step("a", "adopt", {"lasts": 600})))
        await house.world.hanging.wait()
        _ears(house).lost(RUN)
        await _left(house)
        assert house.events()[-1].kind is Kind.STEP_INTENT
        await house.dispatcher.submit(RUN)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]
    assert [event.token for event in house.events(Kind.RUN_CLAIMED)] == [1, 2]


async def test_a_run_that_is_given_back_begins_nothing_and_is_taken_up_where_it_stood() -> None:
    """The other runs of this daemon go on."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 600}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        _ears(house).give_back(RUN)
        await _left(house)
        assert house.world.names_sent() == ["a"]
        await house.dispatcher.submit(RUN)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a", "b"]


async def test_a_journal_that_grew_elsewhere_is_read_again() -> None:
    """What is in memory is worth nothing then; of a daemon's own events nothing is made."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 600})))
        await house.until(Kind.STEP_RECORDED)
        assert list(_ears(house).heads({RUN: len(house.events())})) == []
        assert list(_ears(house).heads({RUN: len(house.events()) + 1})) == [RUN]
        await _left(house)
        await house.dispatcher.submit(RUN)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


@pytest.mark.parametrize("leave", [lambda ears: ears.lost, lambda ears: ears.give_back], ids=["lost", "given back"])
async def test_a_run_that_cannot_be_moved_is_let_go_too(
    leave: Callable[[DispatcherEars], Callable[[RunId], None]],
) -> None:
    """A daemon that drains keeps nothing."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 600})))
        await house.until(Kind.STEP_RECORDED)
        await house.kill()
    house.journal.stored[RUN].pop(0)
    async with house.serving():
        while not house.engine.health.stuck:  # noqa: ASYNC110 - health is a reading
            await asyncio.sleep(0.005)
        leave(_ears(house))(RUN)
        await _left(house)
