"""Room in recovery regions on a database."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from drd.domain.ids import TenantId
from drd.ports.capacity import RecoveryRoom
from drd.store.desk import Desk
from drd.store.inventory_tables import ROOMS
from drd.store.rows import Row


class StoredRooms:
    """`drd.ports.capacity.Rooms` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write through this desk."""
        self._desk = desk

    async def put(self, tenant: TenantId, rooms: Collection[RecoveryRoom]) -> None:
        """Replace what was known of a tenant."""
        rows = [_row(each) for each in rooms]
        try:
            await self._desk.change(lambda connection: _put(connection, tenant, rows))
        except IntegrityError:
            # Another daemon saw the same in the same instant; ours is put over it.
            await self._desk.change(lambda connection: _put(connection, tenant, rows))


def read_rooms(connection: Connection) -> tuple[RecoveryRoom, ...]:
    """Read what is known, by tenant, region and family."""
    return tuple(
        RecoveryRoom(
            tenant=TenantId(row.tenant),
            region=row.region,
            family=row.family,
            limit=row.most,
            used=row.used,
            needed=row.needed,
        )
        for row in connection.execute(select(ROOMS).order_by(*ROOMS.primary_key))
    )


def _put(connection: Connection, tenant: TenantId, rows: list[Row]) -> None:
    connection.execute(delete(ROOMS).where(ROOMS.c.tenant == tenant))
    if rows:
        connection.execute(insert(ROOMS), rows)


def _row(room: RecoveryRoom) -> Row:
    return {
        "tenant": room.tenant,
        "region": room.region,
        "family": room.family,
        "most": room.limit,
        "used": room.used,
        "needed": room.needed,
    }
