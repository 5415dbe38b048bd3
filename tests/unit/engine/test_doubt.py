"""When an answer was lost, or the process was killed after the intent: the world decides, by class."""

from datetime import timedelta

import pytest

from drd.domain.events import Kind
from drd.domain.lifecycle import Request, RunState
from drd.engine.engine import Order
from drd.ports.action import Absent, Present, Unclear
from tests.fakes.engine_house import House, failure, plan, step
from tests.fakes.scripted_world import BUSY, HANG, LOST_AFTER, LOST_BEFORE

pytestmark = pytest.mark.anyio

UNCLEAR = Unclear(question="is it there?")


async def test_a_lost_answer_of_an_adoptable_action_is_looked_for_and_adopted() -> None:
    """The request had its effect: it is not sent again."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    card = await house.run(plan(step("a", "adopt", {"lasts": 120})))

    assert card.state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


async def test_an_adoptable_action_is_sent_again_only_when_provably_absent_after_the_window() -> None:
    """Ninety seconds of looking, every fifteen, before the second request."""
    house = House()
    house.world.script("a", "act", LOST_BEFORE)
    sent: list[timedelta] = []
    start = house.clock.now()
    house.world.on_act = lambda _: sent.append(house.clock.now() - start)
    await house.run(plan(step("a", "adopt")))

    assert sent == [timedelta(0), timedelta(seconds=90)]
    assert len(house.world.looks) == 1 + 7


async def test_what_shows_up_late_in_the_window_is_adopted() -> None:
    """Eventually consistent lists are given time."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    house.world.script("a", "look", Absent(), Absent(), Absent(), Absent())
    await house.run(plan(step("a", "adopt", {"lasts": 600})))

    assert house.world.names_sent() == ["a"]


async def test_a_put_by_name_is_sent_again_soon() -> None:
    """Same name, same result."""
    house = House()
    house.world.script("a", "act", LOST_BEFORE)
    sent: list[timedelta] = []
    start = house.clock.now()
    house.world.on_act = lambda _: sent.append(house.clock.now() - start)
    await house.run(plan(step("a", "put")))

    assert sent == [timedelta(0), timedelta(seconds=15)]
    assert {operation for _, operation in house.world.sent} == {"r-1/a/1"}


async def test_a_put_that_never_gets_an_answer_fails_at_its_deadline() -> None:
    """Trying again has an end."""
    house = House()
    house.world.script("a", "act", *[LOST_BEFORE] * 20)
    async with house.serving():
        await house.start(plan(step("a", "put", timeout=timedelta(minutes=2))))
        event = await house.until(Kind.STEP_FAILED)

    assert failure(event)["code"] == "deadline-passed"
    assert event.payload["operation-id"] == "r-1/a/1"


async def test_an_ambiguous_action_parks_after_the_window_and_is_never_repeated() -> None:
    """Only a person can find out what a guest command did."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    async with house.serving():
        card = await house.start(plan(step("a", "tell")))
        event = await house.until(Kind.STEP_PARKED)
        assert str(event.payload["question"]).startswith("did it run? Answer: ")
        assert "retry sends it again" in str(event.payload["question"])
        assert event.at - house.events(Kind.STEP_INTENT)[0].at == timedelta(seconds=90)
        assert house.world.names_sent() == ["a"]
        assert house.journal.cards[card.id].state is RunState.PARKED

        await house.engine.control(Order(run=card.id, request=Request.RETRY, step=event.step, actor="an"))
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a", "a"]


async def test_an_ambiguous_action_that_says_absent_is_still_not_repeated() -> None:
    """Its class forbids it, whatever it says."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    house.world.script("a", "look", Absent(), *[Absent()] * 8)
    async with house.serving():
        await house.start(plan(step("a", "tell")))
        event = await house.until(Kind.STEP_PARKED)

    assert "could not be found out" in str(event.payload["question"])
    assert house.world.names_sent() == ["a"]


async def test_what_cannot_be_told_before_the_first_request_parks_after_the_window() -> None:
    """A resource that is there but is not ours must not be overwritten."""
    house = House()
    house.world.script("a", "look", *[UNCLEAR] * 8)
    async with house.serving():
        await house.start(plan(step("a", "put")))
        event = await house.until(Kind.STEP_PARKED)

    assert str(event.payload["question"]).startswith("is it there? Answer: ")
    assert "looks again, and sends only what is absent" in str(event.payload["question"])
    assert event.payload["in-doubt"] is False
    assert house.world.sent == []


async def test_what_can_be_told_after_a_while_goes_on() -> None:
    """Unclear is often a matter of seconds."""
    house = House()
    house.world.script("a", "look", UNCLEAR, UNCLEAR, Present())
    assert (await house.run(plan(step("a", "adopt")))).state is RunState.SUCCEEDED
    assert house.world.sent == []


async def test_an_action_that_breaks_is_in_doubt_not_failed() -> None:
    """A fault in drd's own code says nothing about whether the request left."""
    house = House()
    house.world.script("a", "act", KeyError("odd answer"))
    await house.run(plan(step("a", "adopt")))

    assert house.world.names_sent() == ["a"]
    assert house.events(Kind.STEP_FAILED) == []


@pytest.mark.parametrize("verb", ["put", "adopt"])
async def test_killed_while_a_request_is_in_the_air_the_next_process_adopts_it(verb: str) -> None:
    """Intent without record: look first."""
    house = House()
    house.world.script("a", "act", HANG)
    async with house.serving():
        card = await house.start(plan(step("a", verb, {"lasts": 200})))
        await house.world.hanging.wait()
        await house.kill()
    async with house.serving():
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED

    assert house.world.names_sent() == ["a"]
    assert len(house.events(Kind.STEP_INTENT)) == 1


async def test_killed_in_an_ambiguous_request_the_step_parks() -> None:
    """The next process cannot know either."""
    house = House()
    house.world.script("a", "act", HANG)
    async with house.serving():
        await house.start(plan(step("a", "tell")))
        await house.world.hanging.wait()
        await house.kill()
    async with house.serving():
        await house.until(Kind.STEP_PARKED)

    assert house.world.names_sent() == ["a"]


async def test_a_retry_after_a_deadline_adopts_what_still_goes_on() -> None:
    """The first attempt's outcome was never known, so the second looks back to its intent."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", "adopt", {"lasts": 300}, timeout=timedelta(minutes=1))))
        failed = await house.until(Kind.STEP_FAILED)
        first = house.events(Kind.STEP_INTENT)[0]
        await house.engine.control(Order(run=card.id, request=Request.RETRY, step=failed.step, actor="an"))
        await house.until(Kind.STEP_RECORDED)

    assert house.world.names_sent() == ["a"]
    assert house.world.contexts[-1].intended_at == first.at


async def test_a_look_that_fails_for_a_while_is_repeated() -> None:
    """What only reads may be asked again; it costs no attempt."""
    house = House()
    house.world.script("a", "look", BUSY, BUSY)
    await house.run(plan(step("a")))

    assert house.events(Kind.STEP_FAILED) == []
    assert house.world.names_sent() == ["a"]
