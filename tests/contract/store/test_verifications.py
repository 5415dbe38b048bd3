"""Verifications on every database: each once, never changed, and found by what people ask for."""

import asyncio
from datetime import timedelta

import pytest

from drd.domain.drill_verdict import DrillVerdict, Judgement
from drd.domain.events import Kind
from drd.domain.ids import ItemId, RunId, TenantId
from drd.domain.ladder import Outcome, Rung
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.ports.verifications import VerificationFilter
from drd.store.opening import Store
from tests.contract.store.sample import NOON, TENANT, Pen, card, plan, verification

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def _ended(store: Store, run: str, mode: Mode, service: str) -> None:
    of, pen = plan(service, mode=mode), Pen(run)
    await store.journal.accept(card(run, of), of, pen.write(Kind.RUN_ACCEPTED))
    await store.journal.append([pen.write(Kind.RUN_FINISHED, payload={"state": "failed"})], state=RunState.FAILED)
    await store.drills.settle(RunId(run), Judgement(verdict=DrillVerdict.FAILED, because="so"))


async def test_a_verification_is_kept_whole_and_stays_as_it_was_first_told(store: Store) -> None:
    """Told again after a crash, perhaps in other words, it is the same one."""
    first = verification(mechanism=None, point="", point_time=None, run=None)
    await store.verifications.append([first, first])
    await store.verifications.append([verification(outcome=Outcome.FAILED), verification("v-2")])

    kept = await store.verifications.list(VerificationFilter())
    assert kept == (first, verification("v-2"))


async def test_lists_are_newest_first_and_of_what_is_asked(store: Store) -> None:
    """By tenant, item, rung and run."""
    other = verification("v-3", tenant=TenantId("ander"), at=NOON - HOUR)
    older = verification("v-1", at=NOON - 2 * HOUR, rung=Rung.L0, run=RunId("run-0"))
    newer, item = verification("v-2"), verification("v-4", item=ItemId("vm-2"), at=NOON - 3 * HOUR)
    await store.verifications.append([older, newer, other, item])

    async def asked(**wanted: object) -> list[str]:
        return [each.id for each in await store.verifications.list(VerificationFilter(**wanted))]  # type: ignore[arg-type]  # tests name the members

    assert await asked() == ["v-2", "v-3", "v-1", "v-4"]
    assert await asked(newest=1) == ["v-2"]
    assert await asked(tenant=TENANT, item=ItemId("vm-1")) == ["v-2", "v-1"]
    assert await asked(rung=Rung.L0) == ["v-1"]
    assert await asked(run=RunId("run-0")) == ["v-1"]


async def test_the_standing_is_the_newest_of_each_item_rung_and_outcome(store: Store) -> None:
    """What passed before is still there when something failed since."""
    rows = [
        verification("old", at=NOON - 3 * HOUR),
        verification("passed", at=NOON - 2 * HOUR),
        verification("failed", at=NOON - HOUR, outcome=Outcome.FAILED),
        verification("unclear", outcome=Outcome.INCONCLUSIVE),
        verification("foreign", tenant=TenantId("ander")),
        verification("exists", rung=Rung.L0),
    ]
    await store.verifications.append(rows)

    assert {each.id for each in await store.verifications.standing(TENANT)} == {"passed", "failed", "unclear", "exists"}
    assert len(await store.verifications.standing()) == 5


async def test_failures_are_counted_by_item_since_an_instant(store: Store) -> None:
    """Of restores only: that a point is late costs none."""
    failed = Outcome.FAILED
    rows = [
        verification("a", outcome=failed),
        verification("b", outcome=failed, at=NOON - HOUR),
        verification("too old", outcome=failed, at=NOON - 2 * HOUR),
        verification("no restore", outcome=failed, rung=Rung.L0),
        verification("passed"),
    ]
    await store.verifications.append(rows)

    assert await store.verifications.failures(NOON - HOUR) == {(TENANT, ItemId("vm-1")): 2}


async def test_a_drill_that_is_over_is_asked_once_by_whomever(store: Store) -> None:
    """A daemon that dies in between has written all of it or nothing; a failover proves nothing of a copy."""
    await _ended(store, "run-1", Mode.DRILL, "burgerzaken")
    await _ended(store, "run-2", Mode.FAILOVER, "financien")
    before = await store.verifications.untold(most=10)

    told = [
        store.verifications.append([verification(f"v-{each}")], told_by=RunId("run-1")) for each in ("one", "other")
    ]
    await asyncio.gather(*told)

    assert before == (RunId("run-1"),)
    assert await store.verifications.untold(most=10) == ()
    assert len(await store.verifications.list(VerificationFilter())) == 1
