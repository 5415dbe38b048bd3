"""The way of a run to green, from its plan and from what the same runbook's steps took when it last worked."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from drd.domain.events import Kind
from drd.domain.plan_json import plan_from_json
from drd.domain.remaining import Way
from drd.store.projection import GOOD
from drd.store.tables import EVENTS, PLANS, RUNS

_BEGINS = frozenset({Kind.STEP_INTENT.value, Kind.CHILD_STARTED.value})
_KINDS = (*_BEGINS, Kind.STEP_DONE.value)


def way_of(connection: Connection, row: Mapping[Any, Any]) -> Way | None:
    """Lay out the way of the run in this row; None where its plan cannot be read, which concerns that run alone.

    Read once for a run: a plan never changes.
    """
    body = connection.execute(select(PLANS.c.body).where(PLANS.c.hash == row["plan_hash"])).scalar_one()
    try:
        return Way(plan_from_json(json.loads(body)), _measured(connection, row))
    except (KeyError, TypeError, ValueError):
        return None


def _measured(connection: Connection, row: Mapping[Any, Any]) -> dict[str, timedelta]:
    """Read what each step took in the newest run of this tenant, runbook and mode that worked."""
    same = (RUNS.c.tenant == row["tenant"], RUNS.c.runbook == row["runbook"], RUNS.c.mode == row["mode"])
    last = select(RUNS.c.id).where(*same, GOOD).order_by(RUNS.c.ended_at.desc()).limit(1).scalar_subquery()
    events = (
        select(EVENTS.c.step, EVENTS.c.kind, EVENTS.c.at)
        .where(EVENTS.c.run == last, EVENTS.c.kind.in_(_KINDS), EVENTS.c.step.is_not(None))
        .order_by(EVENTS.c.sequence)
    )
    began: dict[str, datetime] = {}
    took: dict[str, timedelta] = {}
    for step, kind, text in connection.execute(events):
        at = datetime.fromisoformat(text)
        if kind in _BEGINS:
            began.setdefault(step, at)
        elif step in began:
            took[step] = max(at - began[step], timedelta(0))
    return took
