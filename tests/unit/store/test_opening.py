"""The store's door: what it refuses, and how it says so."""

import sqlite3
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from drd.domain.errors import ConflictError, DrdError, JournalUnavailableError, PermanentError
from drd.domain.ids import RunId
from drd.store.examining import examine
from drd.store.folder import FILE
from drd.store.opening import open_store
from tests.contract.store.sample import reseal

pytestmark = pytest.mark.anyio


async def refused(place: Path | str) -> DrdError:
    """Open what cannot be opened, and give the error."""
    with pytest.raises(DrdError) as raised:
        await open_store(place, daemon="a")
    return raised.value


async def test_a_folder_is_made_and_belongs_to_its_owner_only(tmp_path: Path) -> None:
    """Journals hold names and targets; nobody else reads them."""
    folder = tmp_path / "new" / "data"
    store = await open_store(folder, daemon="a")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    await store.close()

    assert set(modes.values()) == {0o600}
    assert {FILE, f"{FILE}-wal", f"{FILE}-shm"} <= modes.keys()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_second_daemon_is_refused_with_the_firsts_process(tmp_path: Path) -> None:
    """Until the first has let go."""
    first = await open_store(tmp_path, daemon="a")

    error = await refused(tmp_path)

    assert isinstance(error, ConflictError)
    assert error.other.isdigit()
    assert "another drd uses this data folder" in error.message
    assert error.hint
    await first.close()
    await (await open_store(tmp_path, daemon="b")).close()


async def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    """It may be somebody's only copy of something."""
    (tmp_path / FILE).write_bytes(b"these are no pages of a database " * 100)

    error = await refused(tmp_path)

    assert isinstance(error, PermanentError)
    assert (error.code, bool(error.hint)) == ("store-damaged", True)
    assert (tmp_path / FILE).read_bytes().startswith(b"these are no pages")


async def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """A page that was overwritten is found before anything is believed."""
    await (await open_store(tmp_path, daemon="a")).close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)

    assert (await refused(tmp_path)).code == "store-damaged"


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """Old code must not guess what new columns mean."""
    await (await open_store(tmp_path, daemon="a")).close()
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    reseal(database, tmp_path)

    error = await refused(tmp_path)

    assert (error.code, "newer drd" in error.message) == ("store-newer", True)
    (found,) = examine(tmp_path)
    assert error.message in found


async def test_a_database_that_is_gone_is_found_gone_and_nothing_else(tmp_path: Path) -> None:
    """Also when a start was refused in between."""
    await (await open_store(tmp_path, daemon="a")).close()
    (tmp_path / FILE).unlink()
    assert [("there is no database" in each) for each in examine(tmp_path)] == [True]

    await refused(tmp_path)
    assert [("there is no database" in each) for each in examine(tmp_path)] == [True]
    assert not (tmp_path / FILE).exists()


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """One error, with the place and a hint."""
    (tmp_path / "file").write_text("no folder")

    error = await refused(tmp_path / "file" / "data")

    assert isinstance(error, JournalUnavailableError)
    assert (str(tmp_path / "file" / "data"), bool(error.hint)) == (error.target, True)
    assert isinstance(await refused(tmp_path / "file"), JournalUnavailableError)


async def test_an_unknown_kind_of_database_is_refused_without_its_password() -> None:
    """An address in an error is read by many."""
    error = await refused("mysql://drd:secret@host/drd")

    assert error.code == "store-unknown"
    assert "secret" not in str(error)


async def test_inline_no_thread_is_started(tmp_path: Path) -> None:
    """Under a virtual clock time would run on while a thread works."""
    before = threading.active_count()
    store = await open_store(tmp_path, daemon="a", threads=False)

    await store.ledger.open()
    await store.lease.hold("reaper", holder="a", length=timedelta(minutes=1))

    assert threading.active_count() == before
    await store.close()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """Closing twice is no error; using it afterwards is."""
    store = await open_store(tmp_path, daemon="a")
    await store.close()
    await store.close()

    with pytest.raises(JournalUnavailableError, match="closed"):
        await store.journal.run(RunId("r"))
    with pytest.raises(JournalUnavailableError, match="closed"):
        await store.lease.release("reaper", holder="a")
