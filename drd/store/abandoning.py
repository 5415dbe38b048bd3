"""Ends runs whose journals are damaged, beside their journals."""

from sqlalchemy import Connection, delete, select, update

from drd.domain.abandonment import Abandonment
from drd.domain.errors import DrdError, NotFoundError, RefusedError
from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.store.desk import Desk
from drd.store.projection import unconfirmed
from drd.store.rows import event_of, json_text, known_text
from drd.store.tables import EVENTS, LOCKS, RUNS


class StoredAbandoning:
    """`drd.ports.abandoning.Abandoning` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def readable(self, run: RunId) -> tuple[Event, ...]:
        """Give the events that can be read at all, in order; what they say may be untrue. Raises NotFoundError."""
        return await self._desk.read(lambda connection: _readable(connection, run))

    async def abandon(self, run: RunId, word: Abandonment) -> None:
        """End a run without a word in its journal; durable on return.

        Whoever holds it can append no more: its token is older, and the run is over.

        Raises:
            NotFoundError: there is no such run.
            RefusedError: it is over.
        """
        await self._desk.change(lambda connection: _abandon(connection, run, word))


def _readable(connection: Connection, run: RunId) -> tuple[Event, ...]:
    if connection.execute(select(RUNS.c.id).where(RUNS.c.id == run)).first() is None:
        raise _unknown(run)
    found: list[Event] = []
    for row in connection.execute(select(EVENTS).where(EVENTS.c.run == run).order_by(EVENTS.c.sequence)):
        try:
            found.append(event_of(row))
        except (ValueError, TypeError, KeyError, DrdError):
            continue
    return tuple(found)


def _abandon(connection: Connection, run: RunId, word: Abandonment) -> None:
    row = connection.execute(select(RUNS.c.ended_at).where(RUNS.c.id == run).with_for_update()).first()
    if row is None:
        raise _unknown(run)
    if row.ended_at is not None:
        raise RefusedError("the run is over", target=run, hint="start a new run", code="run-over")
    connection.execute(
        update(RUNS)
        .where(RUNS.c.id == run)
        .values(
            state=RunState.CANCELLED.value,
            ended_at=known_text(word.at),
            abandoned=json_text(word.to_json()),
            token=RUNS.c.token + 1,
            holder=None,
            until_seconds=None,
        )
    )
    unconfirmed(connection, run)
    connection.execute(delete(LOCKS).where(LOCKS.c.run == run))


def _unknown(run: RunId) -> NotFoundError:
    return NotFoundError("there is no such run", target=run, hint="`drd run list` shows the runs")
