"""Child runs: started once, adopted, followed, paused and cancelled with their parent."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.errors import PermanentError
from drd.domain.events import FILES, Kind
from drd.domain.ids import RunbookId, RunId, ServiceId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import OnFailure, Origin, RecoveryGroup, RecoveryPlan, Step
from drd.engine.children import child_run_id
from tests.fakes.engine_house import House, failure, plan, step

pytestmark = pytest.mark.anyio

BROKEN = PermanentError("no quota")


def child(service: str, *steps: Step, **others: Any) -> RecoveryPlan:
    """Make a child's plan; its steps' effects carry the service's name."""
    return plan(
        *(steps or (step(f"{service}-a", values={"lasts": 60}),)),
        service=ServiceId(service),
        runbook=RunbookId(service),
        **others,
    )


def parent(*children: RecoveryPlan, groups: tuple[RecoveryGroup, ...] = (), **others: Any) -> RecoveryPlan:
    """Make a parent of these."""
    return plan(
        *(step(str(each.service), "runbook", child=each, **others) for each in children),
        service=None,
        runbook=RunbookId("minimale-dienstverlening"),
        objectives=None,
        groups=groups,
    )


def run_of(service: str, attempt: int = 1) -> RunId:
    """Name the child run of a step."""
    return child_run_id(RunId("r-1"), service, attempt)  # type: ignore[arg-type]  # step ids are texts


async def test_a_child_run_has_its_own_journal_and_gives_its_figures_to_the_parent() -> None:
    """Own id, own lock; actor, incident and ungraceful are passed down."""
    house = House()
    incident = house.clock.now() - timedelta(minutes=10)
    card = await house.run(parent(child("databank"), child("website")), graceful=False, incident_at=incident)
    accepted = house.events(Kind.RUN_ACCEPTED, run=run_of("databank"))[0]

    assert card.state is RunState.SUCCEEDED
    assert accepted.actor == "an"
    assert accepted.payload["graceful"] is False
    assert accepted.payload["parent"] == {"run": "r-1", "step": "databank"}
    assert house.journal.cards[run_of("databank")].parent == "r-1"
    outputs = house.events(Kind.STEP_DONE)[0].payload["outputs"]
    assert isinstance(outputs, dict)
    assert (outputs["run"], outputs["state"]) == (run_of("databank"), "succeeded")
    assert outputs["figures"]["incident-at"] == accepted.payload["incident-at"]


async def test_a_run_and_each_child_name_the_files_that_their_plans_were_made_of() -> None:
    """A child's are those that its parent was accepted with, whatever the file holds by now."""
    house = House()
    children = (replace(child(name), origin=Origin(digest=f"sha-{name}")) for name in ("databank", "website"))
    await house.run(replace(parent(*children), origin=Origin(digest="sha-parent", version="7")))

    of_parent: Any = house.events(Kind.RUN_ACCEPTED)[0].payload[FILES]
    of_child: Any = house.events(Kind.RUN_ACCEPTED, run=run_of("databank"))[0].payload[FILES]

    assert of_parent["minimale-dienstverlening"] == {"digest": "sha-parent", "version": "7"}
    assert of_child == {child("databank").runbook: of_parent[child("databank").runbook]}


@pytest.mark.parametrize("swallow", [False, True])
async def test_killed_anywhere_a_child_run_is_started_once(swallow: bool) -> None:
    """Its id is made from its parent's, so a crash in between does not make two."""
    whole = House()
    await whole.run(parent(child("databank")))
    for point in range(1, whole.journal.written):
        house = House()
        house.journal.swallow = swallow
        house.journal.freeze_after = point
        async with house.serving():
            starting = asyncio.ensure_future(house.start(parent(child("databank"))))
            await house.journal.frozen.wait()
            await house.kill()
            starting.cancel()
        async with house.serving():
            assert (await house.engine.over(RunId("r-1"))).state is RunState.SUCCEEDED
        assert set(house.journal.cards) == {"r-1", run_of("databank")}
        assert house.world.names_sent() == ["databank-a"]


async def test_a_run_of_the_same_plan_that_goes_on_already_is_adopted() -> None:
    """Whoever started the database first, it is recovered once; the parent's cancel leaves it alone."""
    house = House()
    async with house.serving():
        await house.start(child("databank"), run=RunId("r-2"))
        await house.start(parent(child("databank")))
        started = await house.until(Kind.CHILD_STARTED)
        await house.order(Request.CANCEL)
        await house.engine.over(RunId("r-1"))

    assert started.payload == {"run": "r-2", "adopted": True}
    assert house.journal.cards[RunId("r-2")].state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["databank-a"]


