"""A clean-up of what a run never began has nothing to do; where that is not certain, it says what it misses."""

from collections import deque
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.call import Call
from drd.domain.drill_claims import claims_of_run
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.errors import PermanentError
from drd.domain.estate import NamedCheck
from drd.domain.events import Event, Kind, seal
from drd.domain.ids import RunId
from drd.domain.lifecycle import Request
from drd.domain.plan import Mode, OnFailure, Phase, RecoveryPlan, Step
from tests.fakes.engine_house import House, failure, plan, step

pytestmark = pytest.mark.anyio

GROUP = "/subscriptions/s/resourceGroups/drill-r-1"
LOKET = NamedCheck(id="loket", call=Call(uses="check.it", values={"name": "loket"}))


def _group(name: str = "group", **others: Any) -> Step:
    made = [{"id": GROUP, "kind": "resource-group"}]
    return step(name, values={"creates": made, "outputs": {"id": GROUP}}, on_failure=OnFailure.STOP, **others)


def _gone(uses: str = "resource-group.delete", **values: Any) -> Step:
    return step("gone", uses, {"id": "${{ steps.group.id }}", **values}, phase=Phase.ALWAYS)


def _drill(*steps: Step, **others: Any) -> RecoveryPlan:
    return plan(step("first", values={"lasts": 60}, on_failure=OnFailure.STOP), *steps, mode=Mode.DRILL, **others)


def _missing(house: House) -> list[str | None]:
    return [event.step for event in house.events(Kind.STEP_FAILED) if failure(event)["code"] == "output-missing"]


def _skipped(house: House) -> list[tuple[str | None, str, Any]]:
    return [(event.step, event.actor, event.payload["because"]) for event in house.events(Kind.STEP_SKIPPED)]


async def test_after_a_failure_what_was_never_begun_is_not_removed() -> None:
    """It is left out, with the reason; what failed is what failed."""
    house = House()
    house.world.script("first", "act", PermanentError("no"))
    await house.run(_drill(_group(needs=("first",)), _gone()))

    assert _skipped(house) == [("gone", "drd", "nothing to remove: group never began")]
    assert [event.step for event in house.events(Kind.STEP_FAILED)] == ["first"]
    assert (house.finished()["because"], house.finished()["leftovers"]) == ("failed: first", [])


async def test_a_drill_that_production_refuses_shows_no_failure() -> None:
    """Nothing was made, nothing failed, and the verdict says why it did not begin."""
    house = House()
    house.world.answers["loket"] = deque([False] * 99)
    drill = _drill(_group(), _gone(), hypothesis=(LOKET,))
    await house.run(drill)

    assert house.world.names_sent() == []
    assert (_skipped(house), house.events(Kind.STEP_FAILED)) == (
        [("gone", "drd", "nothing to remove: group never began")],
        [],
    )
    (claim,) = claims_of_run(drill, house.events(), longest=timedelta(hours=4))
    assert (claim.verdict, claim.because.startswith("refused at start")) == (DrillVerdict.ABORTED, True)


async def test_after_a_cancel_what_was_never_begun_is_not_removed() -> None:
    """Its turn was still to come."""
    house = House()
    async with house.serving():
        await house.start(_drill(_group(needs=("first",)), _gone()))
        await house.until(Kind.STEP_RECORDED, step="first")
        await house.order(Request.CANCEL)
        await house.until(Kind.RUN_FINISHED)

    assert _skipped(house) == [("gone", "drd", "nothing to remove: group never began")]
    assert (house.world.names_sent(), house.finished()["state"]) == (["first"], "cancelled")


async def test_what_began_and_gave_nothing_is_missed_aloud() -> None:
    """Its request left, so something may stand although nobody knows its name."""
    house = House()
    house.world.script("group", "act", PermanentError("no"))
    await house.run(_drill(step("group", on_failure=OnFailure.STOP), _gone()))

    assert (_skipped(house), _missing(house)) == ([], ["gone"])


async def test_one_that_began_makes_all_of_it_uncertain() -> None:
    """The clean-up names two; one of them was made."""
    house = House()
    house.world.script("first", "verify", RuntimeError("odd"))
    await house.run(_drill(_group(needs=("first",)), _gone(other="${{ steps.first.id }}")))

    assert (_skipped(house), _missing(house)) == ([], ["gone"])


async def test_only_what_removes_has_nothing_to_do() -> None:
    """Anything else that always runs misses what it was to be given."""
    house = House()
    house.world.script("first", "act", PermanentError("no"))
    await house.run(_drill(_group(needs=("first",)), _gone(uses="put")))

    assert (_skipped(house), _missing(house)) == ([], ["gone"])


@pytest.mark.parametrize("cancelled", [False, True])
async def test_what_a_person_passed_over_may_stand_all_the_same(*, cancelled: bool) -> None:
    """They may have made it themselves; the clean-up says what it misses."""
    house = House()
    async with house.serving():
        await house.start(_drill(_group(needs=("first",)), _gone()))
        await house.until(Kind.STEP_RECORDED, step="first")
        await house.order(Request.SKIP, "group", reason="it stands already")
        if cancelled:
            await house.order(Request.CANCEL)
        await house.until(Kind.STEP_FAILED)

    assert (_missing(house), [step for step, actor, _ in _skipped(house) if actor == "drd"]) == (["gone"], [])


async def test_a_journal_that_was_put_back_is_not_believed_about_what_never_began() -> None:
    """The run was parked: what it began after the copy was taken is in no copy."""
    house = House()
    async with house.serving():
        await house.start(_drill(_group(needs=("first",)), _gone()))
        await house.until(Kind.STEP_RECORDED, step="first")
        await house.kill()
    stored = house.journal.stored[RunId("r-1")]
    last = stored[-1]
    parked = Event(
        run=last.run,
        sequence=last.sequence + 1,
        kind=Kind.RUN_PARKED,
        at=house.clock.now(),
        payload={"question": "from a copy"},
        token=last.token,
    )
    stored.append(seal(parked, last.hash))
    house.open()
    async with house.serving():
        await house.until(Kind.RUN_PARKED)
        await house.order(Request.CANCEL)
        await house.until(Kind.RUN_FINISHED)

    assert ("gone" in _missing(house), [step for step, _, _ in _skipped(house) if step == "gone"]) == (True, [])
