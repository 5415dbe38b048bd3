"""The data folder: its lock, so that one daemon at a time uses it, and its files' mode."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

from drd.domain.errors import ConflictError, JournalUnavailableError

FILE = "drd.db"
LOCK = "drd.lock"
_OWNER_ONLY = 0o600
_LONGEST_PID = 32


class DataFolder:
    """A folder that this process holds until `release`; also a killed process lets go of it."""

    def __init__(self, path: Path) -> None:
        """Take the folder, making it where it is not there.

        Raises:
            JournalUnavailableError: if it cannot be made or written.
            ConflictError: if another process holds it; `other` is its process id.
        """
        self.path = path
        self.taken_at = datetime.min.replace(tzinfo=UTC)
        """When this process took the folder, by the clock of the file system."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _OWNER_ONLY)
        except OSError as error:
            raise unusable(path, error) from error
        try:
            self._take()
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def file(self) -> Path:
        """Where the database is."""
        return self.path / FILE

    def release(self) -> None:
        """Let go of the folder. The lock file stays: removing it would let two processes lock two files."""
        os.close(self._lock)

    def _take(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._lock, _LONGEST_PID, 0).decode("ascii", "replace").strip()
            raise ConflictError(
                f"another drd uses this data folder: process {holder or 'unknown'}",
                other=holder,
                target=str(self.path),
                hint="stop that process, or give this one a data folder of its own",
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode("ascii"), 0)
        self.taken_at = datetime.fromtimestamp(os.fstat(self._lock).st_mtime, UTC)

    def own_file(self) -> None:
        """Make the database's file where there is none, for its owner only; after whoever misses one has looked.

        Raises:
            JournalUnavailableError: if it cannot be made or its mode not be set.
        """
        # Made before SQLite opens it: the files beside it (-wal, -shm) take over its mode.
        try:
            made = os.open(self.file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _OWNER_ONLY)
            try:
                os.fchmod(made, _OWNER_ONLY)
            finally:
                os.close(made)
            _sync(self.path)
        except OSError as error:
            raise unusable(self.file, error) from error


def _sync(folder: Path) -> None:
    # The name of a new file is durable when its folder is; SQLite does not know that the file is new.
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def unusable(path: Path, error: OSError) -> JournalUnavailableError:
    """Say that the folder, or a file in it, cannot be used, and what to do."""
    return JournalUnavailableError(
        f"the data folder cannot be used: {error.strerror or error}",
        target=str(path),
        hint="name a folder that drd may make and write, `store` in the settings",
    )
