"""What every store keeps of plans, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.drill_verdict import DrillVerdict, Judgement
from drd.domain.events import Kind
from drd.domain.ids import RunbookId, RunId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.plan_status import GreenDrill, PlanStatus, StandingPlan, status_of
from drd.store.opening import Store
from tests.contract.store.sample import NOON, TENANT, Pen, card, plan

pytestmark = pytest.mark.anyio
RUNBOOK = RunbookId("burgerzaken")
DRILL = plan(mode=Mode.DRILL)
STANDING = StandingPlan(tenant=TENANT, runbook=RUNBOOK, mode=Mode.DRILL, hash=DRILL.hash())
FAILOVER = replace(STANDING, mode=Mode.FAILOVER, hash="f")
LATER = NOON + timedelta(hours=1)


async def drilled(
    store: Store, run: str, state: RunState, *, minutes: int = 0, verdict: DrillVerdict | None = None
) -> None:
    """Let a drill end, and get its verdict where there is one."""
    at, pen = NOON + timedelta(minutes=minutes), Pen(run)
    await store.journal.accept(card(run, DRILL, at=at), DRILL, pen.write(Kind.RUN_ACCEPTED, at=at))
    ended = pen.write(Kind.RUN_FINISHED, payload={"state": state.value, "figures": {}}, at=at + timedelta(minutes=5))
    await store.journal.append([ended], state=state)
    if verdict is not None:
        await store.drills.settle(RunId(run), Judgement(verdict=verdict, because="so"))


async def test_a_plan_that_stays_keeps_since_when(store: Store) -> None:
    """One that changed begins anew, one that is gone is forgotten; another tenant's shelf is its own."""
    other = replace(STANDING, tenant=TenantId("ander"))
    await store.plan_book.note(other.tenant, [other], NOON)
    await store.plan_book.note(TENANT, [STANDING, FAILOVER], NOON)
    kept = await store.plan_book.note(TENANT, [STANDING, replace(FAILOVER, hash="g")], LATER)

    assert kept == (replace(STANDING, since=NOON), replace(FAILOVER, hash="g", since=LATER))
    await store.plan_book.note(TENANT, [STANDING], LATER)
    assert await store.plan_book.standing() == (replace(other, since=NOON), replace(STANDING, since=NOON))


async def test_only_green_drills_prove_a_plan(store: Store) -> None:
    """The newest of each plan; one that has no verdict yet proves nothing, nor one that left something."""
    await drilled(store, "a", RunState.SUCCEEDED, verdict=DrillVerdict.PASSED)
    await drilled(store, "b", RunState.SUCCEEDED, minutes=10, verdict=DrillVerdict.OBJECTIVE_MISSED)
    await drilled(store, "c", RunState.FAILED, minutes=20, verdict=DrillVerdict.FAILED)
    await drilled(store, "d", RunState.SUCCEEDED, minutes=30, verdict=DrillVerdict.LEFTOVER)
    await drilled(store, "e", RunState.SUCCEEDED, minutes=40)

    (drill,) = await store.plan_book.drills()

    assert drill == GreenDrill(
        tenant=TENANT,
        runbook=RUNBOOK,
        plan_hash=DRILL.hash(),
        accepted_at=NOON + timedelta(minutes=10),
        ended_at=NOON + timedelta(minutes=15),
    )


def test_verified_is_what_passed_a_drill_exactly_as_it_stands() -> None:
    """Any change drops it, also one in the plan of a mode that is never drilled itself."""
    drill = GreenDrill(
        tenant=TENANT, runbook=RUNBOOK, plan_hash=STANDING.hash, accepted_at=NOON, ended_at=NOON + timedelta(hours=1)
    )
    before = replace(FAILOVER, since=NOON - timedelta(hours=1))
    cases = {
        PlanStatus.UNKNOWN: ((), (drill,)),
        PlanStatus.NO_DRILL: ((before,), ()),
        PlanStatus.NEVER_DRILLED: ((STANDING, before), ()),
        PlanStatus.VERIFIED: ((STANDING, before), (drill,)),
    }
    assert {status: status_of(plans, drills) for status, (plans, drills) in cases.items()} == {
        status: status for status in cases
    }
    changed = ((replace(STANDING, hash="x"), before), (STANDING, replace(before, since=LATER)))
    assert [status_of(plans, (drill,)) for plans in changed] == [PlanStatus.CHANGED] * 2
