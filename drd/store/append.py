"""Appends of many runs and steps, written together. The hot path: statements are compiled once, by SQLAlchemy."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from drd.domain.errors import ConflictError, DrdError, NotFoundError, RefusedError
from drd.domain.events import Event, Kind
from drd.domain.lifecycle import RunState
from drd.store.projection import finished
from drd.store.rows import Row, event_row, known_text
from drd.store.tables import EVENTS, LOCKS, RUNS


@dataclass(frozen=True, slots=True)
class Append:
    """Events of one run, in order, that wait to be written, as rows."""

    run: str
    rows: Sequence[Row]
    state: RunState
    ended_at: str | None
    finish: Event | None

    @classmethod
    def of(cls, events: Sequence[Event], state: RunState) -> "Append":
        """Take events of one run.

        Raises:
            ValueError: if there are none, they are of several runs, or one is not sealed.
        """
        if not events or any(event.run != events[0].run or not event.hash for event in events):
            raise ValueError("an append takes sealed events of one run")
        return cls(
            run=events[0].run,
            rows=[event_row(event) for event in events],
            state=state,
            ended_at=known_text(events[-1].at) if state.final else None,
            finish=next((event for event in events if event.kind is Kind.RUN_FINISHED), None),
        )


@dataclass(slots=True)
class _Head:
    """Where a run's journal ends, while a batch is written."""

    sequence: int
    hash: str
    token: int
    state: RunState
    rows: list[Row] = field(default_factory=list)


class Appender:
    """Writes batches of appends inside somebody's transaction."""

    def __init__(self, dialect: Dialect) -> None:
        """Compile for this database."""
        self._errors = dialect.loaded_dbapi.Error
        self._head = _compiled(
            select(RUNS.c.head, RUNS.c.head_hash, RUNS.c.token, RUNS.c.state)
            .where(RUNS.c.id == bindparam("run"))
            .with_for_update(),
            dialect,
        )
        self._events = _compiled(insert(EVENTS), dialect)
        self._runs = _compiled(
            update(RUNS)
            .where(RUNS.c.id == bindparam("run"))
            .values(
                head=bindparam("head"),
                head_hash=bindparam("head_hash"),
                state=bindparam("state"),
            ),
            dialect,
        )

    def write(self, connection: Connection, appends: Sequence[Append]) -> list[DrdError | None]:
        """Write appends in order; an append that is refused writes nothing and its outcome is the error."""
        cursor = connection.connection.cursor()
        try:
            heads = {run: self._read_head(cursor, run) for run in sorted({append.run for append in appends})}
            outcomes = [self._take(connection, append, heads[append.run]) for append in appends]
            self._flush(cursor, heads)
        except self._errors as error:
            raise DBAPIError.instance("append", None, error, self._errors) from error
        finally:
            cursor.close()
        for append, outcome in zip(appends, outcomes, strict=True):
            if outcome is None and append.state.final:
                _end(connection, append)
        return outcomes

    def _read_head(self, cursor: Any, run: str) -> _Head | None:  # noqa: ANN401 - a driver's cursor has no common type
        cursor.execute(self._head, {"run": run})
        row = cursor.fetchone()
        return _Head(row[0], row[1], row[2], RunState(row[3])) if row else None

    def _take(self, connection: Connection, append: Append, head: _Head | None) -> DrdError | None:
        if head is None:
            return NotFoundError("there is no such run", target=append.run)
        refusal = _refusal(append, head)
        if refusal is not None:
            return None if _is_there(connection, append, head) else refusal
        head.rows += append.rows
        last = append.rows[-1]
        head.sequence, head.hash = last["sequence"], last["hash"]
        head.state = append.state
        return None

    def _flush(self, cursor: Any, heads: dict[str, _Head | None]) -> None:  # noqa: ANN401 - as above
        changed = {run: head for run, head in heads.items() if head is not None and head.rows}
        if not changed:
            return
        cursor.executemany(self._events, [row for head in changed.values() for row in head.rows])
        cursor.executemany(
            self._runs,
            [
                {"run": run, "head": head.sequence, "head_hash": head.hash, "state": head.state.value}
                for run, head in changed.items()
            ],
        )


def _compiled(statement: ClauseElement, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))


def _refusal(append: Append, head: _Head) -> DrdError | None:
    if any(row["token"] < head.token for row in append.rows):
        return RefusedError(
            f"the run was claimed again: token {append.rows[0]['token']} is older than {head.token}",
            target=append.run,
            hint="whoever holds the newest claim goes on with the run",
            code="fenced",
        )
    if head.state.final:
        return RefusedError("the run is over", target=append.run, hint="start a new run", code="run-over")
    sequence, previous = head.sequence, head.hash
    for row in append.rows:
        if row["sequence"] != sequence + 1 or row["previous"] != previous:
            return ConflictError(
                f"event {row['sequence']} does not follow: the journal ends at {head.sequence}",
                other=append.run,
                target=append.run,
                hint="read the journal again and decide anew",
            )
        sequence, previous = row["sequence"], row["hash"]
    return None


def _is_there(connection: Connection, append: Append, head: _Head) -> bool:
    """Say whether exactly these events are durable: an answer may have been lost after the commit."""
    first, last = append.rows[0]["sequence"], append.rows[-1]["sequence"]
    if last > head.sequence:
        return False
    stored = connection.scalars(
        select(EVENTS.c.hash)
        .where(EVENTS.c.run == append.run, EVENTS.c.sequence.between(first, last))
        .order_by(EVENTS.c.sequence)
    ).all()
    return list(stored) == [row["hash"] for row in append.rows]


def _end(connection: Connection, append: Append) -> None:
    # Only here: a column that an index looks at costs a page more in each commit.
    connection.execute(update(RUNS).where(RUNS.c.id == append.run).values(ended_at=append.ended_at))
    connection.execute(delete(LOCKS).where(LOCKS.c.run == append.run))
    if append.finish is not None:
        finished(connection, append.finish)
