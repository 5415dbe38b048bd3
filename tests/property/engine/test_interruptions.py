"""Kill the process after any event, as often as you like: the run comes to the same end and nothing is sent twice."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drd.domain.events import Kind, first_broken
from drd.domain.ids import RunId
from drd.domain.plan import OnFailure, Phase, RecoveryPlan, Retry, Step
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.scripted_world import BUSY, LOST_AFTER, LOST_BEFORE

RUN = RunId("r-1")


@st.composite
def plans(draw: st.DrawFn) -> RecoveryPlan:
    """Draw a small plan: actions that look before they act, checks, needs, lanes, steps that always run."""
    count = draw(st.integers(1, 6))
    steps: list[Step] = []
    for number in range(count):
        needs = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
        lane = draw(st.sampled_from(["", "lane"]))
        steps.append(
            step(
                f"s{number}",
                draw(st.sampled_from(["adopt", "put"])),
                {"lasts": draw(st.sampled_from([0, 45]))},
                needs=tuple(f"s{need}" for need in sorted(needs)),
                lane=lane,
                parallel=1 if lane else 0,
                retry=Retry(times=2),
                on_failure=draw(st.sampled_from([OnFailure.STOP, OnFailure.CONTINUE, OnFailure.UNDO])),
            )
        )
    if draw(st.booleans()):
        steps.append(check("ok", {"within": 30}))
    if draw(st.booleans()):
        steps.append(step("z", "adopt", {"lasts": 20}, phase=Phase.ALWAYS))
    return plan(*steps)


happenings = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([LOST_AFTER, LOST_BEFORE, BUSY])), max_size=3)


def _house(scripts: list[tuple[int, Exception]]) -> House:
    house = House()
    for number, error in scripts:
        house.world.script(f"s{number}", "act", error)
    return house


async def _uninterrupted(recovery_plan: RecoveryPlan, scripts: list[tuple[int, Exception]]) -> House:
    house = _house(scripts)
    await house.run(recovery_plan)
    return house


async def _killed_after(
    recovery_plan: RecoveryPlan, scripts: list[tuple[int, Exception]], points: list[int], *, swallow: bool
) -> House:
    house = _house(scripts)
    house.journal.swallow = swallow
    started = None
    for point in points:
        house.journal.freeze_after = max(point, house.journal.written + 1)
        async with house.serving():
            started = started or asyncio.ensure_future(house.start(recovery_plan))
            over = asyncio.ensure_future(_over(house))
            frozen = asyncio.ensure_future(house.journal.frozen.wait())
            await asyncio.wait({over, frozen}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            frozen.cancel()
            await house.kill()
    async with house.serving():
        await house.engine.over(RUN)
    return house


async def _over(house: House) -> None:
    while RUN not in house.journal.cards:  # noqa: ASYNC110 - the journal in memory tells nobody of a new run
        await asyncio.sleep(0)
    await house.engine.over(RUN)


def _ends(house: House) -> tuple[Any, ...]:
    settled = {
        (event.step, event.kind)
        for event in house.events(Kind.STEP_DONE, Kind.STEP_SKIPPED, Kind.STEP_FAILED)
        if event.payload.get("final", True)
    }
    finished = house.finished()
    return settled, finished["state"], finished["because"]


def _check_sent_once(house: House) -> None:
    for name, effect in house.world.effects.items():
        assert effect.times == 1, name
    sequences = [event.sequence for event in house.events()]
    assert sequences == list(range(1, len(sequences) + 1))
    assert first_broken(house.events()) is None


@settings(max_examples=25, deadline=timedelta(seconds=20))
@given(plans(), happenings, st.booleans())
def test_killed_after_each_event_a_run_comes_to_the_same_end(
    recovery_plan: RecoveryPlan, scripts: list[tuple[int, Exception]], swallow: bool
) -> None:
    """One kill, at every place in turn."""
    whole = asyncio.run(_uninterrupted(recovery_plan, scripts))
    _check_sent_once(whole)
    for point in range(1, len(whole.events())):
        house = asyncio.run(_killed_after(recovery_plan, scripts, [point], swallow=swallow))

        assert _ends(house) == _ends(whole)
        _check_sent_once(house)


@settings(max_examples=40, deadline=timedelta(seconds=20))
@given(plans(), st.lists(st.integers(1, 40), min_size=2, max_size=6).map(sorted), st.booleans())
def test_killed_again_and_again_a_run_still_comes_to_its_end(
    recovery_plan: RecoveryPlan, points: list[int], swallow: bool
) -> None:
    """Many kills in one run."""
    house = asyncio.run(_killed_after(recovery_plan, [], points, swallow=swallow))

    assert house.finished()["state"] == "succeeded"
    _check_sent_once(house)
