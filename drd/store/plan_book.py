"""Which plans stand since when, and which of them a drill has proved, on a database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from drd.domain.drill_verdict import GREEN
from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode
from drd.domain.plan_status import GreenDrill, StandingPlan
from drd.store.desk import Desk
from drd.store.rows import known_text
from drd.store.tables import RUNS, STANDING

_NAMES = (STANDING.c.tenant, STANDING.c.runbook, STANDING.c.mode, STANDING.c.hash, STANDING.c.since)


class StoredPlanBook:
    """`drd.ports.plan_book.PlanBook` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk) -> None:
        """Write and read through this desk."""
        self._desk = desk

    async def note(self, tenant: TenantId, plans: Collection[StandingPlan], at: datetime) -> tuple[StandingPlan, ...]:
        """Replace the shelf of one tenant; a plan that is as it was keeps its `since`."""
        shelf = tuple(plans)
        try:
            return await self._desk.change(lambda connection: _note(connection, tenant, shelf, at))
        except IntegrityError:
            # Another daemon noted its shelf in the same instant; ours is noted over it.
            return await self._desk.change(lambda connection: _note(connection, tenant, shelf, at))

    async def standing(self) -> tuple[StandingPlan, ...]:
        """Give the shelf as it was noted last."""
        return await self._desk.read(read_standing_plans)

    async def drills(self) -> tuple[GreenDrill, ...]:
        """Give the newest green drill of every plan that has one."""
        return await self._desk.read(_drills)


def _note(
    connection: Connection, tenant: TenantId, shelf: tuple[StandingPlan, ...], at: datetime
) -> tuple[StandingPlan, ...]:
    known = {(each.runbook, each.mode, each.hash): each.since for each in read_standing_plans(connection, tenant)}
    connection.execute(delete(STANDING).where(STANDING.c.tenant == tenant))
    rows = [
        {
            "tenant": tenant,
            "runbook": each.runbook,
            "mode": each.mode.value,
            "hash": each.hash,
            "since": known_text(known.get((each.runbook, each.mode, each.hash)) or each.since or at),
        }
        for each in shelf
    ]
    if rows:
        connection.execute(insert(STANDING), rows)
    return read_standing_plans(connection, tenant)


def read_standing_plans(connection: Connection, tenant: TenantId | None = None) -> tuple[StandingPlan, ...]:
    """Read the shelf as it was noted last."""
    query = select(*_NAMES).order_by(*STANDING.primary_key)
    if tenant is not None:
        query = query.where(STANDING.c.tenant == tenant)
    rows = connection.execute(query)
    return tuple(
        StandingPlan(
            tenant=TenantId(owner),
            runbook=RunbookId(runbook),
            mode=Mode(mode),
            hash=digest,
            since=datetime.fromisoformat(since),
        )
        for owner, runbook, mode, digest, since in rows
    )


def _drills(connection: Connection) -> tuple[GreenDrill, ...]:
    green = (RUNS.c.mode == Mode.DRILL.value, RUNS.c.verdict.in_([each.value for each in GREEN]))
    which = (RUNS.c.tenant, RUNS.c.runbook, RUNS.c.plan_hash)
    query = (
        select(*which, func.max(RUNS.c.accepted_at), func.max(RUNS.c.ended_at))
        .where(*green)
        .group_by(*which)
        .order_by(*which)
    )
    return tuple(
        GreenDrill(
            tenant=TenantId(tenant),
            runbook=RunbookId(runbook),
            plan_hash=digest,
            accepted_at=datetime.fromisoformat(accepted),
            ended_at=datetime.fromisoformat(ended),
        )
        for tenant, runbook, digest, accepted, ended in connection.execute(query)
    )
