"""Settings of daemons that share a PostgreSQL."""

from typing import Any

from proofs.postgres import USER


def on_postgresql(
    settings: dict[str, Any], database: str, port: int, *, daemon: str, lease_seconds: int | None = None
) -> dict[str, Any]:
    """Let a daemon of this name keep its journal in a database at a port of loopback.

    Its leases have another length than usual where one is given.
    """
    store = {"postgresql": {"host": "127.0.0.1", "port": port, "dbname": database, "user": USER}}
    member: dict[str, Any] = {"id": daemon} | ({"lease": f"{lease_seconds}s"} if lease_seconds else {})
    return settings | {"store": store, "daemon": member}
