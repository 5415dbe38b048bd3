"""Slots of schedules on a database: the row (schedule, local wall-clock time) lets one win."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from drd.domain.errors import ConflictError, NotFoundError
from drd.ports.slots import Pause, Slot, SlotState, Standing
from drd.store.daemons import Roll
from drd.store.desk import Desk
from drd.store.rows import Row, instant, instant_text, known_text
from drd.store.tables import PAUSES, SCHEDULES, SLOTS

T = TypeVar("T")

_AT_ONCE = 500
"""Rows in one statement; databases limit how many values one may hold."""

COUNTED = {
    SlotState.RAN: "ran",
    SlotState.RAN_LATE: "ran_late",
    SlotState.FAILED: "failed",
    SlotState.MISSED: "missed",
}
"""The column of `schedules` that counts slots by how they ended."""

_LAST = {
    "last_success_at": frozenset({SlotState.RAN, SlotState.RAN_LATE}),
    "last_missed_at": frozenset({SlotState.MISSED}),
}
"""The column of `schedules` that says when a slot last ended so. One that a person had paused did not go missing."""


class StoredSlots:
    """`drd.ports.slots.Slots` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk, roll: Roll) -> None:
        """Write and read through this desk, as the daemon of this roll."""
        self._desk = desk
        self._roll = roll

    async def claim(self, slot: Slot) -> bool:
        """Win the slot, to work on it; False when it has a row, or another of its schedule is at work."""
        row = _row(slot) | {"boot": self._roll.presence.boot}
        try:
            return await self._desk.change(lambda connection: _claim(connection, row))
        except IntegrityError:
            # Another daemon claimed it, or another slot of its schedule, in the same instant.
            return False

    async def record(self, slots: Sequence[Slot]) -> tuple[Slot, ...]:
        """Write slots of one schedule that nobody works on, as they ended; gives those that had no row yet."""
        return await self._twice(lambda connection: _record(connection, slots)) if slots else ()

    async def abandoned(self) -> tuple[Slot, ...]:
        """Give the claimed slots whose daemon has ended, or was not heard of for longer than a lease lasts."""
        return await self._desk.read(self._abandoned)

    async def standing(self, schedule: str, *, at: datetime) -> Standing:
        """Say where a schedule stands; one that no daemon knew yet is known from `at` on."""
        known = await self._desk.read(lambda connection: _standing(connection, schedule))
        if known is not None:
            return known
        row = {"schedule": schedule, "since": known_text(at)}
        return await self._twice(lambda connection: _first_standing(connection, row))

    async def end(self, slot: Slot) -> None:
        """Write how a claimed slot ended. Raises NotFoundError for one that is not claimed, or ended before."""
        await self._desk.change(lambda connection: _end(connection, slot))

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

    async def pause(self, pause: Pause) -> None:
        """Pause a schedule. Raises ConflictError when it is paused already."""
        try:
            await self._desk.change(lambda connection: _pause(connection, pause))
        except IntegrityError as error:
            raise _paused_already(pause.schedule) from error

    async def resume(self, schedule: str, *, at: datetime, actor: str, reason: str) -> None:
        """End a schedule's pause. Raises ConflictError when it is not paused."""
        ended = {"until": known_text(at), "resumed_by": actor, "resumed_because": reason}
        query = update(PAUSES).where(PAUSES.c.schedule == schedule, PAUSES.c.until.is_(None)).values(ended)
        if not await self._desk.change(lambda connection: connection.execute(query).rowcount):
            raise ConflictError("this schedule is not paused", target=schedule, hint="`drd schedule list` shows all")

    async def paused(self) -> tuple[Pause, ...]:
        """Give the pauses that hold, by schedule."""
        return await self._desk.read(read_paused)

    async def _twice(self, work: Callable[[Connection], T]) -> T:
        """Write, and where another daemon wrote the same in the same instant, see what is left to write."""
        try:
            return await self._desk.change(work)
        except IntegrityError:
            return await self._desk.change(work)

    def _abandoned(self, connection: Connection) -> tuple[Slot, ...]:
        rows = connection.execute(select(SLOTS).where(SLOTS.c.state == SlotState.CLAIMED.value)).mappings().all()
        if not rows:
            return ()
        alive = self._roll.alive(connection)
        return tuple(_slot(row) for row in rows if row["boot"] not in alive)


def read_paused(connection: Connection) -> tuple[Pause, ...]:
    """Give the pauses that hold, by schedule."""
    query = select(PAUSES).where(PAUSES.c.until.is_(None)).order_by(PAUSES.c.schedule)
    return tuple(_pause_of(row) for row in connection.execute(query).mappings())


def _same(slot: Slot) -> Any:  # noqa: ANN401 - an SQL expression
    return (SLOTS.c.schedule == slot.schedule) & (SLOTS.c.wall == slot.wall)


def _at_work(schedule: str) -> Any:  # noqa: ANN401 - an SQL expression
    return (SLOTS.c.schedule == schedule) & (SLOTS.c.state == SlotState.CLAIMED.value)


