"""Named leases on a database, measured in the database's time."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from drd.store.desk import Desk
from drd.store.leases import DatabaseTime
from drd.store.tables import LEASES
from drd.store.terms import LONGEST


class StoredLease:
    """`drd.ports.lease.Lease` on SQLite or PostgreSQL.

    On SQLite the time is the host's, which says nothing after it was started again: `forget` empties the table when the
    store is opened, which is right because whoever held a lease is gone.
    """

    def __init__(self, desk: Desk, time: DatabaseTime) -> None:
        """Write through this desk."""
        self._desk = desk
        self._time = time

    async def hold(self, name: str, *, holder: str, length: timedelta) -> bool:
        """Take or renew the lease; False when somebody else holds it."""
        try:
            return await self._desk.change(lambda connection: self._hold(connection, name, holder, length))
        except IntegrityError:
            # Somebody else took it for the first time in the same instant.
            return False

    async def release(self, name: str, *, holder: str) -> None:
        """Give it back. May be called twice."""
        statement = delete(LEASES).where(LEASES.c.name == name, LEASES.c.holder == holder)
        await self._desk.change(lambda connection: connection.execute(statement).rowcount)

    async def held(self) -> dict[str, str]:
        """Give the holders by name."""
        return await self._desk.read(self._held)

    async def forget(self) -> None:
        """Empty the table."""
        await self._desk.change(lambda connection: connection.execute(delete(LEASES)).rowcount)

    def _held(self, connection: Connection) -> dict[str, str]:
        now = self._time.now(connection)
        rows = connection.execute(select(LEASES.c.name, LEASES.c.holder).where(_counts(now))).all()
        return {row.name: row.holder for row in rows}

    def _hold(self, connection: Connection, name: str, holder: str, length: timedelta) -> bool:
        now = self._time.now(connection)
        until = now + length.total_seconds()
        row = connection.execute(
            select(LEASES.c.holder, _counts(now).label("counts")).where(LEASES.c.name == name).with_for_update()
        ).first()
        if row is None:
            connection.execute(insert(LEASES).values(name=name, holder=holder, until_seconds=until))
            return True
        if row.counts and row.holder != holder:
            return False
        connection.execute(update(LEASES).where(LEASES.c.name == name).values(holder=holder, until_seconds=until))
        return True


def _counts(now: float) -> ColumnElement[bool]:
    """Say whether a lease has not ended; one that ends too far from now was not written by drd."""
    return and_(LEASES.c.until_seconds > now, LEASES.c.until_seconds <= now + LONGEST.total_seconds())
