"""Orders about one step: hold, release, resolve, adopt, go back; legal or refused in each of its states."""

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from drd.domain.errors import InvalidError, PermanentError, RefusedError
from drd.domain.events import Kind
from drd.domain.ids import StepId
from drd.domain.language import Text
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import ApprovalTerms, OnFailure, Phase, Retry
from drd.ports.action import OutputType, Unclear
from drd.ports.capabilities import Operation
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.scripted_world import BUSY, Effect
from tests.fakes.virtual_clock import EPOCH

pytestmark = pytest.mark.anyio

NO = PermanentError("no")
HOUR = timedelta(hours=1)


async def test_a_held_step_does_not_start_and_the_run_goes_on_around_it() -> None:
    """Until it is released; meanwhile the run waits, and says so."""
    house = House()
    async with house.serving():
        card = await house.start(
            plan(step("a", values={"lasts": 60}), step("b", needs=("a",)), step("c", needs=("a",)), step("d"))
        )
        await house.until(Kind.STEP_RECORDED)
        progress = await house.order(Request.HOLD, "b", reason="network is not sure")
        assert progress.steps[StepId("b")].held
        await house.until(Kind.STEP_DONE, step="c")
        await house.clock.sleep(HOUR)
        assert house.world.names_sent() == ["a", "d", "c"]
        assert (await house.engine.progress(card.id)).state is RunState.WAITING
        await house.order(Request.RELEASE, "b")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    held = house.events(Kind.STEP_HELD)[0]
    assert (held.actor, held.reason) == ("an", "network is not sure")


@pytest.mark.parametrize("request_", [Request.HOLD, Request.SKIP, Request.RESOLVE, Request.UNGRACEFUL])
async def test_what_was_handed_out_to_a_paused_run_has_not_begun(request_: Request) -> None:
    """It waits at the gate: an order still reaches it, and it is begun once at most."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.PAUSE)
        await house.until(Kind.STEP_DONE)
        await asyncio.gather(house.order(Request.RESUME), house.order(Request.PAUSE))
        progress = await house.order(request_, None if request_ is Request.UNGRACEFUL else "b", reason="why")
        await house.order(Request.RESUME)
        if progress.steps[StepId("b")].held:
            await house.clock.sleep(HOUR)
            await house.order(Request.RELEASE, "b")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    left_out = request_ in {Request.SKIP, Request.RESOLVE}
    assert house.world.names_sent() == (["a"] if left_out else ["a", "b"])
    assert len(house.events(Kind.STEP_INTENT)) == len(house.world.sent)


async def test_what_has_begun_cannot_be_held_and_what_is_not_held_cannot_be_released() -> None:
    """With the reason."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 60}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        with pytest.raises(RefusedError, match="step a is recorded"):
            await house.order(Request.HOLD, "a")
        with pytest.raises(RefusedError, match="step b is pending"):
            await house.order(Request.RELEASE, "b")
        await house.order(Request.HOLD, "b")
        with pytest.raises(RefusedError, match="step b is pending and held"):
            await house.order(Request.HOLD, "b")


async def test_a_held_cleanup_keeps_a_cancelled_run_from_ending() -> None:
    """A person wanted it kept; a person lets it go."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60}), step("z", phase=Phase.ALWAYS)))
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.HOLD, "z")
        await house.order(Request.CANCEL)
        await house.until(Kind.STEP_DONE, step="a")
        await house.clock.sleep(HOUR)
        assert (await house.engine.progress(card.id)).state is RunState.STOPPING
        await house.order(Request.RELEASE, "z")
        assert (await house.engine.over(card.id)).state is RunState.CANCELLED
    assert house.world.names_sent() == ["a", "z"]


async def test_a_hold_outlives_a_restart() -> None:
    """It stands in the journal."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 60}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.HOLD, "b")
        await house.kill()
    async with house.serving():
        await house.until(Kind.STEP_DONE, step="a")
        await house.clock.sleep(HOUR)
        assert house.world.names_sent() == ["a"]
        await house.order(Request.SKIP, "b", reason="not needed")
        await house.until(Kind.RUN_FINISHED)


