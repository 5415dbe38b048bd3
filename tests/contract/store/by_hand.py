"""Changes a store behind its back: time that passes, and rows that somebody edited."""

from typing import Any

from sqlalchemy import delete, insert, select, update

from drd.store.opening import Store
from drd.store.tables import DAEMONS, LEASES, ORDERS, RUNS


async def pass_time(store: Store, seconds: float) -> None:
    """Bring every lease's end nearer by so much, as if the database's time had passed."""
    for table in (LEASES, RUNS, DAEMONS):
        earlier = update(table).values(until_seconds=table.c.until_seconds - seconds)
        await store._desk.change(lambda connection, change=earlier: connection.execute(change).rowcount)


async def lease_of(store: Store, name: str, *, holder: str, until: float) -> None:
    """Write a named lease."""
    row = insert(LEASES).values(name=name, holder=holder, until_seconds=until)
    await store._desk.change(lambda connection: connection.execute(row).rowcount)


async def edit_run(store: Store, run: str, **values: Any) -> None:
    """Write columns of a run."""
    change = update(RUNS).where(RUNS.c.id == run).values(values)
    await store._desk.change(lambda connection: connection.execute(change).rowcount)


async def run_row(store: Store, run: str) -> dict[str, Any]:
    """Give every column of a run."""
    query = select(RUNS).where(RUNS.c.id == run)
    return await store._desk.read(lambda connection: dict(connection.execute(query).mappings().one()))


async def edit_daemon(store: Store, daemon: str, **values: Any) -> None:
    """Write columns of a daemon."""
    change = update(DAEMONS).where(DAEMONS.c.id == daemon).values(values)
    await store._desk.change(lambda connection: connection.execute(change).rowcount)


async def edit_order(store: Store, order: str, **values: Any) -> None:
    """Write columns of an order."""
    change = update(ORDERS).where(ORDERS.c.id == int(order)).values(values)
    await store._desk.change(lambda connection: connection.execute(change).rowcount)


async def remove_daemon(store: Store, daemon: str) -> None:
    """Remove a daemon's row."""
    change = delete(DAEMONS).where(DAEMONS.c.id == daemon)
    await store._desk.change(lambda connection: connection.execute(change).rowcount)
