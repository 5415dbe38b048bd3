"""Appends of many runs and steps, written together. The hot path: statements are compiled once, by SQLAlchemy."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import ClauseElement, Connection, Dialect, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from drd.domain.errors import ConflictError, DrdError, NotFoundError, RefusedError
from drd.domain.events import Event, Kind
from drd.domain.lifecycle import RunState
from drd.store.projection import finished
from drd.store.rows import event_values, known_text
from drd.store.tables import EVENTS, LOCKS, RUNS


class OvertakenError(Exception):
    """A journal does not end where an append begins. What was written in the transaction must be taken back."""


@dataclass(frozen=True, slots=True)
class Append:
    """Events of one run, in order, that wait to be written, and the run's state after them."""

    run: str
    events: Sequence[Event]
    state: RunState

    @classmethod
    def of(cls, events: Sequence[Event], state: RunState) -> "Append":
        """Take events of one run.

        Raises:
            ValueError: if there are none, they are of several runs, or one is not sealed.
        """
        if not events or any(event.run != events[0].run or not event.hash for event in events):
            raise ValueError("an append takes sealed events of one run")
        return cls(run=events[0].run, events=events, state=state)


@dataclass(slots=True)
class _Head:
    """Where a run's journal ends, while a batch is written."""

    sequence: int
    hash: str
    token: int
    state: RunState
    events: list[Event] = field(default_factory=list)


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
        # By place: tuples are bound twice as fast as names, and there is one for each event.
        by_place = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")  # type: ignore[call-arg]  # every dialect takes it, their Protocol does not say so
        self._events = _compiled(insert(EVENTS), by_place)
        moved = update(RUNS).values(head=bindparam("head"), head_hash=bindparam("head_hash"), state=bindparam("state"))
        self._runs = _compiled(moved.where(RUNS.c.id == bindparam("run")), by_place, _MOVED)
        self._runs_from = _compiled(
            moved.where(
                RUNS.c.id == bindparam("run"),
                RUNS.c.head == bindparam("from_head"),
                RUNS.c.head_hash == bindparam("from_hash"),
                RUNS.c.token <= bindparam("with_token"),
                RUNS.c.ended_at.is_(None),
            ),
            by_place,
            _MOVE,
        )

    def write_all(self, connection: Connection, appends: Sequence[Append]) -> None:
        """Write appends that follow what is there, as they nearly always do: where a journal ends is not read first.

        Raises:
            OvertakenError: one does not; `write` can tell which, in a new transaction.
        """
        with self._cursor(connection) as cursor:
            self.put_all(cursor, appends)
        for append in appends:
            if append.state.final:
                _end(connection, append)

    def put_all(self, cursor: Any, appends: Sequence[Append]) -> None:  # noqa: ANN401 - a driver's cursor has no common type
        """Write appends after which no run is over, as `write_all`, through a driver's cursor in a transaction.

        Raises:
            OvertakenError: as `write_all`.
        """
        moves = _moves(appends)
        cursor.executemany(self._runs_from, moves)
        if cursor.rowcount != len(moves):
            raise OvertakenError
        cursor.executemany(self._events, [event_values(event) for append in appends for event in append.events])

    def write(self, connection: Connection, appends: Sequence[Append]) -> list[DrdError | None]:
        """Write appends in order; an append that is refused writes nothing and its outcome is the error."""
        with self._cursor(connection) as cursor:
            heads = {run: self._read_head(cursor, run) for run in sorted({append.run for append in appends})}
            outcomes = [self._take(connection, append, heads[append.run]) for append in appends]
            self._flush(cursor, heads)
        for append, outcome in zip(appends, outcomes, strict=True):
            if outcome is None and append.state.final:
                _end(connection, append)
        return outcomes

    @contextmanager
    def _cursor(self, connection: Connection) -> Iterator[Any]:
        cursor = connection.connection.cursor()
        try:
            yield cursor
        except self._errors as error:
            raise DBAPIError.instance("append", None, error, self._errors) from error
        finally:
            cursor.close()

    def _read_head(self, cursor: Any, run: str) -> _Head | None:  # noqa: ANN401 - a driver's cursor has no common type
        cursor.execute(self._head, {"run": run})
        row = cursor.fetchone()
        return _Head(row[0], row[1], row[2], RunState(row[3])) if row else None

    def _take(self, connection: Connection, append: Append, head: _Head | None) -> DrdError | None:
        if head is None:
            return NotFoundError("there is no such run", target=append.run)
        refusal = _refusal(append, head)
        if refusal is not None:
            return None if is_there(connection, append, head.sequence) else refusal
        head.events += append.events
        last = append.events[-1]
        head.sequence, head.hash, head.state = last.sequence, last.hash, append.state
        return None

    def _flush(self, cursor: Any, heads: dict[str, _Head | None]) -> None:  # noqa: ANN401 - as above
        changed = {run: head for run, head in heads.items() if head is not None and head.events}
        if not changed:
            return
        cursor.executemany(self._events, [event_values(event) for head in changed.values() for event in head.events])
        cursor.executemany(
            self._runs,
            [(head.state.value, head.sequence, head.hash, run) for run, head in changed.items()],
        )