async def test_a_failed_step_resolved_by_hand_gives_what_the_person_says() -> None:
    """Each output by its type; the journal says who did it."""
    house = House()
    house.world.gives = {"id": OutputType.ARM_ID, "count": OutputType.INTEGER}
    house.world.script("a", "act", NO)
    async with house.serving():
        card = await house.start(
            plan(step("a"), step("b", values={"outputs": {"of": "${{ steps.a.id }}"}}, needs=("a",)))
        )
        await house.until(Kind.STEP_FAILED)
        given = {"id": "/subscriptions/s/x", "count": "3"}
        progress = await house.order(Request.RESOLVE, "a", reason="made in the portal", outputs=given)
        assert progress.steps[StepId("a")].by_hand == "an"
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    outputs = house.events(Kind.STEP_DONE)[0].payload["outputs"]
    assert outputs == {"id": "/subscriptions/s/x", "count": 3}
    values = house.events(Kind.STEP_INTENT)[1].payload["values"]
    assert isinstance(values, dict)
    assert values["outputs"] == {"of": "/subscriptions/s/x"}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "id: a later step needs it"),
        ({"id": "vm-1"}, "is no id of Azure"),
        ({"id": "/subscriptions/s/x", "size": "big"}, "size: put gives no such output"),
        ({"id": "/subscriptions/s/x", "count": "many"}, "count: "),
        ({"id": "/subscriptions/s/x", "on": "yes"}, "neither true nor false"),
        ({"id": "/subscriptions/s/x", "at": "noon"}, "at: "),
    ],
)
async def test_outputs_by_hand_must_fit(given: dict[str, str], fault: str) -> None:
    """All faults at once; nothing is written."""
    house = House()
    house.world.gives = {
        "id": OutputType.ARM_ID, "count": OutputType.INTEGER, "on": OutputType.BOOLEAN, "at": OutputType.INSTANT,
        "all": OutputType.ARM_IDS, "names": OutputType.TEXTS, "text": OutputType.TEXT,
    }  # fmt: skip
    house.world.script("a", "act", NO)
    async with house.serving():
        await house.start(plan(step("a"), step("b", values={"x": "${{ steps.a.id }}"}, needs=("a",))))
        await house.until(Kind.STEP_FAILED)
        with pytest.raises(InvalidError) as refused:
            await house.order(Request.RESOLVE, "a", outputs=given)
        assert any(fault in each for each in refused.value.faults)
        everything = {"id": "/subscriptions/s/x", "all": "/subscriptions/a, /subscriptions/b", "names": "a, b"}
        await house.order(Request.RESOLVE, "a", outputs={**everything, "on": "true", "at": "2026-01-01T00:00:00Z"})
    outputs = house.events(Kind.STEP_DONE)[0].payload["outputs"]
    assert isinstance(outputs, dict)
    assert outputs["names"] == ["a", "b"]


async def test_a_pending_a_parked_and_a_retrying_step_can_be_resolved_and_one_under_way_cannot() -> None:
    """What is in the air comes back by itself."""
    house = House()
    house.world.script("p", "look", *[Unclear(question="?")] * 8)
    house.world.script("r", "act", BUSY)
    async with house.serving():
        card = await house.start(
            plan(
                step("a", values={"lasts": 600}),
                step("b", needs=("a",)),
                step("p"),
                step("r", retry=Retry(times=1, wait=8 * HOUR)),
            )
        )
        await house.until(Kind.STEP_PARKED)
        with pytest.raises(RefusedError, match="step a is recorded"):
            await house.order(Request.RESOLVE, "a")
        for name in ("b", "p", "r"):
            await house.order(Request.RESOLVE, name)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]
    assert [event.payload.get("by-hand", False) for event in house.events(Kind.STEP_DONE)] == [True, True, True, False]


async def test_an_approval_is_never_resolved() -> None:
    """It is given by who is asked, or left out in one's own name."""
    terms = ApprovalTerms(ask=Text(nl="Doorgaan?"), by=("crisisteam",))
    house = House()
    async with house.serving():
        await house.start(plan(step("go", "approve", approval=terms)))
        await house.until(Kind.APPROVAL_ASKED)
        with pytest.raises(RefusedError, match="asks people"):
            await house.order(Request.RESOLVE, "go")


FOUND = Operation(kind="fake", target="a", started_at=EPOCH, request_id="job-7")


