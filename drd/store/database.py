"""One database for writing and for reading: SQLite in a data folder or in memory, or PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from drd.domain.errors import ConflictError, JournalUnavailableError, PermanentError
from drd.store.fault import is_unavailable, unavailable
from drd.store.folder import DataFolder

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
)
_POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": "-c lock_timeout=5s -c statement_timeout=60s -c idle_in_transaction_session_timeout=30s -c timezone=UTC",
}
_ONE_DAEMON = 0x647264  # "drd": the advisory lock of the daemon that writes


class Database:
    """Connections to one database that one daemon holds.

    Writing goes through one connection, which is renewed after a failure. Reading has connections of its own, except
    in memory, where there is only one.
    """

    def __init__(self, place: Path | str) -> None:
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
        self._was_open = False

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
            with connection.begin():
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            if not is_unavailable(error):
                raise
            self._renew()
            raise unavailable(error, self.place) from error

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
            with self.writing():
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
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.reader.dispose()
        self.writer.dispose()
        if self.folder:
            self.folder.release()

    def _no_database(self, error: Exception) -> Exception:
        fault = unavailable(error, self.place)
        if "not a database" not in fault.message and "malformed" not in fault.message:
            return fault
        return PermanentError(fault.message, target=self.place, hint=fault.hint, code="store-damaged")

    def _connected(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = self.writer.connect()
            except ConflictError as error:
                # Our own broken connection may still hold the lock on the server: that passes.
                if self._was_open:
                    raise JournalUnavailableError(error.message, target=self.place, hint=error.hint) from error
                raise
            self._was_open = True
        return self._connection

    def _renew(self) -> None:
        # A connection that failed may sit in half a transaction: the next write begins on a new one.
        connection, self._connection = self._connection, None
        if connection is not None and self.reader is not self.writer:
            connection.invalidate()
            connection.close()


def _without_password(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _engine(address: str, *, writes: bool) -> Engine:
    if address == MEMORY:
        engine = create_engine(
            address, poolclass=StaticPool, connect_args={"check_same_thread": False}, paramstyle="named"
        )
        return _on_sqlite(engine, begin="BEGIN")
    if address.startswith("sqlite:///"):
        engine = create_engine(
            address, connect_args={"check_same_thread": False}, paramstyle="named", max_overflow=2, pool_size=2
        )
        if writes:
            return _on_sqlite(engine, begin="BEGIN IMMEDIATE")
        return _on_sqlite(engine, begin="BEGIN", pragmas=(*_PRAGMAS, "PRAGMA query_only=ON"))
    if not address.startswith(("postgresql://", "postgresql+psycopg://")):
        raise PermanentError(
            "a store's place is a folder or a PostgreSQL address",
            target=_without_password(address),
            hint="write `postgresql://USER@HOST/DATABASE`",
            code="store-unknown",
        )
    engine = create_engine(
        "postgresql+psycopg://" + address.partition("://")[2],
        connect_args=dict(_POSTGRESQL),
        isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
        pool_size=2,
        max_overflow=2,
    )
    return _on_postgresql(engine) if writes else engine


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
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (_ONE_DAEMON,))
            (won,) = cursor.fetchone()
        connection.commit()
        if not won:
            connection.close()
            raise ConflictError("another drd uses this database", hint="stop it, or name another database")

    event.listen(engine, "connect", connected)
    return engine
