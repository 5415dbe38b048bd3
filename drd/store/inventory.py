"""Latest facts on a database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from drd.domain.estate import Mechanism
from drd.domain.ids import ItemId, TenantId
from drd.ports.inventory import Chain, ChainKey, Collection, ItemFacts, VaultFacts, VaultList, joined
from drd.ports.vault_lists import ListKind
from drd.store.desk import Desk
from drd.store.facts import (
    item_facts,
    item_text,
    list_text,
    milliseconds,
    points_of,
    points_text,
    told_points,
    vault_facts,
    vault_list,
    vault_text,
)
from drd.store.inventory_tables import CHAINS_OF_POINTS, COLLECTIONS, ITEMS, VAULT_LISTS, VAULTS
from drd.store.rows import Row, instant, instant_text, known_text


class StoredInventory:
    """`drd.ports.inventory.Inventory` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def put_items(self, facts: tuple[ItemFacts, ...]) -> None:
        """Replace what was known of these items, their points included."""
        rows, chains = [_item_row(each) for each in facts], [_chain_row(each) for each in facts]

        def put(connection: Connection) -> None:
            _replace(connection, ITEMS, rows)
            _replace(connection, CHAINS_OF_POINTS, chains)

        await self._desk.change(put)

    async def put_states(self, facts: tuple[ItemFacts, ...]) -> None:
        """Replace what was known of these items, except for their points."""
        rows = [_item_row(each) for each in facts]
        await self._desk.change(lambda connection: _replace(connection, ITEMS, rows))

    async def chains(self, tenant: TenantId) -> Mapping[ChainKey, Chain]:
        """Give when the points of a tenant's items were listed, without the points."""
        return await self._desk.read(lambda connection: _chains(connection, tenant))

    async def put_lists(self, lists: tuple[VaultList, ...]) -> None:
        """Replace what was known of these lists; one that could not be read keeps what was seen, and when."""
        await self._desk.change(lambda connection: _put_lists(connection, lists))

    async def lists(self, tenant: TenantId | None = None, kind: ListKind | None = None) -> tuple[VaultList, ...]:
        """Give what is known of vaults' lists, or of those of one kind, by tenant, vault, mechanism and kind."""
        return await self._desk.read(lambda connection: _lists(connection, tenant, kind))

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
    """Read what is known of items, each with its points."""
    query = select(CHAINS_OF_POINTS)
    if tenant is not None:
        query = query.where(CHAINS_OF_POINTS.c.tenant == tenant)
    chains = {(row.tenant, row.item, row.mechanism): row for row in connection.execute(query)}
    facts = (item_facts(body) for body in _bodies(connection, ITEMS, tenant))
    return tuple(_joined(each, chains.get((each.tenant, each.item, each.mechanism.value))) for each in facts)


def _joined(facts: ItemFacts, chain: Any) -> ItemFacts:  # noqa: ANN401 - a row of the database
    if chain is None:
        return facts
    return joined(facts, points_of(chain.body), chain.total, chain_of(chain))


def chain_of(row: Any) -> Chain:  # noqa: ANN401 - a row of the database
    """Read when points were listed."""
    return Chain(
        seen_at=datetime.fromisoformat(row.seen_at),
        newest_at=instant(row.newest_at),
        policy=row.policy,
        since=instant(row.since),
    )


def _chains(connection: Connection, tenant: TenantId) -> dict[ChainKey, Chain]:
    known = CHAINS_OF_POINTS.c
    rows = connection.execute(
        select(known.item, known.mechanism, known.seen_at, known.newest_at, known.policy, known.since).where(
            known.tenant == tenant
        )
    )
    return {(ItemId(row.item), Mechanism(row.mechanism)): chain_of(row) for row in rows}


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


def _item_row(facts: ItemFacts) -> Row:
    return {"tenant": facts.tenant, "item": facts.item, "mechanism": facts.mechanism.value, "body": item_text(facts)}


def _chain_row(facts: ItemFacts) -> Row:
    return {
        "tenant": facts.tenant,
        "item": facts.item,
        "mechanism": facts.mechanism.value,
        "seen_at": known_text(facts.points_seen_at or facts.seen_at),
        "newest_at": instant_text(facts.points[0].time if facts.points else None),
        "total": facts.points_total,
        "newest": points_text(told_points(facts.points)),
        "policy": facts.policy,
        "since": instant_text(facts.kept_since),
        "body": points_text(facts.points),
    }


def _put_lists(connection: Connection, lists: Sequence[VaultList]) -> None:
    rows = []
    for each in lists:
        row = _list_row(each)
        known = connection.execute(select(VAULT_LISTS).where(_same(VAULT_LISTS, row))).mappings().first()
        if each.trouble and known is not None:
            row |= {name: known[name] for name in ("seen_at", "total", "body")}
        rows.append(row)
    _replace(connection, VAULT_LISTS, rows)


def _list_row(known: VaultList) -> Row:
    return {
        "tenant": known.tenant,
        "vault": known.vault.key,
        "mechanism": known.mechanism.value,
        "kind": known.kind.value,
        "asked_at": known_text(known.asked_at),
        "seen_at": instant_text(known.seen_at),
        "trouble": known.trouble,
        "total": known.total,
        "body": list_text(known),
    }


def _lists(connection: Connection, tenant: TenantId | None, kind: ListKind | None) -> tuple[VaultList, ...]:
    query = select(VAULT_LISTS).order_by(*VAULT_LISTS.primary_key)
    if kind is not None:
        query = query.where(VAULT_LISTS.c.kind == kind.value)
    if tenant is not None:
        query = query.where(VAULT_LISTS.c.tenant == tenant)
    return tuple(vault_list(row) for row in connection.execute(query).mappings())


def _same(table: Table, row: Row | None = None) -> Any:  # noqa: ANN401 - an SQL expression
    """Give what finds a row by its key: this one, or each of many whose key is bound as `of_COLUMN`."""
    value: Callable[[str], Any] = (lambda name: bindparam(f"of_{name}")) if row is None else row.__getitem__
    first, *others = [column == value(column.name) for column in table.primary_key]
    for other in others:
        first &= other
    return first


def _replace(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Put rows in place of those with their keys: two statements, however many rows there are."""
    if not rows:
        return
    keys = [{f"of_{column.name}": row[column.name] for column in table.primary_key} for row in rows]
    connection.execute(delete(table).where(_same(table)), keys)
    connection.execute(insert(table), rows)


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
