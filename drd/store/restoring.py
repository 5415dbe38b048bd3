"""Puts a copy in the place of a store, so that no run that is in it does anything before a person has looked."""

import os
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, select

from drd.domain.errors import DrdError, JournalUnavailableError, PermanentError
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.store.append import Append, Appender
from drd.store.database import Database
from drd.store.folder import FILE, DataFolder
from drd.store.integrity import believe, damaged_runs
from drd.store.schema import upgrade
from drd.store.snapshots import Snapshot, copy_file, sync_folder
from drd.store.tables import RUNS

_BESIDE = ("-wal", "-shm")
_SEAL = "drd.seal"
_ASIDE = "replaced-%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did.

    Attributes:
        parked: the runs that are not over: each asks a person before it goes on.
        damaged: the runs that are not over and whose journal is not as drd wrote it: not a word was written into it,
            and nobody moves them; a person abandons them.
        aside: where the old files are; None where there were none.
    """

    parked: tuple[RunId, ...]
    damaged: tuple[RunId, ...] = ()
    aside: Path | None = None


def restore(folder: Path, snapshot: Snapshot | None, *, actor: str, at: datetime) -> Restored:
    """Put a copy in the store's place, or with None take the store as it lies there now, and park what is not over.

    A run whose journal is damaged keeps no other from being taken up.

    The old files are kept beside it. A crash in between leaves the old store or the new one, never half.

    Raises:
        ConflictError: if a daemon uses the folder; `other` is its process id.
        PermanentError: if the copy is damaged; nothing was changed.
        JournalUnavailableError: if the folder cannot be written, or nothing is there to be read.
    """
    held = DataFolder(folder)
    fresh = held.file.with_suffix(".restoring")
    try:
        if snapshot is not None and not snapshot.is_whole():
            raise PermanentError(
                "the copy is damaged", target=snapshot.name, hint="name another one", code="store-damaged"
            )
        if snapshot is None and not (held.file.exists() and held.file.stat().st_size):
            raise PermanentError("there is no database", target=str(folder), hint="name a copy", code="store-damaged")
        _remove(fresh)
        copy_file(snapshot.path if snapshot else held.file, fresh)
        done = _prepared(fresh, actor=actor, at=at, since=snapshot.taken_at if snapshot else None)
        aside = _swap(held, fresh, at)
    except (OSError, sqlite3.Error) as error:
        raise JournalUnavailableError(
            f"the store could not be restored: {error}", target=str(folder), hint="nothing was changed"
        ) from error
    finally:
        _remove(fresh)
        held.release()
    return replace(done, aside=aside)


def park_all(place: str, *, actor: str, at: datetime) -> Restored:
    """Park what is not over in a database that its own server has restored. Daemons that hold runs lose them.

    Raises:
        JournalUnavailableError: if the database does not answer.
        PermanentError: if it was made by a newer drd.
    """
    database = Database(place)
    try:
        with database.writing() as connection:
            upgrade(connection, place=database.place)
            return _park(connection, actor=actor, at=at, since=None)
    finally:
        database.close()


def question(since: datetime | None) -> str:
    """Word what a person is asked about a run that came back from a copy."""
    origin = f"from a copy of {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if since else "from files of unknown age"
    return (
        f"the journal was restored {origin}: what happened after it is not known. "
        "Look at the world; then resume, or first adopt, resolve or skip what was done"
    )


def _prepared(fresh: Path, *, actor: str, at: datetime, since: datetime | None) -> Restored:
    engine = create_engine(f"sqlite:///{fresh}", paramstyle="named")
    try:
        with engine.begin() as connection:
            upgrade(connection, place=str(fresh))
            believe(connection, place=str(fresh), apart=damaged_runs(connection))
            done = _park(connection, actor=actor, at=at, since=since)
    finally:
        engine.dispose()
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    return done


def _park(connection: Connection, *, actor: str, at: datetime, since: datetime | None) -> Restored:
    damaged = damaged_runs(connection)
    columns = (RUNS.c.id, RUNS.c.head, RUNS.c.head_hash, RUNS.c.token)
    runs = connection.execute(select(*columns).where(RUNS.c.ended_at.is_(None)).order_by(RUNS.c.id)).all()
    connection.execute(RUNS.update().where(RUNS.c.ended_at.is_(None)).values(token=RUNS.c.token + 1))
    appends = []
    whole = [run for run in runs if run.id not in damaged]
    for run in whole:
        event = Event(
            run=RunId(run.id),
            sequence=run.head + 1,
            kind=Kind.RUN_PARKED,
            at=at,
            payload={"question": question(since)},
            actor=actor,
            reason="restored",
            token=run.token + 1,
        ).sealed(run.head_hash)
        appends.append(Append.of([event], RunState.PARKED))
    for outcome in Appender(connection.dialect).write(connection, appends) if appends else ():
        if isinstance(outcome, DrdError):
            raise outcome
    return Restored(
        parked=tuple(RunId(run.id) for run in whole),
        damaged=tuple(RunId(run.id) for run in runs if run.id in damaged),
    )


def _swap(held: DataFolder, fresh: Path, at: datetime) -> Path:
    """Move the old files aside and the new one into their place. Until the last step there is the old database."""
    aside = held.path / at.astimezone(UTC).strftime(_ASIDE)
    aside.mkdir(mode=0o700, exist_ok=True)
    for old in (held.path / _SEAL, *(Path(f"{held.file}{end}") for end in _BESIDE)):
        if old.exists():
            old.replace(aside / old.name)
    (aside / FILE).unlink(missing_ok=True)
    if held.file.exists():
        os.link(held.file, aside / FILE)
    sync_folder(aside)
    fresh.replace(held.file)
    sync_folder(held.path)
    return aside


def _remove(fresh: Path) -> None:
    for end in ("", "-journal", *_BESIDE):
        Path(f"{fresh}{end}").unlink(missing_ok=True)