def _compiled(statement: ClauseElement, dialect: Dialect, places: Sequence[str] | None = None) -> str:
    compiled: Any = statement.compile(dialect=dialect)
    if places is not None and tuple(compiled.positiontup) != tuple(places):
        raise ValueError(f"values are bound in the order {compiled.positiontup}")
    return str(compiled)


def _refusal(append: Append, head: _Head) -> DrdError | None:
    if any(event.token < head.token for event in append.events):
        return RefusedError(
            f"the run was claimed again: token {append.events[0].token} is older than {head.token}",
            target=append.run,
            hint="whoever holds the newest claim goes on with the run",
            code="fenced",
        )
    if head.state.final:
        return RefusedError("the run is over", target=append.run, hint="start a new run", code="run-over")
    sequence, previous = head.sequence, head.hash
    for event in append.events:
        if event.sequence != sequence + 1 or event.previous != previous:
            return ConflictError(
                f"event {event.sequence} does not follow: the journal ends at {head.sequence}",
                other=append.run,
                target=append.run,
                hint="read the journal again and decide anew",
            )
        sequence, previous = event.sequence, event.hash
    return None


_Move: TypeAlias = tuple[str, int, str, str, int, str, int]
"""A run's state and where its journal will end; which run; where it ends now, and the token: as `_MOVE` names them."""

_MOVED = ("state", "head", "head_hash", "run")
_MOVE = (*_MOVED, "from_head", "from_hash", "with_token")


def _moves(appends: Sequence[Append]) -> list[_Move]:
    """Say of each run where its journal must end now, and where it will, in the order in which rows are locked.

    Raises:
        OvertakenError: if two appends are of one run, or the events of one do not follow each other.
    """
    moves = {append.run: _move(append) for append in appends}
    if len(moves) != len(appends):
        raise OvertakenError
    return [moves[run] for run in sorted(moves)]


def _move(append: Append) -> _Move:
    first = last = append.events[0]
    for event in append.events[1:]:
        if event.sequence != last.sequence + 1 or event.previous != last.hash or event.token != first.token:
            raise OvertakenError
        last = event
    state = append.state.value
    return state, last.sequence, last.hash, append.run, first.sequence - 1, first.previous, first.token


def is_there(connection: Connection, append: Append, head: int) -> bool:
    """Say whether exactly these events are durable in a journal of so many: an answer may have been lost."""
    first, last = append.events[0].sequence, append.events[-1].sequence
    if last > head:
        return False
    stored = connection.scalars(
        select(EVENTS.c.hash)
        .where(EVENTS.c.run == append.run, EVENTS.c.sequence.between(first, last))
        .order_by(EVENTS.c.sequence)
    ).all()
    return list(stored) == [event.hash for event in append.events]


def _end(connection: Connection, append: Append) -> None:
    # Only here: a column that an index looks at costs a page more in each commit.
    ended_at = known_text(append.events[-1].at)
    connection.execute(update(RUNS).where(RUNS.c.id == append.run).values(ended_at=ended_at))
    connection.execute(delete(LOCKS).where(LOCKS.c.run == append.run))
    for event in append.events:
        if event.kind is Kind.RUN_FINISHED:
            finished(connection, event)
