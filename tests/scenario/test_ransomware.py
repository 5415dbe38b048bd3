"""Ransomware: the home region is up but poisoned. It is cut off, and what was clean comes back elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from drd.domain.canonical import Json
from drd.domain.ids import RunbookId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.show_run import RunView
from drd.operations.start_run import StartOrder
from drd.sandbox.front import Answer, Front, Refusal
from proofs import account
from proofs.drills import drill
from proofs.stage import STARTER, TENANT, Stage, troubles, virtually

MACHINES = ("vm-bz-sql-1", "vm-bz-app-1", "vm-bz-app-2")
OLD = {"10.1.1.31": 1433, "10.1.1.41": 443, "10.1.1.42": 443}
NEIGHBOUR = ("10.1.1.51", 443)
ATTACKED = timedelta(days=2)
NIGHT = timedelta(hours=25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fought:
    """How the runbook went, by its own account and the sandbox's."""

    view: RunView
    started: datetime
    entries: list[dict[str, Any]]
    before: dict[str, Answer | Refusal]
    after: dict[str, Answer | Refusal]
    neighbour: Answer | Refusal
    counter: Answer | Refusal


async def start(stage: Stage, runbook: str, service: str, *, graceful: bool = True, **inputs: Json) -> str:
    """Start a failover as a person does; gives the run's id."""
    order = StartOrder(
        runbook=RunbookId(runbook),
        tenant=TenantId(TENANT),
        mode=Mode.FAILOVER,
        actor=STARTER,
        graceful=graceful,
        confirm=service,
        reason="scenario",
        inputs={name.replace("_", "-"): value for name, value in inputs.items()},
    )
    return (await stage.world.installation.use_cases.start_run(order)).id


def _attack(stage: Stage) -> None:
    stage.control("scenarios", {"name": "ransomware"})


def _old(front: Front) -> dict[str, Answer | Refusal]:
    return {address: front.ask(address, port, tls=port == 443, path="/health") for address, port in OLD.items()}


async def _fight(stage: Stage, **inputs: Json) -> Fought:
    _attack(stage)
    front, started, since = Front(stage.world.sandbox.world), stage.world.clock.now(), len(stage.entries())
    before = _old(front)
    view = await stage.until_settled(await start(stage, "ransomware", "burgerzaken", **inputs))
    return Fought(
        view=view,
        started=started,
        entries=stage.entries(since),
        before=before,
        after=_old(front),
        neighbour=front.ask(*NEIGHBOUR, tls=True, path="/health"),
        counter=front.ask("burgerzaken.voorbeeld.example", 443, tls=True, path="/health"),
    )


@pytest.fixture(scope="module")
def fought() -> Fought:
    """Play it once; the tests look at it from all sides."""
    return virtually(_fight)


def test_the_service_is_well_again_in_the_recovery_region(fought: Fought) -> None:
    """Green, in one go, with one question to the crisis team."""
    assert troubles(fought.view) == []
    assert fought.view.card.state is RunState.SUCCEEDED
    assert isinstance(fought.counter, Answer)
    assert fought.counter.status == 200
    assert "northeurope" in fought.counter.body.decode()


def test_the_infected_points_are_not_used_and_the_loss_is_that_of_the_clean_ones(fought: Fought) -> None:
    """The achieved recovery point is the age of the clean points, days, not hours, and its objective is missed."""
    points = {point.item: point for point in fought.view.figures.points}
    assert set(points) == set(MACHINES)
    for point in points.values():
        assert ATTACKED < fought.started - point.time < ATTACKED + NIGHT
    worst = fought.view.figures.achieved_recovery_point
    assert worst is not None
    assert worst > ATTACKED
    assert not fought.view.figures.met


def test_the_old_servers_answered_sick_before_and_cannot_be_reached_after(fought: Fought) -> None:
    """Not by their addresses either; the neighbour in the same subnet is left alone."""
    said = {address: one for address, one in fought.before.items() if OLD[address] == 443}
    assert all(isinstance(one, Answer) and one.status == 503 for one in said.values())
    assert all(isinstance(one, Refusal) for one in fought.after.values())
    assert isinstance(fought.neighbour, Answer)
    assert fought.neighbour.status == 200


def test_cutting_off_comes_first_and_everything_happens_once(fought: Fought) -> None:
    """By the sandbox's journal: two rules before a machine is switched off, three restores, no failover."""
    kinds = [effect["kind"] for entry in fought.entries for effect in entry["effects"]]
    count = account.kinds(fought.entries)
    assert account.repeated(fought.entries) == {}
    assert count["backup.cross-region-restore"] == count["vm.create"] == count["vm.deallocate"] == len(MACHINES)
    assert count["asr.failover"] == 0
    fences = [place for place, kind in enumerate(kinds) if kind.startswith(("rule", "security-rule", "nsg"))]
    assert len(fences) == len(("inbound", "outbound"))
    assert max(fences) < kinds.index("vm.deallocate")


