"""The step protocol: what is durable when, and what the world sees."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from drd.domain.durations import format_instant
from drd.domain.events import Kind, first_broken
from drd.domain.lifecycle import RunState
from drd.domain.plan import Phase, Ungraceful
from drd.ports.action import Pending, Present
from tests.fakes.engine_house import House, check, failure, machine, plan, step
from tests.fakes.scripted_world import LOST_AFTER

pytestmark = pytest.mark.anyio


async def test_an_action_goes_from_intent_to_done() -> None:
    """Intent, record and end stand in the journal in this order, and the chain is whole."""
    house = House()
    card = await house.run(plan(step("a", values={"lasts": 60, "outputs": {"address": "10.0.0.4"}})))

    assert card.state is RunState.SUCCEEDED
    assert house.story() == [
        "run.accepted",
        "run.claimed",
        "step.intent a",
        "step.recorded a",
        "step.done a",
        "run.finished",
    ]
    assert house.events(Kind.STEP_DONE)[0].payload["outputs"] == {"polled": True, "address": "10.0.0.4"}
    assert first_broken(house.events()) is None


async def test_an_action_that_ends_at_once_needs_no_record() -> None:
    """There is nothing to follow."""
    house = House()
    await house.run(plan(step("a")))

    assert house.events(Kind.STEP_RECORDED) == []
    assert house.world.names_sent() == ["a"]


async def test_nothing_is_sent_before_its_intent_is_durable() -> None:
    """At the instant of sending, the journal holds the intent."""
    house = House()
    seen: list[list[str]] = []
    house.world.on_act = lambda _: seen.append(house.story())
    await house.run(plan(step("a")))

    assert seen == [["run.accepted", "run.claimed", "step.intent a"]]


async def test_the_operation_is_durable_before_the_first_poll() -> None:
    """After a kill in between, the operation can be followed."""
    house = House()
    house.world.script("a", "poll", Pending(wait=timedelta(seconds=7)))
    house.journal.freeze_after = 3
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 60})))
        await house.journal.frozen.wait()
        await asyncio.sleep(0.01)
        assert house.world.names_sent() == ["a"]
        assert len(house.world.scripts["a", "poll"]) == 1
        await house.kill()


async def test_a_step_that_is_there_already_is_verified_and_not_sent() -> None:
    """Look comes before act."""
    house = House()
    house.world.script("a", "look", Present(outputs={"found": True}))
    await house.run(plan(step("a")))

    assert house.world.sent == []
    assert house.events(Kind.STEP_DONE)[0].payload["outputs"] == {"found": True}


async def test_a_step_that_is_under_way_already_is_followed() -> None:
    """A retry after a deadline adopts what the first attempt started."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    await house.run(plan(step("a", "adopt", {"lasts": 300})))

    assert house.world.names_sent() == ["a"]
    assert len(house.events(Kind.STEP_RECORDED)) == 1


async def test_verification_waits_until_the_world_is_as_wanted() -> None:
    """An answer is not the world."""
    house = House()
    house.world.script("a", "verify", Pending(wait=timedelta(seconds=30)), Pending(), Present(outputs={"seen": 1}))
    await house.run(plan(step("a")))
    intent, done = house.events(Kind.STEP_INTENT)[0], house.events(Kind.STEP_DONE)[0]

    assert done.at - intent.at == timedelta(seconds=40)


async def test_the_context_tells_what_an_action_may_know() -> None:
    """Ids, tags, items and the run's own terms."""
    house = House()
    incident = house.clock.now() - timedelta(minutes=10)
    item = machine("vm-1")
    await house.run(plan(step("a", item=item.id), items=(item,)), incident_at=incident, graceful=False)
    context = house.world.contexts[0]

    assert context.operation_id == "r-1/a/1"
    assert UUID(context.request_id).version == 5
    assert context.incident_at == incident
    assert context.graceful is False
    assert context.items == {item.id: item}
    assert context.tags == {"drd-run": "r-1", "drd-step": "a"}
    assert context.intended_at == house.events(Kind.STEP_INTENT)[0].at


async def test_without_an_incident_time_the_clock_starts_at_the_declaration() -> None:
    """The accepted event's own instant counts."""
    house = House()
    await house.run(plan(step("a")))

    assert house.world.contexts[0].incident_at == house.events()[0].at
    assert house.finished()["figures"]["incident-at"] == format_instant(house.events()[0].at)


