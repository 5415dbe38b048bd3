"""Orders about a whole run: undo, a change of grace, notes, the parked run; and the stop that reaches the wire."""

import asyncio
from datetime import timedelta

import pytest

from drd.domain.errors import NotFoundError, PermanentError, RefusedError
from drd.domain.events import Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import Mode, Phase, Retry, Step, Ungraceful
from drd.ports.action import Unclear
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.scripted_world import BUSY

pytestmark = pytest.mark.anyio

NO = PermanentError("no")
HOUR = timedelta(hours=1)


async def test_a_person_takes_back_what_a_paused_run_did_newest_first() -> None:
    """A failover is never taken back by itself; what always runs still does."""
    house = House()
    house.world.script("c", "act", NO)
    async with house.serving():
        card = await house.start(
            plan(
                step("a", values={"undo": "un-a"}),
                step("b", values={"undo": "un-b"}, needs=("a",)),
                step("c", needs=("b",)),
                step("z", phase=Phase.ALWAYS),
            )
        )
        await house.until(Kind.STEP_FAILED)
        await house.clock.sleep(HOUR)
        assert house.world.names_sent() == ["a", "b"]
        assert (await house.order(Request.UNDO, reason="wrong vault")).state is RunState.STOPPING
        assert (await house.engine.over(card.id)).state is RunState.FAILED
    assert house.world.names_sent() == ["a", "b", "un-b", "un-a", "z"]
    ordered = house.events(Kind.RUN_UNDO)[0]
    assert (ordered.actor, ordered.reason) == ("an", "wrong vault")


async def test_an_undo_waits_for_what_is_under_way_and_takes_it_back_too() -> None:
    """Nothing is torn in the middle."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 600, "undo": "un-a"}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        await house.order(Request.PAUSE)
        await house.order(Request.UNDO, reason="false alarm")
        assert house.world.names_sent() == ["a"]
        assert (await house.engine.over(card.id)).state is RunState.FAILED
    assert house.finished()["because"] == "taken back by an"
    assert house.world.names_sent() == ["a", "un-a"]


async def test_an_undo_can_be_paused_and_goes_on_after_a_restart() -> None:
    """It is a run's work like other work."""
    house = House()
    async with house.serving():
        card = await house.start(
            plan(step("a", values={"undo": "un-a"}), step("b", needs=("a",), values={"lasts": 60}))
        )
        await house.until(Kind.STEP_RECORDED, step="b")
        await house.order(Request.PAUSE)
        await house.order(Request.UNDO, reason="false alarm")
        progress = await house.order(Request.PAUSE)
        assert progress.state is RunState.PAUSED
        await house.clock.sleep(HOUR)
        assert house.world.names_sent() == ["a", "b"]
        await house.kill()
    async with house.serving():
        await house.clock.sleep(HOUR)
        assert house.world.names_sent() == ["a", "b"]
        await house.order(Request.RESUME)
        await house.engine.over(card.id)
    assert house.world.names_sent() == ["a", "b", "un-a"]


@pytest.mark.parametrize("case", ["running", "nothing-done", "in-doubt", "twice", "too-late"])
async def test_an_undo_that_is_not_sound_is_refused(case: str) -> None:
    """With the reason, and what to do first."""
    house = House()
    steps: dict[str, tuple[Step, ...]] = {
        "running": (step("a", values={"lasts": 60}),),
        "nothing-done": (step("a"),),
        "in-doubt": (step("p"),),
        "twice": (step("b"), step("a", needs=("b",)), step("c", values={"lasts": 9000})),
        "too-late": (step("b"), step("a", needs=("b",)), step("z", values={"lasts": 9000}, phase=Phase.ALWAYS)),
    }
    why = {
        "running": "the run goes on", "nothing-done": "no step of it is done", "in-doubt": "a step is in doubt",
        "twice": "being taken back already", "too-late": "what always runs at the end has begun",
    }[case]  # fmt: skip
    house.world.script("a", "act", *([] if case == "running" else [NO]))
    house.world.script("p", "look", *[Unclear(question="?")] * 8)
    async with house.serving():
        await house.start(plan(*steps[case]))
        await house.until(
            {"running": Kind.STEP_RECORDED, "in-doubt": Kind.STEP_PARKED}.get(case, Kind.STEP_FAILED),
            step={"running": "a", "in-doubt": "p"}.get(case, "a"),
        )
        if case == "twice":
            await house.order(Request.UNDO)
        if case == "too-late":
            await house.order(Request.CANCEL)
            await house.until(Kind.STEP_RECORDED, step="z")
        with pytest.raises(RefusedError, match=why):
            await house.order(Request.UNDO)


