"""What a database says when it cannot, in words that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from drd.domain.errors import JournalUnavailableError, PermanentError

_GRANT = (
    "let the role own drd's tables; or let their owner bring them to this version, and grant the role SELECT, INSERT, "
    "UPDATE and DELETE on them and USAGE on their sequences"
)
_TABLES = "the tables are not as drd made them: bring back the newest good copy of the database"
_HINTS = (
    ("permission denied", _GRANT),
    ("must be owner", _GRANT),
    ("full", "make room on the disk; drd goes on by itself"),
    ("too big", "make room on the disk; drd goes on by itself"),
    ("readonly", "make the data folder writable for drd"),
    ("read-only", "make the data folder writable for drd"),
    ("unable to open", "the data folder must exist and be writable for drd"),
    ("locked", "another program holds the database: close it"),
    ("malformed", "the file is damaged: restore the newest good copy of the data folder"),
    ("not a database", "the file is not drd's: name another data folder"),
    ("i/o", "look at the disk and at the kernel's log"),
    ("relation ", _TABLES),
    ("column ", _TABLES),
    ("no such table", _TABLES),
    ("no such column", _TABLES),
    ("does not exist", "name a database and a role that exist (section store.postgresql)"),
    ("authentication failed", "look at the role's name and at the file with its password (section store.postgresql)"),
    ("pg_hba.conf", "let the server take this role from this host"),
    ("certificate", "name the file of the authority that signed the server's certificate (store.postgresql.authority)"),
    ("connection", "see that the database server answers"),
)

_NO_RIGHT = "42501"
_REFUSALS = ("does not exist", "authentication failed", "pg_hba.conf", "certificate verify failed")
"""What a server says to somebody whom it does not take; a server that starts or is away says other things."""


def is_unavailable(error: BaseException) -> bool:
    """Say whether the database itself could not, as opposed to one statement that it refused."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, IntegrityError | DataError)
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.IntegrityError)


def is_full(error: BaseException) -> bool:
    """Say whether there was no room."""
    said = _first_words(error).casefold()
    return "full" in said or "too big" in said


def unavailable(error: BaseException, place: str) -> JournalUnavailableError:
    """Say that the database cannot be written or read now, and what to do."""
    said = _first_words(error)
    lowered = said.casefold()
    hint = next((hint for word, hint in _HINTS if word in lowered), "look at the disk or the database server")
    fault = JournalUnavailableError(f"the store cannot be used now: {said}", target=place, hint=hint)
    fault.__cause__ = error
    return fault


@contextmanager
def rights_told() -> Iterator[None]:
    """Turn a store that this role may not use into an error for whoever opens it: waiting does not help.

    Raises:
        PermanentError: the role lacks a right, or the server does not take it.
    """
    try:
        yield
    except JournalUnavailableError as error:
        cause = error.__cause__.orig if isinstance(error.__cause__, DBAPIError) else None
        refused = any(words in error.message for words in _REFUSALS)
        if getattr(cause, "sqlstate", None) == _NO_RIGHT or (refused and not isinstance(cause, sqlite3.Error)):
            raise PermanentError(error.message, target=error.target, hint=error.hint, code="store-rights") from error
        raise


def _first_words(error: BaseException) -> str:
    # A failed rollback hides the failure that caused it: the oldest in the chain is what a person must hear.
    oldest = error
    while oldest.__context__ is not None and is_unavailable(oldest.__context__):
        oldest = oldest.__context__
    cause = oldest.orig if isinstance(oldest, DBAPIError) else oldest
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
