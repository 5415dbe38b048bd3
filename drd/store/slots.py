"""Slots of schedules on a database: the row (schedule, local wall-clock time) lets one win."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from drd.domain.errors import NotFoundError
from drd.ports.slots import Slot, SlotState
from drd.store.daemons import Roll
from drd.store.desk import Desk
from drd.store.rows import Row, instant, instant_text, known_text
from drd.store.tables import SCHEDULES, SLOTS


class StoredSlots:
    """`drd.ports.slots.Slots` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk, roll: Roll) -> None:
        """Write and read through this desk, as the daemon of this roll."""
        self._desk = desk
        self._roll = roll

    async def claim(self, slot: Slot) -> bool:
        """Win the slot; False when it was claimed before, by anybody."""
        row = _row(slot) | {"boot": self._roll.presence.boot}
        try:
            return await self._desk.change(lambda connection: _claim(connection, row))
        except IntegrityError:
            # Another daemon claimed it in the same instant.
            return False

    async def abandoned(self) -> tuple[Slot, ...]:
        """Give the claimed slots whose daemon has ended, or was not heard of for longer than a lease lasts."""
        return await self._desk.read(self._abandoned)

    async def since(self, schedule: str, *, at: datetime) -> datetime:
        """Give when a schedule was first known to any daemon; for a new one that is `at`, from now on."""
        row = {"schedule": schedule, "since": known_text(at)}
        try:
            return await self._desk.change(lambda connection: _since(connection, row))
        except IntegrityError:
            return await self._desk.change(lambda connection: _since(connection, row))

    def _abandoned(self, connection: Connection) -> tuple[Slot, ...]:
        rows = connection.execute(select(SLOTS).where(SLOTS.c.state == SlotState.CLAIMED.value)).mappings().all()
        if not rows:
            return ()
        alive = self._roll.alive(connection)
        return tuple(_slot(row) for row in rows if row["boot"] not in alive)

    async def end(self, slot: Slot) -> None:
        """Write how a claimed slot ended. Raises NotFoundError for one that is not claimed, or ended before."""
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


def _since(connection: Connection, row: Row) -> datetime:
    known = connection.scalar(select(SCHEDULES.c.since).where(SCHEDULES.c.schedule == row["schedule"]))
    if known is None:
        connection.execute(insert(SCHEDULES).values(row))
    return datetime.fromisoformat(known or row["since"])


def _end(connection: Connection, row: Row) -> None:
    ended = {name: row[name] for name in ("state", "ended_at", "because")}
    claimed = _same(row) & (SLOTS.c.state == SlotState.CLAIMED.value)
    if not connection.execute(update(SLOTS).where(claimed).values(ended)).rowcount:
        raise NotFoundError(
            "this slot is not claimed, or ended before",
            target=f"{row['schedule']} {row['wall']}",
            hint="a daemon that was not heard of for a while has its slots ended by the others",
        )


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