def _graces() -> tuple[Step, ...]:
    return (
        step("first", values={"lasts": 60}),
        step("tidy", ungraceful=Ungraceful.SKIP, needs=("first",)),
        step("force", ungraceful=Ungraceful.ONLY, needs=("first",)),
        step("move", needs=("tidy", "force"), values={"lasts": 60}),
        step("close", ungraceful=Ungraceful.SKIP, needs=("move",)),
        step("burn", ungraceful=Ungraceful.ONLY, needs=("move",)),
    )


async def test_later_steps_follow_the_newest_word_and_what_is_done_stays_done() -> None:
    """The home region went away in the middle of a planned move."""
    house = House()
    async with house.serving():
        card = await house.start(plan(*_graces()))
        await house.until(Kind.STEP_RECORDED, step="move")
        progress = await house.order(Request.UNGRACEFUL, reason="region lost")
        assert not progress.graceful
        with pytest.raises(RefusedError, match="ungraceful already"):
            await house.order(Request.UNGRACEFUL)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["first", "tidy", "move", "burn"]
    assert house.events(Kind.RUN_GRACE)[0].payload == {"graceful": False, "again": []}


async def test_what_the_old_word_left_out_is_due_again_until_something_went_on_without_it() -> None:
    """`tidy` was left out and nothing after it has begun: with the region back, it is done after all."""
    house = House()
    async with house.serving():
        card = await house.start(plan(*_graces()), graceful=False)
        await house.until(Kind.STEP_RECORDED, step="first")
        await house.order(Request.HOLD, "move")
        await house.until(Kind.STEP_DONE, step="force")
        progress = await house.order(Request.GRACEFUL, reason="it is back")
        assert progress.steps[StepId("tidy")].state in {StepState.PENDING, StepState.INTENDED}
        await house.until(Kind.STEP_DONE, step="tidy")
        await house.order(Request.RELEASE, "move")
        await house.until(Kind.STEP_RECORDED, step="move")
        progress = await house.order(Request.UNGRACEFUL)
        assert progress.steps[StepId("tidy")].state is StepState.DONE
        assert (await house.order(Request.GRACEFUL)).steps[StepId("force")].state is StepState.DONE
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["first", "force", "tidy", "move", "close"]


async def test_what_something_went_on_without_stays_left_out() -> None:
    """It is never overtaken from behind."""
    house = House()
    async with house.serving():
        card = await house.start(plan(*_graces(), check("ok")), graceful=False)
        await house.until(Kind.STEP_RECORDED, step="move")
        progress = await house.order(Request.GRACEFUL)
        assert progress.steps[StepId("tidy")].state is StepState.SKIPPED
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["first", "force", "move", "close"]


async def test_a_child_run_follows_its_parents_newest_word_and_its_undo() -> None:
    """Passed down like pause and cancel."""
    house = House()
    child = plan(step("k", values={"lasts": 600, "undo": "un-k"}), step("l", needs=("k",)), service=None)
    async with house.serving():
        card = await house.start(plan(step("c", "runbook", child=child), step("x", needs=("c",))))
        started = await house.until(Kind.CHILD_STARTED)
        run = RunId(str(started.payload["run"]))
        await house.until(Kind.STEP_RECORDED, run=run)
        await house.order(Request.UNGRACEFUL, reason="region lost")
        assert not (await house.engine.progress(run)).graceful
        await house.order(Request.PAUSE)
        await house.order(Request.UNDO, reason="false alarm")
        assert (await house.engine.over(card.id)).state is RunState.FAILED
    assert house.world.names_sent() == ["k", "un-k"]
    assert house.finished(run)["because"] == "taken back by an"


