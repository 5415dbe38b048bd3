"""The home region is lost, and everything is brought back in the recovery region: in virtual time, on several seeds."""

from datetime import timedelta

import pytest

from drd.domain.events import first_broken
from drd.domain.lifecycle import RunState
from proofs import account
from proofs.lost_region import GREEN, POINTS, Played, play
from proofs.stage import SERVICES, troubles

VIRTUAL_PCS = 120
_SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module", params=[(1, 0), (2, None), (3, None)], ids=["exact", "seed-2", "seed-3"])
def played(request: pytest.FixtureRequest) -> Played:
    """Play it once a seed; the tests look at it from all sides."""
    seed, spread = request.param
    return play(seed=seed, spread=spread)


def test_every_service_is_green_within_its_objectives(played: Played) -> None:
    """T9: the services come back, without a person beyond the approvals, and nothing waits."""
    assert troubles(played.view) == []
    assert played.view.card.state is RunState.SUCCEEDED
    assert {child.card.service for child in played.view.children} == set(SERVICES)
    for child in played.view.children:
        assert child.card.state is RunState.SUCCEEDED, child.card
        assert child.figures.met, child.figures


def test_every_destructive_effect_happens_once(played: Played) -> None:
    """P1, on the sandbox's own journal: failovers, commits, restore, creations, changes of names."""
    assert account.repeated(played.entries) == {}
    kinds = account.kinds(played.entries)
    assert kinds["asr.failover"] == kinds["asr.commit"] == 7
    assert kinds["dns.write"] == 10
    assert kinds["asr.plan-failover"] == kinds["asr.plan-commit"] == kinds["asr.job-resume"] == 1
    assert kinds["backup.cross-region-restore"] == kinds["disk.create"] == 1
    assert kinds["vm.create"] == kinds["nic.create"] == 2 + VIRTUAL_PCS
    assert kinds["deployment.write"] == VIRTUAL_PCS
    assert set(kinds) <= account.ONCE


def test_a_failover_asks_nothing_of_the_lost_region(played: Played) -> None:
    """P7, T9: not one request of the runs needed the region that is gone."""
    assert played.asked_of_lost_region == []
    assert account.of_runs(played.entries), "the sandbox saw the runs"


def test_figures_are_those_of_the_journal_and_of_the_sandbox(played: Played) -> None:
    """P8, T30: the run's last event, its journal folded anew, and the sandbox's request log agree within a second."""
    assert played.recomputed
    assert len(played.apart) == GREEN + POINTS, "a green instant a service, and a point a machine"
    assert {what: apart for what, apart in played.apart.items() if apart > _SECOND} == {}


def test_the_hash_chain_of_every_run_is_whole(played: Played) -> None:
    """T24 in small: nothing in the journals is missing or changed."""
    assert len(played.events) == len(SERVICES) + 1
    for events in played.events.values():
        assert first_broken(events) is None


def test_what_a_failover_makes_is_kept(played: Played) -> None:
    """Nothing of it waits to be removed: it is production from now on."""
    assert played.open_entries == 0
