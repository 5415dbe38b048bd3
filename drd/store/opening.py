"""The store's door: one call opens everything, one call closes it."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from drd.store.commit import Commit
from drd.store.database import Database
from drd.store.desk import Desk, Inline, Threads
from drd.store.dispatcher import POLL, StoredDispatcher
from drd.store.inventory import StoredInventory
from drd.store.journal import StoredJournal
from drd.store.lease import HostTime, StoredLease, host_seconds
from drd.store.ledger import StoredLedger
from drd.store.readings import StoredReadings
from drd.store.schema import upgrade
from drd.store.slots import StoredSlots


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the store offers, each under its port. Belongs to the event loop on which it was opened."""

    journal: StoredJournal
    dispatcher: StoredDispatcher
    ledger: StoredLedger
    lease: StoredLease
    slots: StoredSlots
    inventory: StoredInventory
    readings: StoredReadings
    _desk: Desk = field(repr=False)

    async def close(self) -> None:
        """Write what waits, and let go of the database. May be called twice."""
        await self._desk.close()


async def open_store(
    place: Path | str,
    *,
    daemon: str,
    threads: bool = True,
    host: HostTime = host_seconds,
    poll: timedelta = POLL,
) -> Store:
    """Open a store, making it and bringing its schema to this version where needed.

    Args:
        place: the data folder of a SQLite store, `sqlite://` for one in memory, or a PostgreSQL address.
        daemon: name that claims are made under.
        threads: False does everything in the caller's thread, without polling, for a virtual clock whose time would
            run on while a thread works. A store in memory is always so.
        host: the host's time for leases.
        poll: host time between looks for runs that nobody submitted here.

    Raises:
        ConflictError: if another daemon uses the place; `other` is its process id.
        JournalUnavailableError: if the place cannot be written now.
        PermanentError: if it is damaged, no database, or made by a newer drd.
    """
    database = Database(place)
    try:
        database.check()
        with database.writing() as connection:
            upgrade(connection, place=database.place)
    except BaseException:
        database.close()
        raise
    commit = Commit(database)
    threaded = threads and database.reader is not database.writer
    desk = Desk(database, Threads(commit) if threaded else Inline(commit))
    lease = StoredLease(desk, host)
    await lease.forget()
    return Store(
        journal=StoredJournal(desk),
        dispatcher=StoredDispatcher(desk, daemon=daemon, poll=poll if threaded else None),
        ledger=StoredLedger(desk),
        lease=lease,
        slots=StoredSlots(desk),
        inventory=StoredInventory(desk),
        readings=StoredReadings(desk),
        _desk=desk,
    )
