"""Group commit: whatever waits is written in one transaction with one fsync; who fails, fails alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from drd.domain.errors import DrdError, JournalUnavailableError
from drd.store.append import Append, Appender, OvertakenError
from drd.store.database import Database


@dataclass(frozen=True, slots=True)
class Change:
    """Any other write: called inside a transaction, perhaps more than once, of which one is committed.

    It looks first and writes then: what raises a DrdError has written nothing.
    """

    work: Callable[[Connection], Any]


Work: TypeAlias = Append | Change

Outcome: TypeAlias = Any
"""What a work gives, or the exception that its waiter gets raised."""


_TRIES = 3

_Write: TypeAlias = Callable[[Connection, Sequence[Append]], list[Outcome]]


class Commit:
    """Carries out works. One thread at a time."""

    def __init__(self, database: Database) -> None:
        """Write to this database."""
        self._database = database
        self._appender = Appender(database.writer.dialect)

    def carry_out(self, works: Sequence[Work], *, tries: int = _TRIES) -> list[Outcome]:
        """Write everything in order, durable on return, and give an outcome for each work.

        When the database cannot, nothing is written and each outcome is a JournalUnavailableError. When a work makes
        the database refuse, or breaks, the works are written again in halves, so that in the end it fails alone. One
        that found its place taken is given so many tries: another daemon may have been quicker between look and write,
        and the next look sees what it wrote.
        """
        try:
            return self._carried_out(works)
        except JournalUnavailableError as error:
            return [_copy(error) for _ in works]
        except Exception as error:  # noqa: BLE001 - whoever waits for this work gets it raised
            half = len(works) // 2
            if half:
                return [*self.carry_out(works[:half]), *self.carry_out(works[half:])]
            again = isinstance(error, IntegrityError) and tries > 1
            return self.carry_out(works, tries=tries - 1) if again else [error]

    def _carried_out(self, works: Sequence[Work]) -> list[Outcome]:
        try:
            appends = _going_on(works)
            if appends:
                with self._database.appending() as cursor:
                    self._appender.put_all(cursor, appends)
                return [None] * len(appends)
            with self._database.writing() as connection:
                return self._in_order(connection, works, self._all_follow)
        except OvertakenError:
            with self._database.writing() as connection:
                return self._in_order(connection, works, self._appender.write)

    def _all_follow(self, connection: Connection, appends: Sequence[Append]) -> list[Outcome]:
        self._appender.write_all(connection, appends)
        return [None] * len(appends)

    def _in_order(self, connection: Connection, works: Sequence[Work], write: _Write) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for appends, group in groupby(works, key=lambda work: isinstance(work, Append)):
            if appends:
                outcomes += write(connection, [work for work in group if isinstance(work, Append)])
            else:
                outcomes += [_outcome(connection, work) for work in group if isinstance(work, Change)]
        return outcomes


def _going_on(works: Sequence[Work]) -> Sequence[Append]:
    """Give the works if they are nothing but appends after which their runs go on, as nearly always; else none."""
    appends = [work for work in works if isinstance(work, Append) and not work.state.final]
    return appends if len(appends) == len(works) else ()


def _outcome(connection: Connection, change: Change) -> Outcome:
    try:
        return change.work(connection)
    except JournalUnavailableError:
        raise
    except DrdError as refusal:
        return refusal


def _copy(error: JournalUnavailableError) -> JournalUnavailableError:
    # Each waiter raises its own: one exception raised in many tasks would gather all their tracebacks.
    copy = JournalUnavailableError(error.message, target=error.target, hint=error.hint)
    copy.__cause__ = error.__cause__
    return copy
