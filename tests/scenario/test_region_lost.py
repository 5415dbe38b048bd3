"""The home region is lost, and everything is brought back in the recovery region: in virtual time, on several seeds."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from drd.domain.events import Event, Kind, first_broken
from drd.domain.figures import recovery_figures
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, Phase
from drd.operations.show_run import RunView
from proofs import account
from proofs.figures import Told, differences, question, times_of_points
from proofs.stage import PARENT, SERVICES, Entries, Stage, troubles, virtually, whole

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A failover of everything, and what the sandbox saw of it."""

    view: RunView
    events: dict[str, tuple[Event, ...]]
    entries: Entries
    apart: dict[str, timedelta]
    open_entries: int


async def _play(stage: Stage) -> Played:
    stage.lose_home()
    card = await stage.start(PARENT, Mode.FAILOVER, lost=True)
    view = await stage.until_settled(card.id)
    entries = stage.entries()
    times = times_of_points(entries, lambda path, version: stage.arm("GET", f"{path}?api-version={version}").json())
    events = {each.card.id: await stage.events(each.card.id) for each in whole(view)}
    apart: dict[str, timedelta] = {}
    for child in view.children:
        apart |= differences(_told(child, events[child.card.id]), entries, times)
    return Played(
        view=view,
        events=events,
        entries=entries,
        apart=apart,
        open_entries=len(await stage.world.store.ledger.open()),
    )


def _told(view: RunView, events: tuple[Event, ...]) -> Told:
    after = {step.id: step.call.values for step in view.plan.steps if step.phase is Phase.AFTER}
    figures = events[-1].payload["figures"]
    assert isinstance(figures, dict)
    return Told(
        service=str(view.card.service),
        figures=figures,
        questions=tuple(question(values) for values in after.values()),
    )


@pytest.fixture(scope="module", params=[(1, 0), (2, None), (3, None)], ids=["exact", "seed-2", "seed-3"])
def played(request: pytest.FixtureRequest) -> Played:
    """Play it once a seed; the tests look at it from all sides."""
    seed, spread = request.param
    return virtually(_play, seed=seed, spread=spread)


def test_every_service_is_green_within_its_objectives(played: Played) -> None:
    """T9: the five services come back, without a person beyond the approvals, and nothing waits."""
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
    assert kinds["dns.write"] == 6
    assert kinds["backup.cross-region-restore"] == kinds["vm.create"] == kinds["nic.create"] == 1
    assert set(kinds) <= account.ONCE


def test_a_failover_asks_nothing_of_the_lost_region(played: Played) -> None:
    """P7, T9: not one request of the runs needed the region that is gone."""
    asked = account.asked_of_lost_region(account.of_runs(played.entries))
    assert [(entry["method"], entry["path"]) for entry in asked] == []
    assert account.of_runs(played.entries), "the sandbox saw the runs"


def test_figures_are_those_of_the_journal_and_of_the_sandbox(played: Played) -> None:
    """P8, T30: the run's last event, its journal folded anew, and the sandbox's request log agree within a second."""
    for child in played.view.children:
        events = played.events[child.card.id]
        assert events[-1].kind is Kind.RUN_FINISHED
        assert events[-1].payload["figures"] == recovery_figures(child.plan, events).to_json()
    assert len(played.apart) == len(SERVICES) + 8, "five green instants and eight points"
    assert {what: apart for what, apart in played.apart.items() if apart > _SECOND} == {}


def test_the_hash_chain_of_every_run_is_whole(played: Played) -> None:
    """T24 in small: nothing in the journals is missing or changed."""
    assert len(played.events) == len(SERVICES) + 1
    for events in played.events.values():
        assert first_broken(events) is None


def test_what_a_failover_makes_is_kept(played: Played) -> None:
    """Nothing of it waits to be removed: it is production from now on."""
    assert played.open_entries == 0
