"""Slots of schedules on a database: the row (schedule, local wall-clock time) lets one win."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from drd.domain.errors import NotFoundError
from drd.ports.slots import Slot, SlotState
from drd.store.desk import Desk
from drd.store.rows import Row, instant, instant_text, known_text
from drd.store.tables import SLOTS


class StoredSlots:
    """`drd.ports.slots.Slots` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def claim(self, slot: Slot) -> bool:
        """Win the slot; False when it was claimed before, by anybody."""
        row = _row(slot)
        return await self._desk.change(lambda connection: _claim(connection, row))

    async def end(self, slot: Slot) -> None:
        """Write how a claimed slot ended. Raises NotFoundError for one that nobody claimed."""
        row = _row(slot)
        await self._desk.change(lambda connection: _end(connection, row))

    async def last(self, schedule: str) -> Slot | None:
        """Give the newest slot of a schedule."""
        return next(iter(await self.recent(schedule, newest=1)), None)

    async def recent(self, schedule: str, *, newest: int = 50) -> tuple[Slot, ...]:
        """Give slots, newest first."""
        query = (
            select(SLOTS)
            .where(SLOTS.c.schedule == schedule)
            .order_by(SLOTS.c.due_at.desc(), SLOTS.c.wall.desc())
            .limit(newest)
        )
        return await self._desk.read(
            lambda connection: tuple(_slot(row) for row in connection.execute(query).mappings())
        )


def _same(row: Row) -> Any:  # noqa: ANN401 - an SQL expression
    return (SLOTS.c.schedule == row["schedule"]) & (SLOTS.c.wall == row["wall"])


def _claim(connection: Connection, row: Row) -> bool:
    if connection.execute(select(SLOTS.c.wall).where(_same(row))).first() is not None:
        return False
    connection.execute(insert(SLOTS).values(row))
    return True


def _end(connection: Connection, row: Row) -> None:
    ended = {name: row[name] for name in ("state", "ended_at", "because")}
    if not connection.execute(update(SLOTS).where(_same(row)).values(ended)).rowcount:
        raise NotFoundError("nobody claimed this slot", target=f"{row['schedule']} {row['wall']}")


def _row(slot: Slot) -> Row:
    return {
        "schedule": slot.schedule,
        "wall": slot.wall,
        "due_at": known_text(slot.due_at),
        "state": slot.state.value,
        "ended_at": instant_text(slot.ended_at),
        "because": slot.because,
    }


def _slot(row: Mapping[Any, Any]) -> Slot:
    return Slot(
        schedule=row["schedule"],
        wall=row["wall"],
        due_at=datetime.fromisoformat(row["due_at"]),
        state=SlotState(row["state"]),
        ended_at=instant(row["ended_at"]),
        because=row["because"],
    )
