"""A drill goes on only while production does well."""

from collections import deque
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.call import Call
from drd.domain.drill_claims import claims_of_run
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.errors import PermanentError, TransientError
from drd.domain.estate import NamedCheck
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId, ServiceId
from drd.domain.language import Text
from drd.domain.lifecycle import Request
from drd.domain.plan import Mode, Phase, RecoveryPlan
from drd.domain.plan_json import plan_from_json
from drd.domain.steady import HYPOTHESIS, hypothesis_told
from tests.fakes.engine_house import House, plan, step

pytestmark = pytest.mark.anyio

LOKET = NamedCheck(id="loket", call=Call(uses="check.it", values={"name": "loket"}), text=Text(nl="Het loket werkt"))
SQL = NamedCheck(id="sql", call=Call(uses="check.it", values={"name": "sql"}))


def _drill(*checks: NamedCheck, mode: Mode = Mode.DRILL, **others: Any) -> RecoveryPlan:
    cleanup = step("cleanup", phase=Phase.ALWAYS)
    return plan(
        step("copy", values={"lasts": 600}),
        step("use", needs=["copy"]),
        cleanup,
        mode=mode,
        hypothesis=checks,
        **others,
    )


def _notes(house: House) -> list[Event]:
    return [event for event in house.events(Kind.RUN_NOTE) if HYPOTHESIS in event.payload]


def _said(event: Event) -> list[str]:
    told: Any = event.payload[HYPOTHESIS]
    return [each["answer"] for each in told["answers"]]


async def test_production_is_asked_first_all_along_and_as_in_steady_state() -> None:
    """One note at the beginning, one at the end with how often; the answers are those of production's own machines."""
    house = House()

    card = await house.run(_drill(LOKET, SQL))

    first, last = _notes(house)
    assert (card.state.value, first.sequence < house.events(Kind.STEP_INTENT)[0].sequence) == ("succeeded", True)
    assert (_said(first), first.reason) == (["green", "green"], "green: burgerzaken/loket, burgerzaken/sql")
    told: Any = last.payload[HYPOTHESIS]
    assert told["asked"] >= 10
    assert {context.mode for context in house.world.check_contexts} == {None}
    assert all(context.reach is house.reach for context in house.world.check_contexts)
    evidence = hypothesis_told(_drill(LOKET, SQL), house.events())
    assert (evidence["held"], evidence["asked"]) == (True, told["asked"])


async def test_a_drill_does_not_begin_while_production_is_red() -> None:
    """It is refused: nothing was made; what always runs has run."""
    house = House()
    house.world.answers["loket"] = deque([False] * 99)

    card = await house.run(_drill(LOKET))

    assert card.state.value == "cancelled"
    assert house.world.names_sent() == ["cleanup"]
    assert house.finished()["because"] == "refused at start"
    cancel = house.events(Kind.RUN_CANCEL)[0]
    assert (cancel.actor, cancel.reason) == (
        "drd",
        "refused at start: production is not green, so a drill may not begin: burgerzaken/loket is red: it is red",
    )
    (claim,) = claims_of_run(_drill(LOKET), house.events(), longest=timedelta(hours=4))
    assert (claim.verdict, claim.because) == (DrillVerdict.ABORTED, cancel.reason)


async def test_production_that_was_red_once_lets_the_drill_begin_when_it_is_green() -> None:
    """One bad answer is no trouble; that it came is told."""
    house = House()
    house.world.answers["loket"] = deque([False])

    card = await house.run(_drill(LOKET))

    assert card.state.value == "succeeded"
    assert [_said(each) for each in _notes(house)][:2] == [["red"], ["green"]]
    assert hypothesis_told(_drill(LOKET), house.events())["held"] is False


async def test_a_drill_stops_when_production_turns_red_and_cleans_up() -> None:
    """Red twice, within a minute and a bit; what is under way is followed to its end, nothing new begins."""
    house = House()
    house.world.answers["loket"] = deque([True, True, True, *[False] * 99])

    card = await house.run(_drill(LOKET))

    assert card.state.value == "cancelled"
    assert house.world.names_sent() == ["copy", "cleanup"]
    red = next(each for each in _notes(house) if _said(each) == ["red"])
    assert house.events(Kind.RUN_CANCEL)[0].at - red.at <= timedelta(seconds=30)


@pytest.mark.parametrize("trouble", [TransientError("nobody answers"), PermanentError("no such check"), KeyError("x")])
async def test_what_could_not_be_asked_is_told_and_stops_nothing(trouble: Exception) -> None:
    """Nothing follows from silence, least of all that all was green."""
    house = House()
    house.world.answers["loket"] = deque([trouble] * 99)

    card = await house.run(_drill(LOKET))

    assert card.state.value == "succeeded"
    assert _said(_notes(house)[0]) == ["unknown"]
    assert hypothesis_told(_drill(LOKET), house.events())["held"] == "unknown"


@pytest.mark.parametrize("mode", [Mode.FAILOVER, Mode.FAILBACK])
async def test_a_real_run_asks_nothing_of_the_kind(mode: Mode) -> None:
    """A failover goes on because production is down."""
    house = House()
    house.world.answers["loket"] = deque([False] * 99)

    card = await house.run(_drill(LOKET, mode=mode))

    assert (card.state.value, _notes(house), house.world.check_contexts) == ("succeeded", [], [])


async def test_a_killed_daemon_asks_anew_and_stops_the_drill_all_the_same() -> None:
    """Nothing has to be remembered."""
    house = House()
    async with house.serving():
        await house.start(_drill(LOKET))
        await house.until(Kind.STEP_RECORDED, step="copy")
        house.world.answers["loket"] = deque([False] * 99)
        await house.kill()
    async with house.serving():
        card = await house.engine.over(RunId("r-1"))

    assert card.state.value == "cancelled"
    assert house.world.names_sent() == ["copy", "cleanup"]


async def test_a_person_who_cancels_first_is_not_contradicted() -> None:
    """There is one cancel, the person's."""
    house = House()
    house.world.answers["loket"] = deque([False] * 99)
    async with house.serving():
        await house.start(_drill(LOKET))
        await house.order(Request.CANCEL, reason="enough")
        await house.until(Kind.RUN_FINISHED)

    assert [event.actor for event in house.events(Kind.RUN_CANCEL)] == ["an"]
    assert house.finished()["because"] == "cancelled by a person"


def test_the_hypothesis_is_part_of_the_plan_and_changes_no_older_hash() -> None:
    """Stored, read back, and left out where there is none."""
    with_it, without = _drill(LOKET), _drill()

    assert plan_from_json(with_it.to_json()).hypothesis == (LOKET,)
    assert "hypothesis" not in without.to_json()
    assert with_it.hash() != without.hash()


def test_a_parent_s_evidence_names_the_questions_of_its_children() -> None:
    """Each once, under its service."""
    child = _drill(LOKET, service=ServiceId("databank"))
    parent = plan(step("a", child=child), step("b", child=child), mode=Mode.DRILL, service=None)

    assert hypothesis_told(parent, [])["checks"] == ["databank/loket"]
