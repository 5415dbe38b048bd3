"""A plan that outlived its drd: the step says what is missing, other runs go on, and a person gets past it."""

from datetime import timedelta

import pytest

from drd import __version__
from drd.domain.errors import PermanentError
from drd.domain.events import Kind
from drd.domain.ids import RunId, ServiceId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from drd.ports.action import Doubt
from tests.fakes import scripted_world
from tests.fakes.engine_house import House, failure, plan, step
from tests.fakes.scripted_world import HANG

pytestmark = pytest.mark.anyio


@pytest.fixture
def old_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that this drd still knows, for as long as the test lets it."""
    monkeypatch.setitem(scripted_world.DOUBTS, "old", Doubt.ADOPTABLE)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next version of drd be without it."""
    monkeypatch.delitem(scripted_world.DOUBTS, "old")


async def test_a_verb_that_is_gone_is_named_with_version_and_plan() -> None:
    """The run waits for a person, who can leave the step out."""
    house = House()
    async with house.serving():
        card = await house.start(plan(step("a", "renamed.verb"), step("b", needs=["a"])))
        failed = failure(await house.until(Kind.STEP_FAILED))
        assert failed["code"] == "action-unknown"
        assert "renamed.verb" in failed["message"]
        for word in (__version__, card.plan_hash[:12], "resolve", "retry", "skip"):
            assert word in failed["hint"]

        await house.order(Request.SKIP, "a", reason="done by hand")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["b"]


async def test_other_runs_do_not_notice() -> None:
    """The fault is the plan's alone."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", "renamed.verb")))
        await house.until(Kind.STEP_FAILED)
        elsewhere = plan(step("z"), service=ServiceId("documenten"))
        other = await house.start(elsewhere, run=RunId("r-2"))
        assert (await house.engine.over(other.id)).state is RunState.SUCCEEDED


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_step_under_way_whose_verb_vanishes_is_adopted_once_it_is_back(
    recorded: bool, old_verb: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade lost the verb in the middle of its operation; the version that has it goes on, and sends nothing."""
    house = House()
    if not recorded:
        house.world.script("a", "act", HANG)
    async with house.serving():
        card = await house.start(plan(step("a", "old", {"lasts": 4000}, timeout=timedelta(hours=3))))
        await (house.until(Kind.STEP_RECORDED) if recorded else house.world.hanging.wait())
        forget(monkeypatch)
        await house.kill()
    async with house.serving():
        failed = await house.until(Kind.STEP_FAILED)
        assert failure(failed)["code"] == "action-unknown"
        assert failed.payload["in-doubt"] is True
        assert failed.payload["operation-id"] == "r-1/a/1"
        await house.order(Request.RETRY, "a")
        await house.until(Kind.STEP_RETRY)

        monkeypatch.setitem(scripted_world.DOUBTS, "old", Doubt.ADOPTABLE)
        while len(house.events(Kind.STEP_FAILED)) < 2:
            await house.clock.sleep(timedelta(seconds=1))
        await house.order(Request.RETRY, "a")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
    assert house.world.names_sent() == ["a"]


async def test_a_mode_that_an_action_lost_refuses_what_would_be_sent() -> None:
    """Also after a restart, when nothing of it had left."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", "drill.only"), mode=Mode.FAILOVER))
        failed = failure(await house.until(Kind.STEP_FAILED))

    assert failed["code"] == "mode-refused"
    assert __version__ in failed["hint"]
    assert "it runs in drill" in failed["hint"]
    assert house.world.sent == []


async def test_a_provider_without_the_capability_is_named() -> None:
    """The settings changed under the run."""
    house = House()
    missing = PermanentError("the provider does not offer site recovery", hint="choose", code="capability-missing")
    house.world.script("a", "look", missing)
    async with house.serving():
        card = await house.start(plan(step("a")))
        failed = failure(await house.until(Kind.STEP_FAILED))
        assert failed["hint"].startswith("choose; the plan ")
        assert card.plan_hash[:12] in failed["hint"]
        await house.order(Request.RETRY, "a")
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED


async def test_values_that_no_longer_validate_are_named() -> None:
    """With every fault, before anything is written or sent."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"invalid": 1})))
        failed = failure(await house.until(Kind.STEP_FAILED))

    assert failed["code"] == "values-unfit"
    assert __version__ in failed["hint"]
    assert house.events(Kind.STEP_INTENT) == []
