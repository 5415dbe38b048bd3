"""When absence counts, when a person is asked, and what the question offers."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.errors import UNREADABLE, PermanentError, RefusedError, TransientError
from drd.domain.events import Kind
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from drd.ports.action import Absent, Pending, Unclear
from drd.ports.capabilities import Operation
from tests.fakes.engine_house import House, plan, step
from tests.fakes.scripted_world import LOST_AFTER, LOST_BEFORE, Effect

pytestmark = pytest.mark.anyio

GARBLED = TransientError("the answer is no JSON object", code=UNREADABLE)
UNFIT = PermanentError("the endpoint is not Azure's")
NOT_NOW = RefusedError("not allowed now", code="not-allowed-now")
HOURS = timedelta(hours=8)


def theirs(house: House) -> Operation:
    """Make a job of somebody else."""
    return Operation(kind="fake", target="a", started_at=house.clock.now(), job="job-7")


async def test_what_was_found_is_offered_with_the_question() -> None:
    """Journal and question name it; nothing is sent beside it."""
    house = House()
    found = theirs(house)
    house.world.script("a", "look", *[Unclear(question="whose is job-7?", found=found)] * 8)
    async with house.serving():
        await house.start(plan(step("a", "adopt")))
        event = await house.until(Kind.STEP_PARKED)

    assert event.payload["found"] == found.to_json()
    assert "Answer: adopt follows what was found" in str(event.payload["question"])
    assert house.world.sent == []


async def test_absence_counts_only_when_what_was_sent_can_no_longer_show_up() -> None:
    """An action that sees by lists alone says how long they lag."""
    house = House()
    house.world.script("a", "act", LOST_BEFORE)
    house.world.script("a", "look", *[Absent(shows_within=timedelta(minutes=5))] * 60)
    sent: list[timedelta] = []
    start = house.clock.now()
    house.world.on_act = lambda _: sent.append(house.clock.now() - start)
    await house.run(plan(step("a", "adopt")))

    assert sent == [timedelta(0), timedelta(minutes=5)]


async def test_a_look_knows_whether_anything_of_the_step_may_have_left() -> None:
    """Not before the first request; after a lost answer, and in the next process, it does."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    await house.run(plan(step("a", "adopt", {"lasts": 60})))

    first, second = house.world.contexts[0], house.world.contexts[1]
    assert (first.in_doubt, second.in_doubt) == (False, True)
    assert first.requests == {first.request_id}


async def test_a_retry_knows_the_requests_of_all_attempts() -> None:
    """A job that names one of them is the step's own."""
    house = House()
    house.world.script("a", "act", UNFIT)
    async with house.serving():
        card = await house.start(plan(step("a", "adopt")))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.RETRY, "a")
        await house.engine.over(card.id)

    one, two = house.world.acted
    assert two.requests == {one.request_id, two.request_id}
    assert (one.in_doubt, two.in_doubt) == (False, False)


async def test_a_failure_while_in_doubt_leaves_the_doubt() -> None:
    """The answer was lost, then the look failed: the next attempt looks back to the first intent."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    house.world.script("a", "look", Absent(), UNFIT)
    async with house.serving():
        card = await house.start(plan(step("a", "adopt", {"lasts": 600})))
        failed = await house.until(Kind.STEP_FAILED)
        assert failed.payload["in-doubt"] is True
        await house.order(Request.RETRY, "a")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED

    assert house.world.names_sent() == ["a"]
    assert house.world.contexts[-1].in_doubt
    assert house.world.contexts[-1].intended_at == house.events(Kind.STEP_INTENT)[0].at


async def test_a_retry_in_doubt_gives_absence_its_window_again() -> None:
    """Nobody knows how long ago the lost request really left."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    house.world.script("a", "look", Absent(), UNFIT, Absent(), Absent())
    async with house.serving():
        card = await house.start(plan(step("a", "adopt", {"lasts": 600})))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.RETRY, "a")
        await house.engine.over(card.id)

    assert house.world.names_sent() == ["a"]


