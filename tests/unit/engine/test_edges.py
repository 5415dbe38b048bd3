"""Corners that only a race, a damaged plan or bad luck reaches."""

import asyncio
from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError, JournalUnavailableError, PermanentError, RefusedError
from drd.domain.events import Event, Kind
from drd.domain.figures import FigureFold
from drd.domain.ids import RunbookId, RunId, ServiceId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode, OnFailure, Phase, RecoveryPlan
from drd.domain.progress import Progress
from drd.domain.trigger import Trigger
from drd.engine.children import child_run_id, pass_on
from drd.engine.orders import Order, StartWish
from drd.engine.places import Places
from drd.engine.run_in_hand import RunInHand
from drd.engine.scribe import Scribe, ScribeEars
from drd.engine.signals import ClaimLost
from drd.engine.waiting import Alarm
from drd.ports.action import Pending
from drd.ports.dispatcher import Claim
from drd.ports.journal import RunCard
from tests.fakes.engine_house import House, check, failure, plan, step

pytestmark = pytest.mark.anyio

NO = PermanentError("no")
CLAIM = Claim(run=RunId("r-1"), token=1, daemon="d-1", resumed=False)


def scribe_of(house: House, recovery_plan: RecoveryPlan, lost: list[str]) -> Scribe:
    """Make a writer for a run that was not accepted yet."""
    return Scribe(
        house.journal,
        house.clock,
        claim=CLAIM,
        progress=Progress(recovery_plan),
        figures=FigureFold(recovery_plan),
        options=house.engine._parts.options,
        ears=ScribeEars(durable=lambda _: None, trouble=lambda _: None, lost=lambda: lost.append("lost")),
    )


async def test_a_scribe_that_lost_its_claim_writes_nothing_more() -> None:
    """Whoever waits hears it, and whoever tries."""
    house, lost = House(), list[str]()
    await house.start(plan())
    scribe = scribe_of(house, plan(), lost)
    scribe.write(Kind.RUN_ACCEPTED)
    with pytest.raises(ClaimLost):
        await scribe.durable()
    with pytest.raises(ClaimLost):
        await scribe.durable()
    with pytest.raises(ClaimLost):
        scribe.write(Kind.RUN_PAUSED)
    assert lost == ["lost"]


async def test_a_scribe_with_nothing_to_write_keeps_nobody_waiting() -> None:
    """And closes at once."""
    scribe = scribe_of(House(), plan(), [])
    await scribe.durable()
    await scribe.close(seconds=0)


async def test_a_waiter_that_was_cancelled_does_not_disturb_the_others() -> None:
    """Each waits on its own."""
    house = House()
    await house.start(plan(step("a")))
    scribe = scribe_of(house, plan(step("a")), [])
    scribe._progress.apply(house.events()[0])
    scribe.write(Kind.RUN_CLAIMED)
    one, two = asyncio.ensure_future(scribe.durable()), asyncio.ensure_future(scribe.durable())
    await asyncio.sleep(0)
    one.cancel()
    await two
    assert len(house.events()) == 2


async def test_a_run_without_its_accepted_event_cannot_be_taken_in_hand() -> None:
    """There is nothing to read its terms from."""
    house = House()
    with pytest.raises(ValueError, match="no accepted event"):
        RunInHand(
            house.engine._parts,
            claim=CLAIM,
            progress=Progress(plan()),
            scribe=scribe_of(house, plan(), []),
            holdings=None,  # type: ignore[arg-type]  # never reached
            alarm=Alarm(house.clock),
            calls=Places(1),
        )


async def test_a_drill_whose_steps_never_become_due_names_what_it_left() -> None:
    """Even then."""
    house = House()
    group = "/subscriptions/s/resourceGroups/g"
    made = [{"id": group, "kind": "resource-group"}]
    await house.run(plan(step("a", values={"creates": made}), step("b", needs=("nowhere",)), mode=Mode.DRILL))

    assert house.finished()["leftovers"] == [group]
    assert house.finished()["because"] == "steps that never become due: b"


async def test_a_reference_to_a_step_that_failed_says_what_can_be_done() -> None:
    """Retry that one, or skip this one."""
    house = House()
    house.world.script("a", "act", NO)
    await house.run(
        plan(
            step("a", on_failure=OnFailure.CONTINUE),
            step("b", values={"v": "${{ steps.a.id }}"}, needs=("a",), on_failure=OnFailure.STOP),
        )
    )
    assert "that step is failed" in failure(house.events(Kind.STEP_FAILED)[1])["hint"]


async def test_a_check_that_is_answered_after_the_run_was_cancelled_writes_nothing_twice() -> None:
    """Its step was left out meanwhile, or ends as it would."""
    house = House()
    house.world.answers["ok"] = deque([False] * 9)
    async with house.serving():
        card = await house.start(plan(check("ok", {"within": 60})))
        await house.until(Kind.STEP_INTENT)
        await house.order(Request.CANCEL)
        assert (await house.engine.over(card.id)).state is RunState.CANCELLED
    assert len(house.events(Kind.STEP_SKIPPED)) == 1


async def test_a_verb_that_is_gone_cannot_be_taken_back() -> None:
    """Undo goes on with the others."""
    house = House()
    house.world.script("c", "act", NO)
    async with house.serving():
        await house.start(
            plan(
                step("a", values={"undo": "back", "lasts": 30}),
                step("b", values={"lasts": 30}, needs=("a",)),
                step("c", needs=("b",), on_failure=OnFailure.UNDO),
            )
        )
        await house.until(Kind.STEP_DONE, step="a")
        progress = house.engine._movers[RunId("r-1")].hand.progress
        each = next(each for each in progress.steps.values() if each.step.id == "a")
        each.intent = {"values": {"invalid": 1}}
        await house.engine.over(RunId("r-1"))
    assert house.events(Kind.UNDO_STARTED)[0].payload["steps"] == []


