"""Orders of people: pause, resume, cancel, retry, skip, in every state in which they are legal."""

from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError, JournalUnavailableError, NotFoundError, PermanentError, RefusedError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import OnFailure, Phase, Retry
from drd.ports.action import Unclear
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.scripted_world import BUSY

pytestmark = pytest.mark.anyio

NO = PermanentError("no")


async def test_a_paused_run_starts_nothing_and_follows_what_runs() -> None:
    """Resume goes on where it was."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        progress = await house.order(Request.PAUSE, reason="wait")
        assert progress.state is RunState.PAUSED
        await house.until(Kind.STEP_DONE)
        await house.clock.sleep(timedelta(hours=1))
        assert house.world.names_sent() == ["a"]
        await house.order(Request.RESUME)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    paused = house.events(Kind.RUN_PAUSED)[0]
    assert (paused.actor, paused.reason) == ("an", "wait")


async def test_a_pause_holds_a_retry_too() -> None:
    """A new attempt is a new action."""
    house = House()
    house.world.script("a", "act", BUSY)
    async with house.serving():
        card = await house.start(plan(step("a", retry=Retry(times=1))))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.PAUSE)
        await house.clock.sleep(timedelta(hours=1))
        assert house.world.sent == []
        await house.order(Request.RESUME)
        await house.engine.over(card.id)
    assert house.world.names_sent() == ["a"]


async def test_a_pause_between_intent_and_request_holds_the_request_and_the_deadline() -> None:
    """The time that a person takes is not the step's."""
    house = House()
    house.world.script("a", "look", BUSY)
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 30}, timeout=timedelta(minutes=5))))
        await house.until(Kind.STEP_INTENT)
        await house.order(Request.PAUSE)
        await house.clock.sleep(timedelta(hours=1))
        assert house.world.sent == []
        await house.order(Request.RESUME)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED


async def test_a_cancelled_run_follows_what_runs_and_does_what_always_runs() -> None:
    """Nothing new starts; the end is cancelled."""
    house = House()
    async with house.serving():
        card = await house.start(
            plan(
                step("a", values={"lasts": 60}),
                step("b", needs=("a",)),
                step("y", phase=Phase.ALWAYS),
                step("z", phase=Phase.ALWAYS),
            )
        )
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.CANCEL, reason="false alarm")
        assert house.journal.cards[card.id].state is RunState.STOPPING
        assert (await house.engine.over(card.id)).state is RunState.CANCELLED

    assert house.world.names_sent() == ["a", "y", "z"]
    assert [event.step for event in house.events(Kind.STEP_DONE)] == ["a", "y", "z"]


async def test_a_cancel_before_the_request_left_leaves_the_step_out() -> None:
    """Its intent is closed as skipped, not left open."""
    house = House()
    house.world.script("a", "look", BUSY)
    async with house.serving():
        card = await house.start(plan(step("a")))
        await house.until(Kind.STEP_INTENT)
        await house.order(Request.CANCEL)
        await house.engine.over(card.id)

    assert house.world.sent == []
    assert house.events(Kind.STEP_SKIPPED)[0].payload == {"because": "cancelled", "by-plan": False}


async def test_a_cancel_ends_a_wait_for_a_retry() -> None:
    """At once, not after the wait."""
    house = House()
    house.world.script("a", "act", BUSY)
    async with house.serving():
        card = await house.start(plan(step("a", retry=Retry(times=1, wait=timedelta(hours=8)))))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.CANCEL)
        await house.engine.over(card.id)

    assert house.events()[-1].at - house.events()[0].at < timedelta(minutes=1)


async def test_a_failed_step_can_be_retried() -> None:
    """With a new attempt and the step's full number of tries."""
    house = House()
    house.world.script("a", "act", BUSY, BUSY, BUSY)
    async with house.serving():
        card = await house.start(plan(step("a", retry=Retry(times=1)), step("b", needs=("a",))))
        while house.journal.cards[card.id].state is not RunState.PAUSED:
            await house.clock.sleep(timedelta(seconds=5))
        await house.order(Request.RETRY, "a", reason="quota raised")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert [event.attempt for event in house.events(Kind.STEP_INTENT)] == [1, 2, 3, 4, 1]
    assert house.events(Kind.STEP_RETRY)[0].reason == "quota raised"


