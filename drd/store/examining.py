"""Looks at a store from outside, also beside a daemon that uses it, and changes nothing."""

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from drd.domain.errors import ConflictError, DrdError
from drd.store.database import Database
from drd.store.evidence import chain_faults
from drd.store.folder import FILE, DataFolder
from drd.store.integrity import faults
from drd.store.schema import newer_schema
from drd.store.watch import Watch


def examine(place: Path | str) -> tuple[str, ...]:
    """Give everything that is wrong with a store, each in one line.

    The seal of a data folder is compared only when no daemon uses it: in use, the daemon is ahead of its seal.
    """
    if isinstance(place, str):
        database = Database(place)
        try:
            with database.reading() as connection:
                newer = newer_schema(connection, place=database.place)
                return (str(newer),) if newer else (*faults(connection), *chain_faults(connection))
        except DrdError as error:
            return (str(error),)
        finally:
            database.close()
    if not (place / FILE).exists():
        return (f"there is no database in {place}",)
    found = _seal(place)
    return (*found, *_inside(place / FILE)) if (place / FILE).stat().st_size else found


def _seal(folder: Path) -> tuple[str, ...]:
    try:
        held = DataFolder(folder)
    except ConflictError:
        return ()
    except DrdError as error:
        return (str(error),)
    try:
        Watch(held.file).close()
    except DrdError as error:
        return (error.message,)
    finally:
        held.release()
    return ()


def _inside(file: Path) -> tuple[str, ...]:
    engine = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            newer = newer_schema(connection, place=str(file))
            return (str(newer),) if newer else (*faults(connection), *chain_faults(connection))
    except (SQLAlchemyError, sqlite3.Error) as error:
        return (f"the database cannot be read: {error}",)
    finally:
        engine.dispose()