def _claim(connection: Connection, row: Row) -> bool:
    schedule = row["schedule"]
    same = (SLOTS.c.schedule == schedule) & (SLOTS.c.wall == row["wall"])
    if connection.execute(select(SLOTS.c.wall).where(same | _at_work(schedule))).first() is not None:
        return False
    connection.execute(insert(SLOTS).values(row))
    return True


def _record(connection: Connection, slots: Sequence[Slot]) -> tuple[Slot, ...]:
    schedule, known = slots[0].schedule, set[str]()
    for first in range(0, len(slots), _AT_ONCE):
        walls = [slot.wall for slot in slots[first : first + _AT_ONCE]]
        query = select(SLOTS.c.wall).where(SLOTS.c.schedule == schedule, SLOTS.c.wall.in_(walls))
        known.update(connection.scalars(query))
    new = tuple(slot for slot in slots if slot.wall not in known)
    if new:
        connection.execute(insert(SLOTS), [_row(slot) for slot in new])
        _count(connection, new)
    return new


def _standing(connection: Connection, schedule: str) -> Standing | None:
    known = connection.scalar(select(SCHEDULES.c.since).where(SCHEDULES.c.schedule == schedule))
    if known is None:
        return None
    newest = connection.scalar(
        select(SLOTS.c.due_at)
        .where(SLOTS.c.schedule == schedule, SLOTS.c.actor == "")
        .order_by(SLOTS.c.due_at.desc())
        .limit(1)
    )
    working = connection.execute(select(SLOTS).where(_at_work(schedule))).mappings().first()
    after = max(newest, known) if newest else known
    pauses = connection.execute(
        select(PAUSES)
        .where(PAUSES.c.schedule == schedule, PAUSES.c.until.is_(None) | (PAUSES.c.until > after))
        .order_by(PAUSES.c.number)
    ).mappings()
    return Standing(
        after=datetime.fromisoformat(after),
        at_work=_slot(working) if working else None,
        pauses=tuple(_pause_of(row) for row in pauses),
    )


def _first_standing(connection: Connection, row: Row) -> Standing:
    since = _since(connection, row)
    return _standing(connection, row["schedule"]) or Standing(after=since)


def _since(connection: Connection, row: Row) -> datetime:
    known = connection.scalar(select(SCHEDULES.c.since).where(SCHEDULES.c.schedule == row["schedule"]))
    if known is None:
        connection.execute(insert(SCHEDULES).values(row))
    return datetime.fromisoformat(known or row["since"])


def _end(connection: Connection, slot: Slot) -> None:
    row = _row(slot)
    ended = {name: row[name] for name in ("state", "ended_at", "because")}
    claimed = _same(slot) & (SLOTS.c.state == SlotState.CLAIMED.value)
    if not connection.execute(update(SLOTS).where(claimed).values(ended)).rowcount:
        raise NotFoundError(
            "this slot is not claimed, or ended before",
            target=f"{slot.schedule} {slot.wall}",
            hint="a daemon that was not heard of for a while has its slots ended by the others",
        )
    _count(connection, (slot,))


def _count(connection: Connection, slots: Sequence[Slot]) -> None:
    """Add how slots of one schedule ended to its counts."""
    first = slots[0]
    _since(connection, {"schedule": first.schedule, "since": known_text(first.due_at)})
    values: dict[str, Any] = {}
    for name in {COUNTED[slot.state] for slot in slots}:
        ended = sum(1 for slot in slots if COUNTED[slot.state] == name)
        values[name] = SCHEDULES.c[name] + ended
    for name, states in _LAST.items():
        ends = [slot.ended_at for slot in slots if slot.state in states and slot.ended_at and not slot.paused]
        if ends:
            values[name] = known_text(max(ends))
    connection.execute(update(SCHEDULES).where(SCHEDULES.c.schedule == first.schedule).values(values))


def _pause(connection: Connection, pause: Pause) -> None:
    held = select(PAUSES.c.number).where(PAUSES.c.schedule == pause.schedule, PAUSES.c.until.is_(None))
    if connection.execute(held).first() is not None:
        raise _paused_already(pause.schedule)
    values = {"schedule": pause.schedule, "since": known_text(pause.since), "actor": pause.actor}
    connection.execute(insert(PAUSES).values(values | {"reason": pause.reason}))


def _paused_already(schedule: str) -> ConflictError:
    return ConflictError("this schedule is paused already", target=schedule, hint="`drd schedule resume` lets it go on")


def _row(slot: Slot) -> Row:
    return {
        "schedule": slot.schedule,
        "wall": slot.wall,
        "due_at": known_text(slot.due_at),
        "state": slot.state.value,
        "ended_at": instant_text(slot.ended_at),
        "because": slot.because,
        "actor": slot.actor,
    }


def _slot(row: Mapping[Any, Any]) -> Slot:
    return Slot(
        schedule=row["schedule"],
        wall=row["wall"],
        due_at=datetime.fromisoformat(row["due_at"]),
        state=SlotState(row["state"]),
        ended_at=instant(row["ended_at"]),
        because=row["because"],
        actor=row["actor"],
    )


def _pause_of(row: Mapping[Any, Any]) -> Pause:
    return Pause(
        schedule=row["schedule"],
        since=datetime.fromisoformat(row["since"]),
        actor=row["actor"],
        reason=row["reason"],
        until=instant(row["until"]),
    )
