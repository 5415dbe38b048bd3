"""Virtual PCs for 120 people: rehearsed, moved when the home region is lost, moved on purpose, and moved back."""

import json
from datetime import timedelta
from typing import Any

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.show_run import RunView
from drd.sandbox import wire
from proofs import account
from proofs.stage import Stage, troubles, virtually

WERKPLEK, ALL = "werkplek", 120
RECOVERY = "northeurope"
PEOPLE = ("kantoor001@voorbeeld.example", "kantoor080@voorbeeld.example", "balie040@voorbeeld.example")
_SECRETS = ("RegistrationInfoToken", "adminPassword", "drdlocal")


async def moved(stage: Stage, mode: Mode, *, lost: bool = False) -> RunView:
    """Run the runbook to its end."""
    card = await stage.start(WERKPLEK, mode, lost=lost)
    return await stage.until_settled(card.id)


def desktop_of(stage: Stage, user: str) -> dict[str, Any]:
    """Give the desktop that the broker would give to a user; of several workspaces, the one that can."""
    request = wire.Request(method="GET", url=f"http://sandbox/_sandbox/desktops?user={user}")
    offers = json.loads(stage.world.sandbox.answer(request).body)["desktops"]
    served = [each for each in offers if each["session-host"]]
    assert len(served) == 1, offers
    found: dict[str, Any] = served[0]
    return found


async def told(stage: Stage, view: RunView) -> str:
    """Give all that the run wrote down: its plan and its journal."""
    events = await stage.events(view.card.id)
    return json.dumps([str(each) for each in events])


def test_when_the_home_region_is_lost_everybody_gets_a_virtual_pc_elsewhere() -> None:
    """120 hosts are Available in the recovery region, the lost one is asked nothing, and no secret is written down."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        view = await moved(stage, Mode.FAILOVER, lost=True)
        entries = stage.entries()

        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert view.figures.met
        assert view.figures.achieved_recovery_time is not None
        assert view.figures.achieved_recovery_time < timedelta(hours=1)
        kinds = account.kinds(entries)
        assert kinds["deployment.write"] == kinds["vm.create"] == kinds["nic.create"] == ALL
        assert account.asked_of_lost_region(account.of_runs(entries)) == []
        assert account.repeated(entries) == {}
        assert {desktop_of(stage, user)["region"] for user in PEOPLE} == {RECOVERY}
        tokens = [one.hidden["token"] for one in _pools(stage) if one.hidden["token"]]
        written = await told(stage, view)
        assert tokens
        assert [secret for secret in (*tokens, *_SECRETS) if secret in written] == []

    virtually(play)


def test_a_drill_makes_all_of_them_in_an_isolated_network_and_leaves_nothing() -> None:
    """Not a host, not an interface, not an entry in a pool; and nobody's session was touched."""

    async def play(stage: Stage) -> None:
        before = stage.resources()
        view = await moved(stage, Mode.DRILL)
        entries = stage.entries()

        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert stage.resources() == before
        assert await stage.world.store.ledger.open() == ()
        kinds = account.kinds(entries)
        assert kinds["deployment.write"] == ALL + 1  # and the probe of their network
        assert kinds.keys().isdisjoint({"sessionhost.update", "usersession.delete", "workspace.write"})
        assert account.repeated(entries) == {}
        assert {desktop_of(stage, user)["region"] for user in PEOPLE} == {"westeurope"}

    virtually(play)


def test_a_planned_move_drains_tells_and_logs_off_and_the_way_back_brings_people_home() -> None:
    """Each host is drained once and each session told and ended once; afterwards everybody is home again."""

    async def play(stage: Stage) -> None:
        there = await moved(stage, Mode.FAILOVER)
        kinds = account.kinds(stage.entries())

        assert troubles(there) == []
        assert there.card.state is RunState.SUCCEEDED
        assert kinds["sessionhost.update"] == kinds["usersession.message"] == kinds["usersession.delete"] == ALL
        assert {desktop_of(stage, user)["region"] for user in PEOPLE} == {RECOVERY}

        back = await moved(stage, Mode.FAILBACK)

        assert troubles(back) == []
        assert back.card.state is RunState.SUCCEEDED
        assert {desktop_of(stage, user)["region"] for user in PEOPLE} == {"westeurope"}

    virtually(play)


def _pools(stage: Stage) -> list[Any]:
    return list(stage.world.sandbox.world.store.each("Microsoft.DesktopVirtualization/hostpools"))
