"""A bystander reads ledger and journal beside the daemon, and leaves no trace."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drd.domain.errors import JournalUnavailableError, NotFoundError, PermanentError
from drd.domain.ids import ArmId, RunId, StepId, TenantId
from drd.ports.ledger import Entry
from drd.store.beside import open_beside_daemons
from drd.store.examining import examine
from drd.store.opening import open_store

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ENTRY = Entry(
    id=ArmId.parse("/subscriptions/s1/resourceGroups/rg-drd-r-1"),
    kind="resource-group",
    run=RunId("r-1"),
    step=StepId("group"),
    tenant=TenantId("voorbeeld"),
    recorded_at=NOW,
    keep=False,
    expires_at=NOW + timedelta(hours=4),
)


async def test_the_ledger_is_read_beside_a_daemon_that_holds_the_folder(tmp_path: Path) -> None:
    """Also what it wrote after we came; a run that there is not is told; nothing can be written."""
    store = await open_store(tmp_path, daemon="one")
    beside = open_beside_daemons(tmp_path)
    try:
        assert await beside.ledger.open() == ()
        await store.ledger.record((ENTRY,))

        assert await beside.ledger.open() == (ENTRY,)
        assert beside.lease is None
        with pytest.raises(NotFoundError):
            await beside.journal.run(RunId("r-1"))
        with pytest.raises(JournalUnavailableError):
            await beside.ledger.removed(ENTRY.run, ENTRY.id, at=NOW)
    finally:
        await beside.close()
        await store.close()


async def test_what_a_killed_daemon_left_is_read_and_not_changed(tmp_path: Path) -> None:
    """The next start believes every byte of it."""
    store = await open_store(tmp_path / "live", daemon="one")
    await store.ledger.record((ENTRY,))
    killed = tmp_path / "killed"
    shutil.copytree(tmp_path / "live", killed)
    await store.close()
    before = {path.name: path.read_bytes() for path in killed.iterdir() if not path.name.endswith("-shm")}

    beside = open_beside_daemons(killed)
    assert await beside.ledger.open() == (ENTRY,)
    await beside.close()

    assert {path.name: path.read_bytes() for path in killed.iterdir() if not path.name.endswith("-shm")} == before
    assert examine(killed) == ()
    again = await open_store(killed, daemon="one")
    assert await again.ledger.open() == (ENTRY,)
    await again.close()


async def test_a_store_that_is_gone_or_of_another_version_is_told(tmp_path: Path) -> None:
    """The reaper then goes on without it."""
    with pytest.raises(JournalUnavailableError, match="cannot be read"):
        open_beside_daemons(tmp_path)
    (tmp_path / "drd.db").write_bytes(b"")
    with pytest.raises(JournalUnavailableError, match="empty"):
        open_beside_daemons(tmp_path)
    (tmp_path / "drd.db").write_bytes(b"no database" * 1000)
    with pytest.raises((JournalUnavailableError, PermanentError)):
        open_beside_daemons(tmp_path)


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.place("where PostgreSQL's wheel is installed"))])
def shared(request: pytest.FixtureRequest) -> str:
    """Give an empty database of several daemons."""
    server = request.getfixturevalue(request.param)
    server.psql("CREATE DATABASE beside")
    return str(server.get_uri("beside"))


async def test_on_postgresql_the_reaper_writes_what_is_gone_and_works_alone(shared: str) -> None:
    """A daemon that is at work sees it at once; a second reaper waits for its turn, which the first one gives back."""
    with pytest.raises((JournalUnavailableError, PermanentError)):
        open_beside_daemons(shared)
    store = await open_store(shared, daemon="one")
    first, second = open_beside_daemons(shared), open_beside_daemons(shared)
    try:
        await store.ledger.record((ENTRY,))
        assert await first.ledger.open() == (ENTRY,)
        assert first.lease is not None
        assert second.lease is not None
        long = timedelta(minutes=1)

        assert await first.lease.hold("reaper", holder="first", length=long)
        assert not await second.lease.hold("reaper", holder="second", length=long)
        await first.ledger.removed(ENTRY.run, ENTRY.id, at=NOW)
        assert (await store.ledger.open(), await second.ledger.open()) == ((), ())
        await first.lease.release("reaper", holder="first")
        assert await second.lease.hold("reaper", holder="second", length=long)
    finally:
        for each in (first, second, store):
            await each.close()