async def test_a_refusal_in_the_window_may_come_from_what_was_sent() -> None:
    """The job of the lost request is not listed yet, and its item allows nothing meanwhile."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    house.world.script("a", "look", Absent(), NOT_NOW, NOT_NOW)
    assert (await house.run(plan(step("a", "adopt", {"lasts": 60})))).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


async def test_a_refusal_that_outlasts_the_window_fails_the_step_and_leaves_the_doubt() -> None:
    """What forbids it is told, and what was sent is not forgotten."""
    house = House()
    house.world.script("a", "act", LOST_BEFORE)
    house.world.script("a", "look", Absent(), *[NOT_NOW] * 20)
    async with house.serving():
        await house.start(plan(step("a", "adopt")))
        failed = await house.until(Kind.STEP_FAILED)

    assert failed.at - house.events(Kind.STEP_INTENT)[0].at == timedelta(seconds=90)
    assert failed.payload["in-doubt"] is True


@pytest.mark.parametrize(
    ("method", "answer"),
    [(method, GARBLED) for method in ("look", "poll", "verify")]
    + [(method, Pending(known=False)) for method in ("poll", "verify")],
)
async def test_answers_that_tell_nothing_are_not_waited_out(method: str, answer: Any) -> None:
    """After ten minutes a person is asked, long before the deadline; the operation is kept and offered."""
    house = House()
    house.world.script("a", method, *[answer] * 500)
    async with house.serving():
        await house.start(plan(step("a", "adopt", {"lasts": 60}, timeout=HOURS)))
        event = await house.until(Kind.STEP_PARKED)

    took = event.at - house.events(Kind.STEP_INTENT)[0].at
    assert timedelta(minutes=10) <= took <= timedelta(minutes=15)
    assert ("found" in event.payload) is (method != "look")
    assert "portal" in str(event.payload["question"])
    assert house.world.names_sent() == ([] if method == "look" else ["a"])


async def test_trouble_on_the_way_is_waited_out() -> None:
    """Azure that is down for hours comes back: nobody could do more than wait."""
    house = House()
    house.world.script("a", "poll", *[TransientError("503")] * 40, Pending(known=False), *[GARBLED] * 3)
    assert (await house.run(plan(step("a", "adopt", {"lasts": 60}, timeout=HOURS)))).state is RunState.SUCCEEDED


async def test_a_retry_after_unreadable_answers_follows_the_same_operation() -> None:
    """It is looked for, found and followed; nothing is sent again."""
    house = House()
    house.world.script("a", "poll", *[GARBLED] * 12)
    async with house.serving():
        card = await house.start(plan(step("a", "adopt", {"lasts": 2000}, timeout=HOURS)))
        await house.until(Kind.STEP_PARKED)
        await house.order(Request.RETRY, "a")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED

    assert house.world.names_sent() == ["a"]


async def test_what_is_adopted_is_followed_for_its_whole_time_and_is_the_runs_own_to_clean_up() -> None:
    """It parked at night, and somebody answers in the morning; from then on the ledger holds what it makes."""
    house = House()
    made = "/subscriptions/s/resourceGroups/rg-x/providers/p/t/made"
    group = {"id": "/subscriptions/s/resourceGroups/rg-x", "kind": "resource-group"}
    others = Operation(kind="fake", target="theirs", started_at=house.clock.now(), job="job-7")
    house.world.effects["theirs"] = Effect(others, house.clock.now() + timedelta(hours=9))
    house.world.script("a", "look", *[Unclear(question="whose?", found=others)] * 8)
    own = step("a", "adopt", {"creates": [group, {"id": made}]}, timeout=timedelta(hours=2))
    async with house.serving():
        card = await house.start(plan(own, mode=Mode.DRILL))
        await house.until(Kind.STEP_PARKED)
        assert await house.ledger.of_run(card.id) == ()
        await house.clock.sleep(timedelta(hours=8))
        await house.order(Request.ADOPT, "a")
        await house.until(Kind.STEP_DONE)

    assert {str(entry.id) for entry in await house.ledger.of_run(card.id)} == {group["id"], made}
    assert house.world.sent == []
