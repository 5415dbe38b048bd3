"""Restore of disks in the vault's own region, by the recorded contract."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.faults import Fault

pytestmark = pytest.mark.anyio

VAULT = ("rsv-weu", "rg-recovery-weu")
ROOT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
RUNNING = "operation eq 'Restore' and status eq 'InProgress'"


@pytest.fixture
def drill(azure: Any) -> str:
    """A drill's own resource group."""
    azure.add_group("rg-drill-1", "westeurope")
    return "rg-drill-1"


async def test_the_operation_ends_when_the_job_is_accepted_and_names_it_in_its_body(azure: Any, drill: str) -> None:
    """Two seconds, and the end equals the start; the job goes on for three minutes."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    assert headers["retry-after"] == "60"
    running = await azure.operation(headers)
    assert (running.status, running.end_time) == ("InProgress", datetime(1, 1, 1))  # noqa: DTZ001 - as it arrives
    azure.time.advance(seconds=2)
    done = await azure.operation(headers)
    assert (done.status, done.start_time) == ("Succeeded", done.end_time)
    job = await azure.backup.job_details.get(*VAULT, done.properties.job_id)
    assert job.properties.status == "InProgress"


async def test_the_job_is_in_no_list_until_it_is_accepted(azure: Any, drill: str) -> None:
    """Whoever looks for a job too early does not find it."""
    await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    assert [job async for job in azure.backup.backup_jobs.list(*VAULT, filter=RUNNING)] == []
    azure.time.advance(seconds=2)
    assert len([job async for job in azure.backup.backup_jobs.list(*VAULT, filter=RUNNING)]) == 1


async def test_a_job_in_doubt_is_found_by_its_target_group(azure: Any, drill: str) -> None:
    """The recorded filter and the property bag name the drill's group while the job runs."""
    await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    azure.time.advance(seconds=30)
    jobs = [job async for job in azure.backup.backup_jobs.list(*VAULT, filter=RUNNING)]
    detail = await azure.backup.job_details.get(*VAULT, jobs[0].name)
    assert jobs[0].properties.extended_info is None
    assert detail.properties.extended_info.property_bag["Target resource group"] == drill
    assert detail.properties.extended_info.tasks_list[0].task_id == "Transfer data from vault"


async def test_a_running_job_has_an_end_in_the_year_one_without_an_offset(azure: Any, drill: str) -> None:
    """The naive instant that must be normalised before it is compared."""
    await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    azure.time.advance(seconds=60)
    job = await anext(azure.backup.backup_jobs.list(*VAULT, filter=RUNNING))
    assert job.properties.end_time == datetime(1, 1, 1)  # noqa: DTZ001 - as it arrives
    assert job.properties.end_time.tzinfo is None
    assert job.properties.start_time.tzinfo is not None


async def test_the_disks_appear_when_the_job_ends(azure: Any, drill: str) -> None:
    """Three minutes four seconds; names, lineage and age are those of the point, and there are no tags."""
    headers = await azure.restore("vm-bz-sql-1", "rg-burgerzaken", drill)
    azure.time.advance(seconds=183)
    world = azure.sandbox.world
    world.settle()
    assert list(world.store.each("Microsoft.Compute/disks", group=drill)) == []
    azure.time.advance(seconds=1)
    world.settle()
    disks = list(world.store.each("Microsoft.Compute/disks", group=drill))
    assert [disk.name for disk in disks] == [
        "vm-bz-sql-1-osdisk-20261120-102027",
        "vm-bz-sql-1-datadisk-000-20261120-102027",
    ]
    assert {disk.location for disk in disks} == {"westeurope"}
    assert [dict(disk.tags) for disk in disks] == [{}, {}]
    source = f"{ROOT}/rg-burgerzaken/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1"
    assert {disk.hidden["lineage"] for disk in disks} == {source}
    assert {disk.hidden["as_of"].day for disk in disks} == {20}
    job_id = (await azure.operation(headers)).properties.job_id
    job = (await azure.backup.job_details.get(*VAULT, job_id)).properties
    assert job.status == "Completed"
    assert job.end_time - job.start_time == timedelta(seconds=184) == job.duration


