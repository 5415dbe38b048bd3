"""The ledger on a database."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from drd.domain.ids import ArmId, ItemId, RunId, StepId, TenantId
from drd.ports.ledger import Entry
from drd.store.desk import Desk
from drd.store.rows import Row, instant, instant_text, json_text, known_text
from drd.store.tables import LEDGER


class StoredLedger:
    """`drd.ports.ledger.Ledger` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def record(self, entries: tuple[Entry, ...]) -> None:
        """Write entries; one that is there already (same run, step and id) stays as it is. Durable on return."""
        rows = [_row(entry) for entry in entries]
        if rows:
            await self._desk.change(lambda connection: _record(connection, rows))

    async def removed(self, run: RunId, resource: ArmId, *, at: datetime) -> None:
        """Note that its absence was read back. May be called twice; the first instant stays."""
        note = (
            update(LEDGER)
            .where(LEDGER.c.run == run, LEDGER.c.key == resource.key, LEDGER.c.removed_at.is_(None))
            .values(removed_at=known_text(at))
        )
        await self._desk.change(lambda connection: _change(connection, note))

    async def of_run(self, run: RunId) -> tuple[Entry, ...]:
        """Give everything that a run recorded, in order."""
        return await self._desk.read(lambda connection: _entries(connection, LEDGER.c.run == run))

    async def open(self) -> tuple[Entry, ...]:
        """Give everything that is not kept and not yet removed, oldest first."""
        is_open = ~LEDGER.c.keep & LEDGER.c.removed_at.is_(None)
        return await self._desk.read(lambda connection: _entries(connection, is_open))


def _record(connection: Connection, rows: list[Row]) -> None:
    for row in rows:
        same = (LEDGER.c.run == row["run"]) & (LEDGER.c.step == row["step"]) & (LEDGER.c.key == row["key"])
        if connection.execute(select(LEDGER.c.number).where(same)).first() is None:
            connection.execute(insert(LEDGER).values(row))


def _change(connection: Connection, statement: Any) -> None:  # noqa: ANN401 - any statement that changes
    connection.execute(statement)


def _entries(connection: Connection, wanted: Any) -> tuple[Entry, ...]:  # noqa: ANN401 - an SQL expression
    rows = connection.execute(select(LEDGER).where(wanted).order_by(LEDGER.c.number)).mappings()
    return tuple(_entry(row) for row in rows)


def _row(entry: Entry) -> Row:
    return {
        "run": entry.run,
        "step": entry.step,
        "key": entry.id.key,
        "resource": entry.id.text,
        "kind": entry.kind,
        "tenant": entry.tenant,
        "recorded_at": known_text(entry.recorded_at),
        "keep": entry.keep,
        "expires_at": instant_text(entry.expires_at),
        "item": entry.item,
        "details": json_text(entry.details),
        "removed_at": instant_text(entry.removed_at),
    }


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(
        id=ArmId(row["resource"]),
        kind=row["kind"],
        run=RunId(row["run"]),
        step=StepId(row["step"]),
        tenant=TenantId(row["tenant"]),
        recorded_at=datetime.fromisoformat(row["recorded_at"]),
        keep=row["keep"],
        expires_at=instant(row["expires_at"]),
        item=ItemId(row["item"]) if row["item"] is not None else None,
        details=json.loads(row["details"]),
        removed_at=instant(row["removed_at"]),
    )
