"""The store's door: one call opens everything, one call closes it; another lets a second daemon in beside the first."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from drd.domain.errors import JournalUnavailableError, PermanentError
from drd.store.abandoning import StoredAbandoning
from drd.store.commit import Commit
from drd.store.daemons import Roll, StoredDaemons
from drd.store.database import Database
from drd.store.desk import Desk, Inline, Threads
from drd.store.dispatcher import Bells, DispatcherParts, StoredDispatcher
from drd.store.drills import StoredDrills
from drd.store.evidence import StoredEvidence
from drd.store.fault import rights_told
from drd.store.findings import StoredFindings
from drd.store.integrity import believe, damaged_runs
from drd.store.inventory import StoredInventory
from drd.store.journal import StoredJournal
from drd.store.lease import StoredLease
from drd.store.leases import DatabaseTime, Leases, forget
from drd.store.ledger import StoredLedger
from drd.store.orders import POLL_SECONDS, LetterBell, StoredOrders
from drd.store.plan_book import StoredPlanBook
from drd.store.readings import StoredReadings
from drd.store.retention import Retention
from drd.store.room import NO_TERMS, RoomTerms
from drd.store.rooms import StoredRooms
from drd.store.schema import newest_version, schema_of, upgrade
from drd.store.slots import StoredSlots
from drd.store.snapshots import FOLDER as SNAPSHOTS
from drd.store.snapshots import take, with_offer
from drd.store.terms import HostTime, LeaseTerms, Limits, Presence, host_seconds
from drd.store.upkeep import Upkeep, UpkeepTerms
from drd.store.verifications import StoredVerifications

POLL = timedelta(seconds=1)
"""Host time between looks for runs that nobody submitted here."""

_BOOT_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """One open database, and what its daemons in this process share."""

    database: Database
    time: DatabaseTime
    bells: Bells
    letters: LetterBell
    threaded: bool
    terms: LeaseTerms | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the store offers, each under its port. Belongs to the event loop on which it was opened.

    Attributes:
        backend: the kind of database, in one word.
    """

    journal: StoredJournal
    abandoning: StoredAbandoning
    dispatcher: StoredDispatcher
    daemons: StoredDaemons
    orders: StoredOrders
    ledger: StoredLedger
    lease: StoredLease
    slots: StoredSlots
    inventory: StoredInventory
    findings: StoredFindings
    rooms: StoredRooms
    plan_book: StoredPlanBook
    evidence: StoredEvidence
    verifications: StoredVerifications
    drills: StoredDrills
    readings: StoredReadings
    retention: Retention
    backend: str
    presence: Presence
    _desk: Desk = field(repr=False)
    _house: _House = field(repr=False)

    async def close(self) -> None:
        """Write what waits, tell the others that this daemon is gone, and let go of the database. May be called twice.

        A daemon whose store was not closed counts as alive until its last heartbeat is too old.
        """
        with contextlib.suppress(JournalUnavailableError):
            await self.daemons.leave()
        await self._desk.close()

    def upkeep(self, terms: UpkeepTerms) -> Upkeep:
        """Give what keeps this store in shape while it is used."""
        return Upkeep(self._house.database, self._desk, self.retention, terms)

    @property
    def queues(self) -> dict[str, int]:
        """How many runs wait for a place, as last seen, and how many writes for the disk."""
        return {"runs": self.dispatcher.waiting, "writes": self._desk.depth}

    @property
    def trouble(self) -> str:
        """Say what is wrong with the files or the room that they have; empty when nothing is."""
        database = self._house.database
        return (database.watch.finding if database.watch else "") or (database.room.trouble if database.room else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonWish:
    """How a daemon takes part.

    Attributes:
        host, version: what the others see of it.
        terms: of its leases; None for the usual ones on PostgreSQL, and on SQLite for none: there it is alone.
        waits: hears in one sentence what its start waits for.
        committed: told on the event loop how many seconds each commit took; never without threads.
        looked: called each time the dispatcher looks for runs.
    """

    host: str = ""
    version: str = ""
    terms: LeaseTerms | None = None
    limits: Limits = field(default_factory=Limits)
    waits: Callable[[str], None] = lambda _text: None
    committed: Callable[[float], None] | None = None
    looked: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a data folder is kept. Means nothing to PostgreSQL, whose server sees to itself.

    Attributes:
        snapshots: where copies of the store are; None for the usual folder beside it.
        room: what is kept free.
    """

    snapshots: Path | None = None
    room: RoomTerms = NO_TERMS


PLAIN = Keeping()


async def open_store(
    place: Path | str,
    *,
    daemon: str,
    threads: bool = True,
    host: HostTime | None = None,
    poll: timedelta = POLL,
    wish: DaemonWish | None = None,
    keeping: Keeping = PLAIN,
) -> Store:
    """Open a store, making it and bringing its schema to this version where needed.

    Args:
        place: the data folder of a SQLite store, `sqlite://` for one in memory, or a PostgreSQL address.
        daemon: the name that claims are made under; no two daemons that are alive have the same one.
        threads: False does everything in the caller's thread, without polling, for a virtual clock whose time would
            run on while a thread works. A store in memory is always so.
        host: the host's time for leases; None for the host's own, or without threads for the event loop's.
        poll: host time between looks for runs that nobody submitted here; where there are leases, their terms say it.
        wish: how the daemon takes part.
        keeping: how a data folder is kept: its room, and where its copies are.

    Raises:
        ConflictError: if another daemon uses the place (`other` is its process id), or one of this name is alive.
        JournalUnavailableError: if the place cannot be written now.
        PermanentError: if it is damaged, no database, made by a newer drd, or may not be used by this role.
    """
    wish = wish or DaemonWish()
    with rights_told():
        database = _believed(Database(place, keeping.room), keeping.snapshots)
    if database.room is not None:
        database.room.restock()
    threaded = threads and database.reader is not database.writer
    terms = wish.terms or (None if database.is_sqlite else LeaseTerms())
    host = host or (host_seconds if threaded else _loop_seconds)
    house = _House(
        database=database, time=DatabaseTime(host), bells=Bells(), letters=LetterBell(), threaded=threaded, terms=terms
    )
    commit = Commit(database)
    desk = Desk(database, Threads(commit, wish.committed) if threaded else Inline(commit))
    looks = (terms.poll if terms else poll) if threaded else None
    store = _assembled(house, desk, daemon=daemon, host=host, wish=wish, poll=looks)
    try:
        if database.is_sqlite:
            await store.lease.forget()
        with rights_told():
            await store.daemons.enter()
    except BaseException:
        await store.close()
        raise
    return store


def _believed(database: Database, snapshots: Path | None) -> Database:
    """Open a database that is as drd left it, with the newest schema; a damaged one is refused and not touched."""
    try:
        database.check()
        copies = snapshots or (database.folder.path / SNAPSHOTS if database.folder else None)
        with database.writing() as connection:
            _copy_before_upgrade(database, connection, copies)
            upgrade(connection, place=database.place)
            if not database.sealed:
                # A damaged journal concerns its run alone, which nobody moves.
                believe(connection, place=database.place, apart=damaged_runs(connection))
            if database.is_sqlite:
                forget(connection)
        database.seal()
    except BaseException as error:
        database.close()
        if isinstance(error, PermanentError) and error.code == "store-damaged" and database.folder:
            copies = snapshots or database.folder.path / SNAPSHOTS
            raise with_offer(error, copies, now=database.folder.taken_at) from error
        raise
    return database


def _copy_before_upgrade(database: Database, connection: Connection, copies: Path | None) -> None:
    """Keep the store as an older version left it, so that there is a way back to that version."""
    found = schema_of(connection)
    if copies is not None and database.folder is not None and found is not None and found != newest_version():
        take(database.folder.file, copies, at=database.folder.taken_at, why=f"before-{newest_version()}", look=False)


async def open_beside(
    store: Store, *, daemon: str, host: HostTime | None = None, wish: DaemonWish | None = None
) -> Store:
    """Let another daemon into an open store of this process: for simulations of several hosts.

    Both must be daemons with lease terms. The database's time stays that of the first one's host. Closing the second
    one leaves the database open; closing the first one closes it.

    Args:
        store: the first one's, without threads.
        daemon: the second one's name.
        host: the time of its own host; None for the event loop's.
        wish: how it takes part; without terms it takes the first one's.

    Raises:
        ConflictError: a daemon of this name is alive.
        ValueError: the store has threads, or its first daemon is alone.
    """
    house = store._house  # noqa: SLF001 - one door, two daemons
    if house.threaded or house.terms is None:
        raise ValueError("a second daemon goes beside one that has lease terms and no threads")
    desk = Desk(house.database, Inline(Commit(house.database)), owner=False)
    own = wish or DaemonWish(terms=house.terms)
    beside = _assembled(house, desk, daemon=daemon, host=host or _loop_seconds, wish=own, poll=None)
    await beside.daemons.enter()
    return beside


def _assembled(
    house: _House, desk: Desk, *, daemon: str, host: HostTime, wish: DaemonWish, poll: timedelta | None
) -> Store:
    presence = Presence(id=daemon, boot=secrets.token_hex(_BOOT_BYTES), host=wish.host, version=wish.version)
    terms = wish.terms or house.terms
    length = terms.length if terms else None
    leases = Leases(presence=presence, time=house.time, length=length, limits=wish.limits)
    roll = Roll(
        presence=presence,
        time=house.time,
        seconds=length.total_seconds() if length else 0.0,
        most_runs=wish.limits.runs,
    )
    dispatcher = StoredDispatcher(
        DispatcherParts(
            desk=desk,
            leases=leases,
            roll=roll,
            terms=terms,
            host=host,
            bells=house.bells,
            poll=poll,
            looked=wish.looked,
        )
    )
    journal, ledger = StoredJournal(desk, house.database.room), StoredLedger(desk)
    return Store(
        journal=journal,
        abandoning=StoredAbandoning(desk),
        dispatcher=dispatcher,
        daemons=StoredDaemons(desk, roll, terms, told=dispatcher.told, waits=wish.waits),
        orders=StoredOrders(desk, leases, house.letters, poll=POLL_SECONDS if house.threaded and terms else None),
        ledger=ledger,
        lease=StoredLease(desk, house.time),
        slots=StoredSlots(desk, roll),
        inventory=StoredInventory(desk),
        findings=StoredFindings(desk),
        rooms=StoredRooms(desk),
        plan_book=StoredPlanBook(desk),
        evidence=StoredEvidence(desk),
        verifications=StoredVerifications(desk),
        drills=StoredDrills(desk),
        readings=StoredReadings(desk),
        retention=Retention(desk, journal, ledger),
        backend="sqlite" if house.database.is_sqlite else "postgresql",
        presence=presence,
        _desk=desk,
        _house=house,
    )


def _loop_seconds() -> float:
    return asyncio.get_running_loop().time()
