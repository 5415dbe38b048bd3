"""T33: the stop button at any point of a run. After its answer nothing leaves; what runs is followed; it goes on."""

import asyncio
import time
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drd.domain.errors import DrdError, InvalidError
from drd.domain.events import Event, Kind, first_broken
from drd.domain.ids import RunId
from drd.domain.language import Text
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import ApprovalTerms, Mode, Phase, RecoveryPlan, Retry, Step
from drd.ports.action import Unclear
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.host_time import TRIES
from tests.fakes.scripted_world import BUSY, LOST_AFTER, LOST_BEFORE

RUN = RunId("r-1")
SIDE_BY_SIDE = 16
TERMS = ApprovalTerms(ask=Text(nl="Doorgaan?"), by=())


def _wide(mode: Mode) -> RecoveryPlan:
    """Give a run that does everything at once: long operations, retries, looks, checks, waits for the wire."""
    steps: list[Step] = [step("first", "adopt", {"lasts": 5})]
    for number in range(SIDE_BY_SIDE):
        uses = ("adopt", "put")[number % 2]
        values = {"lasts": 7 * number, "leaves-after": number}
        steps.append(step(f"s{number}", uses, values, needs=("first",), retry=Retry(times=2)))
        steps.append(step(f"t{number}", "put", needs=(f"s{number}",)))
    return plan(*steps, check("ok", {"within": 30}), step("z", "put", phase=Phase.ALWAYS), mode=mode)


def _trouble(house: House, seed: int) -> None:
    for number in range(SIDE_BY_SIDE):
        happening = (None, BUSY, LOST_AFTER, LOST_BEFORE)[(seed + number) % 4]
        if happening is not None:
            house.world.script(f"s{number}", "act", happening)


def _begun(events: list[Event]) -> set[str]:
    return {str(event.step) for event in events if event.kind is Kind.STEP_INTENT}


async def _reached(house: House, point: int) -> None:
    """Wait until so many events are durable, or until nothing more comes by itself."""

    async def follow() -> None:
        async for event in house.engine.follow(RUN):
            if event.sequence >= point:
                return

    following = asyncio.ensure_future(follow())
    quiet = asyncio.ensure_future(house.clock.sleep(timedelta(hours=3)))
    await asyncio.wait({following, quiet}, return_when=asyncio.FIRST_COMPLETED)
    following.cancel()
    quiet.cancel()


async def _stopped(seed: int, point: int, how: str) -> tuple[House, list[str], float]:
    """Run until so many events are durable, stop, wait for hours, and let it go on."""
    house = House()
    _trouble(house, seed)
    async with house.serving():
        card = await house.start(_wide(Mode.DRILL))
        await _reached(house, point)
        began = time.monotonic()
        if how == "drain":
            await house.engine.drain()
        else:
            try:
                await house.order(Request(how), reason="stop")
            except DrdError:
                assert house.journal.cards[RUN].state.final or house.journal.cards[RUN].state is RunState.STOPPING
        took, sent = time.monotonic() - began, house.world.names_sent()
        if how == "drain":
            await house.clock.sleep(timedelta(seconds=1))
        else:
            await house.clock.sleep(timedelta(hours=6))
        after = house.world.names_sent()[len(sent) :]
        if how == "pause":
            assert all(each.state is not StepState.RECORDED for each in (await house.engine.progress(RUN)).unfinished())
    house.open()
    async with house.serving():
        if how == "pause" and not house.journal.cards[RUN].state.final:
            await house.order(Request.RESUME)
        await house.engine.over(card.id)
    return house, [name for name in after if name != "z"], took


@settings(max_examples=40, deadline=timedelta(seconds=20))
@given(st.integers(0, 3), st.integers(1, 160), st.sampled_from(["pause", "cancel", "drain"]))
def test_t33_after_stop_nothing_leaves_what_runs_is_recorded_and_the_run_goes_on(
    seed: int, point: int, how: str
) -> None:
    """Wherever it is pressed, with sixteen steps side by side that retry, look, and wait for the wire."""
    # A host that stands still for a moment is not drd's fault: what is slow by itself is so three times.
    for _ in range(TRIES):
        house, after, took = asyncio.run(_stopped(seed, point, how))
        assert after == []
        if took < 1:
            break

    assert took < 1
    assert house.finished()["state"] == ("cancelled" if house.events(Kind.RUN_CANCEL) else "succeeded")
    _check_sent_once(house)
    recorded = {event.step for event in house.events(Kind.STEP_RECORDED)}
    ended = {event.step for event in house.events(Kind.STEP_DONE, Kind.STEP_SKIPPED)}
    assert recorded <= ended


