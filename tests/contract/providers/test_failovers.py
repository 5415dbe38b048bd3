"""Site Recovery: failover, commit, test failover and cleanup, followed and found again."""

from datetime import timedelta

import pytest

from drd.domain.errors import AmbiguousError, RefusedError
from drd.domain.evidence_of_steps import CORRELATION
from drd.domain.ids import ArmId
from drd.ports.machines import MACHINES
from drd.ports.replication import REPLICATION
from tests.contract.providers.stage import Stage
from tests.contract.providers.wishes import MACHINE, NETWORK, stored

pytestmark = pytest.mark.anyio


async def test_a_failover_is_followed_by_another_process(stage: Stage) -> None:
    """The record is enough: a provider opened anew follows it, and tells machine, point and job."""
    stage.lose("westeurope")
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-bz-sql-1")

    operation = await replication.fail_over(item, point=None, graceful=False, request_id="req-failover")
    other = (await stage.reopen()).capability(REPLICATION)
    status = await stage.finish(other.follow, stored(operation))

    # The activity log's id of the request, for the evidence of the run.
    assert operation.details[CORRELATION]
    assert status.job
    assert status.details["recovery-point-time"]
    assert status.ended_at is not None
    after = await other.item(stage.replication_vault, "vm-bz-sql-1")
    assert after.active_location == "Recovery"
    committed = await other.commit(after, request_id="req-commit")
    assert (await stage.finish(other.follow, committed)).finished
    machine = await stage.provider.capability(MACHINES).get(stage.id("rg-burgerzaken-neu", MACHINE, "vm-bz-sql-1"))
    assert machine is not None
    assert machine.power == "running"
    assert len(stage.effects("asr.failover")) <= 1


async def test_a_failover_takes_the_point_that_was_asked_for(stage: Stage) -> None:
    """What the job says was used is what was wanted."""
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-bz-app-1")
    points = await replication.points(item)

    operation = await replication.fail_over(item, point=points[3].id, graceful=False, request_id="req")
    status = await stage.finish(replication.follow, operation)

    assert [point.time for point in points] == sorted((point.time for point in points), reverse=True)
    assert ArmId(status.details["recovery-point"]) == ArmId(points[3].id)


async def test_a_verb_that_is_not_allowed_now_is_refused_before_sending(stage: Stage) -> None:
    """`allowedOperations` is the gate."""
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-bz-app-1")
    before = len(stage.sent)

    with pytest.raises(RefusedError):
        await replication.commit(item, request_id="req")

    assert len(stage.sent) == before


async def test_a_failover_whose_answer_was_lost_is_found_by_its_job(stage: Stage) -> None:
    """Scenario, item and time say whose it is."""
    replication = stage.provider.capability(REPLICATION)
    item, since = await replication.item(stage.replication_vault, "vm-bz-app-2"), stage.clock.now()
    stage.fault(method="POST", path_contains="unplannedFailover", after_accepting=True)

    with pytest.raises(AmbiguousError):
        await replication.fail_over(item, point=None, graceful=False, request_id="req")
    found = await replication.find(item, scenario="UnplannedFailover", since=since)

    assert found is not None
    assert (await stage.finish(replication.follow, stored(found))).job == found.job
    assert await replication.find(item, scenario="Commit", since=since) is None


async def test_a_test_failover_leaves_nothing_after_its_cleanup(stage: Stage) -> None:
    """Made in the isolated network, removed by Site Recovery, and both read back."""
    replication, machines = stage.provider.capability(REPLICATION), stage.provider.capability(MACHINES)
    item = await replication.item(stage.replication_vault, "vm-db-1")
    network = stage.id("rg-netwerk-neu", NETWORK, "vnet-drill-neu")
    copy = stage.id("rg-databank-neu", MACHINE, "vm-db-1-test")

    made = await replication.test_fail_over(item, point=None, network=network, request_id="req-test")
    status = await stage.finish(replication.follow, stored(made))
    item = await replication.item(stage.replication_vault, "vm-db-1")
    present = await machines.get(copy)
    cleaned = await replication.clean_up_test(item, comment="drill ended", request_id="req-clean")
    await stage.finish(replication.follow, cleaned)

    assert status.details["test-machine"] == "vm-db-1-test"
    assert present is not None
    assert await machines.get(copy) is None
    assert (await replication.item(stage.replication_vault, "vm-db-1")).test_state == "None"


async def test_effective_rpo_grows_after_its_calculation(stage: Stage) -> None:
    """As reported, plus the time since it was calculated."""
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-id-1")
    now = stage.clock.now()

    first, later = item.effective_rpo(now), item.effective_rpo(now + timedelta(minutes=10))

    assert first is not None
    assert later == first + timedelta(minutes=10)


async def test_a_failover_that_is_not_committed_can_be_taken_back(stage: Stage) -> None:
    """Active at home again, and protected."""
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-id-2")
    made = await replication.fail_over(item, point=None, graceful=True, request_id="req-failover")
    await stage.finish(replication.follow, made)

    failed_over = await replication.item(stage.replication_vault, "vm-id-2")
    cancelled = await replication.cancel_failover(failed_over, request_id="req-cancel")
    status = await stage.finish(replication.follow, stored(cancelled))
    after = await replication.item(stage.replication_vault, "vm-id-2")

    assert status.job
    assert (failed_over.active_location, after.active_location) == ("Recovery", "Primary")
