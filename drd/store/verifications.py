"""Verifications on a database: rows are only ever added."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from drd.domain.drill_verdict import DrillVerdict
from drd.domain.estate import Mechanism
from drd.domain.ids import ItemId, RunId, ServiceId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.plan import Mode
from drd.ports.readings import VerificationFigures
from drd.ports.verifications import VerificationFilter
from drd.store.desk import Desk
from drd.store.facts import milliseconds
from drd.store.remembered import Cells, Remembered
from drd.store.rows import Row, instant, instant_text, json_text, known_text
from drd.store.spreads import count_proofs
from drd.store.tables import RUNS, TOLD, VERIFICATIONS, VERIFIED

_RESTORING = tuple(rung.value for rung in Rung if rung.restores)
_MOST_AT_ONCE = 500

_COUNTED = ("tenant", "item", "rung", "outcome")
_MORE = (
    update(VERIFIED)
    .where(*(VERIFIED.c[name] == bindparam(f"k_{name}") for name in _COUNTED))
    .values(
        total=VERIFIED.c.total + bindparam("k_total"),
        last_at=case((VERIFIED.c.last_at < bindparam("k_last_at"), bindparam("k_last_at")), else_=VERIFIED.c.last_at),
    )
)


class StoredVerifications:
    """`drd.ports.verifications.Verifications` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def append(self, verifications: Sequence[Verification], *, told_by: RunId | None = None) -> None:
        """Keep verifications, each once; a run that told some is not asked again."""
        proofs = {each.id: each for each in verifications}
        try:
            await self._desk.change(lambda connection: _append(connection, proofs, told_by))
        except IntegrityError:
            # Another daemon told the same in the same instant; what it wrote is seen now.
            await self._desk.change(lambda connection: _append(connection, proofs, told_by))

    async def untold(self, *, most: int) -> tuple[RunId, ...]:
        """Give drills that have a verdict and were not asked yet, oldest first."""
        confirmed = RUNS.c.verdict != DrillVerdict.UNCONFIRMED.value
        query = (
            select(RUNS.c.id)
            .where(RUNS.c.mode == Mode.DRILL.value, RUNS.c.ended_at.is_not(None), RUNS.c.abandoned.is_(None))
            .where(confirmed)
            .where(RUNS.c.id.not_in(select(TOLD.c.run)))
            .order_by(RUNS.c.ended_at, RUNS.c.id)
            .limit(most)
        )
        return await self._desk.read(lambda connection: tuple(RunId(each) for each in connection.scalars(query)))

    async def list(self, wanted: VerificationFilter) -> tuple[Verification, ...]:
        """Give verifications, newest first."""
        asked = {"tenant": wanted.tenant, "item": wanted.item, "rung": wanted.rung, "run": wanted.run}
        query = select(VERIFICATIONS.c.body).limit(wanted.newest)
        for name, value in asked.items():
            if value is not None:
                query = query.where(VERIFICATIONS.c[name] == str(value))
        query = query.order_by(VERIFICATIONS.c.at.desc(), VERIFICATIONS.c.rung.desc(), VERIFICATIONS.c.id)
        return await self._desk.read(lambda connection: tuple(_read(body) for body in connection.scalars(query)))

    async def standing(self, tenant: TenantId | None = None) -> tuple[Verification, ...]:
        """Give the newest of each item, rung and outcome."""
        return await self._desk.read(lambda connection: read_standing(connection, tenant))

    async def failures(self, since: datetime) -> Mapping[tuple[TenantId, ItemId], int]:
        """Count the restores that failed since then, by item."""
        table = VERIFICATIONS
        query = (
            select(table.c.tenant, table.c.item, func.count())
            .where(
                table.c.outcome == Outcome.FAILED.value, table.c.rung.in_(_RESTORING), table.c.at >= known_text(since)
            )
            .group_by(table.c.tenant, table.c.item)
        )
        return await self._desk.read(
            lambda connection: {
                (TenantId(owner), ItemId(item)): count for owner, item, count in connection.execute(query)
            }
        )


def read_standing(connection: Connection, tenant: TenantId | None = None) -> tuple[Verification, ...]:
    """Read the newest of each item, rung and outcome."""
    table = VERIFICATIONS
    keys = (table.c.tenant, table.c.item, table.c.rung, table.c.outcome)
    newest = select(*keys, func.max(table.c.at).label("at")).group_by(*keys)
    if tenant is not None:
        newest = newest.where(table.c.tenant == tenant)
    last = newest.subquery()
    same = [table.c[name] == last.c[name] for name in ("tenant", "item", "rung", "outcome", "at")]
    query = select(table.c.body).join(last, _all(same)).order_by(*keys, table.c.id)
    return tuple(_read(body) for body in connection.scalars(query))