def _check_sent_once(house: House) -> None:
    assert all(effect.times == 1 for effect in house.world.effects.values())
    assert first_broken(house.events()) is None


@st.composite
def _orders(draw: st.DrawFn) -> list[tuple[int, Request, str]]:
    """Draw what people order, after how many events, of which step."""
    request = st.sampled_from([each for each in Request if each not in {Request.CANCEL, Request.UNDO, Request.DENY}])
    return draw(st.lists(st.tuples(st.integers(1, 50), request, st.sampled_from("abcpg")), max_size=8).map(sorted))


def _mixed() -> RecoveryPlan:
    return plan(
        step("a", "adopt", {"lasts": 30}),
        step("b", "put", needs=("a",), retry=Retry(times=1)),
        step("p", "adopt", {"lasts": 20}),
        step("g", "approve", approval=TERMS, needs=("b",)),
        step("c", "adopt", {"lasts": 10}, needs=("g", "p")),
        check("ok"),
    )


async def _helped_along(house: House) -> None:
    """Do what a person does until the run is over: let go, resume, answer, retry."""
    for _ in range(60):
        await house.clock.sleep(timedelta(minutes=10))
        progress = await house.engine.progress(RUN)
        if progress.final is not None:
            return
        wishes: list[tuple[Request, str | None]] = [(Request.RESUME, None)] if progress.standstill else []
        for name, each in progress.steps.items():
            wishes += [(Request.RELEASE, name)] if each.held else []
            wishes += [(Request.RETRY, name)] if each.state in {StepState.FAILED, StepState.PARKED} else []
            wishes += [(Request.APPROVE, name)] if each.state is StepState.WAITING else []
        for request, wanted in wishes:
            await _order(house, request, wanted)
    raise AssertionError(f"it never ended: {house.story()}")


async def _order(house: House, request: Request, name: str | None) -> None:
    try:
        await house.order(request, name, reason="why", actor="an")
    except DrdError as error:
        _check_refusal(error)


def _check_refusal(error: DrdError) -> None:
    assert error.hint or (isinstance(error, InvalidError) and error.faults), str(error)


async def _steered(orders: list[tuple[int, Request, str]], kills: set[int]) -> House:
    house = House()
    house.world.script("b", "act", BUSY)
    house.world.script("p", "look", *[Unclear(question="whose is it?")] * 9)
    started = False
    for number, (point, request, name) in enumerate([*orders, (60, Request.NOTE, "a")]):
        async with house.serving():
            if not started:
                await house.start(_mixed())
                started = True
            await _reached(house, point)
            await _order(house, request, name)
            if number in kills:
                await house.kill()
                continue
        house.open()
    async with house.serving():
        await _helped_along(house)
    return house


@settings(max_examples=40, deadline=timedelta(seconds=20))
@given(_orders(), st.sets(st.integers(0, 8)))
def test_whatever_people_order_and_whenever_drd_dies_the_run_ends_and_nothing_is_sent_twice(
    orders: list[tuple[int, Request, str]], kills: set[int]
) -> None:
    """A held step never starts, a paused run begins nothing, and no attempt begins while another is under way."""
    house = asyncio.run(_steered(orders, kills))

    assert house.finished()["state"] == "succeeded"
    _check_sent_once(house)
    paused, held, under_way = False, set[Any](), set[Any]()
    for event in house.events():
        if event.kind in {Kind.RUN_PAUSED, Kind.RUN_RESUMED}:
            paused = event.kind is Kind.RUN_PAUSED
        if event.kind in {Kind.STEP_HELD, Kind.STEP_RELEASED}:
            (held.add if event.kind is Kind.STEP_HELD else held.discard)(event.step)
        if event.kind is Kind.STEP_INTENT:
            assert not paused
            assert event.step not in held | under_way
            under_way.add(event.step)
        elif event.kind in {Kind.STEP_DONE, Kind.STEP_FAILED, Kind.STEP_SKIPPED, Kind.STEP_PARKED}:
            under_way.discard(event.step)