async def test_a_failed_step_can_be_skipped_with_a_reason() -> None:
    """Dependents go on; the run succeeds, the journal says why."""
    house = House()
    house.world.script("a", "act", NO)
    async with house.serving():
        card = await house.start(plan(step("a", lane="x", parallel=1), step("b", needs=("a",), lane="x", parallel=1)))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.SKIP, "a", reason="done by hand")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.events(Kind.STEP_SKIPPED)[0].payload["because"] == "done by hand"


async def test_a_pending_step_can_be_skipped_ahead() -> None:
    """It is left out when its turn comes, and what needs it goes on."""
    house = House()
    async with house.serving():
        card = await house.start(
            plan(step("a", values={"lasts": 60}), step("b", needs=("a",)), step("c", needs=("b",)))
        )
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.SKIP, "b")
        await house.engine.over(card.id)
    assert house.world.names_sent() == ["a", "c"]
    assert house.events(Kind.STEP_SKIPPED)[0].payload["because"] == "skipped by a person"


async def test_a_step_that_waits_for_its_retry_can_be_skipped() -> None:
    """The person need not wait with it."""
    house = House()
    house.world.script("a", "act", BUSY)
    async with house.serving():
        card = await house.start(plan(step("a", retry=Retry(times=1, wait=timedelta(hours=8)))))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.SKIP, "a", reason="not needed")
        await house.engine.over(card.id)
    assert house.events()[-1].at - house.events()[0].at < timedelta(minutes=1)
    assert house.world.sent == []


async def test_a_parked_step_can_be_skipped() -> None:
    """After the person found out that it was done."""
    house = House()
    house.world.script("a", "look", *[Unclear(question="?")] * 8)
    async with house.serving():
        card = await house.start(plan(step("a")))
        await house.until(Kind.STEP_PARKED)
        await house.order(Request.SKIP, "a", reason="seen in the portal")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED


async def test_a_parked_cleanup_of_a_cancelled_run_waits_for_a_person() -> None:
    """A run does not end while it cannot say what it left behind."""
    house = House()
    house.world.script("z", "look", *[Unclear(question="?")] * 8)
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60}), step("z", phase=Phase.ALWAYS)))
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.CANCEL)
        await house.until(Kind.STEP_PARKED)
        assert house.journal.cards[card.id].state is RunState.PARKED
        with pytest.raises(RefusedError, match="stopping already") as refused:
            await house.order(Request.CANCEL)
        assert "adopt, retry, resolve or skip" in refused.value.hint
        await house.order(Request.RETRY, "z")
        assert (await house.engine.over(card.id)).state is RunState.CANCELLED


async def test_who_cancels_a_stopping_run_that_is_paused_is_told_to_resume_it() -> None:
    """Nothing else keeps it from its end."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60}), step("z", phase=Phase.ALWAYS)))
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.CANCEL)
        await house.order(Request.PAUSE)
        with pytest.raises(RefusedError, match="stopping already") as refused:
            await house.order(Request.CANCEL)
        assert "`drd run resume`" in refused.value.hint
        await house.order(Request.RESUME)
        assert (await house.engine.over(card.id)).state is RunState.CANCELLED


@pytest.mark.parametrize(
    ("request_", "name", "why"),
    [
        (Request.RESUME, None, "not paused"),
        (Request.RETRY, "a", "step a is recorded"),
        (Request.SKIP, "a", "step a is recorded"),
        (Request.APPROVE, "b", "step b is pending"),
    ],
)
async def test_what_is_not_legal_now_is_refused_with_its_reason(request_: Request, name: str | None, why: str) -> None:
    """Nothing is written."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        before = len(house.story())
        with pytest.raises(RefusedError, match=why) as refused:
            await house.order(request_, name)
        assert refused.value.hint
        assert len(house.story()) == before
        await house.engine.over(card.id)


