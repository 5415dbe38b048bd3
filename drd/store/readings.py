"""Figures in one consistent read, from projections and counts: no journal is read twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Connection, func, select

from drd.domain.drill_verdict import DrillVerdict
from drd.domain.forecast import NEWEST
from drd.domain.ids import ItemId, RunbookId, RunId, ServiceId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.ports.readings import ActiveRun, Figures, Recovery, ScheduleFigures
from drd.store.desk import Desk
from drd.store.findings import read_findings, read_scopes
from drd.store.inventory import read_collections, read_vaults
from drd.store.known_items import known_items
from drd.store.plan_book import read_standing_plans
from drd.store.projection import GOOD
from drd.store.rooms import read_rooms
from drd.store.rows import card_of, instant
from drd.store.slots import COUNTED, read_paused
from drd.store.spreads import read_answers, read_ended, read_proofs
from drd.store.tables import PLANS, PROVEN, RUNS, SCHEDULES
from drd.store.tally import Tally
from drd.store.verifications import known_verified
from drd.store.ways import way_of


class StoredReadings:
    """`drd.ports.readings.Readings` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Read through this desk."""
        self._desk = desk
        self._items = known_items()
        self._verified = known_verified()
        self._tallies: dict[str, Tally] = {}
        self._lock = Lock()

    async def figures(self) -> Figures:
        """Take everything in one read."""
        return await self._desk.read(self._figures)

    def _figures(self, connection: Connection) -> Figures:
        ended = read_ended(connection)
        return Figures(
            items=self._items.read(connection),
            vaults=read_vaults(connection),
            collections=read_collections(connection),
            last=_newest(connection),
            last_succeeded=_newest(connection, GOOD),
            active=self._active(connection),
            ended=ended.runs,
            proven=_proven(connection),
            findings=read_findings(connection),
            looked=read_scopes(connection),
            events=connection.execute(select(func.coalesce(func.sum(RUNS.c.head), 0))).scalar_one(),
            schedules=_schedules(connection),
            verifications=self._verified.read(connection),
            drills=ended.drills,
            lengths=ended.lengths,
            proof_lengths=read_proofs(connection),
            answers=read_answers(connection),
            recoveries=_recoveries(connection),
            standing=read_standing_plans(connection),
            rooms=read_rooms(connection),
        )

    def _active(self, connection: Connection) -> tuple[ActiveRun, ...]:
        rows = connection.execute(
            select(RUNS, PLANS.c.steps, PLANS.c.rto_seconds)
            .join(PLANS, PLANS.c.hash == RUNS.c.plan_hash)
            .where(RUNS.c.ended_at.is_(None))
            .order_by(RUNS.c.accepted_at, RUNS.c.id)
        ).mappings()
        # Two reads may overlap; a tally that is ahead of an older snapshot is dropped and counted anew.
        with self._lock:
            known = self._tallies
            self._tallies = {}
            return tuple(self._one(connection, row, known.get(row["id"])) for row in rows)

    def _one(self, connection: Connection, row: Mapping[Any, Any], tally: Tally | None) -> ActiveRun:
        if tally is None or tally.head > row["head"]:
            tally = Tally(way=way_of(connection, row))
        tally.read(connection, row["id"], row["head"])
        self._tallies[row["id"]] = tally
        return ActiveRun(
            card=card_of(row),
            steps=tally.counts(row["steps"]),
            approvals=tally.approvals(),
            deadline=None if tally.green else _deadline(row),
            operations=tally.operations(),
            remaining=tally.remaining,
        )


def _deadline(row: Mapping[Any, Any]) -> datetime | None:
    incident, allowed = instant(row["incident_at"]), row["rto_seconds"]
    return incident + timedelta(seconds=allowed) if incident and allowed is not None else None


def _newest(connection: Connection, *wanted: Any) -> tuple[Recovery, ...]:  # noqa: ANN401 - SQL expressions
    place = (
        func.row_number()
        .over(partition_by=(RUNS.c.tenant, RUNS.c.service, RUNS.c.mode), order_by=(RUNS.c.ended_at.desc(), RUNS.c.id))
        .label("place")
    )
    ended = select(RUNS, place).where(RUNS.c.ended_at.is_not(None), RUNS.c.service.is_not(None), *wanted).subquery()
    query = select(ended).where(ended.c.place == 1).order_by(ended.c.tenant, ended.c.service, ended.c.mode)
    return tuple(_recovery(row) for row in connection.execute(query).mappings())


def _recoveries(connection: Connection) -> dict[tuple[TenantId, ServiceId], tuple[timedelta, ...]]:
    """Read what the newest recoveries took that count as ones that worked; going back is no recovery."""
    place = func.row_number().over(
        partition_by=(RUNS.c.tenant, RUNS.c.service), order_by=(RUNS.c.ended_at.desc(), RUNS.c.id)
    )
    worked = (
        select(RUNS.c.tenant, RUNS.c.service, RUNS.c.recovery_time_ms, place.label("place"))
        .where(GOOD, RUNS.c.mode != Mode.FAILBACK.value, RUNS.c.service.is_not(None))
        .where(RUNS.c.recovery_time_ms.is_not(None))
        .subquery()
    )
    query = select(worked).where(worked.c.place <= NEWEST).order_by(worked.c.tenant, worked.c.service, worked.c.place)
    found: dict[tuple[TenantId, ServiceId], tuple[timedelta, ...]] = {}
    for tenant, service, took, _ in connection.execute(query):
        key = (TenantId(tenant), ServiceId(service))
        found[key] = (*found.get(key, ()), timedelta(milliseconds=took))
    return found


def _recovery(row: Mapping[Any, Any]) -> Recovery:
    return Recovery(
        run=RunId(row["id"]),
        tenant=TenantId(row["tenant"]),
        service=ServiceId(row["service"]),
        runbook=RunbookId(row["runbook"]),
        mode=Mode(row["mode"]),
        state=RunState(row["state"]),
        ended_at=datetime.fromisoformat(row["ended_at"]),
        achieved_recovery_time=_length(row["recovery_time_ms"]),
        achieved_recovery_point=_length(row["recovery_point_ms"]),
        verdict=DrillVerdict(row["verdict"]) if row["verdict"] else None,
    )


def _length(milliseconds: int | None) -> timedelta | None:
    return None if milliseconds is None else timedelta(milliseconds=milliseconds)


def _schedules(connection: Connection) -> tuple[ScheduleFigures, ...]:
    paused = {pause.schedule for pause in read_paused(connection)}
    return tuple(
        ScheduleFigures(
            schedule=row["schedule"],
            ended={state: row[name] for state, name in COUNTED.items()},
            last_success_at=instant(row["last_success_at"]),
            last_missed_at=instant(row["last_missed_at"]),
            paused=row["schedule"] in paused,
        )
        for row in connection.execute(select(SCHEDULES).order_by(SCHEDULES.c.schedule)).mappings()
    )


def _proven(connection: Connection) -> dict[tuple[TenantId, ItemId, str], datetime]:
    rows = connection.execute(select(PROVEN))
    return {(TenantId(row.tenant), ItemId(row.item), row.mechanism): datetime.fromisoformat(row.time) for row in rows}
