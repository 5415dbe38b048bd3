"""Somebody deleted a resource group: it is made again, and its machine comes back from the vault."""

from datetime import timedelta

from drd.domain.lifecycle import RunState
from drd.sandbox.front import Answer, Front, Refusal
from proofs import account
from proofs.drills import drill
from proofs.stage import Stage, troubles, virtually
from tests.scenario.test_ransomware import start

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-besluitvorming"
HOST = ("besluitvorming.voorbeeld.example", 443)


def test_a_deleted_group_comes_back_in_the_home_region() -> None:
    """Under its old name, with the machine answering under the service's name from its newest point."""

    async def play(stage: Stage) -> None:
        world = stage.world.sandbox.world
        front = Front(world)
        stage.arm("DELETE", f"{GROUP}?api-version=2021-04-01")
        await stage.world.clock.sleep(timedelta(minutes=30))
        world.settle()
        assert world.store.get(GROUP) is None
        assert isinstance(front.ask(*HOST, tls=True, path="/health"), Refusal)
        since, asked_at = len(stage.entries()), stage.world.clock.now()

        view = await stage.until_settled(await start(stage, "verwijderd", "besluitvorming"))

        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        said = front.ask(*HOST, tls=True, path="/health")
        assert isinstance(said, Answer)
        assert said.status == 200
        assert "westeurope" in said.body.decode()
        assert world.store.get(f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-bv-app-1") is not None
        [point] = view.figures.points
        assert timedelta(0) < asked_at - point.time < timedelta(hours=25)
        assert account.repeated(stage.entries(since)) == {}
        assert account.kinds(stage.entries(since))["backup.restore"] == 1

    virtually(play)


def test_a_group_that_is_there_is_left_alone() -> None:
    """The runbook stops at its first step, and nothing was sent."""

    async def play(stage: Stage) -> None:
        since = len(stage.entries())
        view = await stage.until_settled(await start(stage, "verwijderd", "besluitvorming"))
        assert view.card.state is RunState.PAUSED
        assert any("is not this run's" in line for line in troubles(view)), troubles(view)
        assert list(account.kinds(stage.entries(since))) == []

    virtually(play)


def test_a_drill_is_green_in_the_isolated_network_of_the_home_region_and_leaves_nothing() -> None:
    """The production machine stays as it is; the copy goes with its group."""
    result = drill("verwijderd")

    assert result.troubles == []
    assert result.good, result


def test_a_lost_answer_to_the_restore_makes_one_machine() -> None:
    """The connection breaks after Azure accepted: the job is found by the machine's name, and nothing is sent twice."""

    async def play(stage: Stage) -> None:
        stage.arm("DELETE", f"{GROUP}?api-version=2021-04-01")
        await stage.world.clock.sleep(timedelta(minutes=30))
        stage.control("faults", {"kind": "reply-lost", "method": "POST", "path-contains": "/restore"})
        since = len(stage.entries())
        view = await stage.until_settled(await start(stage, "verwijderd", "besluitvorming"))
        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert account.kinds(stage.entries(since))["backup.restore"] == 1
        assert len(view.figures.points) == 1

    virtually(play)
