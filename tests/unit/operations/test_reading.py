"""Reading runs, approvals, plans and the daemon: what is shown is what the journal holds, to those who may see it."""

from typing import Any

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import ForbiddenError, NotFoundError
from drd.domain.events import Kind
from drd.domain.ids import RunbookId, RunId, TenantId
from drd.domain.language import Text
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import ApprovalTerms, Mode, RecoveryPlan
from drd.engine.orders import Order
from drd.engine.simulation import Simulator
from drd.operations.list_approvals import ListApprovals
from drd.operations.show_daemon import ShowDaemon
from drd.operations.show_plan import ShowPlan
from drd.operations.show_run import RunView, ShowRun
from drd.ports.journal import RunFilter
from drd.ports.runbooks import PlanWish
from tests.fakes.engine_house import House, plan, step
from tests.fakes.memory_drills import MemoryDrills
from tests.fakes.scripted_world import ScriptedActions, ScriptedChecks
from tests.fakes.small_estate import FixedRunbooks

pytestmark = pytest.mark.anyio

VIEWER = Actor(name="an", roles=frozenset({Role.VIEWER}))
NOBODY = Actor(name="x", roles=frozenset())
STRANGER = Actor(name="y", roles=frozenset({Role.APPROVER}), tenants=frozenset({TenantId("elders")}))


def _asking() -> RecoveryPlan:
    terms = ApprovalTerms(ask=Text(nl="DNS omzetten?"), by=("crisisteam",), minimum=2)
    return plan(step("go", "approve", approval=terms), step("a", needs=("go",)))


async def test_an_approval_that_waits_is_listed_with_who_gave_already() -> None:
    """Its id is what the command takes; it leaves the list when it has what it needs."""
    house = House()
    approvals = ListApprovals(journal=house.journal, engine=house.engine)
    async with house.serving():
        await house.start(_asking())
        await house.until(Kind.APPROVAL_ASKED)
        (waiting,) = await approvals.waiting(VIEWER)
        assert (waiting.id, waiting.starter, waiting.given) == ("r-1/go", "an", ())

        for name in ("bo", "cas"):
            given = Order(
                run=RunId("r-1"), request=Request.APPROVE, step=waiting.step, actor=name, reason="akkoord",
                contacts=frozenset({"crisisteam"}),
            )  # fmt: skip
            await house.engine.control(given)
            if name == "bo":
                assert (await approvals.show(VIEWER, "r-1/go")).given == ("bo",)
        await house.engine.over(RunId("r-1"))

    assert await approvals.waiting(VIEWER) == ()
    with pytest.raises(NotFoundError):
        await approvals.show(VIEWER, "r-1/go")


async def test_approvals_of_another_municipality_are_not_shown() -> None:
    """Neither in the list nor by name."""
    house = House()
    approvals = ListApprovals(journal=house.journal, engine=house.engine)
    async with house.serving():
        await house.start(_asking())
        await house.until(Kind.APPROVAL_ASKED)
        assert await approvals.waiting(STRANGER) == ()
        with pytest.raises(ForbiddenError):
            await approvals.show(STRANGER, "r-1/go")


async def test_a_run_is_shown_by_the_beginning_of_its_id_as_its_journal_tells() -> None:
    """State, steps and figures are folded anew from the events."""
    house = House()
    await house.run(plan(step("a"), step("b", needs=("a",))))
    show = ShowRun(journal=house.journal, engine=house.engine, drills=MemoryDrills(house.journal))
    view = await show.show(VIEWER, "r-")
    assert isinstance(view, RunView)

    assert (view.card.id, view.card.state) == ("r-1", RunState.SUCCEEDED)
    assert {each.state for each in view.progress.steps.values()} == {StepState.DONE}
    assert view.progress.sequence == len(house.events())
    assert view.figures.incident_at == house.events()[0].at


async def test_the_events_of_a_run_are_read_and_followed_from_any_place() -> None:
    """Following a run that is over ends at its last event."""
    house = House()
    await house.run(plan(step("a")))
    show = ShowRun(journal=house.journal, engine=house.engine, drills=MemoryDrills(house.journal))
    last = house.events()[-1].sequence

    assert [event.sequence for event in await show.events(VIEWER, "r-1", after=2)] == list(range(3, last + 1))
    assert [event.sequence async for event in await show.follow(VIEWER, "r-1", after=last - 1)] == [last]


@pytest.mark.parametrize("actor", [NOBODY, STRANGER], ids=["without a role", "of another municipality"])
async def test_runs_are_not_shown_to_strangers(actor: Actor) -> None:
    """One run, its events, and its stream."""
    house = House()
    await house.run(plan(step("a")))
    show = ShowRun(journal=house.journal, engine=house.engine, drills=MemoryDrills(house.journal))
    with pytest.raises(ForbiddenError):
        await show.show(actor, "r-1")
    with pytest.raises(ForbiddenError):
        await show.events(actor, "r-1")
    with pytest.raises(ForbiddenError):
        _ = [event async for event in await show.follow(actor, "r-1")]


async def test_a_list_of_runs_holds_only_what_the_actor_may_see() -> None:
    """A role that counts for one municipality lists that one's runs."""
    house = House()
    await house.run(plan(step("a")))
    show = ShowRun(journal=house.journal, engine=house.engine, drills=MemoryDrills(house.journal))

    assert [card.id for card in await show.runs(VIEWER, RunFilter())] == ["r-1"]
    assert await show.runs(STRANGER, RunFilter()) == ()


async def test_a_plan_is_shown_and_nothing_is_touched() -> None:
    """Each step in words, and the hash that a start may name."""
    house, of = House(), plan(step("a"), step("b", needs=("a",)))
    simulator = Simulator(actions=ScriptedActions(house.world), checks=ScriptedChecks(house.world))
    show = ShowPlan(runbooks=FixedRunbooks(of), simulator=simulator)
    wish = PlanWish(runbook=RunbookId("burgerzaken"), tenant=None, mode=Mode.FAILOVER)
    view = show.plan(VIEWER, wish)

    assert view.hash == of.hash()
    assert len(view.steps) == 2
    assert (house.world.sent, house.journal.cards) == ([], {})
    with pytest.raises(ForbiddenError):
        show.plan(NOBODY, wish)
    with pytest.raises(ForbiddenError):
        show.runbooks(NOBODY)


async def test_the_daemon_says_what_troubles_it() -> None:
    """While the journal cannot be written nothing is sent, and this is where people learn why."""
    house = House()
    terms: dict[str, Any] = {"journal": house.journal, "engine": house.engine, "clock": house.clock}
    view = await ShowDaemon(**terms, version="0.1.0", metrics="http://127.0.0.1:9790/metrics")(VIEWER)

    assert (view.version, view.trouble, view.active_runs) == ("0.1.0", "", 0)
    assert view.now == house.clock.now()
    assert view.actor is VIEWER
