"""Good copies of a SQLite store: complete, looked at, on the disk, and a few of them."""

import contextlib
import hashlib
import os
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine

from drd.domain.errors import JournalUnavailableError, NotFoundError, PermanentError
from drd.store.integrity import believe

FOLDER = "snapshots"
"""Where copies are when the settings name no other folder: beside the database."""

_NAME = re.compile(r"drd-(\d{8}T\d{6}Z)(-[a-z0-9-]+)?\.db")
_TIME = "%Y%m%dT%H%M%SZ"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One copy, by its file.

    Attributes:
        taken_at: world time.
        size: bytes.
    """

    path: Path
    taken_at: datetime
    size: int

    @property
    def name(self) -> str:
        """What people call it by."""
        return self.path.name

    def is_whole(self) -> bool:
        """Say whether the file is byte for byte what was copied; reads all of it."""
        try:
            told = _beside(self.path).read_text("ascii").split()[0]
        except (OSError, IndexError, UnicodeDecodeError):
            return False
        return told == _digest(self.path)


def snapshots(folder: Path) -> tuple[Snapshot, ...]:
    """Give the copies in a folder, newest first; what a crash left half made is not among them."""
    found = []
    for path in folder.glob("drd-*.db"):
        named = _NAME.fullmatch(path.name)
        if named is not None and _beside(path).exists():
            taken_at = datetime.strptime(named[1], _TIME).replace(tzinfo=UTC)
            found.append(Snapshot(path=path, taken_at=taken_at, size=path.stat().st_size))
    return tuple(sorted(found, key=lambda each: (each.taken_at, each.name), reverse=True))


def newest_good(folder: Path) -> Snapshot | None:
    """Give the newest copy that is whole."""
    return next((each for each in snapshots(folder) if each.is_whole()), None)


def with_offer(error: PermanentError, folder: Path, *, now: datetime) -> PermanentError:
    """Give an error about a damaged store that also says which copy is the newest good one, and how old it is."""
    good = newest_good(folder)
    if good is None:
        offer = f"There is no good copy in {folder}"
    else:
        minutes = int((now - good.taken_at).total_seconds() // 60)
        offer = f"The newest good copy is {good.name}, {minutes // 60} h {minutes % 60} min old"
    return PermanentError(error.message, target=error.target, hint=f"{error.hint}. {offer}", code=error.code)


def named(folder: Path, name: str) -> Snapshot:
    """Give a copy by its name. Raises NotFoundError."""
    found = next((each for each in snapshots(folder) if each.name == name), None)
    if found is None:
        raise NotFoundError("there is no such copy", target=name, hint="`drd store snapshots` shows what there is")
    return found


def take(database: Path, folder: Path, *, at: datetime, why: str = "", look: bool = True) -> Snapshot:
    """Copy a database that may be in use, and look whether the copy is good. Durable on return.

    Args:
        database: the file; what is in its log is copied too.
        folder: where the copy goes; made where it is not there.
        at: world time, to the second the copy's name.
        why: a word that the name ends with.
        look: False for what an older version wrote, whose schema this one cannot look into.

    Raises:
        JournalUnavailableError: if there is no room, or the folder cannot be written; nothing is left of the copy.
        PermanentError: if the database is damaged inside; likewise.
    """
    at, suffix = at.replace(microsecond=0), f"-{why}" if why else ""
    path = folder / f"drd-{at.astimezone(UTC).strftime(_TIME)}{suffix}.db"
    partial = path.with_suffix(".partial")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _OWNER_ONLY))
        copy_file(database, partial)
        if look:
            _look(partial)
        digest = _digest(partial)
        write_durably(_beside(path), f"{digest}  {path.name}\n")
        partial.replace(path)
        sync_folder(folder)
    except (OSError, sqlite3.Error) as error:
        raise JournalUnavailableError(
            f"no copy of the store could be made: {error}", target=str(folder), hint="make room, or name another folder"
        ) from error
    finally:
        for rest in (partial, Path(f"{partial}-journal"), Path(f"{partial}-wal"), Path(f"{partial}-shm")):
            with contextlib.suppress(OSError):
                rest.unlink(missing_ok=True)
    return Snapshot(path=path, taken_at=at, size=path.stat().st_size)


def prune(folder: Path, *, keep: int) -> None:
    """Remove all but the newest copies, and digests of copies that are not there."""
    for each in snapshots(folder)[max(keep, 1) :]:
        each.path.unlink(missing_ok=True)
    for digest in folder.glob("drd-*.db.sha256"):
        if not digest.with_suffix("").exists():
            digest.unlink(missing_ok=True)


def copy_file(source: Path, target: Path) -> None:
    """Copy a database with its log into one file of its own that needs no log and has no seal. Durable on return.

    Raises:
        sqlite3.Error, OSError: if it cannot.
    """
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as origin,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        origin.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        copy.execute("PRAGMA user_version=0")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def write_durably(path: Path, text: str) -> None:
    """Write a small file that only its owner reads."""
    opened = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, _OWNER_ONLY)
    try:
        os.write(opened, text.encode("utf-8"))
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _look(copy: Path) -> None:
    engine = create_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as connection:
            # The seal vouches for what is in the file; this only finds what drd itself would have written wrongly.
            believe(connection, place=str(copy), all_runs=False)
    except PermanentError as error:
        raise PermanentError(
            f"the store is damaged inside, so no copy was kept: {error.message}",
            target=str(copy.parent),
            hint="keep the older copies; `drd store check` tells more",
            code="store-damaged",
        ) from error
    finally:
        engine.dispose()


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
