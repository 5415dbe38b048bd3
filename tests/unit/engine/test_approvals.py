"""Approvals: who may answer, how many are needed, and what time does."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.errors import ForbiddenError, RefusedError
from drd.domain.events import Kind
from drd.domain.language import Text
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import ApprovalTerms, OnFailure, Phase, RecoveryPlan
from tests.fakes.engine_house import House, failure, plan, step

pytestmark = pytest.mark.anyio

CRISIS = frozenset({"crisisteam"})


def asking(**terms: Any) -> RecoveryPlan:
    """Make a plan that asks before it acts."""
    others = {name: terms.pop(name) for name in ("on_failure",) if name in terms}
    approval = ApprovalTerms(ask=Text(nl="DNS omzetten?"), **{"by": ("crisisteam",), **terms})
    return plan(step("go", "approve", approval=approval, **others), step("a", needs=("go",)))


async def test_an_approval_lets_the_run_go_on() -> None:
    """Asked with the plan's hash, answered by a contact that was asked."""
    house = House()
    async with house.serving():
        card = await house.start(asking())
        asked = await house.until(Kind.APPROVAL_ASKED)
        assert asked.payload == {"plan": card.plan_hash, "by": ["crisisteam"], "minimum": 1, "expires-at": None}
        assert house.journal.cards[card.id].state is RunState.WAITING

        progress = await house.order(Request.APPROVE, "go", actor="bo", contacts=CRISIS, reason="akkoord")
        assert progress.steps[asked.step or ""].outputs == {"approved-by": ["bo"]}
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED

    given = house.events(Kind.APPROVAL_GIVEN)[0]
    assert (given.actor, given.reason) == ("bo", "akkoord")


async def test_somebody_who_was_not_asked_may_not_answer() -> None:
    """The catalogue's contacts decide."""
    house = House()
    async with house.serving():
        await house.start(asking())
        await house.until(Kind.APPROVAL_ASKED)
        with pytest.raises(ForbiddenError, match="not among those who are asked"):
            await house.order(Request.APPROVE, "go", actor="bo", contacts=frozenset({"supplier"}))
        with pytest.raises(ForbiddenError):
            await house.order(Request.DENY, "go", actor="bo")
    assert house.world.sent == []


async def test_the_starter_may_not_approve_where_a_second_person_is_wanted() -> None:
    """Four eyes."""
    house = House()
    async with house.serving():
        await house.start(asking(not_the_starter=True))
        await house.until(Kind.APPROVAL_ASKED)
        with pytest.raises(ForbiddenError, match="an started the run"):
            await house.order(Request.APPROVE, "go", actor="an", contacts=CRISIS)


async def test_two_approvals_are_of_two_people() -> None:
    """Nobody votes twice."""
    house = House()
    async with house.serving():
        card = await house.start(asking(minimum=2))
        await house.until(Kind.APPROVAL_ASKED)
        await house.order(Request.APPROVE, "go", actor="bo", contacts=CRISIS)
        with pytest.raises(RefusedError, match="bo approved already"):
            await house.order(Request.APPROVE, "go", actor="bo", contacts=CRISIS)
        assert house.world.sent == []
        await house.order(Request.APPROVE, "go", actor="cas", contacts=CRISIS)
        await house.engine.over(card.id)

    assert house.events(Kind.STEP_DONE)[0].payload["outputs"] == {"approved-by": ["bo", "cas"]}


async def test_a_denial_fails_the_step_and_pauses_the_run() -> None:
    """A retry asks anew, with no votes left over."""
    house = House()
    async with house.serving():
        card = await house.start(asking(minimum=2))
        await house.until(Kind.APPROVAL_ASKED)
        await house.order(Request.APPROVE, "go", actor="bo", contacts=CRISIS)
        progress = await house.order(Request.DENY, "go", actor="cas", contacts=CRISIS, reason="te vroeg")
        assert progress.state is RunState.PAUSED
        assert failure(house.events(Kind.STEP_FAILED)[0])["message"] == "cas refused: te vroeg"

        progress = await house.order(Request.RETRY, "go")
        for actor in ("bo", "cas"):
            while progress.state is not RunState.WAITING:
                await house.clock.sleep(timedelta(seconds=1))
                progress = await house.engine.progress(card.id)
            await house.order(Request.APPROVE, "go", actor=actor, contacts=CRISIS)
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert [event.attempt for event in house.events(Kind.APPROVAL_ASKED)] == [1, 2]


async def test_a_question_expires() -> None:
    """Silence is no consent."""
    house = House()
    async with house.serving():
        await house.start(asking(expires=timedelta(hours=2), on_failure=OnFailure.STOP))
        event = await house.until(Kind.STEP_FAILED)

    assert failure(event)["code"] == "approval-expired"
    assert event.at - house.events(Kind.APPROVAL_ASKED)[0].at == timedelta(hours=2)
    assert house.world.sent == []


async def test_a_question_outlives_the_process() -> None:
    """It is not asked twice, and its votes stay."""
    house = House()
    async with house.serving():
        card = await house.start(asking(minimum=2, expires=timedelta(hours=2)))
        await house.until(Kind.APPROVAL_ASKED)
        await house.order(Request.APPROVE, "go", actor="bo", contacts=CRISIS)
        await house.kill()
    await house.order(Request.APPROVE, "go", actor="cas", contacts=CRISIS)
    async with house.serving():
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert len(house.events(Kind.APPROVAL_ASKED)) == 1


async def test_a_question_of_a_cancelled_run_is_dropped() -> None:
    """Nobody has to answer it."""
    house = House()
    async with house.serving():
        card = await house.start(asking())
        await house.until(Kind.APPROVAL_ASKED)
        await house.order(Request.CANCEL, reason="false alarm")
        assert (await house.engine.over(card.id)).state is RunState.CANCELLED
    assert house.events(Kind.STEP_SKIPPED)[0].payload["because"] == "cancelled"


async def test_an_approval_may_be_skipped_with_a_reason() -> None:
    """The crisis cell may be cut off."""
    house = House()
    async with house.serving():
        card = await house.start(asking())
        await house.until(Kind.APPROVAL_ASKED)
        await house.order(Request.SKIP, "go", reason="by telephone")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


@pytest.mark.parametrize("name", ["a", "nothing"])
async def test_only_a_question_that_waits_can_be_answered(name: str) -> None:
    """Anything else is refused with what is."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 60}), step("go", "approve", needs=("a",))))
        await house.until(Kind.STEP_RECORDED)
        with pytest.raises(Exception, match="step"):
            await house.order(Request.APPROVE, name, contacts=CRISIS)


async def test_a_step_without_terms_fails_instead_of_waiting_for_ever() -> None:
    """A plan that drd did not make itself."""
    house = House()
    await house.run(plan(step("go", "approve", on_failure=OnFailure.STOP, phase=Phase.MAIN)))

    assert failure(house.events(Kind.STEP_FAILED)[0])["code"] == "no-approval-terms"