async def test_following_from_the_end_of_a_finished_run_gives_nothing_and_ends() -> None:
    """A page that was open before a restart."""
    house = House()
    card = await house.run(plan(step("a")))

    assert [event async for event in house.engine.follow(card.id, 99)] == []


async def test_a_run_that_ends_between_two_questions_is_followed_to_its_last_event() -> None:
    """The last event is never missed."""
    house = House()
    card = await house.run(plan(step("a")))
    real, asked = house.journal.events, 0

    async def late(run: RunId, *, after: int = 0) -> tuple[Event, ...]:
        nonlocal asked
        asked += 1
        return () if asked == 1 else await real(run, after=after)

    house.journal.events = late  # type: ignore[method-assign]  # the first answer comes before the run's end
    followed = [event.sequence async for event in house.engine.follow(card.id)]
    assert followed == list(range(1, len(house.events()) + 1))


async def test_a_claim_of_a_finished_run_is_given_back() -> None:
    """It ended while the claim was being made."""
    house = House()
    await house.run(plan(step("a")))
    before = len(house.events())
    house.open()
    await house.engine._move(Claim(run=RunId("r-1"), token=9, daemon="d-2", resumed=True))
    assert len(house.events()) == before


async def test_many_plans_do_not_fill_the_memory() -> None:
    """The oldest is dropped and read again when it is wanted."""
    house = House()
    async with house.serving():
        for number in range(70):
            card = await house.start(plan(step(f"s{number}")), run=RunId(f"r-{number}"))
            await house.engine.over(card.id)
        assert len(house.engine._plans._kept) == 64
        assert (await house.engine.progress(RunId("r-0"))).state is RunState.SUCCEEDED


class ScriptedRuns:
    """Answers what a parent needs of the engine, as a test says."""

    def __init__(self, *happenings: Exception | None) -> None:
        """Let these happen to orders."""
        self.happenings = deque(happenings)
        self.orders: list[Order] = []

    async def start(self, recovery_plan: RecoveryPlan, wish: StartWish) -> RunCard:
        """Start nothing."""
        raise NotImplementedError

    async def over(self, run: RunId) -> RunCard:
        """Wait for nothing."""
        raise NotImplementedError

    async def control(self, order: Order) -> Progress:
        """Take an order."""
        self.orders.append(order)
        happens = self.happenings.popleft()
        if happens is not None:
            raise happens
        return Progress(plan())


@pytest.mark.parametrize(
    ("happenings", "offered"),
    [
        ([None], 1),
        ([RefusedError("the run is over")], 1),
        ([ConflictError("taken over"), None], 2),
        ([JournalUnavailableError("the disk is full")] * 5, 5),
    ],
)
async def test_an_order_is_offered_to_a_child_until_it_is_taken_or_refused(
    happenings: list[Exception | None], offered: int
) -> None:
    """The parent's order stands whatever the child says."""
    house = House()
    async with house.serving():
        await house.start(plan(check("ok", {"within": 600}), step("a", values={"lasts": 600})))
        await house.start(plan(service=ServiceId("x")), run=RunId("r-2"), parent=(RunId("r-1"), "a"))
        await house.until(Kind.STEP_RECORDED)
        hand = house.engine._movers[RunId("r-1")].hand
        child = house.journal.cards[RunId("r-2")]
        house.journal.cards[RunId("r-2")] = replace(child, state=RunState.RUNNING)
        runs = ScriptedRuns(*happenings)
        await pass_on(runs, hand, Request.PAUSE, RunId("r-2"))
    assert len(runs.orders) == offered
    assert runs.orders[0].reason == "with its parent r-1"


@pytest.mark.parametrize("other", ["", "child"])
async def test_a_conflict_without_a_name_fails_and_one_with_the_childs_own_name_does_not(other: str) -> None:
    """The child may have been accepted in the same breath."""
    house = House()
    databank = plan(step("x"), service=ServiceId("databank"), runbook=RunbookId("databank"))
    own = child_run_id(RunId("r-1"), "databank", 1)  # type: ignore[arg-type]  # step ids are texts
    real = house.journal.accept

    async def accept(
        card: RunCard, recovery_plan: RecoveryPlan, first: Event, *, trigger: Trigger | None = None
    ) -> RunCard:
        if card.id == own:
            if other:
                await real(card, recovery_plan, first)
                await house.dispatcher.submit(own)
            raise ConflictError("in the way", other=own if other else "")
        return await real(card, recovery_plan, first, trigger=trigger)

    house.journal.accept = accept  # type: ignore[method-assign]  # a journal that lost a race
    card = await house.run(
        plan(step("databank", "runbook", child=databank, on_failure=OnFailure.STOP), service=None, objectives=None)
    )
    assert card.state is (RunState.SUCCEEDED if other else RunState.FAILED)


async def test_a_run_that_stops_while_an_undo_is_due_loses_its_claim_quietly() -> None:
    """Refused at the very write that would have ended the run."""
    house = House()
    house.world.script("a", "poll", Pending(wait=timedelta(seconds=5)))
    async with house.serving():
        card = await house.start(plan(step("a", values={"lasts": 5}), step("z", phase=Phase.ALWAYS)))
        await house.until(Kind.STEP_RECORDED)
        mover = house.engine._movers[card.id]
        mover.hand.scribe._lost = True
        while house.engine.health.moving:
            await house.clock.sleep(timedelta(seconds=1))
    assert house.events(Kind.RUN_FINISHED) == []
