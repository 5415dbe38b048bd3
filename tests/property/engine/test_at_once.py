"""An operator cancels while a person approves while the step fails: every order of arrival, here and elsewhere."""

import asyncio
from itertools import permutations, product

import pytest

from drd.domain.errors import DrdError, PermanentError
from drd.domain.events import Event, Kind, first_broken
from drd.domain.ids import RunId, StepId
from drd.domain.language import Text
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import ApprovalTerms, Phase
from drd.engine.engine import Engine, Order, StartWish
from tests.fakes.engine_house import plan, step
from tests.fakes.scripted_world import HANG
from tests.fakes.two_daemons import TwoDaemons, two_daemons

pytestmark = pytest.mark.anyio

RUN = RunId("r-1")
TERMS = ApprovalTerms(ask=Text(nl="Doorgaan?"), by=())
ORDERS = {
    "cancel": Order(run=RUN, request=Request.CANCEL, actor="an", reason="false alarm"),
    "approve": Order(run=RUN, request=Request.APPROVE, actor="bo", step=StepId("go")),
    "deny": Order(run=RUN, request=Request.DENY, actor="cor", step=StepId("go"), reason="not yet"),
}


async def _told(both: TwoDaemons, kind: Kind, name: str) -> None:
    async for event in both.first.follow(RUN):
        if event.kind is kind and event.step == name:
            return


async def _give(engine: Engine, order: Order) -> str:
    try:
        await engine.control(order)
    except DrdError as error:
        return error.message
    return ""


async def _at_once(names: tuple[str, ...], elsewhere: tuple[bool, ...]) -> tuple[list[Event], dict[str, str]]:
    """Give all orders in one turn of the loop, in this order, by these daemons, as a step fails in the same turn."""
    async with two_daemons() as both:
        both.world.script("a", "act", HANG)
        both.world.script("a", "poll", PermanentError("no"))
        serving = asyncio.ensure_future(both.first.serve())
        steps = (
            step("a", values={"lasts": 60}),
            step("go", "approve", approval=TERMS),
            step("b", needs=("a", "go")),
            step("z", phase=Phase.ALWAYS),
        )
        await both.first.start(plan(*steps), StartWish(actor="dirk", run=RUN))
        await both.world.hanging.wait()
        await _told(both, Kind.APPROVAL_ASKED, "go")
        given = [
            asyncio.ensure_future(_give(both.second if far else both.first, ORDERS[name]))
            for name, far in zip(names, elsewhere, strict=True)
        ]
        both.world.released.set()
        answers = dict(zip(names, await asyncio.gather(*given), strict=True))
        if answers["cancel"]:
            await both.first.control(ORDERS["cancel"])
        assert (await both.first.over(RUN)).state is RunState.CANCELLED
        await both.first.drain()
        await serving
        return list(await both.stores[0].journal.events(RUN)), answers


@pytest.mark.timeout(5)
@pytest.mark.parametrize("elsewhere", list(product([False, True], repeat=3)), ids=str)
@pytest.mark.parametrize("names", list(permutations(ORDERS)), ids="-".join)
async def test_each_order_is_carried_out_or_refused_and_the_journal_tells_one_story(
    names: tuple[str, ...], elsewhere: tuple[bool, ...]
) -> None:
    """First come, first carried out; what comes too late is refused, and says why. Nothing is done twice."""
    events, answers = await _at_once(names, elsewhere)

    assert first_broken(events) is None
    kinds = [event.kind for event in events]
    assert kinds.count(Kind.RUN_CANCEL) == 1
    assert not answers["cancel"], "a cancel is legal whatever the others did"
    told = {"approve": Kind.APPROVAL_GIVEN, "deny": Kind.APPROVAL_DENIED}
    cancelled = kinds.index(Kind.RUN_CANCEL)
    for name, kind in told.items():
        assert kinds.count(kind) == (not answers[name])
        assert all(kinds.index(kind) < cancelled for _ in range(kinds.count(kind))), "nobody answers a run that ends"
    assert answers["approve"] or answers["deny"], "a question has one answer"
    settled = [event.step for event in events if event.kind in {Kind.STEP_DONE, Kind.STEP_SKIPPED}]
    settled += [event.step for event in events if event.kind is Kind.STEP_FAILED and event.payload["final"]]
    assert len(settled) == len(set(settled))
    assert "b" not in {event.step for event in events if event.kind is Kind.STEP_INTENT}
    assert [event.step for event in events if event.kind is Kind.STEP_DONE][-1] == "z"
