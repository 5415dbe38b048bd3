"""Copies of a store, and what happens to its runs when one is put in its place."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from drd.domain.errors import ConflictError, DrdError, NotFoundError, PermanentError
from drd.domain.events import Kind, first_broken
from drd.domain.ids import RunId
from drd.domain.lifecycle import Request, RunState
from drd.store.folder import FILE
from drd.store.opening import open_store
from drd.store.restoring import park_all, restore
from drd.store.snapshots import named, newest_good, prune, snapshots, take
from tests.contract.store.conftest import Site
from tests.contract.store.sample import NOON, Pen, card, plan
from tests.fakes.engine_house import plan as steps_of
from tests.fakes.engine_house import step
from tests.fakes.stored_house import StoredHouse
from tests.golden import keeping
from tests.golden.database import leave_behind

pytestmark = pytest.mark.anyio


async def _begun(folder: Path) -> StoredHouse:
    """Start a run that is in its second step, an operation of an hour."""
    house = await StoredHouse().enter(folder)
    async with house.serving():
        await house.start(
            steps_of(step("a"), step("b", "adopt", {"lasts": 3600}, needs=("a",)), step("c", needs=("b",)))
        )
        await house.until(Kind.STEP_RECORDED, step="b")
        await house.engine.drain()
    return house


def _damage(folder: Path) -> None:
    content = bytearray((folder / FILE).read_bytes())
    content[5000] ^= 1
    (folder / FILE).write_bytes(content)


async def test_a_copy_is_taken_while_the_store_is_in_use(tmp_path: Path) -> None:
    """Complete with what is in the log, digested, and listed newest first."""
    house = await _begun(tmp_path / "data")
    first = take(tmp_path / "data" / FILE, tmp_path / "copies", at=NOON)
    second = take(tmp_path / "data" / FILE, tmp_path / "copies", at=NOON + timedelta(hours=1), why="before-0003")
    await house.leave()

    assert [each.name for each in snapshots(tmp_path / "copies")] == [second.name, first.name]
    assert second.name == "drd-20261122T130000Z-before-0003.db"
    assert (first.is_whole(), named(tmp_path / "copies", first.name)) == (True, first)
    with pytest.raises(NotFoundError, match="no such copy"):
        named(tmp_path / "copies", "other.db")


async def test_a_damaged_copy_is_passed_over_and_old_ones_are_pruned(tmp_path: Path) -> None:
    """The newest good one is what is offered."""
    await (await _begun(tmp_path / "data")).leave()
    taken = [take(tmp_path / "data" / FILE, tmp_path / "copies", at=NOON + timedelta(hours=each)) for each in range(4)]
    _damage_copy(taken[3].path)

    assert newest_good(tmp_path / "copies") == taken[2]
    prune(tmp_path / "copies", keep=2)
    assert list(snapshots(tmp_path / "copies")) == [taken[3], taken[2]]
    assert len(list((tmp_path / "copies").iterdir())) == 4


def _damage_copy(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


async def test_of_a_store_that_is_damaged_inside_no_copy_is_kept(tmp_path: Path) -> None:
    """A copy that nobody can use must not push out a good one."""
    house = await _begun(tmp_path / "data")
    await house.store._desk.change(lambda connection: connection.exec_driver_sql("DELETE FROM locks").rowcount)

    with pytest.raises(PermanentError, match="its lock voorbeeld/service/burgerzaken is gone"):
        take(tmp_path / "data" / FILE, tmp_path / "copies", at=NOON)
    await house.leave()

    assert list((tmp_path / "copies").iterdir()) == []


async def test_a_damaged_store_offers_the_newest_good_copy_by_name_and_age(tmp_path: Path) -> None:
    """What a person at night needs next stands in the error."""
    await (await _begun(tmp_path / "data")).leave()
    copy = take(tmp_path / "data" / FILE, tmp_path / "data" / "snapshots", at=NOON)
    _damage(tmp_path / "data")

    with pytest.raises(PermanentError) as raised:
        await open_store(tmp_path / "data", daemon="a")

    assert f"The newest good copy is {copy.name}, " in raised.value.hint
    assert " min old" in raised.value.hint


async def test_a_restored_run_asks_before_it_goes_on(tmp_path: Path) -> None:
    """P1: the copy is older than the world; what the run did since is done, and nobody knows but the world."""
    house = await _begun(tmp_path / "data")
    copy = take(tmp_path / "data" / FILE, tmp_path / "copies", at=house.clock.now())
    async with asyncio.timeout(10):
        await house.leave()
        await house.enter(tmp_path / "data")
        async with house.serving():
            await house.engine.over(RunId("r-1"))
        await house.leave()
        sent = house.world.names_sent()
        _damage(tmp_path / "data")
        done = restore(tmp_path / "data", copy, actor="an", at=house.clock.now())

        await house.enter(tmp_path / "data")
        async with house.serving():
            await house.until(Kind.RUN_CLAIMED)
            await _idle()
            parked = await house.store.journal.run(RunId("r-1"))
            sent_while_parked = house.world.names_sent()
            await house.order(Request.SKIP, "c", reason="done before the restore")
            await house.order(Request.RESUME)
            ended = await house.engine.over(RunId("r-1"))
        events = await house.store.journal.events(RunId("r-1"))
        await house.leave()

    assert (done.parked, parked.state, ended.state) == ((RunId("r-1"),), RunState.PARKED, RunState.SUCCEEDED)
    assert sent == ["a", "b", "c"] == sent_while_parked == house.world.names_sent()
    asked = next(event for event in events if event.kind is Kind.RUN_PARKED)
    assert str(asked.payload["question"]).startswith("the journal was restored from a copy of 2026-11-22 03:")
    assert first_broken(events) is None
    assert done.aside is not None and (done.aside / FILE).exists()  # noqa: PT018 - one fact


async def _idle() -> None:
    """Let everything happen that would happen by itself."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_files_of_unknown_age_are_taken_as_they_lie_there(tmp_path: Path) -> None:
    """For a folder that somebody copied back without its seal: everything is looked at, and every run asks."""
    await (await _begun(tmp_path / "data")).leave()
    (tmp_path / "data" / "drd.seal").unlink()
    with pytest.raises(PermanentError, match="seal is gone"):
        await open_store(tmp_path / "data", daemon="a")

    done = restore(tmp_path / "data", None, actor="an", at=NOON)
    store = await open_store(tmp_path / "data", daemon="a")
    state = (await store.journal.run(RunId("r-1"))).state
    await store.close()

    assert (done.parked, state) == ((RunId("r-1"),), RunState.PARKED)


