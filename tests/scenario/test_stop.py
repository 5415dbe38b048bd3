"""The stop button during a failover, and files that vanish under a run: on the sandbox."""

import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drd.daemon.catalogue import Checks
from drd.daemon.discovery import checks
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from drd.settings.loading import load_configuration
from proofs import account
from proofs.stage import ROOT, Stage, virtually, virtually_with

pytestmark = pytest.mark.timeout(120)

_SECOND = timedelta(seconds=1)
STOPS = 8


def _changes(stage: Stage, since: datetime) -> list[tuple[str, str]]:
    """Give what the runs changed later than a second after an instant.

    Questions that are asked by POST change nothing, and what a deployment makes is Azure's own doing.
    """
    sent = (entry for entry in account.of_runs(stage.entries()) if entry["effects"] and entry["client-request-id"])
    return [(entry["at"], entry["path"]) for entry in sent if account.instant(entry["at"]) > since + _SECOND]


def test_t33_nothing_is_changed_later_than_a_second_after_a_stop_at_any_point() -> None:
    """Again and again in one failover, at moments that chance picks; then it ends well, with each effect once."""

    async def play(stage: Stage) -> list[int]:
        chance, counts = random.Random(33), list[int]()  # noqa: S311 - a scenario is drawn, nothing is secret
        stage.lose_home()
        card = await stage.start("databank", Mode.FAILOVER, lost=True)
        for _ in range(STOPS):
            await stage.world.clock.sleep(timedelta(seconds=chance.choice([0.1, 5, 20])))
            if (await stage.show(card.id)).card.state.final:
                break
            await stage.ask(card.id, Request.PAUSE)
            stopped = stage.world.clock.now()
            await stage.world.clock.sleep(timedelta(seconds=30))
            assert _changes(stage, stopped) == []
            counts.append(sum(account.kinds(stage.entries()).values()))
            await stage.ask(card.id, Request.RESUME)
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.SUCCEEDED
        assert account.repeated(stage.entries()) == {}
        return counts

    counts = virtually(play)
    assert len(counts) > 2
    assert len(set(counts)) > 1, "the stops came at different points of the run"


def test_files_that_change_or_vanish_under_a_run_change_nothing(tmp_path: Path) -> None:
    """The plan is the run's input: the shelf and the catalogue are gone, the recovery ends as it was approved."""
    for folder in ("config", "runbooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    configuration = load_configuration(tmp_path / "config" / "drd.yaml", {}, Checks(checks()))

    async def play(stage: Stage) -> dict[str, Any]:
        stage.lose_home()
        card = await stage.start("databank", Mode.FAILOVER, lost=True)
        while "asr.failover" not in account.kinds(stage.entries()):
            await stage.world.clock.sleep(timedelta(seconds=5))
        (tmp_path / "runbooks" / "databank.yaml").write_text("drd: nonsense\n", encoding="utf-8")
        await stage.world.clock.sleep(timedelta(minutes=1))
        for folder in ("config", "runbooks"):
            shutil.rmtree(tmp_path / folder)
        view = await stage.until_settled(card.id)
        assert view.plan.hash() == card.plan_hash
        assert view.figures.met
        return {"state": view.card.state, "kinds": account.kinds(stage.entries())}

    undisturbed = virtually_with(load_configuration(ROOT / "config" / "drd.yaml", {}, Checks(checks())), _undisturbed)
    assert virtually_with(configuration, play) == undisturbed


async def _undisturbed(stage: Stage) -> dict[str, Any]:
    stage.lose_home()
    card = await stage.start("databank", Mode.FAILOVER, lost=True)
    view = await stage.until_settled(card.id)
    assert view.card.state is RunState.SUCCEEDED
    return {"state": view.card.state, "kinds": account.kinds(stage.entries())}
