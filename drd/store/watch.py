"""Watches over one SQLite file: believes it before SQLite opens it, and keeps its seal while it is written."""

import contextlib
import sqlite3
from pathlib import Path

from drd.domain.errors import PermanentError
from drd.store.seal import SEALED, Seal

AT_OPEN = 256 * 1024 * 1024
"""A larger file is opened at once and compared with its seal while it is in use; active runs are checked before they
move in any case."""


class Watch:
    """One file's watch. Belongs to whoever opens the database, later to the thread that writes."""

    def __init__(self, file: Path, *, at_open: int = AT_OPEN) -> None:
        """Look at what is there, before SQLite does.

        Raises:
            PermanentError: if the file is not as drd left it, or gone.
        """
        self._seal = Seal(file)
        self._file = file
        self._sentinel: sqlite3.Connection | None = None
        self.finding = ""
        self.later = self._seal.sealed and file.stat().st_size > at_open
        if self._seal.sealed:
            try:
                self._seal.verify(pages=not self.later)
                self._look_at_log()
            except BaseException:
                self._seal.close()
                raise

    @property
    def sealed(self) -> bool:
        """Say whether the file has a seal."""
        return self._seal.sealed

    def open(self) -> None:
        """Follow the file from here on; SQLite has opened it.

        A connection that only reads is kept until the end, so that no other one is the last: the last one would copy
        the log into the database by itself, and nobody would seal what it wrote.
        """
        if self._sentinel is None:
            self._sentinel = self._reader()
            self._seal.attach()

    def begin(self, writer: sqlite3.Connection) -> None:
        """Seal the file as it is. No transaction is open."""
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._seal.begin()
        # Last: a crash before this leaves a seal that holds, and a database that does not insist on it yet.
        writer.execute(f"PRAGMA user_version={SEALED}")
        self.committed(writer)

    def settle(self) -> None:
        """Pass when something may be written. Raises OSError when the seal cannot be."""
        self._seal.settle()

    def committed(self, writer: sqlite3.Connection) -> None:
        """Note a commit, and copy the log into the database when it has become long."""
        if self._sentinel is not None and self._seal.sealed and self._seal.committed():
            # What cannot be copied or sealed now is tried again; the commit itself is durable.
            with contextlib.suppress(OSError, sqlite3.Error):
                self._seal.checkpoint(lambda: _copied(writer))

    def compare(self) -> str:
        """Compare the file with its seal while it is in use; gives what is wrong, kept as `finding`."""
        wrong = next(iter(self._seal.differing()), None)
        if wrong is not None:
            self.finding = str(self._seal.broken(f"page {wrong} is not what drd wrote"))
        return self.finding

    def rest(self, writer: sqlite3.Connection) -> None:
        """Copy the log into the database and seal it, if that can be; else the log waits for the next start."""
        if self._sentinel is None or not self._seal.sealed:
            return
        with contextlib.suppress(OSError, sqlite3.Error):
            self._seal.checkpoint(lambda: _copied(writer))
            if self._seal.at_rest:
                writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Let go of the file, after everybody else has. May be called twice."""
        if self._sentinel is not None:
            self._sentinel.close()
            self._sentinel = None
        self._seal.close()

    def _look_at_log(self) -> None:
        """Let SQLite read the log through a connection that can change nothing, and see how far it believes it."""
        if not self._seal.needs_log:
            return
        reader = self._reader()
        try:
            self._seal.attach()
            self._seal.at_least(self._seal.read())
        finally:
            reader.close()
            self._seal.detach()

    def _reader(self) -> sqlite3.Connection:
        reader = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, check_same_thread=False)
        try:
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            reader.close()
            raise PermanentError(
                f"the database cannot be read: {error}", target=str(self._file), code="store-damaged"
            ) from error
        return reader


def _copied(writer: sqlite3.Connection) -> tuple[int, int, int]:
    hindered, frames, copied = writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return hindered, frames, copied
