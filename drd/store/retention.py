"""Whole runs that are old leave the database: each is written to a sealed file, which is read back, and then removed.

What stays, however old: what is under way, drills without a verdict, what a ledger entry is open for, the newest run of
each service and mode and the newest that worked, and what a proven recovery point names. Nothing leaves while a
failover is under way.
"""

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select

from drd.domain import archive
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.errors import JournalUnavailableError, PermanentError
from drd.domain.ids import RunId
from drd.domain.plan import Mode
from drd.ports.journal import Journal
from drd.ports.ledger import Ledger
from drd.store.desk import Desk
from drd.store.projection import GOOD
from drd.store.rows import known_text
from drd.store.snapshots import sync_folder
from drd.store.spreads import keep_left
from drd.store.tables import DRILL_LISTINGS, EVENTS, LEDGER, PLANS, PROVEN, RUNS, TOLD, TRIGGERS

_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """One run that left the database, and its file."""

    run: RunId
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What came of letting runs go.

    Attributes:
        stuck: of runs that could not be written whole, and so stay, the reason in one line each.
    """

    left: tuple[Left, ...]
    stuck: tuple[str, ...]


class Retention:
    """Lets old runs go."""

    def __init__(self, desk: Desk, journal: Journal, ledger: Ledger) -> None:
        """Read through the ports, remove through the desk."""
        self._desk = desk
        self._journal = journal
        self._ledger = ledger

    async def export(self, run: RunId, *, at: datetime) -> bytes:
        """Give the content of a run's file. Raises NotFoundError, and PermanentError for a damaged journal."""
        events = await self._journal.events(run)
        plan = await self._journal.plan(str(events[0].payload["plan"]))
        entries = [entry.to_json() for entry in await self._ledger.of_run(run)]
        return "".join(archive.write(plan, events, entries, at=at)).encode("utf-8")

    async def let_go(self, *, ended_before: datetime, into: Path, at: datetime) -> Gone:
        """Write runs that ended before an instant to files in a folder, and remove them. Some hundred at a time.

        A crash in between leaves a run in both places; the next time its file is written again. A run that cannot be
        read, or whose file does not verify, stays and keeps no other from leaving.

        Raises:
            JournalUnavailableError: if the folder cannot be written; what was written so far has left.
        """
        before = known_text(ended_before)
        runs = await self._desk.read(lambda connection: _ripe(connection, before))
        gone, stuck = [], []
        for run in runs:
            file = into / f"{run}.jsonl"
            try:
                content = await self.export(run, at=at)
                await self._desk.aside(lambda file=file, content=content: _keep(file, content))  # type: ignore[misc]  # bound at once
            except PermanentError as error:
                stuck.append(f"run {run} cannot leave: {error}")
                continue
            if await self._desk.change(lambda connection, run=run: _remove(connection, run)):  # type: ignore[misc]  # same
                gone.append(Left(run=run, file=file))
        return Gone(left=tuple(gone), stuck=tuple(stuck))


def _ripe(connection: Connection, before: str) -> list[RunId]:
    if connection.execute(failovers()).first() is not None:
        return []
    old = connection.scalars(
        select(RUNS.c.id).where(RUNS.c.ended_at < before).order_by(RUNS.c.ended_at, RUNS.c.id).limit(10 * _AT_ONCE)
    ).all()
    kept = _kept(connection)
    return [RunId(run) for run in old if run not in kept][:_AT_ONCE]


def failovers() -> Any:  # noqa: ANN401 - an SQL statement
    """Ask for one run under way that is no drill: while there is one, nothing leaves."""
    return select(RUNS.c.id).where(RUNS.c.ended_at.is_(None), RUNS.c.mode != Mode.DRILL.value).limit(1)


def _kept(connection: Connection) -> set[str]:
    """Give the runs that stay: evidence that is the newest of its kind, what is left open, and their whole families."""
    kept = set(connection.scalars(select(RUNS.c.id).where(RUNS.c.ended_at.is_(None))))
    kept |= set(connection.scalars(select(RUNS.c.id).where(RUNS.c.verdict == DrillVerdict.UNCONFIRMED.value)))
    kept |= set(connection.scalars(select(PROVEN.c.run)))
    kept |= set(connection.scalars(select(LEDGER.c.run).where(~LEDGER.c.keep, LEDGER.c.removed_at.is_(None))))
    for succeeded in (False, True):
        place = func.row_number().over(
            partition_by=(RUNS.c.tenant, RUNS.c.service, RUNS.c.runbook, RUNS.c.mode), order_by=RUNS.c.ended_at.desc()
        )
        ended = select(RUNS.c.id, place.label("place")).where(RUNS.c.ended_at.is_not(None))
        newest = (ended.where(GOOD) if succeeded else ended).subquery()
        kept |= set(connection.scalars(select(newest.c.id).where(newest.c.place == 1)))
    families = {run: parent for run, parent in connection.execute(select(RUNS.c.id, RUNS.c.parent)) if parent}
    return kept | _families(kept, families)


def _families(kept: set[str], parents: dict[str, str]) -> set[str]:
    """Give parents and children of what is kept: a parent's evidence names its children's."""
    roots = {_root(run, parents) for run in kept}
    return {run for run in parents if _root(run, parents) in roots} | roots


def _root(run: str, parents: dict[str, str]) -> str:
    while run in parents:
        run = parents[run]
    return run


def _keep(file: Path, content: bytes) -> None:
    partial = file.with_suffix(".partial")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(opened, "wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        # What is about to be the only copy is believed when it has been read.
        archive.read(partial.read_bytes(), name=file.name)
        partial.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise JournalUnavailableError(
            f"the archive cannot be written: {error.strerror or error}", target=str(file), hint="nothing was removed"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _remove(connection: Connection, run: RunId) -> bool:
    """Remove a run, unless a failover has begun since we looked."""
    plan = connection.execute(select(RUNS.c.plan_hash).where(RUNS.c.id == run)).scalar()
    if plan is None or connection.execute(failovers()).first() is not None:
        return False
    keep_left(connection, run)
    connection.execute(delete(EVENTS).where(EVENTS.c.run == run))
    for table in (TRIGGERS, TOLD, DRILL_LISTINGS):
        connection.execute(delete(table).where(table.c.run == run))
    connection.execute(delete(RUNS).where(RUNS.c.id == run))
    if connection.execute(select(RUNS.c.id).where(RUNS.c.plan_hash == plan).limit(1)).first() is None:
        connection.execute(delete(PLANS).where(PLANS.c.hash == plan))
    return True