async def test_the_completed_jobs_property_bag_has_the_recorded_keys(azure: Any, drill: str) -> None:
    """Also the one that ends in a blank."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    azure.time.advance(minutes=4)
    job_id = (await azure.operation(headers)).properties.job_id
    bag = (await azure.backup.job_details.get(*VAULT, job_id)).properties.extended_info.property_bag
    assert bag["Job Type"] == "Recover disks"
    assert bag["Target Storage Account Name"] == "stdrdweu"
    assert {"Recovery point time ", "Target resource group", "Config Blob Uri", "Template Blob Uri"} <= set(bag)


async def test_location_answers_202_then_204(azure: Any, drill: str) -> None:
    """The result of the operation is empty, so the poller's is None."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    path = headers["location"].split("?")[0].removeprefix("http://sandbox")
    assert (await azure.rest("GET", path, "2026-10-01")).status_code == 202
    azure.time.advance(seconds=3)
    assert (await azure.rest("GET", path, "2026-10-01")).status_code == 204


async def test_without_a_target_group_the_restore_goes_through_the_staging_account(azure: Any, drill: str) -> None:
    """Forty-two minutes, and no managed disks."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill, targetResourceGroupId=None)
    azure.time.advance(minutes=42)
    job_id = (await azure.operation(headers)).properties.job_id
    assert (await azure.backup.job_details.get(*VAULT, job_id)).properties.status == "InProgress"
    azure.time.advance(seconds=6)
    assert (await azure.backup.job_details.get(*VAULT, job_id)).properties.status == "Completed"
    assert list(azure.sandbox.world.store.each("Microsoft.Compute/disks", group=drill)) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"targetResourceGroupId": f"{ROOT}/rg-none"}, "UserErrorTargetResourceGroupNotFound"),
        ({"region": "northeurope"}, "UserErrorRestoreRegionMismatch"),
        (
            {"storageAccountId": f"{ROOT}/rg-recovery-weu/providers/Microsoft.Storage/storageAccounts/none"},
            "UserErrorStorageAccountNotFound",
        ),
        (
            {"storageAccountId": f"{ROOT}/rg-recovery-neu/providers/Microsoft.Storage/storageAccounts/stdrdneu"},
            "UserErrorStorageAccountRegionMismatch",
        ),
        (
            {"sourceResourceId": f"{ROOT}/rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"},
            "BMSUserErrorInvalidSourceResource",
        ),
        ({"recoveryType": "Offline"}, "BMSUserErrorRestoreTypeNotSupported"),
        ({"objectType": "AzureFileShareRestoreRequest"}, "BMSUserErrorRestoreTypeNotSupported"),
    ],
)
async def test_what_cannot_be_had_is_refused_and_starts_nothing(
    azure: Any, drill: str, changes: dict[str, Any], code: str
) -> None:
    """400 with a code, and no effect in the journal."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill, **changes)
    assert (refusal.value.status_code, refusal.value.error.code) == (400, code)
    assert azure.effects("backup.restore") == []


async def test_the_journal_names_operation_job_item_and_point_once(azure: Any, drill: str) -> None:
    """One POST, one effect, with everything that is needed to recount it."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    azure.time.advance(minutes=5)
    done = await azure.operation(headers)
    [effect] = azure.effects("backup.restore")
    assert effect["job"] == done.properties.job_id
    assert effect["operation"] == done.name
    assert effect["source"].endswith("/vm-bz-app-1")
    assert effect["group"].endswith(f"/{drill}")


async def test_a_cancelled_restore_leaves_no_disks(azure: Any, drill: str) -> None:
    """Cancelling first, then Cancelled; a second cancel is refused."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    azure.time.advance(seconds=10)
    job_id = (await azure.operation(headers)).properties.job_id
    await azure.backup.job_cancellations.trigger(*VAULT, job_id)
    assert (await azure.backup.job_details.get(*VAULT, job_id)).properties.status == "Cancelling"
    azure.time.advance(seconds=20)
    assert (await azure.backup.job_details.get(*VAULT, job_id)).properties.status == "Cancelled"
    with pytest.raises(HttpResponseError) as refusal:
        await azure.backup.job_cancellations.trigger(*VAULT, job_id)
    assert refusal.value.error.code == "BMSUserErrorJobNotCancellable"
    azure.time.advance(minutes=10)
    azure.sandbox.world.settle()
    assert list(azure.sandbox.world.store.each("Microsoft.Compute/disks", group=drill)) == []


