"""Orders that reach a daemon which does not move the run: they come to who does, or to the run that nobody moves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.errors import (
    AmbiguousError,
    ConflictError,
    DrdError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RefusedError,
)
from drd.domain.events import ORDER, Event, Kind
from drd.domain.ids import RunId, StepId
from drd.domain.language import Text
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import ApprovalTerms
from drd.domain.progress import Progress
from drd.engine.engine import Engine, Order, StartWish
from drd.engine.letters import ORDER_IN_DOUBT, order_body
from drd.engine.mover import Mover
from tests.fakes.engine_house import plan, step
from tests.fakes.host_time import quickest
from tests.fakes.scripted_world import HANG
from tests.fakes.two_daemons import TwoDaemons, two_daemons

pytestmark = pytest.mark.anyio

RUN = RunId("r-1")
TERMS = ApprovalTerms(ask=Text(nl="Doorgaan?"), by=("crisisteam",), minimum=2)


@asynccontextmanager
async def _serving(engine: Engine) -> AsyncIterator[None]:
    task = asyncio.ensure_future(engine.serve())
    try:
        yield
        if not task.cancelled():
            await engine.drain()
            await task
    finally:
        task.cancel()


async def _until(engine: Engine, kind: Kind) -> Event:
    async for event in engine.follow(RUN):
        if event.kind is kind:
            return event
    raise AssertionError(f"the run ended without {kind}")


def _order(request: Request, name: str | None = None, **others: Any) -> Order:
    return Order(**{"run": RUN, "request": request, "actor": "an", "step": StepId(name) if name else None, **others})


async def _start(both: TwoDaemons, **values: object) -> None:
    await both.first.start(
        plan(step("a", values=values), step("b", needs=("a",))), StartWish(actor="an", run=RUN)
    )  # fmt: skip


async def test_an_order_given_elsewhere_is_carried_out_where_the_run_moves() -> None:
    """Answered once it is durable, and the event names the order."""
    async with two_daemons() as both, _serving(both.first):
        both.world.script("a", "act", HANG)
        await _start(both)
        await both.world.hanging.wait()
        progress = await both.second.control(_order(Request.PAUSE, reason="wait"))
        assert progress.paused
        both.world.released.set()
        await _until(both.first, Kind.STEP_DONE)
        await both.clock.sleep(timedelta(hours=1))
        assert both.world.names_sent() == ["a"]
        await both.second.control(_order(Request.RESUME))
        assert (await both.first.over(RUN)).state is RunState.SUCCEEDED
        events = await both.stores[0].journal.events(RUN)
    paused = next(event for event in events if event.kind is Kind.RUN_PAUSED)
    assert (paused.actor, paused.reason, paused.payload) == ("an", "wait", {ORDER: "1"})
    assert {event.token for event in events if event.token} == {1}


async def test_t33_a_stop_given_elsewhere_holds_within_a_second_of_the_host() -> None:
    """From the press of the button to its answer; after the answer nothing leaves."""
    assert await quickest(_stopped_from_elsewhere, within=1) < 1


async def _stopped_from_elsewhere() -> float:
    """Stop a run that another daemon moves, and let it go on. Gives how long the stopping took."""
    async with two_daemons() as both, _serving(both.first):
        steps = [step(f"s{number}", values={"leaves-after": 1 + number}) for number in range(40)]
        await both.first.start(plan(*steps), StartWish(actor="an", run=RUN))
        await _until(both.first, Kind.STEP_INTENT)
        began = time.monotonic()
        await both.second.control(_order(Request.PAUSE))
        took, sent = time.monotonic() - began, len(both.world.sent)
        await both.clock.sleep(timedelta(hours=1))
        assert len(both.world.sent) == sent < len(steps)
        await both.first.control(_order(Request.RESUME))
        await both.second.over(RUN)
    assert sorted(both.world.names_sent()) == sorted(one.id for one in steps)
    return took


@pytest.mark.parametrize(
    ("order", "error", "words"),
    [
        (_order(Request.RESUME), RefusedError, "not paused"),
        (_order(Request.SKIP, "x"), NotFoundError, "no step 'x'"),
        (_order(Request.APPROVE, "go"), ForbiddenError, "not among those who are asked"),
        (_order(Request.RESOLVE, "b", outputs={"x": "1"}), InvalidError, "do not fit"),
    ],
)
async def test_a_refusal_comes_back_as_it_was_said(order: Order, error: type[DrdError], words: str) -> None:
    """With its hint and its code."""
    async with two_daemons() as both, _serving(both.first):
        await both.first.start(plan(step("go", "approve", approval=TERMS), step("b", needs=("go",))),
                               StartWish(actor="bo", run=RUN))  # fmt: skip
        await _until(both.first, Kind.APPROVAL_ASKED)
        with pytest.raises(error, match=words) as here:
            await both.first.control(order)
        with pytest.raises(error, match=words) as there:
            await both.second.control(order)
        assert (str(here.value), here.value.code) == (str(there.value), there.value.code)
        assert getattr(here.value, "faults", ()) == getattr(there.value, "faults", ())


async def test_a_run_that_nobody_moves_takes_orders_anywhere() -> None:
    """Whoever claims it next finds them; who decides at the same time decides in turn."""
    async with two_daemons() as both:
        await _start(both)
        await both.second.control(_order(Request.PAUSE, reason="not yet"))
        given = await asyncio.gather(
            both.first.control(_order(Request.NOTE, reason="one")),
            both.second.control(_order(Request.NOTE, reason="two")),
        )
        assert all(isinstance(each, Progress) for each in given)
        async with _serving(both.first):
            await _until(both.first, Kind.RUN_CLAIMED)
            await both.clock.sleep(timedelta(hours=1))
            assert both.world.sent == []
            await both.second.control(_order(Request.CANCEL, reason="never mind"))
            assert (await both.first.over(RUN)).state is RunState.CANCELLED
        events = await both.stores[0].journal.events(RUN)
    assert [event.reason for event in events if event.kind is Kind.RUN_NOTE] in (["one", "two"], ["two", "one"])


async def test_an_order_that_nobody_answers_is_taken_back() -> None:
    """The daemon that holds the run is frozen: the person hears it, and nothing is carried out later."""
    async with two_daemons() as both:
        await _start(both)
        frozen = asyncio.ensure_future(both.stores[0].dispatcher.serve(_never))
        await _eventually(lambda: _held(both))
        with pytest.raises(ConflictError, match="did not take the order"):
            await both.second.control(_order(Request.PAUSE))
        assert await both.stores[0].orders.waiting({RUN}) == ()
        frozen.cancel()


async def test_an_order_outlives_the_move_of_its_run_to_another_daemon() -> None:
    """Drained in between: whoever has the run then carries it out, once."""
    async with two_daemons() as both:
        await _start(both, lasts=600)
        async with _serving(both.first):
            await _until(both.first, Kind.STEP_RECORDED)
            # So that the run cannot be over before everything was ordered.
            await both.first.control(_order(Request.HOLD, "b"))
        async with _serving(both.second):
            ordered = await asyncio.gather(*[both.first.control(_order(Request.NOTE, reason=str(n))) for n in range(5)])
            assert len(ordered) == 5
            await both.first.control(_order(Request.RELEASE, "b"))
            await both.first.over(RUN)
        events = await both.stores[0].journal.events(RUN)
    assert sorted(event.reason for event in events if event.kind is Kind.RUN_NOTE) == [str(n) for n in range(5)]
    assert both.world.names_sent() == ["a", "b"]


async def test_an_order_that_was_carried_out_before_a_crash_is_answered_and_not_done_again() -> None:
    """The event names it: the next holder only writes the answer."""
    async with two_daemons() as both:
        await _start(both, lasts=600)
        box = both.stores[1].orders
        first = asyncio.ensure_future(both.first.serve())
        await _until(both.first, Kind.STEP_RECORDED)
        await both.first.control(_order(Request.HOLD, "b"))
        posted = await box.post(RUN, order_body(_order(Request.NOTE, reason="once")))
        answer = both.stores[0].orders.answer
        both.stores[0].orders.answer = _never  # type: ignore[assignment,method-assign]  # the daemon ends between event and answer
        await _until(both.first, Kind.RUN_NOTE)
        both.stores[0].orders.answer = answer  # type: ignore[method-assign]  # as it was
        await both.first.drain()
        with suppress(asyncio.CancelledError):
            await first
        assert await box.outcome(posted) is None
        async with _serving(both.second):
            await _eventually(lambda: box.outcome(posted))
            await both.second.control(_order(Request.RELEASE, "b"))
            await both.second.over(RUN)
        events = await both.stores[0].journal.events(RUN)
    assert len([event for event in events if event.kind is Kind.RUN_NOTE]) == 1


async def test_an_order_that_was_carried_out_before_a_crash_counts_also_when_the_run_is_over() -> None:
    """Nobody is left to answer; the journal does."""
    async with two_daemons() as both:
        await _start(both, lasts=600)
        async with _serving(both.first):
            await _until(both.first, Kind.STEP_RECORDED)
            both.stores[0].orders.answer = _never  # type: ignore[assignment,method-assign]  # the daemon never comes to answer
            await both.second.control(_order(Request.NOTE, reason="once"))
        events = await both.stores[0].journal.events(RUN)
    assert len([event for event in events if event.kind is Kind.RUN_NOTE]) == 1


@pytest.mark.parametrize("body", [order_body(_order(Request.NOTE)) | {"request": "rewind"}, {}])
async def test_an_order_that_this_version_does_not_know_is_refused_and_the_next_one_is_heard(
    body: dict[str, Any],
) -> None:
    """A newer daemon may know more, and a row may be spoiled: the daemon that moves the run stays all ears."""
    async with two_daemons() as both, _serving(both.first):
        await _start(both, lasts=600)
        await _until(both.first, Kind.STEP_RECORDED)
        await both.first.control(_order(Request.HOLD, "b"))
        box = both.stores[1].orders
        posted = await box.post(RUN, body)
        await _eventually(lambda: box.outcome(posted))
        outcome = await box.outcome(posted)
        assert (await both.second.control(_order(Request.PAUSE))).paused
    assert outcome is not None
    assert "does not know this order" in str(outcome["message"])


async def test_an_order_that_drd_fails_on_is_told_as_in_doubt_and_the_next_one_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A defect concerns the one order: whoever gave it hears so at once."""
    real = Mover.order

    async def order(self: Mover, given: Order, mark: str = "") -> None:
        if given.request is Request.NOTE:
            raise TypeError("a defect")
        await real(self, given, mark)

    monkeypatch.setattr(Mover, "order", order)
    async with two_daemons() as both, _serving(both.first):
        await _start(both, lasts=600)
        await _until(both.first, Kind.STEP_RECORDED)
        await both.first.control(_order(Request.HOLD, "b"))
        with pytest.raises(AmbiguousError, match="drd itself failed: TypeError") as told:
            await both.second.control(_order(Request.NOTE, reason="x"))
        assert (await both.second.control(_order(Request.PAUSE))).paused
    assert told.value.code == ORDER_IN_DOUBT


async def _held(both: TwoDaemons) -> bool:
    return (await both.stores[1].orders.hold(RUN)).held


async def _eventually(ask: Callable[[], Awaitable[object]]) -> None:
    for _ in range(150):
        if await ask():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def _never(*_: object) -> None:
    await asyncio.Event().wait()