def _all(conditions: Sequence[Any]) -> Any:  # noqa: ANN401 - SQL expressions
    first, *others = conditions
    for other in others:
        first &= other
    return first


def _append(connection: Connection, proofs: Mapping[str, Verification], told_by: RunId | None) -> None:
    if told_by is not None:
        if connection.execute(select(TOLD.c.run).where(TOLD.c.run == told_by)).scalar() is not None:
            return
        connection.execute(insert(TOLD).values(run=told_by))
    rows = [_row(each) for each in proofs.values()]
    for some in (rows[at : at + _MOST_AT_ONCE] for at in range(0, len(rows), _MOST_AT_ONCE)):
        ids = [row["id"] for row in some]
        known = set(connection.scalars(select(VERIFICATIONS.c.id).where(VERIFICATIONS.c.id.in_(ids))))
        fresh = [row for row in some if row["id"] not in known]
        if fresh:
            connection.execute(insert(VERIFICATIONS), fresh)
            _count(connection, fresh)
            count_proofs(connection, [proofs[row["id"]] for row in fresh])


def _count(connection: Connection, rows: list[Row]) -> None:
    """Add to the counts, in one order: daemons that count the same do not wait for each other in a ring."""
    at: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        at.setdefault(tuple(row[name] for name in _COUNTED), []).append(row["at"])
    key = tuple_(*(VERIFIED.c[name] for name in _COUNTED))
    known = {tuple(each) for each in connection.execute(select(*key.clauses).where(key.in_(list(at))))}
    new = [dict(zip(_COUNTED, each, strict=True)) | _counted(at[each]) for each in sorted(at.keys() - known)]
    if new:
        connection.execute(insert(VERIFIED), new)
    more = [
        {f"k_{name}": value for name, value in zip(_COUNTED, each, strict=True)}
        | {f"k_{name}": value for name, value in _counted(at[each]).items()}
        for each in sorted(known)
    ]
    if more:
        connection.execute(_MORE, more)


def _counted(instants: list[str]) -> Row:
    return {"total": len(instants), "last_at": max(instants)}


def known_verified() -> Remembered[VerificationFigures]:
    """Give what reads how many verifications of each kind there were, and when the last one was."""
    columns = [VERIFIED.c[name] for name in (*_COUNTED, "total", "last_at")]
    return Remembered(select(*columns).order_by(*VERIFIED.primary_key), _verified)


def _verified(row: Cells) -> VerificationFigures:
    tenant, item, rung, outcome, total, last_at = row
    return VerificationFigures(
        tenant=TenantId(tenant),
        item=ItemId(item),
        rung=Rung(rung),
        outcome=Outcome(outcome),
        total=total,
        last_at=datetime.fromisoformat(last_at),
    )


def _row(each: Verification) -> Row:
    return {
        "id": each.id,
        "tenant": each.tenant,
        "item": each.item,
        "rung": each.rung.value,
        "outcome": each.outcome.value,
        "at": known_text(each.at),
        "run": each.run,
        "body": json_text(_stored(each)),
    }


def _stored(each: Verification) -> Row:
    return {
        "id": each.id,
        "tenant": each.tenant,
        "service": each.service,
        "item": each.item,
        "mechanism": each.mechanism.value if each.mechanism else None,
        "point": each.point,
        "point-time": instant_text(each.point_time),
        "rung": each.rung.value,
        "outcome": each.outcome.value,
        "at": known_text(each.at),
        "took-ms": milliseconds(each.took),
        "because": each.because,
        "run": each.run,
        "measured": dict(each.measured),
    }


def _read(text: str) -> Verification:
    stored: dict[str, Any] = json.loads(text)
    return Verification(
        id=stored["id"],
        tenant=TenantId(stored["tenant"]),
        service=ServiceId(stored["service"]),
        item=ItemId(stored["item"]),
        mechanism=Mechanism(stored["mechanism"]) if stored["mechanism"] else None,
        point=stored["point"],
        point_time=instant(stored["point-time"]),
        rung=Rung(stored["rung"]),
        outcome=Outcome(stored["outcome"]),
        at=datetime.fromisoformat(stored["at"]),
        took=timedelta(milliseconds=stored["took-ms"]),
        because=stored["because"],
        run=RunId(stored["run"]) if stored["run"] else None,
        measured=stored["measured"],
    )
