"""One database for writing and for reading: SQLite in a data folder or in memory, or PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from drd.domain.errors import PermanentError
from drd.store.fault import is_full, is_unavailable, unavailable
from drd.store.folder import DataFolder, unusable
from drd.store.room import NO_TERMS, Room, RoomTerms
from drd.store.watch import Watch

MEMORY = "sqlite://"
"""The place of a database that is gone when it is closed: for rehearsals and forecasts."""

_BUSY_MILLISECONDS = 5000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    # The log is copied into the database by `Watch`, which seals what is written.
    "PRAGMA wal_autocheckpoint=0",
)
_BEGIN_WRITING, _BEGIN_READING = "BEGIN IMMEDIATE", "BEGIN"
_SESSION = {
    "timezone": "UTC",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15s",
}
"""A host that is frozen inside a transaction keeps its locks for some seconds at most, and never until it wakes."""

_POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "drd",
}
_WRITE_LIMIT = {"statement_timeout": "15s"}
_READ_LIMIT = {"statement_timeout": "60s"}
_TRANSACTION_LIMIT = "SET transaction_timeout = '15s'"
"""The driver writes many rows as a pipeline, and the server's limit for idle transactions does not count after one."""
LIMITS_TRANSACTIONS = (17,)
"""PostgreSQL's versions from which on a transaction's length can be limited."""


class Database:
    """Connections to one database that one daemon holds.

    Writing goes through one connection, which is renewed after a failure. Reading has connections of its own, except
    in memory, where there is only one.
    """

    def __init__(self, place: Path | str, room: RoomTerms = NO_TERMS) -> None:
        """Take the place; nothing is read yet.

        Raises:
            JournalUnavailableError, ConflictError: as `DataFolder`.
            PermanentError: if the place is an address of a database that drd does not know.
        """
        self.folder = DataFolder(place) if isinstance(place, Path) else None
        self.place = str(place) if isinstance(place, Path) else _without_password(place)
        address = f"sqlite:///{self.folder.file}" if self.folder else str(place)
        self.writer = _engine(address, writes=True)
        self.reader = self.writer if address == MEMORY else _engine(address, writes=False)
        self._connection: Connection | None = None
        self._errors: type[Exception] = self.writer.dialect.loaded_dbapi.Error
        # PostgreSQL's driver begins by itself.
        self._begin = "" if not self.is_sqlite else _BEGIN_READING if address == MEMORY else _BEGIN_WRITING
        self.watch: Watch | None = None
        self.room = Room(self.folder.path, room) if self.folder else None

    @property
    def is_sqlite(self) -> bool:
        """Say whether one process at most can use it."""
        return self.writer.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the writing connection inside a transaction that is committed at the end.

        Raises:
            JournalUnavailableError: if the database cannot; nothing was written.
        """
        try:
            connection = self._connected()
            self._may_write()
            with connection.begin():
                yield connection
            if self.watch is not None:
                self.watch.committed(_driver(connection))
        except (SQLAlchemyError, sqlite3.Error) as error:
            if not is_unavailable(error):
                raise
            raise self._given_up(error) from error

    @contextmanager
    def appending(self) -> Iterator[Any]:
        """Give the driver's own cursor inside a transaction that is committed at the end.

        As `writing`, without SQLAlchemy's bookkeeping: that costs as much as the few statements of an append.

        Raises:
            JournalUnavailableError: if the database cannot; nothing was written.
        """
        try:
            driver: Any = self._connected().connection.dbapi_connection
            self._may_write()
            with _transaction(driver, self._begin, self._errors) as cursor:
                yield cursor
            if self.watch is not None:
                self.watch.committed(driver)
        except (SQLAlchemyError, sqlite3.Error) as error:
            if not is_unavailable(error):
                raise
            raise self._given_up(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection in a transaction of its own that sees one state of the database.

        Raises:
            JournalUnavailableError: if the database cannot.
        """
        if self.reader is self.writer:
            with self.writing() as connection:
                yield connection
            return
        try:
            with self.reader.connect() as connection, connection.begin():
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            if not is_unavailable(error):
                raise
            raise unavailable(error, self.place) from error

    def check(self) -> None:
        """Look whether the database is whole.

        Raises:
            PermanentError: if it is damaged or is no database.
            JournalUnavailableError: if it cannot be read now.
        """
        if not self.is_sqlite:
            # The reader too: connecting takes a few answers, and a run that goes on must not wait for them.
            with self.writing(), self.reading():
                return
        if self.folder:
            try:
                self.watch = Watch(self.folder.file)
            except OSError as error:
                raise unusable(self.folder.path, error) from error
            self.folder.own_file()
            if self.watch.sealed:
                # Byte for byte as drd left it: there is nothing that a look inside could find.
                self._connected()
                self.watch.open()
                return
        try:
            connection = self.writer.connect()
            try:
                said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            finally:
                connection.close()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._no_database(error) from error
        if said != "ok":
            raise PermanentError(
                f"the database is damaged: {said}",
                target=self.place,
                hint="keep the folder as it is and restore the newest good copy beside it",
                code="store-damaged",
            )

    def close(self) -> None:
        """Close every connection and let go of the folder."""
        if self.reader is not self.writer:
            self.reader.dispose()
        if self._connection is not None:
            if self.watch is not None:
                self.watch.rest(_driver(self._connection))
            self._connection.close()
            self._connection = None
        self.writer.dispose()
        if self.watch is not None:
            self.watch.close()
        if self.folder:
            self.folder.release()

    @property
    def sealed(self) -> bool:
        """Say whether its file was found as its seal says; else what is in it has to be looked at."""
        return self.watch is None or self.watch.sealed

    def seal(self) -> None:
        """Seal a file that has no seal yet: its contents were looked at, or just made."""
        if self.watch is not None and not self.watch.sealed:
            try:
                self.watch.open()
                self.watch.begin(_driver(self._connected()))
            except (OSError, sqlite3.Error) as error:
                raise unavailable(error, self.place) from error

    def _may_write(self) -> None:
        if self.watch is None:
            return
        try:
            self.watch.settle()
        except OSError as error:
            raise unavailable(error, self.place) from error

    def _no_database(self, error: Exception) -> Exception:
        fault = unavailable(error, self.place)
        if "not a database" not in fault.message and "malformed" not in fault.message:
            return fault
        return PermanentError(fault.message, target=self.place, hint=fault.hint, code="store-damaged")

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self.writer.connect()
        return self._connection

    def _given_up(self, error: Exception) -> Exception:
        self._renew()
        if self.room is not None and is_full(error):
            self.room.give_up()
        return unavailable(error, self.place)

    def _renew(self) -> None:
        # A connection that failed may sit in half a transaction: the next write begins on a new one.
        connection, self._connection = self._connection, None
        if connection is not None and self.reader is not self.writer:
            connection.invalidate()
            connection.close()