def test_points_from_after_the_attackers_came_in_are_not_used_whatever_the_scan_says() -> None:
    """Five days ago: the scan calls the points of three and four days ago clean, and they are passed over."""

    async def play(stage: Stage) -> list[timedelta]:
        at = stage.world.clock.now() - timedelta(days=5)
        told = await _fight(stage, compromised_since=at.isoformat())
        assert troubles(told.view) == []
        return [told.started - point.time for point in told.view.figures.points]

    ages = virtually(play)
    assert len(ages) == len(MACHINES)
    assert all(timedelta(days=5) < age < timedelta(days=5) + NIGHT for age in ages)


def test_with_the_home_region_lost_on_top_of_it_nothing_is_asked_of_it_and_a_person_says_what_is_clean() -> None:
    """P7: fence and switching off are left out; points of before the attack are taken on somebody's word."""

    async def play(stage: Stage) -> None:
        _attack(stage)
        attacked = stage.world.clock.now() - ATTACKED
        stage.lose_home()
        since = len(stage.entries())
        run = await start(
            stage,
            "ransomware",
            "burgerzaken",
            graceful=False,
            compromised_since=attacked.isoformat(),
            accept_unknown=True,
        )
        view = await stage.until_settled(run)
        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert all(point.time < attacked for point in view.figures.points)
        entries = account.of_runs(stage.entries(since))
        assert account.asked_of_lost_region(entries) == []
        assert account.kinds(entries)["vm.deallocate"] == 0

    virtually(play)


def test_a_service_without_a_clean_point_is_cut_off_from_nothing() -> None:
    """The check before everything says so, and nothing is sent; a person decides."""

    async def play(stage: Stage) -> tuple[RunState, list[str], list[str]]:
        _attack(stage)
        since = len(stage.entries())
        old = (stage.world.clock.now() - timedelta(days=300)).isoformat()
        view = await stage.until_settled(await start(stage, "ransomware", "burgerzaken", compromised_since=old))
        return view.card.state, troubles(view), list(account.kinds(stage.entries(since)))

    state, said, sent = virtually(play)
    assert (state, sent) == (RunState.PAUSED, [])
    assert any("known to be newest-clean" in line for line in said), said


def test_a_drill_is_green_and_touches_nothing_of_production() -> None:
    """No fence, no machine switched off, no name moved, and nothing left behind."""
    result = drill("ransomware")

    assert result.troubles == []
    assert result.good, result


def test_a_drill_while_the_points_are_poisoned_uses_the_clean_ones_and_leaves_nothing() -> None:
    """On the morning after the attack, before anybody dares: the old servers run on as they are."""

    async def play(stage: Stage) -> None:
        _attack(stage)
        before, since = stage.resources(), len(stage.entries())
        started = stage.world.clock.now()
        card = await stage.start("ransomware", Mode.DRILL, lost=False)
        view = await stage.until_settled(card.id)
        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert all(started - point.time > ATTACKED for point in view.figures.points)
        assert len(view.figures.points) == len(MACHINES)
        assert stage.resources() == before
        kinds = set(account.kinds(stage.entries(since)))
        probe = {"deployment.write", "vm.managed-run-command"}
        made = {"backup.cross-region-restore", "group.create", "group.delete", "nic.create", "vm.create"}
        assert kinds == made | probe
        old = _old(Front(stage.world.sandbox.world))
        assert all(isinstance(one, Answer) for one in old.values())

    virtually(play)


def test_lost_answers_to_the_restores_make_each_machine_once() -> None:
    """Each restore is found again by its group; the points that were used are known all the same."""

    async def play(stage: Stage) -> None:
        _attack(stage)
        lost = {"kind": "reply-lost", "method": "POST", "path-contains": "backupCrossRegionRestore", "count": 3}
        stage.control("faults", lost)
        since, started = len(stage.entries()), stage.world.clock.now()
        view = await stage.until_settled(await start(stage, "ransomware", "burgerzaken"))
        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert account.repeated(stage.entries(since)) == {}
        assert account.kinds(stage.entries(since))["backup.cross-region-restore"] == len(MACHINES)
        assert all(started - point.time > ATTACKED for point in view.figures.points)

    virtually(play)