async def test_resume_does_not_pass_over_a_failed_step() -> None:
    """A failure is answered by retry or skip, not by looking away."""
    house = House()
    house.world.script("a", "act", NO)
    async with house.serving():
        await house.start(plan(step("a"), step("b", needs=("a",))))
        await house.until(Kind.STEP_FAILED)
        with pytest.raises(RefusedError, match="a failed step holds the run"):
            await house.order(Request.RESUME)
        with pytest.raises(RefusedError, match="step b is pending"):
            await house.order(Request.RETRY, "b")


async def test_a_stopping_run_retries_only_what_always_runs() -> None:
    """The rest is over."""
    house = House()
    house.world.script("a", "act", NO)
    async with house.serving():
        await house.start(plan(step("a"), step("z", values={"lasts": 60}, phase=Phase.ALWAYS)))
        await house.until(Kind.STEP_FAILED)
        await house.order(Request.CANCEL)
        with pytest.raises(RefusedError, match="step a is failed"):
            await house.order(Request.RETRY, "a")
        with pytest.raises(RefusedError, match="the run is stopping"):
            await house.order(Request.CANCEL)


@pytest.mark.parametrize("name", ["nowhere", None])
async def test_an_order_about_a_step_names_one_that_exists(name: str | None) -> None:
    """Typing errors are told as such."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 60})))
        await house.until(Kind.STEP_RECORDED)
        with pytest.raises(NotFoundError, match="step"):
            await house.order(Request.SKIP, name)


async def test_a_run_that_is_over_takes_no_orders() -> None:
    """From its journal, as nobody moves it any more."""
    house = House()
    await house.run(plan(step("a")))
    for request in Request:
        with pytest.raises(RefusedError, match="the run is over"):
            await house.order(request, "a")


async def test_an_order_to_an_unknown_run_is_not_found() -> None:
    """Nor does it leave anything behind."""
    with pytest.raises(NotFoundError):
        await House().order(Request.CANCEL, run=RunId("r-9"))


async def test_a_queued_run_can_be_cancelled_before_anybody_serves() -> None:
    """The order stands in the journal; whoever serves next ends the run."""
    house = House()
    card = await house.start(plan(step("a")))
    await house.order(Request.CANCEL)
    async with house.serving():
        assert (await house.engine.over(card.id)).state is RunState.CANCELLED
    assert house.world.sent == []


async def test_an_order_to_a_run_that_changes_hands_is_told_so() -> None:
    """Another daemon claimed it, and its journal refuses us."""
    house = House()
    card = await house.start(plan(step("a")))
    house.journal.claims[card.id] = 7
    with pytest.raises(ConflictError, match="taken over"):
        await house.order(Request.CANCEL)


async def test_while_the_journal_cannot_be_written_orders_are_refused() -> None:
    """Nothing may happen that is not recorded."""
    house = House()
    async with house.serving():
        card = await house.start(plan(check("ok", {"within": 60}), step("a", values={"lasts": 60})))
        await house.until(Kind.STEP_RECORDED)
        house.journal.unavailable = True
        while not house.engine.health.journal_trouble:
            await house.clock.sleep(timedelta(seconds=10))
        with pytest.raises(JournalUnavailableError):
            await house.order(Request.PAUSE)
        house.journal.unavailable = False
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.events(Kind.RUN_PAUSED) == []


async def test_undo_cannot_be_stopped_by_a_cancel_but_ends_cancelled() -> None:
    """What is being taken back is taken back."""
    house = House()
    house.world.script("b", "act", NO)
    async with house.serving():
        card = await house.start(
            plan(step("a", values={"undo": "back"}), step("b", needs=("a",), on_failure=OnFailure.UNDO))
        )
        await house.engine.over(card.id)
    assert house.world.names_sent() == ["a", "back"]
