"""Looks inside a database: whether its journals, plans, cards and locks agree. Slow and thorough; changes nothing."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.exc import SQLAlchemyError

from drd.domain.errors import DrdError, PermanentError
from drd.domain.events import Event, Kind, first_broken
from drd.ports.journal import RunCard
from drd.store.rows import card_of, event_of, known_text
from drd.store.tables import EVENTS, LOCKS, PLANS, RUNS

_SHOWN = 3
_NEWER = "journal-newer"
_MEMBERS = ("runbook", "tenant", "service", "lock")
_UNREADABLE = (ValueError, TypeError, KeyError, DrdError, SQLAlchemyError, sqlite3.Error)


def damaged_runs(connection: Connection) -> frozenset[str]:
    """Give the runs whose journal or plan is not as drd wrote it: nobody moves them, whatever else is believed.

    Raises:
        SQLAlchemyError: the tables cannot be read.
    """
    changed = {
        digest for digest, body in connection.execute(select(PLANS.c.hash, PLANS.c.body)) if _sum(body) != digest
    }
    columns = (RUNS.c.id, RUNS.c.plan_hash, RUNS.c.head, RUNS.c.head_hash)
    rows = connection.execute(select(*columns).where(RUNS.c.abandoned.is_(None))).mappings().all()
    return frozenset(str(row["id"]) for row in rows if row["plan_hash"] in changed or _is_damaged(connection, row))


def _is_damaged(connection: Connection, row: Mapping[Any, Any]) -> bool:
    try:
        return next(_journal(row, _events(connection, row)), None) is not None
    except DrdError as error:
        # A newer drd's is none: it is whole for whoever can read it.
        return error.code != _NEWER
    except (ValueError, TypeError, KeyError):
        return True


def believe(connection: Connection, *, place: str, all_runs: bool = True, apart: Collection[str] = frozenset()) -> None:
    """Pass when everything agrees.

    Args:
        connection: to look through.
        place: for the error.
        all_runs: False looks into the journals of active runs only: the others cost time, and are evidence, not work.
        apart: runs that may be damaged (`damaged_runs`): nobody moves them, and they leave the others alone.

    Raises:
        PermanentError: if not; nothing was changed.
    """
    found = tuple(islice(faults(connection, all_runs=all_runs, apart=apart), _SHOWN))
    if found:
        raise PermanentError(
            f"the database is damaged: {'; '.join(found)}",
            target=place,
            hint="keep the folder as it is; `drd store restore` takes the newest good copy",
            code="store-damaged",
        )


def faults(connection: Connection, *, all_runs: bool = True, apart: Collection[str] = frozenset()) -> Iterator[str]:
    """Give everything that is wrong, each in one line; nothing when all agrees, but for the runs that are set apart.

    Raises nothing for what is damaged: what cannot be read is a fault.
    """
    runs = select(RUNS).where(RUNS.c.abandoned.is_(None)).order_by(RUNS.c.id)
    # A run that was abandoned ended because its journal is damaged, which its card tells: that is no news.
    wanted = runs if all_runs else runs.where(RUNS.c.ended_at.is_(None))
    looks = (_pages, partial(_plans, apart=apart), partial(_each, runs=wanted, apart=apart), _locks)
    for look in looks:
        try:
            yield from look(connection)
        except _UNREADABLE as error:
            yield f"cannot be read: {_short(error)}"


def _pages(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    said = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
    if list(said) != ["ok"]:
        yield from (f"the file is damaged: {each}" for each in said)
        return
    for table, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        yield f"a row of {table} belongs to nothing"


def _plans(connection: Connection, *, apart: Collection[str]) -> Iterator[str]:
    told = {plan for run, plan in connection.execute(select(RUNS.c.id, RUNS.c.plan_hash)) if run in apart}
    gone = {plan for (plan,) in connection.execute(select(RUNS.c.plan_hash).where(RUNS.c.abandoned.is_not(None)))}
    for digest, body in connection.execute(select(PLANS.c.hash, PLANS.c.body)):
        if digest not in told | gone and _sum(body) != digest:
            yield f"plan {digest[:12]} is not what was approved"


def _sum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()


def _each(connection: Connection, *, runs: Select[Any], apart: Collection[str]) -> Iterator[str]:
    for row in connection.execute(runs).mappings().all():
        if row["id"] in apart:
            continue
        try:
            yield from (f"run {row['id']}: {fault}" for fault in _run(connection, row))
        except _UNREADABLE as error:
            yield f"run {row['id']}: cannot be read: {_short(error)}"


def _run(connection: Connection, row: Mapping[Any, Any]) -> Iterator[str]:
    events = _events(connection, row)
    wrong = next(_journal(row, events), None)
    if wrong is not None:
        yield wrong
        return
    if row["token"] < max(event.token for event in events):
        yield "its claims were counted back"
    yield from _card(card_of(row), events[0], events[-1])


def _events(connection: Connection, row: Mapping[Any, Any]) -> tuple[Event, ...]:
    rows = connection.execute(select(EVENTS).where(EVENTS.c.run == row["id"]).order_by(EVENTS.c.sequence)).all()
    return tuple(event_of(each) for each in rows)


def _journal(row: Mapping[Any, Any], events: tuple[Event, ...]) -> Iterator[str]:
    broken = first_broken(events) if events else 1
    if broken is not None:
        yield f"the journal is broken at event {broken}"
    elif (row["head"], row["head_hash"]) != (events[-1].sequence, events[-1].hash):
        yield f"the journal should end at event {row['head']} and ends at {len(events)}"


def _card(card: RunCard, first: Event, last: Event) -> Iterator[str]:
    told = first.payload
    if told.get("plan", card.plan_hash) != card.plan_hash:
        yield "another plan stands in its card than in its journal"
    for member in _MEMBERS:
        if member in told and told[member] != getattr(card, member):
            yield f"another {member} stands in its card than in its journal"
    if told.get("mode") not in {None, card.mode.value}:
        yield "another mode stands in its card than in its journal"
    if known_text(card.accepted_at) != known_text(first.at):
        yield "another instant stands in its card than in its journal"
    over = last.kind is Kind.RUN_FINISHED
    if over != card.state.final or over != (card.ended_at is not None):
        yield "its card and its journal do not agree on whether it is over"
    elif over and last.payload.get("state") != card.state.value:
        yield "its card and its journal do not agree on how it ended"


def _locks(connection: Connection) -> Iterator[str]:
    held = {(lock, run) for lock, run in connection.execute(select(LOCKS.c.lock, LOCKS.c.run))}
    wanted = {
        (lock, run) for lock, run in connection.execute(select(RUNS.c.lock, RUNS.c.id).where(RUNS.c.ended_at.is_(None)))
    }
    for lock, run in sorted(wanted - held):
        yield f"run {run}: its lock {lock} is gone"
    for lock, run in sorted(held - wanted):
        yield f"lock {lock} is held by {run}, which does not need it"


def _short(error: Exception) -> str:
    text = error.message if isinstance(error, DrdError) else str(error) or type(error).__name__
    return text.splitlines()[0][:200]
