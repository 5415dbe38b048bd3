"""Group commit: whatever waits is written in one transaction with one fsync; who fails, fails alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import Connection

from drd.domain.errors import JournalUnavailableError
from drd.store.append import Append, Appender
from drd.store.database import Database


@dataclass(frozen=True, slots=True)
class Change:
    """Any other write: called inside a transaction, perhaps twice, of which one is committed."""

    work: Callable[[Connection], Any]


Work: TypeAlias = Append | Change

Outcome: TypeAlias = Any
"""What a work gives, or the exception that its waiter gets raised."""


class Commit:
    """Carries out works. One thread at a time."""

    def __init__(self, database: Database) -> None:
        """Write to this database."""
        self._database = database
        self._appender = Appender(database.writer.dialect)

    def carry_out(self, works: Sequence[Work]) -> list[Outcome]:
        """Write everything in order, durable on return, and give an outcome for each work.

        When the database cannot, nothing is written and each outcome is a JournalUnavailableError. When a work is
        refused by the database or raises, the works are written again one by one, so that it fails alone.
        """
        try:
            with self._database.writing() as connection:
                return self._in_order(connection, works)
        except JournalUnavailableError as error:
            return [_copy(error) for _ in works]
        except Exception as error:  # noqa: BLE001 - whoever waits for this work gets it raised
            return [error] if len(works) == 1 else [self.carry_out([work])[0] for work in works]

    def _in_order(self, connection: Connection, works: Sequence[Work]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for appends, group in groupby(works, key=lambda work: isinstance(work, Append)):
            if appends:
                outcomes += self._appender.write(connection, [work for work in group if isinstance(work, Append)])
            else:
                outcomes += [work.work(connection) for work in group if isinstance(work, Change)]
        return outcomes


def _copy(error: JournalUnavailableError) -> JournalUnavailableError:
    # Each waiter raises its own: one exception raised in many tasks would gather all their tracebacks.
    copy = JournalUnavailableError(error.message, target=error.target, hint=error.hint)
    copy.__cause__ = error.__cause__
    return copy
