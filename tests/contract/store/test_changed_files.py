"""T16: the plan in the store is a run's input; the file it was read from may change, break or vanish while it runs."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drd.domain.errors import DrdError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.engine.engine import StartWish
from tests.fakes.stored_house import StoredHouse
from tests.unit.runbook.small_shelf import HEAD, shelf, tenant, wish

pytestmark = pytest.mark.anyio

_RUNBOOK = f"""{HEAD}groups:
  - id: g
    steps:
      - {{id: a, uses: noop}}
      - {{id: b, uses: noop, needs: [a]}}
      - {{id: c, uses: noop, needs: [b]}}
"""


def _reordered(file: Path) -> None:
    file.write_text(_RUNBOOK.replace("id: b", "id: other").replace("[b]", "[other]"), "utf-8")


def _broken(file: Path) -> None:
    file.write_text("drd: [", "utf-8")


@pytest.mark.parametrize("harm", [_reordered, _broken, Path.unlink])
@pytest.mark.parametrize("daemon", ["d-1", "renamed-host"])
async def test_t16_a_runbook_that_changes_mid_run_changes_nothing_in_it(
    tmp_path: Path, harm: Callable[[Path], None], daemon: str
) -> None:
    """Killed in the middle, the file harmed, the host renamed: the run ends as it was approved."""
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (web,) = tenant().services
    books = shelf(folder, tenant(services=(replace(web, checks=()),)), r=_RUNBOOK)
    approved = books.plan(wish())
    house = await StoredHouse().enter(tmp_path / "data")
    async with asyncio.timeout(10), house.serving():
        await house.engine.start(approved, StartWish(actor="an", run=RunId("r-1")))
        await house.until(Kind.STEP_DONE, step="a")
        await house.engine.drain()
    await house.leave()

    harm(folder / "r.yaml")
    await house.enter(tmp_path / "data", daemon=daemon)
    async with asyncio.timeout(10), house.serving():
        card = await house.engine.over(RunId("r-1"))
    events = await house.store.journal.events(RunId("r-1"))
    kept = await house.store.journal.plan(card.plan_hash)
    await house.leave()

    assert (card.state, kept.hash()) == (RunState.SUCCEEDED, approved.hash())
    assert [event.step for event in events if event.kind is Kind.STEP_DONE] == ["a", "b", "c"]
    assert {event.payload["daemon"] for event in events if event.kind is Kind.RUN_CLAIMED} == {"d-1", daemon}
    try:
        assert books.plan(wish()).hash() != approved.hash()
    except DrdError:
        assert harm is not _reordered
