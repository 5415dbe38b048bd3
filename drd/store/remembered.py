"""Rows that are read again and again, and made into objects only where they changed."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select

T = TypeVar("T")

Cells = tuple[Any, ...]
"""A row's values, in the order of the query."""

_AT_ONCE = 1000
"""Rows fetched together: one at a time, the fetching costs more than all that is done with them."""


class Remembered(Generic[T]):
    """Remembers what was made of each row. A scrape comes more often than what it tells changes."""

    def __init__(self, query: Select[Any], make: Callable[[Cells], T]) -> None:
        """Remember nothing yet.

        Args:
            query: gives rows of which no two are alike, in the order wanted.
            make: makes of a row all that it tells, and of nothing else.
        """
        self._query = query
        self._make = make
        self._known: Mapping[Cells, T] = {}
        self._lock = Lock()

    def read(self, connection: Connection) -> tuple[T, ...]:
        """Read everything; what is no longer there is forgotten. Two reads may overlap."""
        with self._lock:
            known = self._known
        make = self._make
        # A row tells all that is made of it, so it is its name.
        found = {
            row: known[row] if row in known else make(row)
            for some in connection.execute(self._query).partitions(_AT_ONCE)
            for row in map(tuple, some)
        }
        with self._lock:
            self._known = found
        return tuple(found.values())
