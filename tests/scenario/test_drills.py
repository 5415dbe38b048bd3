"""Drills: everything is rehearsed in an isolated network, and nothing of it is left."""

from datetime import timedelta

import pytest

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs import account
from proofs.drills import DRILL_NETWORK, PEERING, drill
from proofs.stage import PARENT, SERVICES, Stage, troubles, virtually


@pytest.mark.parametrize("runbook", [PARENT, *SERVICES])
def test_a_drill_is_green_and_leaves_nothing_behind(runbook: str) -> None:
    """T23, P3, P4: green, the ledger empty, the sandbox as before, the source machines untouched, the network shut."""
    result = drill(runbook)

    assert result.troubles == []
    assert result.state is RunState.SUCCEEDED
    assert result.leftovers == []
    assert result.open_entries == 0
    assert result.unremoved == []
    assert result.resources_left == set()
    assert result.resources_missing == set()
    assert result.sources_changed == []
    assert result.outside == []
    assert result.repeated == {}


@pytest.mark.parametrize("runbook", ["burgerzaken", "besluitvorming"])
def test_a_drill_into_a_network_with_a_peering_is_refused_before_anything_is_sent(runbook: str) -> None:
    """P4: a copy that can reach production is no drill."""

    async def play(stage: Stage) -> tuple[RunState, list[str], list[str]]:
        stage.arm("PUT", f"{DRILL_NETWORK}/virtualNetworkPeerings/drill-to-neu?api-version=2024-05-01", PEERING)
        since = len(stage.entries())
        card = await stage.start(runbook, Mode.DRILL, lost=False)
        view = await stage.until_settled(card.id)
        return view.card.state, troubles(view), list(account.kinds(stage.entries(since)))

    state, said, sent = virtually(play)

    assert sent == []
    assert state is RunState.PAUSED
    assert any("peering" in line or "isolated" in line for line in said), said


def test_a_drill_that_is_cancelled_midway_cleans_up_all_the_same() -> None:
    """P3: what always runs, runs after a cancel."""
    result = drill("burgerzaken", cancel_after=timedelta(minutes=2))

    assert result.state is RunState.CANCELLED
    assert result.open_entries == 0
    assert result.resources_left == set()
    assert result.repeated == {}
