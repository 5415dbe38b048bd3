"""On-failure: undo takes back what was done, newest first, and ends failed."""

import pytest

from drd.domain.call import Call
from drd.domain.errors import OperationFailedError, PermanentError
from drd.domain.events import Kind
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import OnFailure, Phase
from drd.ports.action import Pending, Unclear
from tests.fakes.engine_house import House, check, failure, plan, step

pytestmark = pytest.mark.anyio

NO = PermanentError("no")
GAVE_UP = OperationFailedError("no room", code="AllocationFailed")


async def test_done_steps_are_taken_back_newest_first() -> None:
    """By the runbook's own undo, else by the action's; always-steps come after."""
    house = House()
    house.world.script("c", "act", NO)
    card = await house.run(
        plan(
            step("a", values={"undo": "back-a", "lasts": 5}),
            step("b", needs=("a",), undo=Call(uses="put", values={"name": "back-b", "was": "${{ steps.a.acted }}"})),
            step("plain", needs=("b",)),
            step("c", needs=("plain",), on_failure=OnFailure.UNDO),
            step("z", phase=Phase.ALWAYS),
        )
    )

    assert card.state is RunState.FAILED
    assert house.world.names_sent() == ["a", "b", "plain", "back-a", "z"]
    assert house.events(Kind.UNDO_STARTED)[0].payload["steps"] == ["b", "a"]
    failed = house.events(Kind.STEP_FAILED)[-1]
    assert (failed.step, failure(failed)["code"]) == ("b/undo", "output-missing")


async def test_undo_goes_through_the_same_protocol() -> None:
    """Intent, operation id, record, read-back."""
    house = House()
    house.world.script("b", "act", NO)
    await house.run(plan(step("a", values={"undo": "back"}), step("b", needs=("a",), on_failure=OnFailure.UNDO)))
    intent = house.events(Kind.STEP_INTENT)[-1]

    assert (intent.step, intent.payload["operation-id"]) == ("a/undo", "r-1/a/undo/1")
    assert house.events(Kind.STEP_DONE)[-1].step == "a/undo"


async def test_killed_while_undoing_nothing_is_taken_back_twice() -> None:
    """The calls stand in the journal."""
    whole = House()
    make = plan(
        step("a", "adopt", {"undo": "back-a"}),
        step("b", "adopt", {"undo": "back-b"}, needs=("a",)),
        step("c", needs=("b",), on_failure=OnFailure.UNDO),
    )
    whole.world.script("c", "act", NO)
    await whole.run(make)
    for point in range(7, len(whole.events())):
        house = House()
        house.world.script("c", "act", NO, NO)
        house.journal.freeze_after = point
        async with house.serving():
            card = await house.start(make)
            await house.journal.frozen.wait()
            await house.kill()
        async with house.serving():
            await house.engine.over(card.id)
        assert house.world.names_sent() == ["a", "b", "back-b", "back-a"]


async def test_an_undo_that_parks_waits_for_a_person() -> None:
    """Retried or skipped, it goes on to the next."""
    house = House()
    house.world.script("b", "act", NO)
    house.world.script("back", "look", *[Unclear(question="?")] * 8)
    async with house.serving():
        card = await house.start(
            plan(step("a", values={"undo": "back"}), step("b", needs=("a",), on_failure=OnFailure.UNDO))
        )
        await house.until(Kind.STEP_PARKED)
        progress = await house.order(Request.RETRY, "a/undo")
        assert progress.undoing
        assert (await house.engine.over(card.id)).state is RunState.FAILED
    assert house.world.names_sent() == ["a", "back"]


async def test_what_cannot_be_taken_back_is_passed_over() -> None:
    """Checks, skipped steps, steps whose verb is gone."""
    house = House()
    house.world.script("b", "act", NO)
    await house.run(
        plan(
            step("a", values={"undo": "back"}),
            check("ok", phase=Phase.MAIN),
            step("b", needs=("a", "ok"), on_failure=OnFailure.UNDO),
        )
    )
    assert house.events(Kind.UNDO_STARTED)[0].payload["steps"] == ["a"]


async def test_a_second_failure_while_undoing_starts_no_second_undo() -> None:
    """Once is enough."""
    house = House()
    house.world.script("b", "poll", GAVE_UP)
    house.world.script("c", "poll", Pending(), GAVE_UP)
    await house.run(
        plan(
            step("a", values={"undo": "back"}),
            step("b", values={"lasts": 60}, needs=("a",), on_failure=OnFailure.UNDO),
            step("c", values={"lasts": 60}, needs=("a",), on_failure=OnFailure.UNDO),
        )
    )
    assert len(house.events(Kind.UNDO_STARTED)) == 1
    assert house.finished()["because"] == "failed: b, c"