async def _parked(house: House, found: Operation | None) -> None:
    house.world.script("a", "look", *[Unclear(question="whose is job-7?", found=found)] * 12)
    await house.start(plan(step("a", "adopt", {"lasts": 600}), step("b", needs=("a",))))
    await house.until(Kind.STEP_PARKED)


async def test_what_was_found_is_adopted_and_followed_and_nothing_is_sent() -> None:
    """The answer to "is this ours?" is a person's, and stands under their name."""
    house = House()
    async with house.serving():
        await _parked(house, FOUND)
        house.world.effects["a"] = Effect(FOUND, house.clock.now() + timedelta(seconds=300))
        progress = await house.order(Request.ADOPT, "a", reason="I started it")
        assert progress.steps[StepId("a")].state is StepState.RECORDED
        await house.until(Kind.RUN_FINISHED)
    adopted = house.events(Kind.STEP_ADOPTED)[0]
    assert (adopted.actor, adopted.reason) == ("an", "I started it")
    assert house.world.names_sent() == ["b"]


async def test_an_adopted_operation_is_followed_also_after_a_restart() -> None:
    """Like one that drd recorded itself."""
    house = House()
    async with house.serving():
        await _parked(house, FOUND)
        house.world.effects["a"] = Effect(FOUND, house.clock.now() + HOUR)
        await house.order(Request.ADOPT, "a", reason="I started it")
        await house.kill()
    async with house.serving():
        await house.until(Kind.RUN_FINISHED)
    assert house.world.names_sent() == ["b"]


async def test_there_must_be_something_to_adopt() -> None:
    """What was not found cannot be followed."""
    house = House()
    async with house.serving():
        await _parked(house, None)
        with pytest.raises(RefusedError, match="nothing was found"):
            await house.order(Request.ADOPT, "a")
        with pytest.raises(RefusedError, match="step b is pending"):
            await house.order(Request.ADOPT, "b")


async def test_going_back_to_a_step_does_it_and_what_depends_on_it_again() -> None:
    """A person skipped too much: the skipped step and the red check after it begin anew, in their order."""
    house = House()
    house.world.script("a", "act", NO)
    house.world.answers["ok"] = deque([False])
    async with house.serving():
        card = await house.start(plan(step("a"), step("b", needs=("a",)), check("ok"), on_failure=OnFailure.PAUSE))
        await house.until(Kind.STEP_FAILED, step="a")
        await house.order(Request.SKIP, "b", reason="too early")
        await house.order(Request.SKIP, "a", reason="not needed")
        await house.until(Kind.STEP_FAILED, step="ok")
        await house.order(Request.RETRY, "a", onwards=True, reason="it was needed")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.events(Kind.STEP_RETRY)[0].payload["again"] == ["b", "ok"]
    assert house.world.names_sent() == ["a", "b"]
    assert [event.step for event in house.events(Kind.STEP_DONE)] == ["a", "b", "ok"]


async def test_nothing_that_is_done_is_ever_sent_again() -> None:
    """P1 holds for people too."""
    house = House()
    house.world.script("c", "act", NO)
    async with house.serving():
        await house.start(plan(step("a"), step("b", needs=("a",)), step("c", needs=("b",)), step("d", needs=("c",))))
        await house.until(Kind.STEP_FAILED)
        with pytest.raises(RefusedError, match="a, b are done, and never sent again"):
            await house.order(Request.RETRY, "a", onwards=True)
        with pytest.raises(RefusedError, match="step d is pending"):
            await house.order(Request.RETRY, "d", onwards=True)
        await house.order(Request.RETRY, "c", onwards=True)
        await house.until(Kind.RUN_FINISHED)
    assert house.world.names_sent() == ["a", "b", "c", "d"]


async def test_nobody_goes_back_past_what_is_under_way() -> None:
    """It has to end first."""
    house = House()
    house.world.script("a", "act", NO)
    async with house.serving():
        await house.start(plan(step("a"), step("b", values={"lasts": 600}, needs=("a",))))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.SKIP, "a", reason="not needed")
        await house.until(Kind.STEP_RECORDED)
        with pytest.raises(RefusedError, match="b is under way"):
            await house.order(Request.RETRY, "a", onwards=True)