async def test_a_note_stands_in_the_journal_and_changes_nothing() -> None:
    """In every state but the last ones: a journal ends with its last event."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 60})))
        await house.until(Kind.STEP_RECORDED)
        with pytest.raises(NotFoundError):
            await house.order(Request.NOTE, "b", reason="?")
        progress = await house.order(Request.NOTE, "a", reason="vault is slow today")
        assert [(each.actor, each.step, each.text) for each in progress.remarks] == [("an", "a", "vault is slow today")]
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
        with pytest.raises(RefusedError, match="the run is over"):
            await house.order(Request.NOTE, reason="afterwards")


async def test_a_queued_run_takes_a_note_and_stays_queued() -> None:
    """Nobody has claimed it."""
    house = House()
    await house.start(plan(step("a")))
    assert (await house.order(Request.NOTE, reason="waiting for the crisis team")).state is RunState.QUEUED


@pytest.mark.parametrize(
    ("request_", "end"), [(Request.RESUME, RunState.SUCCEEDED), (Request.CANCEL, RunState.CANCELLED)]
)
async def test_a_run_that_was_claimed_too_often_begins_nothing_until_a_person_says_so(
    request_: Request, end: RunState
) -> None:
    """Not even what was under way: that may be what brings daemons down."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 600}), step("b", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        await house.kill()
    house.dispatcher.strikes = 11
    looks = len(house.world.looks)
    async with house.serving():
        await house.until(Kind.RUN_PARKED)
        await house.clock.sleep(HOUR)
        assert (await house.engine.progress(card.id)).state is RunState.PARKED
        assert len(house.world.looks) == looks
        await house.order(request_, reason="the log says it was the disk")
        assert (await house.engine.over(card.id)).state is end


@pytest.mark.parametrize("request_", [Request.PAUSE, Request.CANCEL])
async def test_a_stop_reaches_a_request_that_waits_for_its_turn_to_leave(request_: Request) -> None:
    """The action had decided to send; the wire had not seen it yet."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", values={"leaves-after": 120}), mode=Mode.DRILL))
        await house.until(Kind.STEP_INTENT)
        await asyncio.sleep(0)
        await house.order(request_, reason="stop")
        await house.clock.sleep(HOUR)
        assert house.world.sent == []
        if request_ is Request.PAUSE:
            await house.order(Request.RESUME)
        await house.engine.over(card.id)
    assert house.world.names_sent() == (["a"] if request_ is Request.PAUSE else [])


async def test_a_request_that_waits_for_its_turn_does_not_leave_when_the_claim_is_gone() -> None:
    """Whoever holds the run now looks first."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"leaves-after": 120}, retry=Retry(times=1))))
        await house.until(Kind.STEP_INTENT)
        house.dispatcher.holding = False
        await house.clock.sleep(HOUR)
    assert house.world.sent == []


async def test_a_pause_while_a_failed_step_holds_the_run_also_stops_its_retries() -> None:
    """The failure had paused the run for what is new, not for what is under way."""
    house = House()
    house.world.script("a", "act", NO)
    house.world.script("b", "act", BUSY)
    async with house.serving():
        card = await house.start(plan(step("a"), step("b", retry=Retry(times=1, wait=HOUR))))
        await house.until(Kind.STEP_FAILED, step="a")
        assert (await house.order(Request.PAUSE, actor="bo", reason="wait")).state is RunState.PAUSED
        with pytest.raises(RefusedError, match=r"bo paused the run at 20\S+Z: wait"):
            await house.order(Request.PAUSE)
        await house.clock.sleep(3 * HOUR)
        assert house.world.sent == []
        await house.order(Request.RETRY, "a")
        await house.order(Request.RESUME)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
