"""Latest facts on a database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from drd.domain.ids import TenantId
from drd.ports.inventory import Collection, ItemFacts, VaultFacts
from drd.store.desk import Desk
from drd.store.facts import item_facts, item_text, milliseconds, vault_facts, vault_text
from drd.store.rows import Row, instant, instant_text, known_text
from drd.store.tables import COLLECTIONS, ITEMS, VAULTS


class StoredInventory:
    """`drd.ports.inventory.Inventory` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def put_items(self, facts: tuple[ItemFacts, ...]) -> None:
        """Replace what was known of these items."""
        rows = [
            {"tenant": each.tenant, "item": each.item, "mechanism": each.mechanism.value, "body": item_text(each)}
            for each in facts
        ]
        await self._desk.change(lambda connection: _replace(connection, ITEMS, rows))

    async def put_vaults(self, facts: tuple[VaultFacts, ...]) -> None:
        """Replace what was known of these vaults."""
        rows = [{"tenant": each.tenant, "vault": each.posture.id.key, "body": vault_text(each)} for each in facts]
        await self._desk.change(lambda connection: _replace(connection, VAULTS, rows))

    async def put_collection(self, collection: Collection) -> None:
        """Note how a collection went; keeps the last success when this one failed."""
        await self._desk.change(lambda connection: _note(connection, collection))

    async def items(self, tenant: TenantId | None = None) -> tuple[ItemFacts, ...]:
        """Give what is known of items, by tenant, item and mechanism."""
        return await self._desk.read(lambda connection: read_items(connection, tenant))

    async def vaults(self, tenant: TenantId | None = None) -> tuple[VaultFacts, ...]:
        """Give what is known of vaults, by tenant and id."""
        return await self._desk.read(lambda connection: read_vaults(connection, tenant))

    async def collections(self) -> tuple[Collection, ...]:
        """Give how the last collections went."""
        return await self._desk.read(read_collections)


def read_items(connection: Connection, tenant: TenantId | None = None) -> tuple[ItemFacts, ...]:
    """Read what is known of items."""
    return tuple(item_facts(body) for body in _bodies(connection, ITEMS, tenant))


def read_vaults(connection: Connection, tenant: TenantId | None = None) -> tuple[VaultFacts, ...]:
    """Read what is known of vaults."""
    return tuple(vault_facts(body) for body in _bodies(connection, VAULTS, tenant))


def read_collections(connection: Connection) -> tuple[Collection, ...]:
    """Read how the last collections went."""
    rows = connection.execute(select(COLLECTIONS).order_by(*COLLECTIONS.primary_key)).mappings()
    return tuple(_collection(row) for row in rows)


def _bodies(connection: Connection, table: Table, tenant: TenantId | None) -> list[str]:
    query = select(table.c.body).order_by(*table.primary_key)
    if tenant is not None:
        query = query.where(table.c.tenant == tenant)
    return list(connection.scalars(query))


def _same(table: Table, row: Row) -> Any:  # noqa: ANN401 - an SQL expression
    first, *others = [column == row[column.name] for column in table.primary_key]
    for other in others:
        first &= other
    return first


def _replace(connection: Connection, table: Table, rows: list[Row]) -> None:
    for row in rows:
        connection.execute(delete(table).where(_same(table, row)))
        connection.execute(insert(table).values(row))


def _note(connection: Connection, collection: Collection) -> None:
    row = _row(collection)
    known = connection.execute(select(COLLECTIONS.c.last_success_at).where(_same(COLLECTIONS, row))).scalar()
    if collection.succeeded:
        row = _row(replace(collection, last_success_at=collection.at))
    elif collection.last_success_at is None:
        row["last_success_at"] = known
    _replace(connection, COLLECTIONS, [row])


def _row(collection: Collection) -> Row:
    return {
        "collector": collection.collector,
        "tenant": collection.tenant,
        "at": known_text(collection.at),
        "succeeded": collection.succeeded,
        "took_ms": milliseconds(collection.took),
        "note": collection.note,
        "last_success_at": instant_text(collection.last_success_at),
    }


def _collection(row: Mapping[Any, Any]) -> Collection:
    return Collection(
        collector=row["collector"],
        tenant=TenantId(row["tenant"]),
        at=datetime.fromisoformat(row["at"]),
        succeeded=row["succeeded"],
        took=timedelta(milliseconds=row["took_ms"]),
        note=row["note"],
        last_success_at=instant(row["last_success_at"]),
    )