async def test_a_run_of_another_plan_is_in_the_way_and_is_named() -> None:
    """The step fails with the other run's id."""
    house = House()
    async with house.serving():
        await house.start(child("databank", step("other", values={"lasts": 600})), run=RunId("r-2"))
        await house.start(parent(child("databank"), on_failure=OnFailure.STOP))
        event = await house.until(Kind.STEP_FAILED)
        await house.engine.over(RunId("r-1"))

    assert failure(event)["code"] == "conflict"
    assert "r-2" in failure(event)["message"]


async def test_a_child_that_fails_fails_its_step_and_a_retry_starts_a_new_one() -> None:
    """The failed run keeps its id and its journal."""
    house = House()
    databank = child("databank", step("x", on_failure=OnFailure.STOP))
    house.world.script("x", "act", BROKEN)
    async with house.serving():
        await house.start(parent(databank))
        event = await house.until(Kind.STEP_FAILED)
        assert failure(event)["code"] == "child-failed"
        assert failure(event)["target"] == run_of("databank")
        await house.order(Request.RETRY, "databank")
        assert (await house.engine.over(RunId("r-1"))).state is RunState.SUCCEEDED

    assert house.journal.cards[run_of("databank", 2)].state is RunState.SUCCEEDED


async def test_pause_resume_and_cancel_pass_down() -> None:
    """The child stands in the state that its parent was put in."""
    house = House()
    databank = child("databank", step("x", values={"lasts": 60}), step("y", needs=("x",)))
    async with house.serving():
        await house.start(parent(databank))
        await house.until(Kind.CHILD_STARTED)
        await house.order(Request.PAUSE, reason="wait for the mayor")
        assert house.journal.cards[run_of("databank")].state is RunState.PAUSED
        paused = house.events(Kind.RUN_PAUSED, run=run_of("databank"))[0]
        assert (paused.actor, paused.reason) == ("an", "wait for the mayor")
        await house.order(Request.RESUME)
        assert house.journal.cards[run_of("databank")].state is RunState.RUNNING
        await house.order(Request.CANCEL)
        assert (await house.engine.over(RunId("r-1"))).state is RunState.CANCELLED

    assert house.journal.cards[run_of("databank")].state is RunState.CANCELLED
    assert "y" not in house.world.names_sent()


@pytest.mark.parametrize(("request_", "kind"), [(Request.PAUSE, Kind.RUN_PAUSED), (Request.CANCEL, Kind.RUN_CANCEL)])
async def test_an_order_that_came_while_nobody_moved_the_parent_reaches_the_child(
    request_: Request, kind: Kind
) -> None:
    """Written to the parent's journal between two processes, passed on by the next."""
    house = House()
    async with house.serving():
        await house.start(parent(child("databank", step("x", values={"lasts": 600}))))
        await house.until(Kind.CHILD_STARTED)
        await house.kill()
    await house.order(request_)
    async with house.serving():
        assert (await house.until(kind, run=run_of("databank"))).actor == "drd"


async def test_a_cancelled_parent_starts_no_child() -> None:
    """No new action."""
    house = House()
    house.journal.freeze_after = 3
    async with house.serving():
        await house.start(parent(child("databank")))
        await house.journal.frozen.wait()
        await house.kill()
    await house.order(Request.CANCEL)
    async with house.serving():
        assert (await house.engine.over(RunId("r-1"))).state is RunState.CANCELLED
    assert set(house.journal.cards) == {"r-1"}


@pytest.mark.parametrize(("failing", "state"), [(1, RunState.SUCCEEDED), (2, RunState.FAILED)])
async def test_a_group_bears_as_many_failed_children_as_it_says(failing: int, state: RunState) -> None:
    """Minimum-success: 75 % of four is three."""
    house = House()
    group = RecoveryGroup(id="tier-2", minimum_success=75)
    names = ["w1", "w2", "w3", "w4"]
    for name in names[:failing]:
        house.world.script(f"{name}-x", "act", BROKEN)
    children = [child(name, step(f"{name}-x", on_failure=OnFailure.STOP)) for name in names]
    card = await house.run(parent(*children, groups=(group,), group="tier-2", on_failure=OnFailure.CONTINUE))

    assert card.state is state


async def test_a_child_that_is_not_critical_may_fail() -> None:
    """The parent succeeds, the child's own run tells the truth."""
    house = House()
    house.world.script("x", "act", BROKEN)
    databank = child("databank", step("x", on_failure=OnFailure.STOP))
    card = await house.run(parent(databank, critical=False))

    assert card.state is RunState.SUCCEEDED
    assert house.journal.cards[run_of("databank")].state is RunState.FAILED


async def test_a_step_without_its_childs_plan_fails() -> None:
    """A plan that drd did not make itself."""
    house = House()
    await house.run(plan(step("x", "runbook", on_failure=OnFailure.STOP), service=None))

    assert failure(house.events(Kind.STEP_FAILED)[0])["code"] == "no-child-plan"
