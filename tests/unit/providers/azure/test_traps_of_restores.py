"""Restores: over when their job is, and found again when their answer was lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drd.domain.errors import AmbiguousError, OperationFailedError, PermanentError
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, RestoreDisks
from drd.ports.capabilities import Operation
from tests.unit.providers.azure.conftest import Bench
from tests.unit.providers.azure.samples import backup_item, backup_job
from tests.unit.providers.azure.scripted import ENDPOINT, GROUP, VAULT, Asked, Says, accepted, refusal

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OPERATION = f"{ENDPOINT}{VAULT}/backupOperations/op-1?api-version=1"


async def _wish(bench: Bench) -> RestoreDisks:
    bench.azure.on("GET", "/backupProtectedItems", Says(200, {"value": [backup_item()]}))
    (item,) = await bench.provider.capability(BACKUPS).items(bench.vault)
    return RestoreDisks(
        item=item,
        point="123",
        resource_group=ArmId(f"{GROUP}-drill"),
        staging=ArmId(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st1"),
        region="northeurope",
        request_id="req",
    )


async def test_semicolons_in_names_leave_as_percent_3b(bench: Bench) -> None:
    """By the SDK and by our own plain requests."""
    wish = await _wish(bench)
    bench.azure.on("POST", "/restore", accepted(status=OPERATION))
    bench.azure.on("GET", "/recoveryPoints", Says(200, {"value": []}))

    await bench.provider.capability(BACKUPS).restore_disks(wish)
    await bench.provider.capability(CROSS_REGION_BACKUPS).points(wish.item, "northeurope")

    asked = [one.path for one in bench.azure.asked if "protectedItems/" in one.path]
    assert len(asked) == 2
    assert all("VM%3Biaasvmcontainerv2%3Brg-1%3Bvm-1" in path and ";" not in path for path in asked)


async def test_a_restore_is_not_done_when_its_acceptance_is(bench: Bench) -> None:
    """The operation ends after two seconds, the job after minutes; its name stands in the status body only."""
    wish = await _wish(bench)
    backups = bench.provider.capability(BACKUPS)
    bench.azure.on("POST", "/restore", accepted(status=OPERATION, location=f"{ENDPOINT}/result"))
    ended = {
        "status": "Succeeded",
        "startTime": "2026-11-20T09:00:05Z",
        "endTime": "2026-11-20T09:00:05Z",
        "properties": {"objectType": "OperationStatusJobExtendedInfo", "jobId": "job-1"},
    }
    bench.azure.on("GET", "/backupOperations/op-1", Says(200, {"status": "InProgress"}), Says(200, ended))
    bench.azure.on(
        "GET",
        "/backupJobs/job-1",
        Says(200, backup_job("job-1")),
        Says(200, backup_job("job-1", status="CompletedWithWarnings", group="rg-1-DRILL")),
    )

    operation = await backups.restore_disks(wish)
    statuses = [await backups.follow(operation) for _ in range(3)]

    assert [status.finished for status in statuses] == [False, False, True]
    assert [status.job for status in statuses] == ["", "job-1", "job-1"]
    assert statuses[2].ended_at is not None
    assert statuses[2].ended_at - NOW == timedelta(minutes=3, seconds=9)


async def test_a_restore_without_any_address_is_found_by_its_job(bench: Bench) -> None:
    """A 202 with nothing in its headers is still followed."""
    wish = await _wish(bench)
    backups = bench.provider.capability(BACKUPS)
    bench.azure.on("POST", "/restore", Says(202))
    bench.azure.on("GET", "/backupJobs/job-1", Says(200, backup_job("job-1", status="Completed", group="rg-1-drill")))
    bench.azure.on(
        "GET", "/backupJobs", Says(200, {"value": []}), Says(200, {"value": [backup_job("job-1", status="Completed")]})
    )

    operation = await backups.restore_disks(wish)

    assert [(await backups.follow(operation)).finished for _ in range(2)] == [False, True]


async def test_the_one_running_restore_of_the_item_is_adopted(bench: Bench) -> None:
    """A running job does not tell its group; alone on its item it is ours, and its end will be compared."""
    wish = await _wish(bench)
    backups = bench.provider.capability(BACKUPS)
    bench.azure.on(
        "GET",
        "/backupJobs/job-1",
        Says(200, backup_job("job-1")),
        Says(200, backup_job("job-1", status="Completed", group="rg-of-somebody")),
    )
    bench.azure.on(
        "GET",
        "/backupJobs",
        Says(200, {"value": [backup_job("job-1"), backup_job("job-2", entityFriendlyName="vm-2")]}),
    )

    found = await backups.find_restore(wish, since=NOW)

    assert found is not None
    assert found.job == "job-1"
    with pytest.raises(OperationFailedError) as failure:
        await backups.follow(found)
    assert failure.value.code == "restore-not-ours"


async def test_two_running_restores_of_the_item_are_in_doubt(bench: Bench) -> None:
    """Which is ours cannot be told; None would let a second one be sent."""
    wish = await _wish(bench)
    bench.azure.on("GET", "/backupJobs/", Says(200, backup_job("job-1")))
    bench.azure.on("GET", "/backupJobs", Says(200, {"value": [backup_job("job-1"), backup_job("job-2")]}))

    with pytest.raises(AmbiguousError):
        await bench.provider.capability(BACKUPS).find_restore(wish, since=NOW)


@pytest.mark.parametrize(("status", "adopted"), [("Completed", True), ("Failed", False)])
async def test_a_job_from_just_before_the_intent_is_adopted_only_if_it_did_not_fail(
    bench: Bench, status: str, adopted: bool
) -> None:
    """The service's clock may be behind; the failed one is the attempt before."""
    wish = await _wish(bench)
    job = backup_job("job-1", status=status, group="rg-1-drill")
    bench.azure.on("GET", "/backupJobs/job-1", Says(200, job))
    bench.azure.on("GET", "/backupJobs", Says(200, {"value": [job]}))

    found = await bench.provider.capability(BACKUPS).find_restore(wish, since=NOW + timedelta(seconds=60))

    assert (found is not None) == adopted


