"""Old runs leave the database whole, and what is still needed stays."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from drd.domain import archive
from drd.domain.drill_verdict import DrillVerdict, Judgement
from drd.domain.errors import JournalUnavailableError, NotFoundError
from drd.domain.events import Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.ports.journal import RunFilter
from drd.ports.ledger import Entry
from drd.store.opening import Store
from drd.store.tables import EVENTS, TOLD
from tests.contract.store.sample import MACHINE, NOON, TENANT, Pen, card, plan

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def ended(store: Store, run: str, *, day: int, service: str = "burgerzaken", **others: Any) -> None:
    """Write a run that ended on a day."""
    at, state = NOON + day * DAY, others.get("state", RunState.SUCCEEDED)
    of, pen = plan(service, mode=others.get("mode", Mode.DRILL)), Pen(run)
    known = replace(card(run, of, at=at), parent=others.get("parent"), lock=f"lock-{run}")
    first = pen.write(Kind.RUN_ACCEPTED, payload={"plan": of.hash()}, at=at)
    await store.journal.accept(known, of, first)
    if not others.get("open"):
        await store.journal.append([pen.write(Kind.RUN_FINISHED, payload={"state": state.value}, at=at)], state=state)
        good = DrillVerdict.PASSED if state is RunState.SUCCEEDED else DrillVerdict.FAILED
        if others.get("verdict", good).settled:
            await store.drills.settle(RunId(run), Judgement(verdict=others.get("verdict", good), because="so"))


async def left(store: Store, into: Path, *, before: datetime = NOON + 50 * DAY) -> list[str]:
    """Let go, and name what left."""
    gone = await store.retention.let_go(ended_before=before, into=into, at=NOON + 60 * DAY)
    assert all(each.file.exists() for each in gone.left)
    assert gone.stuck == ()
    return [each.run for each in gone.left]


async def test_old_runs_leave_as_files_that_verify(store: Store, tmp_path: Path) -> None:
    """With plan and chain; afterwards the database does not know them, and the newest evidence is there."""
    for day in range(4):
        await ended(store, f"run-{day}", day=day)

    assert await left(store, tmp_path, before=NOON + 2 * DAY) == ["run-0", "run-1"]
    read = archive.read((tmp_path / "run-0.jsonl").read_bytes(), name="run-0.jsonl")
    assert (read.run, read.state) == ("run-0", RunState.SUCCEEDED)
    assert await left(store, tmp_path) == ["run-2"]
    assert [each.id for each in await store.journal.runs(RunFilter())] == ["run-3"]
    with pytest.raises(NotFoundError):
        await store.journal.events(RunId("run-0"))
    assert await store.journal.plan(plan(mode=Mode.DRILL).hash())


async def test_the_drill_that_counts_stays_though_newer_ones_do_not(store: Store, tmp_path: Path) -> None:
    """The newest that is green, and those that have no verdict yet; one that left something may go."""
    await ended(store, "green", day=0)
    await ended(store, "leftover", day=1, verdict=DrillVerdict.LEFTOVER)
    await ended(store, "waits", day=2, verdict=DrillVerdict.UNCONFIRMED)
    await ended(store, "newest", day=3, state=RunState.FAILED)

    assert await left(store, tmp_path) == ["leftover"]


async def test_what_was_noted_of_a_run_leaves_with_it(store: Store, tmp_path: Path) -> None:
    """That it was asked what it proves; of a run that stays, it stays."""
    for day in range(2):
        await ended(store, f"run-{day}", day=day)
        await store.verifications.append([], told_by=RunId(f"run-{day}"))

    assert await left(store, tmp_path) == ["run-0"]
    told = await store._desk.read(lambda connection: list(connection.scalars(select(TOLD.c.run))))
    assert told == ["run-1"]


async def test_what_is_still_needed_stays(store: Store, tmp_path: Path) -> None:
    """The newest of each service and mode, the newest that succeeded, and what a ledger entry is open for."""
    await ended(store, "good", day=0)
    await ended(store, "left-behind", day=1, state=RunState.FAILED)
    await ended(store, "bad", day=2, state=RunState.FAILED)
    await ended(store, "other", day=0, service="financien")
    await ended(store, "real", day=0, mode=Mode.FAILOVER)
    entry = Entry(
        id=MACHINE, kind="resource", run=RunId("left-behind"), step=StepId("s"), tenant=TENANT, recorded_at=NOON,
        keep=False,
    )  # fmt: skip
    await store.ledger.record((entry,))

    assert await left(store, tmp_path) == []
    await store.ledger.removed(RunId("left-behind"), MACHINE, at=NOON)
    assert await left(store, tmp_path) == ["left-behind"]


async def test_nothing_leaves_while_a_failover_is_under_way(store: Store, tmp_path: Path) -> None:
    """In an incident nobody purges."""
    await ended(store, "old", day=0)
    await ended(store, "newer", day=1)
    await ended(store, "now", day=2, service="financien", mode=Mode.FAILOVER, open=True)

    assert await left(store, tmp_path) == []


async def test_a_family_stays_together(store: Store, tmp_path: Path) -> None:
    """A parent's evidence names its children's."""
    await ended(store, "parent", day=0, service="all")
    await ended(store, "child", day=0, parent=RunId("parent"))
    await ended(store, "later", day=1)

    assert await left(store, tmp_path) == []


async def test_what_cannot_be_written_is_not_removed(store: Store, tmp_path: Path) -> None:
    """And the error names the file."""
    await ended(store, "old", day=0)
    await ended(store, "newer", day=1)
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(JournalUnavailableError, match="archive cannot be written"):
        await left(store, tmp_path / "file")
    assert len(await store.journal.runs(RunFilter())) == 2


async def test_a_run_that_cannot_be_written_whole_keeps_no_other_from_leaving(store: Store, tmp_path: Path) -> None:
    """It stays as it is, and the reason names it."""
    for day, run in enumerate(("old", "sound", "newest")):
        await ended(store, run, day=day)
    await store._desk.change(
        lambda connection: connection.execute(update(EVENTS).where(EVENTS.c.run == "old").values(actor="somebody"))
    )

    gone = await store.retention.let_go(ended_before=NOON + 50 * DAY, into=tmp_path, at=NOON + 60 * DAY)
    assert [each.run for each in gone.left] == ["sound"]
    assert [line.startswith("run old cannot leave: ") for line in gone.stuck] == [True]
    assert {each.id for each in await store.journal.runs(RunFilter())} == {"old", "newest"}
