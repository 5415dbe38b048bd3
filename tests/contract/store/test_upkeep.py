"""What keeps a store in shape while it is used: copies in time, the ballast, large files, runs that leave."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drd.domain.errors import PermanentError
from drd.domain.events import Kind, first_broken
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.store.examining import examine
from drd.store.folder import FILE
from drd.store.opening import Keeping, Store, open_store
from drd.store.room import BALLAST, RoomTerms
from drd.store.seal import Seal
from drd.store.snapshots import snapshots
from drd.store.upkeep import UpkeepTerms
from drd.store.watch import Watch
from tests.contract.store.sample import NOON, Pen, card, plan

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def _run(store: Store, run: str, *, events: int = 3, end: datetime | None = None) -> Pen:
    of, pen = plan(f"dienst-{run}"), Pen(run)
    first = pen.write(Kind.RUN_ACCEPTED, payload={"plan": of.hash()}, at=end or NOON)
    await store.journal.accept(card(run, of, at=end or NOON), of, first)
    for _ in range(events):
        await store.journal.append(pen.many(50), state=RunState.RUNNING)
    if end is not None:
        last = pen.write(Kind.RUN_FINISHED, payload={"state": "succeeded"}, at=end)
        await store.journal.append([last], state=RunState.SUCCEEDED)
    return pen


async def test_copies_are_taken_in_time_and_a_few_are_kept(tmp_path: Path) -> None:
    """The first at once; none before its time."""
    store = await open_store(tmp_path / "data", daemon="a")
    upkeep = store.upkeep(UpkeepTerms(snapshots=tmp_path / "copies", copies=2))
    said = [await upkeep.turn(NOON + each * HOUR / 2) for each in range(7)]
    await store.close()

    assert [bool(turn.done) for turn in said] == [True, False, True, False, True, False, True]
    assert [each.taken_at.hour for each in snapshots(tmp_path / "copies")] == [15, 14]


async def test_what_cannot_be_done_is_said_and_the_rest_is_done(tmp_path: Path) -> None:
    """A copy's folder that cannot be written must not keep old runs from leaving, nor the ballast from coming back."""
    (tmp_path / "copies").write_text("in the way")
    terms = RoomTerms(ballast=1 << 20, least_free=0)
    store = await open_store(tmp_path / "data", daemon="a", keeping=Keeping(room=terms))
    for number in (1, 2):
        of, pen = plan(), Pen(f"run-{number}")
        at = NOON + number * HOUR
        first = pen.write(Kind.RUN_ACCEPTED, payload={"plan": of.hash()}, at=at)
        await store.journal.accept(card(pen.run, of, at=at), of, first)
        last = pen.write(Kind.RUN_FINISHED, payload={"state": "succeeded"}, at=at)
        await store.journal.append([last], state=RunState.SUCCEEDED)
    (tmp_path / "data" / BALLAST).unlink()
    wish = UpkeepTerms(snapshots=tmp_path / "copies", archives=tmp_path / "runs", runs=timedelta(days=1))
    said = await store.upkeep(wish).turn(NOON + timedelta(days=9))
    told = store.trouble
    await store.close()

    assert (len(said.failed), told) == (1, "")
    assert said.failed[0].startswith("no copy of the store could be made: ")
    assert said.done == (f"run run-1 left for {tmp_path / 'runs' / 'run-1.jsonl'}",)


async def test_a_folder_that_cannot_be_looked_into_does_not_end_the_upkeep(tmp_path: Path) -> None:
    """The disk that copies are on may be away for a while: it is tried again."""
    store = await open_store(tmp_path / "data", daemon="a")
    copies = tmp_path / "copies"
    upkeep = store.upkeep(UpkeepTerms(snapshots=copies, copies=1))
    await upkeep.turn(NOON)
    (copies / "drd-20200101T000000Z.db" / "in-the-way").mkdir(parents=True)
    (copies / "drd-20200101T000000Z.db.sha256").write_text("x")
    away = await upkeep.turn(NOON + HOUR)
    (copies / "drd-20200101T000000Z.db.sha256").unlink()
    back = await upkeep.turn(NOON + 2 * HOUR)
    await store.close()

    assert (len(away.failed), len(back.done), back.failed) == (1, 1, ())


async def test_a_large_file_is_opened_at_once_and_compared_while_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong in it is told as soon as it is found; a missing log is refused at once all the same."""
    store = await open_store(tmp_path, daemon="a", threads=False)
    await _run(store, "run-1", end=NOON)
    await store.close()
    content = bytearray((tmp_path / FILE).read_bytes())
    content[-2000] ^= 1
    (tmp_path / FILE).write_bytes(content)
    monkeypatch.setattr(Watch.__init__, "__kwdefaults__", {"at_open": 0})

    store = await open_store(tmp_path, daemon="a", threads=False)
    before = store.trouble
    said = await store.upkeep(UpkeepTerms(every=None)).turn(datetime(2026, 11, 22, tzinfo=UTC))
    told = store.trouble
    await store.close()

    assert before == ""
    assert said.failed == (told,)
    assert "is not what drd wrote" in told


async def test_a_store_stays_sealed_over_many_checkpoints(tmp_path: Path) -> None:
    """The log is copied and sealed again and again, also while somebody reads an older state; and opens clean."""
    store = await open_store(tmp_path, daemon="a", threads=False)
    pen = await _run(store, "run-1", events=1)
    reader = sqlite3.connect(f"file:{tmp_path / FILE}?mode=ro", uri=True, isolation_level=None)
    for number in range(80):
        if number == 20:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchone()
        if number == 50:
            reader.execute("COMMIT")
        await store.journal.append(pen.many(100), state=RunState.RUNNING)
    reader.close()
    size = (tmp_path / FILE).stat().st_size
    in_use = examine(tmp_path)
    await store.close()

    assert in_use == ()
    assert size > 1 << 20, "nothing was copied: this proves nothing"
    assert examine(tmp_path) == ()
    store = await open_store(tmp_path, daemon="a", threads=False)
    assert first_broken(await store.journal.events(RunId("run-1"))) is None
    await store.close()


async def test_what_a_checkpoint_could_not_seal_is_sealed_before_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then nothing is written: the log would be written over, and the pages stand unsealed."""
    store = await open_store(tmp_path, daemon="a", threads=False)
    pen = await _run(store, "run-1", events=1)
    watch = store._house.database.watch
    assert watch is not None
    watch._seal._due = 1
    renew, hindered = Seal._renew, [True]

    def failing(seal: Seal, pages: object) -> None:
        if hindered[0]:
            raise OSError(5, "Input/output error")
        renew(seal, pages)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(Seal, "_renew", failing)
    await store.journal.append(pen.many(5), state=RunState.RUNNING)
    events = pen.many(5)
    with pytest.raises(Exception, match="the store cannot be used now"):
        await store.journal.append(events, state=RunState.RUNNING)
    hindered[0] = False
    await store.journal.append(events, state=RunState.RUNNING)
    await store.close()

    await (await open_store(tmp_path, daemon="a", threads=False)).close()


async def test_a_database_that_was_deleted_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    """All runs would be forgotten, and nobody would know."""
    store = await open_store(tmp_path, daemon="a")
    await _run(store, "run-1")
    await store.close()
    (tmp_path / FILE).unlink()

    with pytest.raises(PermanentError, match="the database is gone, and what is beside it is not"):
        await open_store(tmp_path, daemon="a")
