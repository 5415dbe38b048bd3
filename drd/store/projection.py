"""What the end of a run leaves in the projections: its figures, and the points that a drill proved."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from drd.domain.durations import parse_instant
from drd.domain.estate import Mechanism
from drd.domain.events import Event
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.store.rows import Row, known_text
from drd.store.tables import PLANS, PROVEN, RUNS


def finished(connection: Connection, event: Event) -> None:
    """Take the figures of a run's last event. Taking them twice changes nothing."""
    figures = event.payload.get("figures")
    if not isinstance(figures, Mapping):
        return
    connection.execute(
        update(RUNS)
        .where(RUNS.c.id == event.run)
        .values(
            recovery_time_ms=figures.get("achieved-recovery-time-ms"),
            recovery_point_ms=figures.get("achieved-recovery-point-ms"),
        )
    )
    run = connection.execute(select(RUNS.c.tenant, RUNS.c.mode, RUNS.c.plan_hash).where(RUNS.c.id == event.run)).one()
    # A drill that ended badly proves nothing: the point was restored, but what came of it did not answer.
    if run.mode == Mode.DRILL.value and event.payload.get("state") == RunState.SUCCEEDED.value:
        _prove(connection, event, tenant=run.tenant, plan=run.plan_hash)


def _prove(connection: Connection, event: Event, *, tenant: str, plan: str) -> None:
    figures: Any = event.payload["figures"]
    points = figures.get("points") or ()
    if not points:
        return
    body = json.loads(connection.execute(select(PLANS.c.body).where(PLANS.c.hash == plan)).scalar_one())
    mechanisms = {step["item"]: _mechanism(step["call"]["uses"]) for step in body["steps"] if _restores(step)}
    for point in points:
        mechanism = mechanisms.get(point["item"])
        if mechanism is not None:
            _newest(
                connection,
                {
                    "tenant": tenant,
                    "item": point["item"],
                    "mechanism": mechanism.value,
                    "time": known_text(parse_instant(point["time"])),
                    "run": event.run,
                },
            )


def _restores(step: Mapping[str, Any]) -> bool:
    return bool(step["item"]) and _mechanism(step["call"]["uses"]) is not None


def _mechanism(verb: str) -> Mechanism | None:
    """Tell the mechanism by the verb's family: what an action restored from is not in the figures."""
    if verb.startswith("asr."):
        return Mechanism.SITE_RECOVERY
    if verb == "disk.create":
        return Mechanism.SNAPSHOT
    return Mechanism.BACKUP if verb.startswith("backup.") else None


def _newest(connection: Connection, row: Row) -> None:
    same = (
        (PROVEN.c.tenant == row["tenant"]) & (PROVEN.c.item == row["item"]) & (PROVEN.c.mechanism == row["mechanism"])
    )
    known = connection.execute(select(PROVEN.c.time).where(same)).scalar()
    if known is None:
        connection.execute(insert(PROVEN).values(row))
    elif known < row["time"]:
        connection.execute(update(PROVEN).where(same).values(time=row["time"], run=row["run"]))