async def test_a_failed_restore_tells_the_services_reason(bench: Bench) -> None:
    """The first of its error details."""
    wish = await _wish(bench)
    backups = bench.provider.capability(BACKUPS)
    bench.azure.on("POST", "/restore", Says(202))
    reason = [{"errorCode": 400, "errorTitle": "UserErrorStorageFull", "errorString": "The account is full."}]
    job = backup_job("job-1", status="Failed", group="rg-1-drill", errorDetails=reason)
    bench.azure.on("GET", "/backupJobs/job-1", Says(200, job))
    operation = replace(await backups.restore_disks(wish), job="job-1")

    with pytest.raises(OperationFailedError) as failure:
        await backups.follow(operation)

    assert failure.value.code == "UserErrorStorageFull"
    assert "The account is full." in failure.value.message


async def test_a_cross_region_restore_sends_its_body_without_properties_around_it(bench: Bench) -> None:
    """Unlike nearly everything else; and the token of the point is inside."""
    wish = await _wish(bench)
    bench.azure.on("GET", "/backupAadProperties", Says(200, {"properties": {"audience": "a"}}))
    bench.azure.on(
        "POST", "/accessToken", Says(200, {"properties": {"objectType": "CrrAccessToken", "accessTokenString": "t"}})
    )
    bench.azure.on("POST", "/backupCrossRegionRestore", accepted(status=OPERATION))

    operation = await bench.provider.capability(CROSS_REGION_BACKUPS).restore_disks(wish)

    token, restore = bench.azure.sent("POST")
    sent = json.loads(restore.body)
    assert json.loads(token.body) == {"properties": {"audience": "a"}}
    assert sent["crossRegionRestoreAccessDetails"]["accessTokenString"] == "t"
    assert sent["restoreRequest"]["recoveryType"] == "RestoreDisks"
    assert {"2021-11-15"} == {one.url.rpartition("api-version=")[2] for one in (token, restore)}
    assert Operation.from_json(operation.to_json()) == operation
    assert "accessTokenString" not in json.dumps(operation.to_json())


async def test_a_list_that_leads_back_to_itself_ends(bench: Bench) -> None:
    """Read twice, it would be read for ever."""
    wish = await _wish(bench)

    def again(asked: Asked) -> Says:
        return Says(200, {"value": [], "nextLink": asked.url})

    bench.azure.scripts["GET", "/recoveryPoints"] = again

    with pytest.raises(PermanentError):
        await bench.provider.capability(CROSS_REGION_BACKUPS).points(wish.item, "northeurope")


async def test_an_adopted_restore_tells_its_point_by_the_job(bench: Bench) -> None:
    """Nobody else knows it; who sent it does, to the fraction, and then the job keeps quiet."""
    wish = await _wish(bench)
    backups = bench.provider.capability(BACKUPS)
    done = backup_job("job-1", status="Completed", group="rg-1-drill")
    bench.azure.on("GET", "/backupJobs/job-1", Says(200, done))
    bench.azure.on("GET", "/backupJobs", Says(200, {"value": [done]}))

    adopted = await backups.find_restore(wish, since=NOW)
    assert adopted is not None
    sent = replace(adopted, details={**adopted.details, "recovery-point-time": "2026-11-20T01:41:36.500Z"})

    assert (await backups.follow(adopted)).details["recovery-point-time"] == "2026-11-20T01:41:36.000Z"
    assert "recovery-point-time" not in (await backups.follow(sent)).details


async def test_a_cross_region_restore_without_any_address_is_found_by_its_job(bench: Bench) -> None:
    """Nothing of it, then its job."""
    wish = await _wish(bench)
    crossing = bench.provider.capability(CROSS_REGION_BACKUPS)
    done = backup_job("job-1", status="Completed", group="rg-1-drill", operation="CrossRegionRestore")
    bench.azure.on("GET", "/backupAadProperties", Says(200, {"properties": {"audience": "a"}}))
    bench.azure.on("POST", "/accessToken", Says(200, {"properties": {}}))
    bench.azure.on("POST", "/backupCrossRegionRestore", Says(202))
    bench.azure.on("POST", "/backupCrrJobs", Says(200, {"value": []}), Says(200, {"value": [done]}))
    bench.azure.on("POST", "/backupCrrJob?", Says(200, done))

    operation = await crossing.restore_disks(wish)

    assert [(await crossing.follow(operation)).finished for _ in range(2)] == [False, True]


async def test_a_refused_cross_region_restore_is_told_as_such(bench: Bench) -> None:
    """Plain requests raise nothing by themselves."""
    wish = await _wish(bench)
    bench.azure.on("GET", "/backupAadProperties", Says(200, {"properties": {"audience": "a"}}))
    bench.azure.on("POST", "/accessToken", Says(200, {"properties": {}}))
    bench.azure.on("POST", "/backupCrossRegionRestore", refusal(400, "UserErrorRestoreRegionMismatch"))

    with pytest.raises(PermanentError) as refused:
        await bench.provider.capability(CROSS_REGION_BACKUPS).restore_disks(wish)

    assert "UserErrorRestoreRegionMismatch" in refused.value.message
