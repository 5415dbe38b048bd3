"""There and back: a service moves to the recovery region, and home again, and the world ends as it began."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.show_run import RunView
from proofs import account
from proofs.drills import drill
from proofs.stage import Entries, Stage, troubles, virtually

JOURNEY = (
    ("{}", Mode.FAILOVER),
    ("{}-reprotect", Mode.FAILOVER),
    ("{}", Mode.FAILBACK),
    ("{}-reprotect", Mode.FAILBACK),
)


def _records(stage: Stage) -> dict[str, Any]:
    return {
        one.key: one.properties.get("aRecords", one.properties.get("ARecords"))
        for one in stage.world.sandbox.world.store.each("Microsoft.Network/dnszones/A")
    }


def _power(stage: Stage) -> dict[str, Any]:
    machines = stage.world.sandbox.world.store.each("Microsoft.Compute/virtualMachines")
    return {one.key: (one.properties["vmId"], one.hidden["power"]) for one in machines}


class Journey:
    """What was done, run by run, and what the world was before and after."""

    def __init__(self) -> None:
        self.views: list[RunView] = []
        self.entries: list[Entries] = []
        self.before: tuple[Any, ...] = ()
        self.after: tuple[Any, ...] = ()


def _journey(service: str) -> Journey:
    made = Journey()

    async def play(stage: Stage) -> Journey:
        made.before = (stage.resources(), _records(stage), _power(stage))
        for runbook, mode in JOURNEY:
            since = len(stage.entries())
            card = await stage.start(runbook.format(service), mode, lost=False)
            view = await stage.until_settled(card.id)
            made.views.append(view)
            made.entries.append(stage.entries(since))
            assert troubles(view) == []
            assert view.card.state is RunState.SUCCEEDED
        made.after = (stage.resources(), _records(stage), _power(stage))
        return made

    return virtually(play)


@pytest.fixture(scope="module", params=["burgerzaken", "sociaal-huis"])
def journey(request: pytest.FixtureRequest) -> Journey:
    """Play it once a service; the tests look at it from all sides."""
    return _journey(str(request.param))


def test_the_world_ends_as_it_began(journey: Journey) -> None:
    """The same resources, the same machines running, the same names pointing to the same addresses."""
    for before, after in zip(journey.before, journey.after, strict=True):
        assert after == before


def test_nothing_is_sent_twice_on_the_way(journey: Journey) -> None:
    """P1, run by run."""
    for entries in journey.entries:
        assert account.repeated(entries) == {}
        assert set(account.kinds(entries)) <= account.ONCE


def test_a_planned_failback_loses_nothing_and_is_quick(journey: Journey) -> None:
    """The points are those of the stop, not of some minutes before; re-replication is no part of the recovery time."""
    there, _, back, _ = journey.views
    for view in (there, back):
        assert view.figures.met
        assert view.figures.achieved_recovery_time is not None
        assert view.figures.achieved_recovery_time < timedelta(minutes=40)
    assert back.figures.achieved_recovery_point == timedelta(0)
    assert len(back.figures.points) == len(back.plan.items)


def test_a_reprotection_measures_no_recovery(journey: Journey) -> None:
    """The service runs meanwhile."""
    for view in journey.views[1::2]:
        assert view.figures.recovery_time_objective is None
        assert view.figures.points == ()
        assert view.figures.met


@pytest.mark.parametrize("service", ["burgerzaken", "sociaal-huis"])
def test_a_failback_of_what_does_not_replicate_back_is_refused_before_anything_is_sent(service: str) -> None:
    """It says what to do first."""

    async def play(stage: Stage) -> tuple[RunState, list[str], list[str]]:
        card = await stage.start(service, Mode.FAILBACK, lost=False)
        view = await stage.until_settled(card.id)
        return view.card.state, troubles(view), list(account.kinds(stage.entries()))

    state, said, sent = virtually(play)

    assert sent == []
    assert state is RunState.PAUSED
    assert any("reprotect" in line for line in said), said


@pytest.mark.parametrize("minutes", [1, 4, 9])
def test_a_drill_by_a_recovery_plan_that_is_cancelled_leaves_nothing(minutes: int) -> None:
    """Before the plan waits for its person, while it waits, and after: P3."""
    result = drill("sociaal-huis", cancel_after=timedelta(minutes=minutes))

    assert result.state is RunState.CANCELLED
    assert result.open_entries == 0
    assert result.resources_left == set()
    assert result.unremoved == []
