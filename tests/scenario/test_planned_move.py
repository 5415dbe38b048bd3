"""The home region is up and the services are moved on purpose: the old side is stopped first."""

import pytest

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs import account
from proofs.stage import PARENT, Entries, Stage, troubles, virtually

ROOT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
SOCIAL = f"{ROOT}/rg-sociaal-huis/providers/Microsoft.Compute/virtualMachines"
E_COUNTER = f"{ROOT}/rg-e-loket/providers/Microsoft.Compute/virtualMachines/vm-el-web-1"


@pytest.fixture(scope="module")
def entries() -> Entries:
    """Move everything; the tests look at what the sandbox saw."""

    async def play(stage: Stage) -> Entries:
        card = await stage.start(PARENT, Mode.FAILOVER, lost=False)
        view = await stage.until_settled(card.id)
        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        assert all(child.figures.met for child in view.children)
        return stage.entries()

    return virtually(play)


def test_a_planned_move_stops_each_source_before_it_is_failed_over(entries: Entries) -> None:
    """Nobody writes to the old side any more when its recovery point is chosen."""
    stopped, moved = {}, {}
    for entry in entries:
        for effect in entry["effects"]:
            if effect["kind"] == "vm.deallocate":
                stopped[effect["id"].casefold()] = entry["number"]
            if effect["kind"] in {"asr.failover", "backup.cross-region-restore"}:
                moved[effect["source"].casefold()] = entry["number"]
            if effect["kind"] == "asr.plan-failover":
                moved |= {f"{SOCIAL}/{name}".casefold(): entry["number"] for name in effect["items"]}
            if effect["kind"] == "disk.create":
                moved[E_COUNTER.casefold()] = entry["number"]

    assert len(moved) == 11
    # What is moved by a recovery plan or by its snapshot names no source; it was stopped as well.
    assert set(moved) <= set(stopped)
    assert all(stopped[machine] < moved[machine] for machine in moved)


def test_a_planned_move_of_civil_affairs_stops_the_applications_before_their_database(entries: Entries) -> None:
    """The order of the runbook, on the sandbox's journal."""
    order = [
        effect["id"].rsplit("/", 1)[1]
        for entry in entries
        for effect in entry["effects"]
        if effect["kind"] == "vm.deallocate" and "vm-bz-" in effect["id"]
    ]
    assert sorted(order[:2]) == ["vm-bz-app-1", "vm-bz-app-2"]
    assert order[2:] == ["vm-bz-sql-1"]


def test_a_planned_move_sends_nothing_twice(entries: Entries) -> None:
    """P1, with the old side in play as well."""
    assert account.repeated(entries) == {}
    assert set(account.kinds(entries)) <= account.ONCE