async def test_a_restore_is_refused_while_a_daemon_runs_and_with_a_damaged_copy(tmp_path: Path) -> None:
    """And nothing is changed."""
    house = await _begun(tmp_path / "data")
    copy = take(tmp_path / "data" / FILE, tmp_path / "copies", at=NOON)
    with pytest.raises(ConflictError, match="another drd uses this data folder"):
        restore(tmp_path / "data", copy, actor="an", at=NOON)
    await house.leave()
    _damage_copy(copy.path)
    before = (tmp_path / "data" / FILE).read_bytes()

    with pytest.raises(DrdError, match="the copy is damaged"):
        restore(tmp_path / "data", copy, actor="an", at=NOON)
    assert (tmp_path / "data" / FILE).read_bytes() == before


async def test_what_a_server_restored_is_guarded_too(durable: Site) -> None:
    """PostgreSQL has backups of its own; every run that is not over asks all the same."""
    store = await durable.open()
    of, pen = plan(), Pen("run-1")
    await store.journal.accept(card("run-1", of), of, pen.write(Kind.RUN_ACCEPTED))
    await store.close()

    if isinstance(durable.place, str):
        done = park_all(durable.place, actor="an", at=NOON)
    else:
        done = restore(durable.place, None, actor="an", at=NOON)
    store = await durable.open()
    events = await store.journal.events(RunId("run-1"))
    await store.close()

    assert done.parked == (RunId("run-1"),)
    assert [event.kind for event in events] == [Kind.RUN_ACCEPTED, Kind.RUN_PARKED]


async def test_a_copy_is_kept_of_what_an_older_version_left(tmp_path: Path) -> None:
    """Before its schema is brought to this version; so there is a way back to the older drd, and the newest is good."""
    golden = keeping.read(keeping.FOLDER / "4eaf57e-failover.jsonl")
    leave_behind(tmp_path / "data", golden, golden.moments[1], schema="0001")

    await (await open_store(tmp_path / "data", daemon="a")).close()
    await (await open_store(tmp_path / "data", daemon="a")).close()

    (copy,) = snapshots(tmp_path / "data" / "snapshots")
    with sqlite3.connect(copy.path) as database:
        found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    database.close()
    assert (found, copy.is_whole(), copy.name.endswith("-before-0003.db")) == (("0001",), True, True)
