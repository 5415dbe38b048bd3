"""How a run begins: its card and its first event."""

import secrets

from drd.domain.canonical import Json
from drd.domain.conductor import draw
from drd.domain.durations import format_instant
from drd.domain.events import FILES, GENESIS, KILL, Event, Kind, to_millisecond
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan
from drd.domain.priority import priority_of
from drd.engine.orders import StartWish
from drd.ports.clock import Clock
from drd.ports.journal import RunCard


def random_run_id() -> RunId:
    """Make an id that no other run has: short enough for names of resource groups, typed by its beginning."""
    return RunId(f"r-{secrets.token_hex(6)}")


def acceptance(plan: RecoveryPlan, wish: StartWish, run: RunId, clock: Clock) -> tuple[RunCard, Event]:
    """Give the card and the sealed accepted event of a new run. Hashes the plan. Raises RefusedError as `draw`."""
    plan_hash, now = plan.hash(), to_millisecond(clock.now())
    payload: dict[str, Json] = {
        "plan": plan_hash,
        "lock": plan.lock(),
        "runbook": plan.runbook,
        "tenant": plan.tenant,
        "service": plan.service,
        "mode": plan.mode.value,
        "graceful": wish.graceful,
        "incident-at": format_instant(wish.incident_at) if wish.incident_at else None,
        "parent": {"run": wish.parent[0], "step": wish.parent[1]} if wish.parent else None,
    }
    if wish.key:
        payload["trigger"] = wish.key
    files = plan.origins() if wish.files is None else dict(wish.files)
    if files:
        payload[FILES] = files
    if wish.kill is not None:
        payload[KILL] = draw(plan, wish.kill, graceful=wish.graceful).to_json()
    first = Event(
        run=run, sequence=1, kind=Kind.RUN_ACCEPTED, at=now, payload=payload, actor=wish.actor, reason=wish.reason
    ).sealed(GENESIS)
    card = RunCard(
        id=run,
        runbook=plan.runbook,
        tenant=plan.tenant,
        service=plan.service,
        mode=plan.mode,
        state=RunState.QUEUED,
        plan_hash=plan_hash,
        lock=plan.lock(),
        accepted_at=now,
        parent=wish.parent[0] if wish.parent else None,
        priority=priority_of(plan),
    )
    return card, first
