"""Check steps and the figures that hang on them."""

from collections import deque
from datetime import timedelta

import pytest

from drd.domain.errors import PermanentError
from drd.domain.events import Kind
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, OnFailure, Phase, Retry, Ungraceful
from tests.fakes.engine_house import House, check, failure, machine, plan, step
from tests.fakes.scripted_world import BUSY

pytestmark = pytest.mark.anyio

MACHINE = "/subscriptions/s/resourceGroups/rg-r/providers/Microsoft.Compute/virtualMachines/vm-1"


async def test_a_check_is_asked_until_it_is_green() -> None:
    """Its outputs say what was seen; the RTO clock stops at its end."""
    house = House()
    house.world.answers["ok"] = deque([False, BUSY, False, True])
    incident = house.clock.now() - timedelta(minutes=10)
    await house.run(plan(check("ok", {"within": 60})), incident_at=incident)
    done = house.events(Kind.STEP_DONE)[0]

    assert done.payload["outputs"] == {"green": True, "sentence": "it is green", "evidence": {"n": 1}}
    assert done.at - house.events(Kind.STEP_INTENT)[0].at == timedelta(seconds=15)
    assert house.finished()["figures"]["achieved-recovery-time-ms"] == 615_000
    assert house.finished()["figures"]["recovery-time"] == "met"


@pytest.mark.parametrize(("within", "timeout", "asked"), [(0, 3600, 0), (60, 3600, 60), (60, 20, 20)])
async def test_a_check_that_stays_red_fails_after_its_window_or_the_steps_timeout(
    within: int, timeout: int, asked: int
) -> None:
    """The failure is the check's own sentence."""
    house = House()
    house.world.answers["ok"] = deque([False] * 99)
    async with house.serving():
        await house.start(plan(check("ok", {"within": within}, timeout=timedelta(seconds=timeout))))
        event = await house.until(Kind.STEP_FAILED)

    assert event.at - house.events(Kind.STEP_INTENT)[0].at == timedelta(seconds=asked)
    assert failure(event)["message"] == "it is red"
    assert failure(event)["hint"] == "make it so that asks ok, then retry the step"


async def test_a_check_that_could_not_be_asked_may_be_tried_again() -> None:
    """A transient error is not a red answer."""
    house = House()
    house.world.answers["ok"] = deque([BUSY, True])
    await house.run(plan(check("ok", retry=Retry(times=1))))

    assert [event.payload["final"] for event in house.events(Kind.STEP_FAILED)] == [False]


async def test_a_check_that_cannot_be_asked_at_all_fails_at_once() -> None:
    """Waiting would not help."""
    house = House()
    house.world.answers["ok"] = deque([PermanentError("no such zone")])
    await house.run(plan(check("ok", {"within": 600}, on_failure=OnFailure.STOP)))

    assert house.finished()["because"] == "failed: ok"


async def test_a_check_is_asked_on_after_a_restart_within_its_old_window() -> None:
    """The window counts from the first question."""
    house = House()
    house.world.answers["ok"] = deque([False] * 20)
    async with house.serving():
        await house.start(plan(check("ok", {"within": 120}, on_failure=OnFailure.STOP)))
        await house.until(Kind.STEP_INTENT)
        await house.clock.sleep(timedelta(seconds=31))
        await house.kill()
    async with house.serving():
        await house.engine.over(house.events()[0].run)

    assert house.finished()["state"] == "succeeded"
    assert len(house.events(Kind.STEP_INTENT)) == 1


async def test_checks_know_the_machine_that_stands_for_an_item() -> None:
    """The output `machine` of a step about an item."""
    house = House()
    item = machine("vm-1")
    await house.run(plan(step("a", values={"outputs": {"machine": MACHINE}}, item=item.id), check("ok"), items=(item,)))
    context = house.world.check_contexts[0]

    assert {name: str(machine) for name, machine in context.machines.items()} == {"vm-1": MACHINE}
    assert context.mode is Mode.FAILOVER
    assert context.reach is house.reach


async def test_checks_of_a_drill_reach_the_drill() -> None:
    """Production is not asked."""
    house = House()
    await house.run(plan(check("ok"), mode=Mode.DRILL))

    assert house.world.check_contexts[0].reach is house.drill_reach


async def test_a_stopping_run_asks_no_more() -> None:
    """Checks that wait to turn green are left out."""
    house = House()
    house.world.answers["ok"] = deque([False] * 999)
    house.world.script("bad", "act", PermanentError("no"))
    card = await house.run(
        plan(
            check("ok", {"within": 3600}, phase=Phase.MAIN),
            step("a", values={"lasts": 60}),
            step("bad", needs=("a",), on_failure=OnFailure.STOP),
        )
    )

    assert card.state is RunState.FAILED
    assert house.events()[-1].at - house.events()[0].at == timedelta(seconds=60)


async def test_after_checks_that_the_plan_leaves_out_do_not_hold_the_clock() -> None:
    """An `ungraceful: skip` check belongs to graceful runs only."""
    house = House()
    await house.run(plan(check("ok"), check("home", ungraceful=Ungraceful.SKIP)), graceful=False)

    assert house.finished()["figures"]["green-at"] is not None
