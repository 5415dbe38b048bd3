"""Orders whose answer is lost: nobody hears that nothing was ordered where it may have been; nothing counts twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from drd.api.problems import problem_of
from drd.cli.exits import Exit, exit_of
from drd.domain.errors import AmbiguousError, ConflictError, JournalUnavailableError
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import Request
from drd.engine.engine import Order, StartWish
from drd.engine.options import EngineOptions
from drd.store.opening import Store
from tests.fakes.engine_house import House, plan, step
from tests.fakes.two_daemons import TwoDaemons, two_daemons

pytestmark = pytest.mark.anyio

RUN = RunId("r-1")
NOTE = Order(run=RUN, request=Request.NOTE, actor="an", reason="once")
_AWAY = JournalUnavailableError("the server is away")


class Away:
    """Lets one method of a port fail: before it counts, or after it."""

    def __init__(self, port: Any, name: str, *, times: int, counts: bool = False) -> None:
        """Fail so many times."""
        self.times = times
        self._counts = counts
        self._real = getattr(port, name)
        setattr(port, name, self)

    async def __call__(self, *given: Any, **named: Any) -> Any:
        """Answer, or be away."""
        if self.times <= 0:
            return await self._real(*given, **named)
        self.times -= 1
        if self._counts:
            await self._real(*given, **named)
        raise _AWAY


@asynccontextmanager
async def _moving() -> AsyncIterator[TwoDaemons]:
    """The first daemon moves a run that goes on for as long as the test; orders are given to the second."""
    async with two_daemons() as both:
        await both.first.start(plan(step("a", values={"lasts": 36000})), StartWish(actor="an", run=RUN))
        serving = asyncio.ensure_future(both.first.serve())
        async for event in both.first.follow(RUN):
            if event.kind is Kind.STEP_INTENT:
                break
        yield both
        serving.cancel()


async def _notes(store: Store) -> list[Event]:
    return [event for event in await store.journal.events(RUN) if event.kind is Kind.RUN_NOTE]


async def _eventually(ask: Callable[[], Awaitable[object]]) -> None:
    for _ in range(150):
        if await ask():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def test_an_order_that_was_left_is_waited_for_while_the_database_is_away() -> None:
    """It comes back in time, and the answer is heard."""
    async with _moving() as both:
        Away(both.stores[1].orders, "outcome", times=2)
        await both.second.control(NOTE)
        assert len(await _notes(both.stores[0])) == 1


async def test_an_order_that_was_left_and_whose_answer_cannot_be_read_may_have_been_carried_out() -> None:
    """As it was: the person hears where to look, and no exit code or status says that it was refused."""
    async with _moving() as both:
        Away(both.stores[1].orders, "outcome", times=1000)
        with pytest.raises(AmbiguousError, match="cannot be told whether note was carried out") as told:
            await both.second.control(NOTE)
        assert len(await _notes(both.stores[0])) == 1
    problem = problem_of(told.value)
    assert (problem.status, problem.code, problem.target) == (504, "order-in-doubt", RUN)
    assert f"drd run show {RUN}" in problem.hint
    assert exit_of(problem.status, problem.code) is Exit.FAILURE


async def test_an_order_whose_posting_is_not_answered_may_have_been_left() -> None:
    """It was, and is carried out."""
    async with _moving() as both:
        Away(both.stores[1].orders, "post", times=1, counts=True)
        with pytest.raises(AmbiguousError, match="the server is away"):
            await both.second.control(NOTE)
        await _eventually(lambda: _notes(both.stores[0]))


async def test_an_order_that_was_taken_up_and_is_not_answered_may_have_been_carried_out() -> None:
    """It cannot be taken back any more: its event may be on its way."""
    async with _moving() as both:
        Away(both.stores[0].orders, "answer", times=1000)
        with pytest.raises(AmbiguousError, match="took it up and does not answer"):
            await both.second.control(Order(run=RUN, request=Request.RESUME, actor="an"))


async def test_an_order_that_cannot_be_left_at_all_was_not_given() -> None:
    """The database was away before."""
    async with _moving() as both:
        Away(both.stores[1].orders, "hold", times=1)
        with pytest.raises(JournalUnavailableError):
            await both.second.control(NOTE)
        await both.second.control(NOTE)
        assert len(await _notes(both.stores[0])) == 1


async def test_an_order_to_a_run_that_nobody_moves_is_written_once_though_its_answer_was_lost() -> None:
    """The same events are given again, and stand there already."""
    async with two_daemons() as both:
        await both.first.start(plan(step("a")), StartWish(actor="an", run=RUN))
        Away(both.stores[1].orders, "append_unheld", times=1, counts=True)
        await both.second.control(NOTE)
        assert len(await _notes(both.stores[0])) == 1


async def test_an_order_to_a_run_that_nobody_moves_may_count_where_the_database_stays_away() -> None:
    """Nobody can look."""
    async with two_daemons() as both:
        await both.first.start(plan(step("a")), StartWish(actor="an", run=RUN))
        Away(both.stores[1].orders, "append_unheld", times=1000)
        with pytest.raises(AmbiguousError, match="the server is away"):
            await both.second.control(NOTE)


async def test_an_order_that_was_carried_out_is_not_refused_because_the_run_cannot_be_read_after_it() -> None:
    """The person hears that it was."""
    async with _moving() as both:
        Away(both.stores[0].journal, "events", times=1)
        with pytest.raises(AmbiguousError, match="was carried out") as told:
            await both.first.control(NOTE)
        assert told.value.code == "order-in-doubt"
        assert len(await _notes(both.stores[1])) == 1


async def test_an_order_that_counted_when_the_claim_was_lost_is_not_given_again() -> None:
    """The journal took its event and said no: whoever moves the run next finds it there."""
    house = House(options=EngineOptions(stop_grace_seconds=0.3, follow_seconds=0.05))
    append = house.journal.append

    async def lost(events: tuple[Event, ...], **named: Any) -> None:
        await append(events, **named)
        if any(event.kind is Kind.RUN_NOTE for event in events):
            raise ConflictError("somebody else writes this run")

    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 36000})))
        await house.until(Kind.STEP_RECORDED)
        house.journal.append = lost  # type: ignore[assignment,method-assign]  # the claim is lost at the very commit
        await house.order(Request.NOTE, reason="once")
    assert len(house.events(Kind.RUN_NOTE)) == 1
