"""The book of evidence on a database: one chain, appended under the lock of its head's row."""

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, insert, inspect, literal, or_, select, update

from drd.domain.drill_verdict import DrillVerdict
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.evidence import (
    GENESIS,
    KEYS,
    RUN_KEY,
    ChainHead,
    Contents,
    EvidenceKind,
    EvidenceRecord,
    record_added_to,
    record_id,
    record_text,
)
from drd.domain.ids import RunId, TenantId
from drd.ports.evidence import EvidenceFilter
from drd.store.desk import Desk
from drd.store.rows import Row
from drd.store.tables import CHAINS, EVIDENCE, RUNS

_CHAIN = "evidence"
_INSTALLATION_BYTES = 8
_SHOWN = 5
_PORTION = 500
_TOLD = or_(RUNS.c.verdict.is_(None), RUNS.c.verdict != DrillVerdict.UNCONFIRMED.value)
_HINT = "`drd evidence list` shows the records"


class StoredEvidence:
    """`drd.ports.evidence.EvidenceBook` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def append(
        self,
        kind: EvidenceKind,
        tenant: TenantId,
        body: Contents | Callable[[], Contents],
        at: datetime,
        *,
        key: str,
    ) -> EvidenceRecord:
        """Write a record at the end of the chain, unless the key has one; durable on return.

        Raises:
            TypeError, ValueError: the body cannot be a record.
        """
        there = await self._desk.read(lambda connection: _of_key(connection, key))
        if there is not None:
            return there
        row = await self._desk.aside(lambda: _row(kind, tenant, body() if callable(body) else body, at, key))
        return await self._desk.change(lambda connection: _append(connection, row))

    async def list(self, wanted: EvidenceFilter) -> tuple[EvidenceRecord, ...]:
        """Give records, newest first."""
        query = select(EVIDENCE).order_by(EVIDENCE.c.sequence.desc()).limit(wanted.newest)
        if wanted.tenants:
            query = query.where(EVIDENCE.c.tenant.in_(wanted.tenants))
        if wanted.service is not None:
            query = query.where(EVIDENCE.c.service == wanted.service)
        if wanted.kind is not None:
            query = query.where(EVIDENCE.c.kind == wanted.kind.value)
        return await self._desk.read(lambda connection: _records(connection, query))

    async def get(self, name: str) -> EvidenceRecord:
        """Give one record by its number, its id, its key, the id of its run, or the beginning of its id.

        Raises:
            NotFoundError: there is none.
            InvalidError: several begin so, or nothing is named.
        """
        return await self._desk.read(lambda connection: _get(connection, name))

    async def additions(self, record: str) -> tuple[EvidenceRecord, ...]:
        """Give what was added to the record with this id, in order."""
        query = select(EVIDENCE).where(EVIDENCE.c.about == record).order_by(EVIDENCE.c.sequence)
        return await self._desk.read(lambda connection: _records(connection, query))

    async def page(self, *, after: int, most: int) -> tuple[EvidenceRecord, ...]:
        """Give at most so many records after a number, in order."""
        query = select(EVIDENCE).where(EVIDENCE.c.sequence > after).order_by(EVIDENCE.c.sequence).limit(most)
        return await self._desk.read(lambda connection: _records(connection, query))

    async def head(self) -> ChainHead:
        """Give where the chain ends; number 0 for one without records."""
        return await self._desk.read(lambda connection: _head(connection) or ChainHead("", 0, GENESIS))

    async def unrecorded(self, *, most: int) -> tuple[RunId, ...]:
        """Give runs that are over and have no record, oldest first; drills once they have their verdict."""
        recorded = exists().where(EVIDENCE.c.key == literal(RUN_KEY) + RUNS.c.id)
        query = select(RUNS.c.id).where(RUNS.c.ended_at.is_not(None), ~recorded, _TOLD)
        ordered = query.order_by(RUNS.c.ended_at, RUNS.c.id).limit(most)
        return await self._desk.read(lambda connection: tuple(RunId(run) for run in connection.scalars(ordered)))


def chain_faults(connection: Connection) -> Iterator[str]:
    """Say where the chain of evidence is broken first; nothing for a whole one. Hashes every record.

    No reason not to start: a recovery does not need old evidence.
    """
    if not inspect(connection).has_table(EVIDENCE.name):
        return
    head = _head(connection) or ChainHead("", 0, GENESIS)
    last = ChainHead(head.installation, 0, GENESIS)
    for record in _in_order(connection):
        if not record.intact() or not _follows(record, last):
            yield f"evidence: the chain is broken at record {last.sequence + 1}"
            return
        last = ChainHead(record.installation, record.sequence, record.hash)
    if last != head:
        yield f"evidence: the chain should end at record {head.sequence} and ends at {last.sequence}"


def _in_order(connection: Connection) -> Iterator[EvidenceRecord]:
    query, last = select(EVIDENCE).order_by(EVIDENCE.c.sequence).limit(_PORTION), 0
    while found := _records(connection, query.where(EVIDENCE.c.sequence > last)):
        yield from found
        last = found[-1].sequence


def _follows(record: EvidenceRecord, last: ChainHead) -> bool:
    place = (record.installation, record.sequence, record.previous)
    return place == (last.installation, last.sequence + 1, last.hash)


def _row(kind: EvidenceKind, tenant: TenantId, body: Contents, at: datetime, key: str) -> Row:
    text = record_text(kind, tenant, body, key=key, at=at)
    service = body.get("service")
    return {
        "id": record_id(key),
        "key": key,
        "kind": kind.value,
        "tenant": tenant,
        "service": service.get("id") if isinstance(service, dict) else None,
        "about": record_added_to(key),
        "text": text,
    }


def _append(connection: Connection, row: Row) -> EvidenceRecord:
    # The head's row is locked first, so that daemons append one after the other and a chain has one order.
    head = _head(connection, lock=True) or _begun(connection)
    there = _of_key(connection, row["key"])
    if there is not None:
        return there
    record = EvidenceRecord.sealed(
        row["text"], installation=head.installation, previous=head.hash, sequence=head.sequence + 1
    )
    place = {"sequence": record.sequence, "installation": record.installation}
    connection.execute(insert(EVIDENCE).values(row | place | {"previous": record.previous, "hash": record.hash}))
    moved = {"sequence": record.sequence, "hash": record.hash}
    connection.execute(update(CHAINS).where(CHAINS.c.name == _CHAIN).values(moved))
    return record


def _head(connection: Connection, *, lock: bool = False) -> ChainHead | None:
    query = select(CHAINS).where(CHAINS.c.name == _CHAIN)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return ChainHead(row.installation, row.sequence, row.hash) if row else None


def _begun(connection: Connection) -> ChainHead:
    """Begin the chain. Where another daemon does so in the same instant, one of the two is refused and looks again."""
    head = ChainHead(f"i-{secrets.token_hex(_INSTALLATION_BYTES)}", 0, GENESIS)
    row = {"name": _CHAIN, "installation": head.installation, "sequence": head.sequence, "hash": head.hash}
    connection.execute(insert(CHAINS).values(row))
    return head


def _of_key(connection: Connection, key: str) -> EvidenceRecord | None:
    return next(iter(_records(connection, select(EVIDENCE).where(EVIDENCE.c.key == key))), None)


def _get(connection: Connection, name: str) -> EvidenceRecord:
    if not name:
        raise InvalidError("a record is wanted", hint=_HINT)
    if name.isdecimal():
        exact = EVIDENCE.c.sequence == int(name)
    else:
        exact = or_(EVIDENCE.c.id == name, EVIDENCE.c.key.in_([name, *(kind + name for kind in KEYS)]))
    found = _records(connection, select(EVIDENCE).where(exact).limit(_SHOWN))
    if not found:
        begins = func.substr(EVIDENCE.c.id, 1, len(name)) == name
        found = _records(connection, select(EVIDENCE).where(begins).order_by(EVIDENCE.c.sequence).limit(_SHOWN))
    if not found:
        raise NotFoundError("there is no such record of evidence", target=name, hint=_HINT)
    if len(found) > 1:
        names = tuple(str(json.loads(each.text)["id"]) for each in found)
        raise InvalidError("several records begin so", faults=names, target=name, hint=f"one of {', '.join(names)} ...")
    return found[0]


def _records(connection: Connection, query: Select[Any]) -> tuple[EvidenceRecord, ...]:
    return tuple(_record(row) for row in connection.execute(query))


def _record(row: Any) -> EvidenceRecord:  # noqa: ANN401 - a row of whatever columns
    return EvidenceRecord(
        installation=row.installation, sequence=row.sequence, previous=row.previous, hash=row.hash, text=row.text
    )