@contextmanager
def _transaction(driver: Any, begin: str, errors: type[Exception]) -> Iterator[Any]:  # noqa: ANN401 - drivers have no common type
    """Give a cursor in a transaction of the driver's own; its errors are told as SQLAlchemy tells them."""
    cursor = driver.cursor()
    try:
        try:
            if begin:
                cursor.execute(begin)
            yield cursor
            driver.commit()
        except errors as error:
            raise DBAPIError.instance("append", None, error, errors) from error
    except BaseException:
        try:
            driver.rollback()
        except errors as error:
            raise DBAPIError.instance("rollback", None, error, errors) from error
        raise
    finally:
        cursor.close()


def _driver(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError("only SQLite's files are watched")
    return raw


def _without_password(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _engine(address: str, *, writes: bool) -> Engine:
    if address == MEMORY:
        engine = create_engine(
            address, poolclass=StaticPool, connect_args={"check_same_thread": False}, paramstyle="named"
        )
        return _on_sqlite(engine, begin=_BEGIN_READING)
    if address.startswith("sqlite:///"):
        engine = create_engine(
            address, connect_args={"check_same_thread": False}, paramstyle="named", max_overflow=2, pool_size=2
        )
        if writes:
            return _on_sqlite(engine, begin=_BEGIN_WRITING)
        return _on_sqlite(engine, begin=_BEGIN_READING, pragmas=(*_PRAGMAS, "PRAGMA query_only=ON"))
    if not address.startswith(("postgresql://", "postgresql+psycopg://")):
        raise PermanentError(
            "a store's place is a folder or a PostgreSQL address",
            target=_without_password(address),
            hint="write `postgresql://USER@HOST/DATABASE`",
            code="store-unknown",
        )
    engine = create_engine(
        "postgresql+psycopg://" + address.partition("://")[2],
        connect_args=_POSTGRESQL | {"options": _options(_SESSION | (_WRITE_LIMIT if writes else _READ_LIMIT))},
        isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
        pool_size=2,
        max_overflow=2,
    )
    return _on_postgresql(engine) if writes else engine


def _options(settings: dict[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _on_sqlite(engine: Engine, *, begin: str, pragmas: tuple[str, ...] = _PRAGMAS) -> Engine:
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own idea of transactions is switched off: it begins late and commits around DDL.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma)

    def began(connection: Connection) -> None:
        # Straight to the driver: this stands in each commit's way.
        connection.connection.cursor().execute(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)
    return engine


def _on_postgresql(engine: Engine) -> Engine:
    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver is optional
        if connection.info.server_version // 10_000 >= LIMITS_TRANSACTIONS[0]:
            connection.execute(_TRANSACTION_LIMIT)
            connection.commit()

    event.listen(engine, "connect", connected)
    return engine
