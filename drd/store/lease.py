"""Named leases on a database, measured in the host's time since it was started."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from sqlalchemy import Connection, delete, insert, or_, select, update

from drd.store.desk import Desk
from drd.store.tables import LEASES

HostTime: TypeAlias = Callable[[], float]
"""Seconds of the host that no clock change moves."""


def host_seconds() -> float:
    """Give seconds since the host was started, the time it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class StoredLease:
    """`drd.ports.lease.Lease` for the one daemon that holds the store.

    The host's time says nothing to another host, nor after it was started again: `forget` empties the table when the
    store is opened, which is right because whoever held a lease is gone.
    """

    def __init__(self, desk: Desk, host: HostTime = host_seconds) -> None:
        """Write through this desk."""
        self._desk = desk
        self._host = host

    async def hold(self, name: str, *, holder: str, length: timedelta) -> bool:
        """Take or renew the lease; False when somebody else holds it."""
        return await self._desk.change(lambda connection: self._hold(connection, name, holder, length))

    async def release(self, name: str, *, holder: str) -> None:
        """Give it back. May be called twice."""
        statement = delete(LEASES).where(LEASES.c.name == name, LEASES.c.holder == holder)
        await self._desk.change(lambda connection: connection.execute(statement).rowcount)

    async def held(self) -> dict[str, str]:
        """Give the holders by name."""
        query = select(LEASES.c.name, LEASES.c.holder).where(LEASES.c.until_seconds > self._host())
        rows = await self._desk.read(lambda connection: connection.execute(query).all())
        return {row.name: row.holder for row in rows}

    async def forget(self) -> None:
        """Empty the table."""
        await self._desk.change(lambda connection: connection.execute(delete(LEASES)).rowcount)

    def _hold(self, connection: Connection, name: str, holder: str, length: timedelta) -> bool:
        now = self._host()
        until = now + length.total_seconds()
        free = or_(LEASES.c.holder == holder, LEASES.c.until_seconds <= now)
        taken = update(LEASES).where(LEASES.c.name == name, free).values(holder=holder, until_seconds=until)
        if connection.execute(taken).rowcount:
            return True
        if connection.execute(select(LEASES.c.name).where(LEASES.c.name == name)).first() is not None:
            return False
        connection.execute(insert(LEASES).values(name=name, holder=holder, until_seconds=until))
        return True
