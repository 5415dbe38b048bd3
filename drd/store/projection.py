"""What the end of a run leaves in the projections: its figures, and of a green drill the points that it proved."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from drd.domain.drill_verdict import GREEN, DrillVerdict, Judgement
from drd.domain.durations import parse_instant
from drd.domain.estate import Mechanism
from drd.domain.events import Event, Kind
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.store.rows import Row, known_text
from drd.store.tables import EVENTS, PLANS, PROVEN, RUNS

GOOD = and_(
    RUNS.c.state == RunState.SUCCEEDED.value,
    or_(RUNS.c.mode != Mode.DRILL.value, RUNS.c.verdict.in_([each.value for each in GREEN])),
)
"""What a run has to be to count as one that worked: of a drill its verdict has to be green too."""


def finished(connection: Connection, event: Event) -> None:
    """Take the figures of a run's last event; a drill waits for its verdict. Taking them twice changes nothing."""
    unconfirmed(connection, event.run)
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


def unconfirmed(connection: Connection, run: str) -> None:
    """Let a drill that is over wait for its verdict; one that has it keeps it, and no other run gets one."""
    drill = (RUNS.c.id == run, RUNS.c.mode == Mode.DRILL.value, RUNS.c.verdict.is_(None))
    connection.execute(update(RUNS).where(*drill).values(verdict=DrillVerdict.UNCONFIRMED.value))


def settled(connection: Connection, run: str, judgement: Judgement) -> bool:
    """Write a drill's verdict, unless it has one; a green one proves the points that the drill used."""
    waits = (RUNS.c.id == run, RUNS.c.verdict == DrillVerdict.UNCONFIRMED.value)
    told = {"verdict": judgement.verdict.value, "verdict_because": judgement.because}
    if not connection.execute(update(RUNS).where(*waits).values(told)).rowcount:
        return False
    if judgement.verdict.green:
        card = connection.execute(select(RUNS.c.tenant, RUNS.c.plan_hash).where(RUNS.c.id == run)).one()
        last = (EVENTS.c.run == run, EVENTS.c.kind == Kind.RUN_FINISHED.value)
        for payload in connection.scalars(select(EVENTS.c.payload).where(*last)):
            _prove(connection, run, json.loads(payload).get("figures") or {}, tenant=card.tenant, plan=card.plan_hash)
    return True


def _prove(connection: Connection, run: str, figures: Any, *, tenant: str, plan: str) -> None:  # noqa: ANN401 - JSON
    points = figures.get("points") or ()
    if not points:
        return
    body = json.loads(connection.execute(select(PLANS.c.body).where(PLANS.c.hash == plan)).scalar_one())
    mechanisms = {step["item"]: _mechanism(step["call"]["uses"]) for step in body["steps"] if _restores(step)}
    # What no step of its own restores came up with its recovery plan, whose steps name no item.
    of_plan = Mechanism.SITE_RECOVERY if any(_is_of_plan(step) for step in body["steps"]) else None
    for point in points:
        mechanism = mechanisms.get(point["item"], of_plan)
        if mechanism is not None:
            _newest(
                connection,
                {
                    "tenant": tenant,
                    "item": point["item"],
                    "mechanism": mechanism.value,
                    "time": known_text(parse_instant(point["time"])),
                    "run": run,
                },
            )


def _restores(step: Mapping[str, Any]) -> bool:
    return bool(step["item"]) and _mechanism(step["call"]["uses"]) is not None


def _is_of_plan(step: Mapping[str, Any]) -> bool:
    return not step["item"] and _mechanism(step["call"]["uses"]) is Mechanism.SITE_RECOVERY


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
