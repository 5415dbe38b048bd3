"""Ten thousand steps in one run, three hundred runs in one daemon: they end, within bounds, and in time."""

import asyncio

import pytest

from drd.domain.ids import RunId, ServiceId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import RecoveryPlan
from drd.domain.progress import fold
from drd.engine.engine import EngineOptions
from tests.fakes.engine_house import House, plan, step

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

STEPS, RUNS, WIDTH = 10_000, 300, 5


def wide() -> RecoveryPlan:
    """Make a plan of ten thousand steps: a hundred rows of a hundred steps, each in need of the one before."""
    names = [f"s{number}" for number in range(STEPS)]
    return plan(*(step(name, needs=(names[at - 1],) if at % 100 else ()) for at, name in enumerate(names)))


async def test_ten_thousand_steps_in_one_run_end_once_each() -> None:
    """Killed in its middle once: nothing is sent twice, nothing is left out, and no more are under way than allowed."""
    house = House(options=EngineOptions(side_by_side=50))
    most = 0

    def acted(_name: str) -> None:
        nonlocal most
        most = max(most, len(house.engine._movers[RunId("r-1")]._tasks))

    house.world.on_act = acted
    async with house.serving():
        await house.start(wide())
        async for event in house.engine.follow(RunId("r-1")):
            if event.sequence > STEPS:
                break
        await house.kill()
    async with house.serving():
        card = await house.engine.over(RunId("r-1"))
    assert card.state is RunState.SUCCEEDED
    assert {effect.times for effect in house.world.effects.values()} == {1}
    progress = fold(wide(), house.events())
    assert sum(each.state is StepState.DONE for each in progress.steps.values()) == STEPS
    assert most <= 50


async def test_three_hundred_runs_in_one_daemon_all_end() -> None:
    """Started at once; each has its own journal and nothing of another's."""
    house = House(options=EngineOptions(calls_at_once=100))
    plans = [
        plan(*(step(f"s{number}-{n}", values={"lasts": n}) for n in range(WIDTH)), service=ServiceId(f"x{number}"))
        for number in range(RUNS)
    ]
    runs = [RunId(f"r-{number}") for number in range(RUNS)]
    for each, of in zip(runs, plans, strict=True):
        await house.start(of, run=each)
    async with house.serving():
        cards = await asyncio.gather(*(house.engine.over(each) for each in runs))
    assert {card.state for card in cards} == {RunState.SUCCEEDED}
    assert len(house.world.sent) == RUNS * WIDTH
    assert house.engine.health.moving == 0
