"""A step in doubt keeps a run from ending, and from being taken back, until a person has answered."""

from datetime import timedelta

import pytest

from drd.domain.errors import DeadlineError, ForbiddenError, OperationFailedError, PermanentError, RefusedError
from drd.domain.events import Kind
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import OnFailure, Phase, RecoveryPlan
from drd.ports.action import Absent, Pending, Unclear
from tests.fakes.engine_house import House, failure, plan, step
from tests.fakes.scripted_world import LOST_AFTER

pytestmark = pytest.mark.anyio

NO_TOKEN = ForbiddenError("Azure did not accept the token", hint="is the identity still there?")
BROKEN = PermanentError("drd could not read it")
PLAN = plan(step("a", values={"undo": "un-a"}), step("b", "adopt", {"lasts": 600, "undo": "un-b"}, needs=("a",)))


async def stopped_midway(house: House, made: RecoveryPlan = PLAN) -> None:
    """Order an undo while `b` is under way."""
    await house.start(made)
    await house.until(Kind.STEP_RECORDED, step="b")
    await house.order(Request.PAUSE)
    await house.order(Request.UNDO, reason="false alarm")


async def test_a_refused_question_about_what_was_sent_is_asked_again() -> None:
    """The token ran out for a while; what goes on at the other side goes on all the same."""
    house = House()
    house.world.script("a", "poll", NO_TOKEN, NO_TOKEN, Pending())
    house.world.script("a", "verify", NO_TOKEN)
    assert (await house.run(plan(step("a", "adopt", {"lasts": 600})))).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


async def test_a_question_that_stays_refused_becomes_a_persons() -> None:
    """With what was answered and what helps; the operation is offered."""
    house = House()
    house.world.script("a", "poll", *[NO_TOKEN] * 500)
    async with house.serving():
        await house.start(plan(step("a", "adopt", {"lasts": 9000})))
        parked = await house.until(Kind.STEP_PARKED)

    [recorded] = house.events(Kind.STEP_RECORDED)
    assert "did not accept the token; is the identity still there?" in str(parked.payload["question"])
    assert parked.payload["found"] == recorded.payload["operation"]
    assert timedelta(minutes=10) <= parked.at - recorded.at <= timedelta(minutes=12)


async def test_before_anything_is_sent_a_refusal_is_told_at_once() -> None:
    """Nobody waits ten minutes for a right that is missing."""
    house = House()
    house.world.script("a", "look", NO_TOKEN)
    async with house.serving():
        await house.start(plan(step("a", "adopt")))
        failed = await house.until(Kind.STEP_FAILED)
    assert (failure(failed)["code"], failed.at) == ("forbidden", house.events(Kind.STEP_INTENT)[0].at)


async def test_a_lost_answer_is_looked_for_through_refusals() -> None:
    """Whether it arrived is not known before somebody may look."""
    house = House()
    house.world.script("a", "act", LOST_AFTER)
    house.world.script("a", "look", Absent(), NO_TOKEN, NO_TOKEN)
    assert (await house.run(plan(step("a", "adopt", {"lasts": 600})))).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


async def test_an_undo_waits_for_a_question_that_is_refused() -> None:
    """The undo begins when what was sent has ended, and takes it back too."""
    house = House()
    house.world.script("b", "poll", NO_TOKEN, NO_TOKEN)
    async with house.serving():
        await stopped_midway(house)
        await house.until(Kind.RUN_FINISHED)
    assert house.world.names_sent() == ["a", "b", "un-b", "un-a"]


@pytest.mark.parametrize("automatic", [False, True], ids=["ordered", "on-failure"])
async def test_an_undo_asks_first_about_a_step_that_failed_in_doubt(*, automatic: bool) -> None:
    """A run that waits says so; adopted, what goes on is followed to its end, and taken back where that was ordered."""
    house = House()
    house.world.script("b", "poll", *([] if automatic else [Pending()]), BROKEN)
    how = OnFailure.UNDO if automatic else OnFailure.PAUSE
    last = step("b", "adopt", {"lasts": 600, "undo": "un-b"}, needs=("a",), on_failure=how)
    made = plan(step("a", values={"undo": "un-a"}), last)
    async with house.serving():
        card = await house.start(made) if automatic else None
        if card is None:
            await stopped_midway(house, made)
        parked = await house.until(Kind.STEP_PARKED)
        assert "what became of it? Answer: adopt follows it to its end first" in str(parked.payload["question"])
        assert house.journal.cards[parked.run].state is RunState.PARKED
        await house.clock.sleep(timedelta(hours=1))
        assert house.events(Kind.UNDO_STARTED) == []
        await house.order(Request.ADOPT, "b")
        ended = await house.engine.over(parked.run)

    assert ended.state is (RunState.SUCCEEDED if automatic else RunState.FAILED)
    assert house.world.names_sent() == (["a", "b"] if automatic else ["a", "b", "un-b", "un-a"])


