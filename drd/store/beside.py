"""Reads ledger and journal beside the daemons that use them, for the reaper; takes no part in their work.

A data folder is opened for reading only, also while its daemon holds it or after it was killed; nothing of it changes.
On PostgreSQL what is gone can be written to the ledger, and a named lease keeps the reaper single.
"""

from dataclasses import dataclass, field
from pathlib import Path

from drd.domain.errors import JournalUnavailableError, PermanentError
from drd.store.commit import Commit
from drd.store.database import Database
from drd.store.desk import Desk, Inline
from drd.store.folder import FILE
from drd.store.journal import StoredJournal
from drd.store.lease import StoredLease
from drd.store.leases import DatabaseTime
from drd.store.ledger import StoredLedger
from drd.store.schema import newest_version, schema_of
from drd.store.terms import host_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An open store, as a bystander sees it.

    Attributes:
        lease: None where nothing can be written.
    """

    ledger: StoredLedger
    journal: StoredJournal
    lease: StoredLease | None
    _desk: Desk = field(repr=False)

    async def close(self) -> None:
        """Let go of the database. May be called twice."""
        await self._desk.close()


def open_beside_daemons(place: Path | str) -> Beside:
    """Open a store that daemons use, without taking part.

    Raises:
        JournalUnavailableError: there is none, or it cannot be read now.
        PermanentError: its schema is of another version than this code's.
    """
    database = Database(_reading(place) if isinstance(place, Path) else place)
    try:
        with database.reading() as connection:
            found = schema_of(connection)
        _check_version(found, database.place)
    except BaseException:
        database.close()
        raise
    desk = Desk(database, Inline(Commit(database)))
    return Beside(
        ledger=StoredLedger(desk),
        journal=StoredJournal(desk, None),
        lease=None if database.is_sqlite else StoredLease(desk, DatabaseTime(host_seconds)),
        _desk=desk,
    )


def _check_version(found: str | None, place: str) -> None:
    if found != newest_version():
        raise PermanentError(
            f"the database is of another version of drd: its schema is {found}, this drd knows {newest_version()}",
            target=place,
            hint="let daemon and reaper be of the same version",
            code="store-other-version",
        )


def _reading(folder: Path) -> str:
    file = folder / FILE
    try:
        is_there = bool(file.stat().st_size)
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    if not is_there:
        raise _unreadable(file, "it is empty")
    return f"sqlite:///file:{file}?mode=ro&uri=true"


def _unreadable(file: Path, why: str) -> JournalUnavailableError:
    hint = "look whether the daemon's host and disk are there; the reaper goes on without it"
    return JournalUnavailableError(f"the database cannot be read: {why}", target=str(file), hint=hint)
