"""The e-counter comes back from snapshots, and users are led to it by the traffic manager."""

from collections.abc import Mapping
from typing import Any

import pytest

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.sandbox.front import Answer, Front
from proofs import account
from proofs.drills import drill
from proofs.stage import INCIDENT, Stage, troubles, virtually

RUNBOOK = "e-loket"
HOST = ("e-loket.voorbeeld.example", 443)
PROFILE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-netwerk-neu"
    "/providers/Microsoft.Network/trafficManagerProfiles/tm-e-loket?api-version=2022-04-01"
)


def served_from(stage: Stage) -> str:
    """Give the region of the machine that a user of the public name reaches."""
    said = Front(stage.world.sandbox.world).ask(*HOST, tls=True, path="/health")
    assert isinstance(said, Answer), said
    assert said.status == 200
    return next(region for region in ("westeurope", "northeurope") if region in said.body.decode())


def monitored(stage: Stage) -> Mapping[str, Any]:
    """Give what the traffic manager says of its endpoints."""
    properties = stage.arm("GET", PROFILE).json()["properties"]
    return {one["name"]: one["properties"]["endpointMonitorStatus"] for one in properties["endpoints"]}


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "planned"])
def test_users_reach_the_machine_in_the_recovery_region(lost: bool) -> None:
    """Within the objectives, with nothing done twice; a planned move takes a fresh snapshot and loses nothing."""

    async def play(stage: Stage) -> None:
        assert served_from(stage) == "westeurope"
        assert monitored(stage) == {"west": "Online", "noord": "Disabled"}
        if lost:
            stage.lose_home()
        started = stage.world.clock.now()
        card = await stage.start(RUNBOOK, Mode.FAILOVER, lost=lost)
        view = await stage.until_settled(card.id)

        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert served_from(stage) == "northeurope"
        assert monitored(stage) == {"west": "Disabled", "noord": "Online"}
        front = Front(stage.world.sandbox.world)
        assert front.resolve("e-loket.intern.voorbeeld.example") == ("10.2.1.81",)
        assert view.figures.met, view.figures
        [point] = view.figures.points
        assert point.time < started - INCIDENT if lost else point.time > started
        kinds = account.kinds(stage.entries())
        assert kinds["vm.create"] == kinds["nic.create"] == kinds["dns.write"] == 1
        assert kinds["traffic.endpoint-write"] == 2
        assert kinds["vm.deallocate"] == (0 if lost else 1)
        assert account.repeated(stage.entries()) == {}

    virtually(play)


def test_a_drill_of_the_e_counter_leaves_nothing_behind() -> None:
    """Green in the isolated network, and nobody outside noticed."""
    result = drill(RUNBOOK)

    assert result.troubles == []
    assert result.state is RunState.SUCCEEDED
    assert result.leftovers == []
    assert result.open_entries == 0
    assert result.resources_left == set()
    assert result.resources_missing == set()
    assert result.sources_changed == []
    assert result.repeated == {}
    assert result.outside == []
