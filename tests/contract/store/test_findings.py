"""What every store keeps of findings, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.findings import Finding, Severity
from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.store.opening import Store
from tests.contract.store.sample import NOON, TENANT

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(minutes=15)
OLD = Finding(
    code="point-too-old",
    severity=Severity.WARNING,
    tenant=TENANT,
    subject="vm-1",
    message="één",
    hint="kijk",
    service=ServiceId("burgerzaken"),
    runbook=RunbookId("burgerzaken-uitwijk"),
)
BAD = replace(OLD, code="replication-off", severity=Severity.CRITICAL, irreversible=True, service=None, runbook=None)


async def test_what_is_found_again_keeps_since_when(store: Store) -> None:
    """What is gone and comes back begins anew; its words are always the newest."""
    await store.findings.put("readiness/a", [OLD, BAD], NOON)
    await store.findings.put("readiness/a", [replace(OLD, message="nu ouder")], LATER)
    await store.findings.put("readiness/a", [OLD, BAD], LATER + timedelta(minutes=15))

    bad, old = await store.findings.list()

    assert old == replace(OLD, since=NOON)
    assert bad == replace(BAD, since=LATER + timedelta(minutes=15))


async def test_one_scope_never_touches_another(store: Store) -> None:
    """Scopes are replaced each on its own, also when nothing is found; worst first over all of them."""
    other = replace(BAD, tenant=TenantId("ander"), since=NOON - timedelta(days=1))
    await store.findings.put("readiness/a", [OLD], NOON)
    await store.findings.put("posture/v", [other], NOON)
    await store.findings.put("readiness/b", [], LATER)

    assert [each.code for each in await store.findings.list()] == ["replication-off", "point-too-old"]
    assert await store.findings.list(other.tenant) == (other,)
    assert await store.findings.looked() == {"posture/v": NOON, "readiness/a": NOON, "readiness/b": LATER}
    await store.findings.put("readiness/a", [], LATER)
    assert await store.findings.list() == (other,)


async def test_of_two_with_one_subject_the_worst_stays(store: Store) -> None:
    """Nothing is lost to a clash of keys."""
    await store.findings.put("readiness/a", [OLD, replace(OLD, severity=Severity.CRITICAL)], NOON)

    (kept,) = await store.findings.list()

    assert kept.severity is Severity.CRITICAL


async def test_a_scope_that_is_gone_is_forgotten(store: Store) -> None:
    """With what it found; scopes of another kind stay."""
    for scope in ("readiness/a", "readiness/b", "posture/a"):
        await store.findings.put(scope, [OLD], NOON)

    await store.findings.keep("readiness", ["readiness/b"])

    assert list(await store.findings.looked()) == ["posture/a", "readiness/b"]
    assert len(await store.findings.list()) == 2
