"""The letter box for orders: what is left for a daemon is found, answered once, or taken back; on every database."""

import asyncio
from dataclasses import replace

import pytest

from drd.domain.errors import NotFoundError, RefusedError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from tests.contract.store.by_hand import edit_order
from tests.contract.store.crew import PATIENT, Crew, until

pytestmark = pytest.mark.anyio

ONE, TWO = RunId("one"), RunId("two")
BODY = {"request": "pause", "actor": "an", "step": None, "outputs": {"id": "é"}}


async def test_an_order_that_is_left_by_one_daemon_is_answered_by_another(crew: Crew) -> None:
    """Oldest first, each until it has an answer, and the first answer counts."""
    a, b = await crew.open("a", crew.wish(name="a")), await crew.open("b", crew.wish(name="b"))
    await crew.accept("one")
    await crew.accept("two")
    first = await b.orders.post(ONE, BODY)
    second = await b.orders.post(ONE, {**BODY, "request": "resume"})
    await b.orders.post(TWO, BODY)

    assert await a.orders.waiting({ONE}) == (first, second)
    assert await b.orders.outcome(first) is None
    await a.orders.answer(first, {"done": True})
    await a.orders.answer(first, {"error": "RefusedError"})

    assert await b.orders.outcome(first) == {"done": True}
    assert await a.orders.waiting({ONE}) == (second,)


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_an_order_that_somebody_spoiled_keeps_no_other_from_being_heard(crew: Crew, body: str) -> None:
    """It says nothing any more, and can be refused."""
    a = await crew.open("a", crew.wish(name="a"))
    await crew.accept("one")
    spoiled, whole = await a.orders.post(ONE, BODY), await a.orders.post(ONE, BODY)
    await edit_order(a, spoiled.id, body=body)

    assert await a.orders.waiting({ONE}) == (replace(spoiled, body={}), whole)


async def test_an_order_without_an_answer_can_be_taken_back(crew: Crew) -> None:
    """Then nobody carries it out; with an answer it is too late."""
    a, b = await crew.open("a", crew.wish(name="a")), await crew.open("b", crew.wish(name="b"))
    await crew.accept("one")
    order, other = await b.orders.post(ONE, BODY), await b.orders.post(ONE, BODY)
    await a.orders.answer(other, {"done": True})

    assert await b.orders.withdraw(order)
    assert not await b.orders.withdraw(other)
    assert await a.orders.waiting({ONE}) == ()


async def test_an_order_that_was_taken_up_cannot_be_taken_back(crew: Crew) -> None:
    """Whoever moves the run next takes it up too, until it has an answer; what was taken back nobody takes up."""
    a, b = await crew.open("a", crew.wish(name="a")), await crew.open("b", crew.wish(name="b"))
    await crew.accept("one")
    order, other = await b.orders.post(ONE, BODY), await b.orders.post(ONE, BODY)

    assert await a.orders.take(order)
    assert not await b.orders.withdraw(order)
    assert await b.orders.outcome(order) is None
    assert await a.orders.waiting({ONE}) == (order, other)
    assert await a.orders.take(order)
    await a.orders.answer(order, {"done": True})
    assert not await a.orders.take(order)

    assert await b.orders.withdraw(other)
    assert not await a.orders.take(other)


async def test_news_come_soon_and_are_not_missed_between_two_looks(crew: Crew) -> None:
    """A stop button has a second; what came before the wait ends it at once."""
    a, b = await crew.open("a", crew.wish(name="a")), await crew.open("b", crew.wish(name="b"))
    await crew.accept("one")
    seen = a.orders.seen
    waiting = asyncio.ensure_future(a.orders.news(seen))
    await asyncio.sleep(0)
    await b.orders.post(ONE, BODY)
    async with asyncio.timeout(5):
        await waiting
        await a.orders.news(seen)


async def test_what_nobody_holds_is_written_to_and_whoever_held_it_before_is_fenced(crew: Crew) -> None:
    """Under a token of its own."""
    a = await crew.hire("a", terms=PATIENT)
    pen = await crew.accept("one")
    claim = await a.claimed("one")
    b = await crew.open("b", crew.wish(name="b"))
    held = await b.orders.hold(ONE)
    assert (held.token, held.held) == (claim.token, True)
    pen.token = held.token + 1
    begun = pen.sequence, pen.previous
    assert not await b.orders.append_unheld([pen.write(Kind.RUN_PAUSED)], state=RunState.PAUSED, after=held)
    pen.sequence, pen.previous = begun

    await a.drain()
    free = await b.orders.hold(ONE)
    assert (free.token, free.held) == (claim.token, False)
    assert await b.orders.append_unheld([pen.write(Kind.RUN_PAUSED)], state=RunState.PAUSED, after=free)
    pen.token = claim.token
    with pytest.raises(RefusedError, match="claimed again"):
        await a.store.journal.append([pen.write()], state=RunState.RUNNING)
    assert (await b.journal.run(ONE)).state is RunState.PAUSED


async def test_of_two_who_write_at_once_to_what_nobody_holds_one_decides_anew(crew: Crew) -> None:
    """And so does who comes after a claim, or with events that do not follow."""
    a = await crew.open("a", crew.wish(name="a"))
    b = await crew.open("b", crew.wish(name="b"))
    pen = await crew.accept("one")
    free = await a.orders.hold(ONE)
    pen.token = free.token + 1
    event = pen.write(Kind.RUN_PAUSED)
    other = replace(event, reason="another").sealed(event.previous)
    both = await asyncio.gather(
        a.orders.append_unheld([event], state=RunState.PAUSED, after=free),
        b.orders.append_unheld([other], state=RunState.PAUSED, after=free),
    )
    assert sorted(both) == [False, True]
    # Whose answer was lost writes again, and hears that it stands there already.
    assert await a.orders.append_unheld([event], state=RunState.PAUSED, after=free) is both[0]
    assert await b.orders.append_unheld([other], state=RunState.PAUSED, after=free) is both[1]
    pen.previous = (await a.journal.events(ONE))[-1].hash
    late = await a.orders.hold(ONE)
    pen.token = late.token + 1
    pen.write(Kind.RUN_RESUMED)
    gap = pen.write(Kind.RUN_PAUSED)
    assert not await a.orders.append_unheld([gap], state=RunState.PAUSED, after=late)
    assert len(await a.journal.events(ONE)) == 2


async def test_an_unknown_run_is_not_found_and_one_that_is_over_is_held_by_nobody(crew: Crew) -> None:
    """What is left for a run that is over is thrown away by the next who leaves something."""
    a = await crew.hire("a")
    await crew.accept("one")
    with pytest.raises(NotFoundError):
        await a.store.orders.hold(RunId("none"))
    left = await a.store.orders.post(ONE, BODY)
    await crew.finish(a, "one")
    await until(lambda: "one" not in a.holding)
    assert not (await a.store.orders.hold(ONE)).held
    await crew.accept("two")
    await a.store.orders.post(TWO, BODY)
    assert await a.store.orders.waiting({ONE}) == ()
    assert await a.store.orders.outcome(left) is None
    assert await a.store.orders.withdraw(left)