async def test_a_group_that_goes_meanwhile_fails_the_job_not_the_operation(azure: Any, drill: str) -> None:
    """The operation had succeeded long before; only the job tells."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    azure.time.advance(seconds=10)
    done = await azure.operation(headers)
    azure.sandbox.world.store.delete(f"{ROOT}/{drill}", at=azure.time.now, by="test")
    azure.time.advance(minutes=4)
    job = (await azure.backup.job_details.get(*VAULT, done.properties.job_id)).properties
    assert (done.status, job.status) == ("Succeeded", "Failed")
    assert job.error_details[0].error_title == "UserErrorTargetResourceGroupNotFound"


async def test_a_restore_that_the_lost_region_runs_stands_still(azure: Any, drill: str) -> None:
    """The vault refuses to tell of it, and it ends only when the region is back."""
    await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    azure.time.advance(seconds=30)
    azure.lose("westeurope")
    azure.time.advance(hours=1)
    with pytest.raises(HttpResponseError) as refusal:
        [job async for job in azure.backup.backup_jobs.list(*VAULT, filter=RUNNING)]
    assert refusal.value.status_code == 503
    assert list(azure.sandbox.world.store.each("Microsoft.Compute/disks", group=drill)) == []
    azure.sandbox.world.regions.up("westeurope")
    assert [job async for job in azure.backup.backup_jobs.list(*VAULT, filter=RUNNING)] == []
    assert len(list(azure.sandbox.world.store.each("Microsoft.Compute/disks", group=drill))) == 1


def _answer_lost() -> Fault:
    return Fault(
        status=503, code="ServerBusy", message="lost", method="POST", path_contains="/restore", after_accepting=True
    )


async def test_the_clients_own_retries_start_a_second_restore(azure: Any, drill: str) -> None:
    """The answer is lost after the restore was accepted: the client sends it again under the same request id."""
    azure.sandbox.world.faults.add(_answer_lost())
    await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill, options={"retry_total": 3})
    posts = [entry for entry in azure.sandbox.world.journal.entries if entry.method == "POST"]
    assert len(azure.effects("backup.restore")) == len(posts) == 2
    assert posts[0].client_request_id == posts[1].client_request_id
    assert posts[0].body_sha256 == posts[1].body_sha256


async def test_without_the_clients_retries_the_restore_is_started_once_and_found(azure: Any, drill: str) -> None:
    """The caller sees the error, looks for the job, and adopts it."""
    azure.sandbox.world.faults.add(_answer_lost())
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore("vm-bz-app-1", "rg-burgerzaken", drill)
    assert refusal.value.status_code == 503
    azure.time.advance(seconds=2)
    job = await anext(azure.backup.backup_jobs.list(*VAULT, filter=RUNNING))
    assert [effect["job"] for effect in azure.effects("backup.restore")] == [job.name]


async def test_the_default_poller_returns_none_while_the_job_runs(azure: Any, drill: str) -> None:
    """Three exchanges, and the job's name is in the body of the second only."""
    seen: list[Any] = []
    await azure.restore(
        "vm-bz-app-1",
        "rg-burgerzaken",
        drill,
        options={"polling": True, "cls": None, "raw_response_hook": lambda one: seen.append(one.http_response)},
    )
    assert [answer.status_code for answer in seen] == [202, 200, 200, 204]
    job_id = seen[2].json()["properties"]["jobId"]
    assert (await azure.backup.job_details.get(*VAULT, job_id)).properties.status == "InProgress"