@pytest.mark.parametrize("request_", [Request.SKIP, Request.RESOLVE])
async def test_the_undo_goes_on_after_any_answer(request_: Request) -> None:
    """Skipped, the step stays as it is; resolved, it is taken back too."""
    house = House()
    house.world.script("b", "poll", Pending(), BROKEN)
    async with house.serving():
        await stopped_midway(house)
        parked = await house.until(Kind.STEP_PARKED)
        await house.order(request_, "b", reason="looked in the portal")
        await house.engine.over(parked.run)
    also = ["un-b"] if request_ is Request.RESOLVE else []
    assert house.world.names_sent() == ["a", "b", *also, "un-a"]


async def test_an_undo_asks_nothing_about_what_has_surely_failed() -> None:
    """Azure itself said that it gave up."""
    house = House()
    house.world.script("b", "poll", Pending(), OperationFailedError("no room", code="AllocationFailed"))
    async with house.serving():
        await stopped_midway(house)
        await house.until(Kind.RUN_FINISHED)
    assert house.events(Kind.STEP_PARKED) == []
    assert house.world.names_sent() == ["a", "b", "un-a"]


async def test_a_killed_undo_still_waits_for_the_answer() -> None:
    """The question is in the journal."""
    house = House()
    house.world.script("b", "poll", Pending(), BROKEN)
    async with house.serving():
        await stopped_midway(house)
        parked = await house.until(Kind.STEP_PARKED)
        await house.kill()
    async with house.serving():
        await house.clock.sleep(timedelta(hours=1))
        assert house.journal.cards[parked.run].state is RunState.PARKED
        await house.order(Request.SKIP, "b", reason="gone")
        await house.engine.over(parked.run)
    assert house.world.names_sent() == ["a", "b", "un-a"]


async def test_no_undo_is_ordered_over_a_step_that_failed_in_doubt() -> None:
    """It stands failed, and its operation may go on: first a person says what became of it."""
    house = House()
    house.world.script("b", "poll", DeadlineError("waited in vain"))
    async with house.serving():
        await house.start(PLAN)
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.PAUSE)
        for answer in ([], [Request.RETRY]):
            for each in answer:
                await house.order(each, "b")
            with pytest.raises(RefusedError, match="a step is in doubt"):
                await house.order(Request.UNDO)
        await house.order(Request.SKIP, "b", reason="stopped in the portal")
        await house.order(Request.UNDO)
        await house.until(Kind.RUN_FINISHED)
    assert house.world.names_sent() == ["a", "b", "un-a"]


async def test_a_question_that_comes_after_a_cancel_is_waited_for() -> None:
    """What always runs is done; the end waits, because nobody could say what goes on."""
    house = House()
    house.world.script("b", "poll", *[NO_TOKEN] * 500)
    made = plan(*PLAN.steps, step("z", phase=Phase.ALWAYS))
    async with house.serving():
        await house.start(made)
        await house.until(Kind.STEP_RECORDED, step="b")
        await house.order(Request.CANCEL)
        parked = await house.until(Kind.STEP_PARKED)
        await house.until(Kind.STEP_DONE, step="z")
        await house.clock.sleep(timedelta(hours=1))
        assert house.journal.cards[parked.run].state is RunState.PARKED
        await house.order(Request.SKIP, "b", reason="stopped in the portal")
        assert (await house.engine.over(parked.run)).state is RunState.CANCELLED


@pytest.mark.parametrize("sent", [False, True])
async def test_who_cancels_a_run_that_asks_has_read_the_question(*, sent: bool) -> None:
    """It ends, with the step left as it is."""
    house = House()
    if sent:
        house.world.script("a", "act", LOST_AFTER)
        house.world.script("a", "look", Absent(), *[Unclear(question="?")] * 50)
    else:
        house.world.script("a", "look", *[Unclear(question="?")] * 50)
    async with house.serving():
        await house.start(plan(step("a", "adopt"), step("z", phase=Phase.ALWAYS)))
        parked = await house.until(Kind.STEP_PARKED)
        await house.order(Request.CANCEL)
        assert (await house.engine.over(parked.run)).state is RunState.CANCELLED
    assert house.world.names_sent()[-1] == "z"


async def test_a_step_that_failed_for_good_ends_the_run_over_a_question_about_nothing() -> None:
    """Something stands in another step's way, nothing of the run was sent: there is nothing to wait for."""
    house = House()
    house.world.script("a", "look", *[Unclear(question="?")] * 50)
    house.world.script("b", "poll", *[Pending()] * 60, OperationFailedError("no room"))
    async with house.serving():
        card = await house.start(
            plan(step("a", "adopt"), step("b", "adopt", {"lasts": 90000}, on_failure=OnFailure.STOP))
        )
        await house.until(Kind.STEP_PARKED)
        assert (await house.engine.over(card.id)).state is RunState.FAILED
