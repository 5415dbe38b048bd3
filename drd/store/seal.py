"""The seal beside a SQLite file: what it must look like when it is opened again.

SQLite checks what is in its write-ahead log, but not what is in the database: a flipped bit in a text is read as
another text, and a log that is missing is read as one that never was. The seal holds a checksum of each page of the
database, renewed with each checkpoint and durable before the log is written over, and the end of the log, renewed
after each commit. So a database that anybody but drd changed is not believed: damage, an edited row, a lost log, an
older file in the place of a newer one.

The log's end is not forced to the disk: after a power loss the seal may know an older end, and that one is there too.
"""

import contextlib
import os
import struct
import threading
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from drd.domain.errors import PermanentError
from drd.store import wal
from drd.store.wal import End

SEALED = 1
"""`user_version` of a database that has a seal: without its seal it is not believed."""

_CONTENT, _SLOT = struct.Struct("<8sQIII8s"), struct.Struct("<8sQIII8sI")
_MAGIC = b"drdseal1"
_SLOTS = (0, 512)
_SUMS = 1024
_HEADER = 100
_USER_VERSION = slice(60, 64)
_CHUNK = 256
_DUE = 1000
_AGAIN = 250


class Seal:
    """Keeps one file's seal. Verifies before SQLite opens the file; afterwards it belongs to the writing thread."""

    def __init__(self, file: Path) -> None:
        """Look at what is there.

        Raises:
            PermanentError: if the database is gone, or it was sealed and its seal is gone.
        """
        self.file = file
        self.path = file.with_suffix(".seal")
        self._log = Path(f"{file}-wal")
        self._counter = 0
        self._end = End()
        self._index = self._own = self._database = -1
        self._copied = End()
        self._due = _DUE
        self._owed: set[int] = set()
        self._lock = threading.Lock()
        header = _first_bytes(file)
        self.sealed = self.path.exists()
        if not header and (self.sealed or _first_bytes(self._log)):
            raise self.broken("the database is gone, and what is beside it is not")
        if header and not self.sealed and int.from_bytes(header[_USER_VERSION], "big") >= SEALED:
            raise self.broken("the database's seal is gone, so nobody can tell whether anything else is")
        self.page_size = wal.page_size_of(header)
        if self.sealed and not self.page_size:
            raise self.broken("it is no database any more")

    @property
    def needs_log(self) -> bool:
        """Say whether something is in the log and nowhere else."""
        return self._end.frame > 0

    @property
    def at_rest(self) -> bool:
        """Say whether everything in the log is in the database, and sealed."""
        return not self._owed and self.read() == self._copied

    def verify(self, *, pages: bool = True) -> None:
        """Compare the log's end, and every page, with the seal; nothing is changed.

        Raises:
            PermanentError: if something differs.
        """
        self._open()
        newest = _newest_end(self._own)
        if newest is None:
            raise self.broken("its seal cannot be read")
        self._counter, self._end = newest
        if self._end.frame and not wal.holds(self._log, self._end, self.page_size):
            raise self.broken("what was written last is gone: its log is missing, shorter, or another one")
        for wrong in self.differing() if pages else ():
            raise self.broken(f"page {wrong} is not what drd wrote")

    def differing(self) -> Iterator[int]:
        """Give the numbers of pages that are not as sealed. May be called while the database is in use."""
        count = os.fstat(self._database).st_size // self.page_size
        for first in range(1, count + 1, _CHUNK):
            with self._lock:
                yield from self._differing(first, min(count, first + _CHUNK - 1))
        with self._lock:
            yield from self._beyond()

    def at_least(self, end: End) -> None:
        """Pass when the log that SQLite has read ends where it should, or later.

        Raises:
            PermanentError: if something in the middle of the log is damaged, so that SQLite passes over what follows.
        """
        if self._end.frame and (end.salt != self._end.salt or end.frame < self._end.frame):
            raise self.broken(f"the log is damaged after frame {end.frame} of {self._end.frame}")

    def begin(self) -> None:
        """Seal the file as it is; its log must be empty. What a seal said before is worth nothing."""
        self.page_size = wal.page_size_of(os.pread(self._database, _HEADER, 0))
        if self._own >= 0:
            os.close(self._own)
        self._own = os.open(self.path, os.O_CREAT | os.O_TRUNC | os.O_RDWR | os.O_CLOEXEC, 0o600)
        pages = os.fstat(self._database).st_size // self.page_size
        self._write_end(End())
        self._renew(range(1, pages + 1))
        self.sealed = True

    def attach(self) -> None:
        """Follow the log from here on: SQLite has opened the file, and will not let go of it before `close`."""
        # Kept open as long as SQLite has the files open: closing one of them lets go of SQLite's own locks on it.
        self._open()
        self._index = os.open(f"{self.file}-shm", os.O_RDONLY | os.O_CLOEXEC)

    def detach(self) -> None:
        """Stop following: SQLite has let go of the file."""
        self.close()
        self._open()

    def read(self) -> End:
        """Give the log's end as SQLite has it."""
        return wal.end_in_index(self._index)

    def committed(self) -> bool:
        """Note the log's end after a commit; says whether it is time for a checkpoint."""
        end = self.read()
        if end != self._end and end != self._copied:  # noqa: PLR1714 - a set of two would be hashed for each commit
            # A seal that knows an older end finds less, and hurts nobody: the commit itself is durable.
            with contextlib.suppress(OSError):
                self._write_end(end)
        return end.frame >= self._due

    def settle(self) -> None:
        """Seal what a checkpoint wrote whose seal could not be written then. Before anything is written to the log.

        Raises:
            OSError: if it still cannot.
        """
        if self._owed:
            with self._lock:
                self._renew(self._owed)
                self._write_end(End(salt=self._end.salt))
                os.fsync(self._own)
            self._owed = set()

    def checkpoint(self, copy: Callable[[], tuple[int, int, int]]) -> None:
        """Let SQLite copy the log into the database, and seal what it wrote.

        Args:
            copy: does it and gives whether it was hindered, the frames in the log, and how many of them are copied.

        Raises:
            OSError: if the seal cannot be written; `settle` tries again.
        """
        end = self.read()
        pages = wal.pages_in(self._log, self.page_size, frames=end.frame)
        with self._lock:
            hindered, frames, copied = copy()
        if hindered or copied < frames:
            # Somebody reads an older state: what is still in the log is not asked of the database.
            self._due = end.frame + _AGAIN
            return
        self._due, self._owed, self._copied = _DUE, pages, end
        self.settle()

    def close(self) -> None:
        """Let go of everything. May be called twice."""
        for opened in (self._index, self._own, self._database):
            if opened >= 0:
                os.close(opened)
        self._index = self._own = self._database = -1

    def broken(self, what: str) -> PermanentError:
        """Say that the database is not believed."""
        return PermanentError(
            f"the database is not as drd left it: {what}",
            target=str(self.file),
            hint="keep the folder as it is; `drd store check` tells more, `drd store restore` takes a copy",
            code="store-damaged",
        )

    def _open(self) -> None:
        if self._database < 0:
            self._database = os.open(self.file, os.O_RDONLY | os.O_CLOEXEC)
        if self._own < 0 and self.sealed:
            self._own = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)

    def _write_end(self, end: End) -> None:
        self._counter += 1
        (first, second), salt = end.checksum, end.salt
        stored = _CONTENT.pack(_MAGIC, self._counter, end.frame, first, second, salt)
        os.pwrite(self._own, stored + zlib.crc32(stored).to_bytes(4, "little"), _SLOTS[self._counter % 2])
        self._end = end

    def _renew(self, pages: Iterable[int]) -> None:
        size = self.page_size
        for first, count in _neighbours(sorted(pages)):
            content = memoryview(os.pread(self._database, count * size, (first - 1) * size))
            sums = [_sum(content[n * size : (n + 1) * size]) for n in range(count)]
            os.pwrite(self._own, struct.pack(f"<{count}I", *sums), _SUMS + 4 * (first - 1))
        os.fsync(self._own)

    def _differing(self, first: int, last: int) -> list[int]:
        size, count = self.page_size, last - first + 1
        content = os.pread(self._database, count * size, (first - 1) * size)
        sums = array("I", os.pread(self._own, 4 * count, _SUMS + 4 * (first - 1)))
        sums.extend([0] * (count - len(sums)))
        wrong = [first + n for n in range(count) if _sum(content[n * size : (n + 1) * size]) != sums[n]]
        if not wrong:
            return []
        waiting = wal.pages_in(self._log, size)
        return [page for page in wrong if page not in waiting]

    def _beyond(self) -> list[int]:
        """Give sealed pages that are no longer there: the file was cut off."""
        count = os.fstat(self._database).st_size // self.page_size
        sealed = (os.fstat(self._own).st_size - _SUMS) // 4
        waiting = wal.pages_in(self._log, self.page_size) if sealed > count else set()
        return [page for page in range(count + 1, sealed + 1) if page not in waiting]


def _newest_end(seal: int) -> tuple[int, End] | None:
    """Give the newest of the two ends that an open seal holds, with its number; None when neither can be read."""
    slots = (_slot(os.pread(seal, _SLOT.size, place)) for place in _SLOTS)
    return max((slot for slot in slots if slot is not None), key=lambda slot: slot[0], default=None)


def _slot(stored: bytes) -> tuple[int, End] | None:
    if len(stored) < _SLOT.size or zlib.crc32(stored[:-4]) != int.from_bytes(stored[-4:], "little"):
        return None
    magic, counter, frame, first, second, salt, _ = _SLOT.unpack(stored)
    return (counter, End(frame, (first, second), salt)) if magic == _MAGIC else None


def _neighbours(pages: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Give pages that lie beside each other as the first of them and how many they are."""
    first = count = 0
    for page in pages:
        if count and page == first + count and count < _CHUNK:
            count += 1
            continue
        if count:
            yield first, count
        first, count = page, 1
    if count:
        yield first, count


def _sum(page: bytes | memoryview) -> int:
    # Zero stands for a page that was never sealed.
    return zlib.crc32(page) or 1


def _first_bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_HEADER)
    except FileNotFoundError:
        return b""