async def test_steps_go_in_the_order_of_their_needs_and_phases() -> None:
    """Before, main, after, always; needs within."""
    house = House()
    await house.run(
        plan(
            step("z", phase=Phase.ALWAYS),
            check("ok"),
            step("b", needs=("a",)),
            step("a"),
            check("ready", phase=Phase.BEFORE),
        )
    )

    assert [event.step for event in house.events(Kind.STEP_DONE)] == ["ready", "a", "b", "ok", "z"]


async def test_the_end_of_a_step_and_the_next_intent_share_a_commit() -> None:
    """A chain of steps costs one commit each."""
    house = House()
    await house.run(plan(*(step(f"s{n}", needs=(f"s{n - 1}",) if n else ()) for n in range(10))))

    assert len(house.journal.batches) == 11


async def test_steps_side_by_side_share_their_commits() -> None:
    """A hundred intents are one commit."""
    house = House()
    await house.run(plan(*(step(f"s{n}") for n in range(100))))

    assert len(house.journal.batches) <= 3


async def test_a_lane_lets_only_so_many_go_side_by_side() -> None:
    """Parallel: 2 means two operations at a time."""
    house = House()
    await house.run(plan(*(step(f"a[{n}]", values={"lasts": 60}, lane="a", parallel=2) for n in range(6))))
    starts = [event.at for event in house.events(Kind.STEP_INTENT)]

    assert len(set(starts)) == 3


@pytest.mark.parametrize(("graceful", "run", "skipped"), [(True, ["a", "b"], ["c"]), (False, ["a", "c"], ["b"])])
async def test_steps_are_left_out_by_whether_the_home_region_can_be_reached(
    graceful: bool, run: list[str], skipped: list[str]
) -> None:
    """`skip` leaves out what asks the lost region, `only` adds what stands in for it."""
    house = House()
    await house.run(
        plan(step("a"), step("b", ungraceful=Ungraceful.SKIP), step("c", ungraceful=Ungraceful.ONLY)),
        graceful=graceful,
    )

    assert [event.step for event in house.events(Kind.STEP_DONE)] == run
    assert [event.step for event in house.events(Kind.STEP_SKIPPED)] == skipped
    assert house.events(Kind.STEP_SKIPPED)[0].payload["by-plan"] is True


async def test_a_plan_without_steps_ends_at_once() -> None:
    """Nothing to do is done."""
    house = House()

    assert (await house.run(plan())).state is RunState.SUCCEEDED


async def test_a_plan_whose_steps_never_become_due_fails_instead_of_waiting_for_ever() -> None:
    """Each accepted run ends, or waits visibly."""
    house = House()
    card = await house.run(plan(step("a", needs=("nowhere",))))

    assert card.state is RunState.FAILED
    assert house.finished()["because"] == "steps that never become due: a"


async def test_references_are_resolved_when_the_step_is_due() -> None:
    """Single values, lists of expanded steps, and nested ones."""
    house = House()
    await house.run(
        plan(
            step("d[x]", values={"outputs": {"disk": "x"}}),
            step("d[y]", values={"outputs": {"disk": "y"}}),
            step("one", values={"outputs": {"n": 7, "names": ["p"]}}),
            step(
                "use",
                values={
                    "disks": "${{ steps.d.disk }}",
                    "deep": {"n": ["${{ steps.one.n }}", "plain", 3]},
                    "names": "${{steps.one.names}}",
                    "x": "${{ steps.d[x].disk }}",
                    "odd": "${{ not a reference",
                },
                needs=("d[x]", "d[y]", "one"),
            ),
        )
    )
    values = house.events(Kind.STEP_INTENT)[-1].payload["values"]

    assert values == {
        "name": "use",
        "disks": ["x", "y"],
        "deep": {"n": [7, "plain", 3]},
        "names": ["p"],
        "x": "x",
        "odd": "${{ not a reference",
    }


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("${{ steps.a.nothing }}", "its action does not have that output"),
        ("${{ steps.gone.x }}", "the plan has no such step"),
    ],
)
async def test_a_reference_to_nothing_fails_the_step(reference: str, hint: str) -> None:
    """The hint says which half is wrong; nothing is sent."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a"), step("b", values={"v": reference}, needs=("a",))))
        event = await house.until(Kind.STEP_FAILED)

        assert failure(event)["code"] == "output-missing"
        assert failure(event)["hint"] == hint
        assert house.world.names_sent() == ["a"]
