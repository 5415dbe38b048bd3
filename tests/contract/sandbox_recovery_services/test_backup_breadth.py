"""Everything else that a vault answers: counts, containers, other workloads, backups on demand, pre-flight, guards."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from drd.sandbox.recovery_services.guard import attach_guard

pytestmark = pytest.mark.anyio

VAULT = ("rsv-weu", "rg-recovery-weu")
ROOT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
VAULT_ID = f"{ROOT}/rg-recovery-weu/providers/Microsoft.RecoveryServices/vaults/rsv-weu"
APP = (
    *VAULT,
    "Azure",
    "IaasVMContainer;iaasvmcontainerv2;rg-burgerzaken;vm-bz-app-1",
    "VM;iaasvmcontainerv2;rg-burgerzaken;vm-bz-app-1",
)
DATABASE = (
    *VAULT,
    "Azure",
    "VMAppContainer;Compute;rg-burgerzaken;vm-bz-sql-1",
    "SQLDataBase;mssqlserver;burgerzaken",
)
SHARE = (*VAULT, "Azure", "StorageContainer;Storage;rg-burgerzaken;stbzweu", "AzureFileShare;bz-documenten")
GUARD = f"{ROOT}/rg-veilig/providers/Microsoft.DataProtection/resourceGuards/wacht"
ORDER = {
    "objectType": "IaasVMRestoreRequest",
    "recoveryType": "RestoreDisks",
    "sourceResourceId": f"{ROOT}/rg-burgerzaken/providers/Microsoft.Compute/virtualMachines/vm-bz-app-1",
    "targetResourceGroupId": f"{ROOT}/rg-burgerzaken",
    "storageAccountId": f"{ROOT}/rg-recovery-weu/providers/Microsoft.Storage/storageAccounts/stdrdweu",
    "region": "westeurope",
}


def _headers(answer: Any, _body: Any, _headers: Any) -> dict[str, str]:
    return dict(answer.http_response.headers)


async def _back_up(azure: Any, **properties: Any) -> dict[str, str]:
    body = {"properties": {"objectType": "IaasVMBackupRequest", **properties}}
    headers: dict[str, str] = await azure.backup.backups.trigger(*APP, body, cls=_headers)
    return headers


async def _newest(azure: Any, item: tuple[str, ...] = APP) -> Any:
    return await anext(azure.backup.recovery_points.list(*item))


async def test_a_vault_counts_its_items_jobs_and_storage(azure: Any) -> None:
    """The machines, one database, one share."""
    usages = {one.name.value: one async for one in azure.vaults.usages.list_by_vaults("rg-recovery-weu", "rsv-weu")}
    assert usages["ProtectedItemCount"].current_value == azure.backed_up() + 2
    assert usages["IaaSVMProtectedItemCount"].current_value == azure.backed_up()
    assert usages["GRSStorageUsage"].current_value > 0
    assert usages["FailedJobsCount"].quota_period == "P1D"


async def test_a_vault_counts_what_it_replicates(azure: Any) -> None:
    """Every replicated machine, nothing at work."""
    [usage] = [one async for one in azure.vaults.replication_usages.list("rg-recovery-neu", "rsv-neu")]
    assert usage.protected_item_count == azure.replicated()
    assert usage.jobs_summary.in_progress_jobs == 0


async def test_a_deleted_vault_is_listed_until_it_is_purged(azure: Any) -> None:
    """Fourteen days."""
    assert [one async for one in azure.vaults.deleted_vaults.list_by_subscription_id("northeurope")] == []
    azure.sandbox.world.store.delete(VAULT_ID.replace("weu", "neu"), at=azure.time.now, by="test")
    [gone] = [one async for one in azure.vaults.deleted_vaults.list_by_subscription_id("northeurope")]
    assert gone.properties.vault_id == VAULT_ID.replace("weu", "neu")
    assert (gone.properties.purge_at - gone.properties.vault_deletion_time).days == 14
    azure.time.advance(days=14)
    assert [one async for one in azure.vaults.deleted_vaults.list_by_subscription_id("northeurope")] == []


@pytest.mark.parametrize("kind", ["BackupProtectedItemCountSummary", "BackupProtectionContainerCountSummary"])
async def test_summaries_count_by_workload(azure: Any, kind: str) -> None:
    """Machines, databases, shares."""
    found = azure.backup.backup_usage_summaries.list(*VAULT, filter=f"type eq '{kind}'")
    assert {one.name.value: one.current_value async for one in found} == {
        "AzureIaasVM": azure.backed_up(),
        "AzureWorkload": 1,
        "AzureStorage": 1,
    }


async def test_containers_are_listed_by_kind(azure: Any) -> None:
    """One for each machine, the database's server and the share's account."""
    everything = [one async for one in azure.backup.backup_protection_containers.list(*VAULT)]
    assert len(everything) == azure.backed_up() + 2
    wanted = "backupManagementType eq 'AzureIaasVM' and friendlyName eq 'vm-bz-app-1' and status eq 'Registered'"
    [one] = [one async for one in azure.backup.backup_protection_containers.list(*VAULT, filter=wanted)]
    assert one.name == APP[3]
    assert one.properties["virtualMachineId"].endswith("/vm-bz-app-1")
    again = await azure.backup.protection_containers.get(*APP[:4])
    assert again.properties.friendly_name == "vm-bz-app-1"


async def test_a_database_shows_full_copies_and_the_reach_of_its_log(azure: Any) -> None:
    """`restorePointQueryType eq 'Log'` asks for the latter, as recorded."""
    full = await _newest(azure, DATABASE)
    assert (full.properties["objectType"], full.properties["type"]) == ("AzureWorkloadSQLRecoveryPoint", "Full")
    log = azure.backup.recovery_points.list(*DATABASE, filter="restorePointQueryType eq 'Log'")
    [reach] = [one async for one in log]
    [span] = reach.properties["timeRanges"]
    assert span["startTime"] < span["endTime"]


async def test_a_share_shows_its_snapshots(azure: Any) -> None:
    """With their address and size."""
    newest = await _newest(azure, SHARE)
    assert newest.properties.recovery_point_size_in_gb == 64
    assert newest.properties.file_share_snapshot_uri.startswith("https://stbzweu.file.core.windows.net/bz-documenten?")
    item = await azure.backup.protected_items.get(*SHARE)
    assert item.properties.last_backup_status == "Completed"


async def test_other_workloads_can_be_read_only(azure: Any) -> None:
    """A backup of the database is refused in so many words."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.backup.backups.trigger(*DATABASE, {"properties": {"objectType": "AzureWorkloadBackupRequest"}})
    assert refusal.value.error.code == "BMSUserErrorWorkloadNotSupported"


async def test_a_backup_on_demand_is_a_job_and_then_a_point(azure: Any) -> None:
    """202 without a body; the operation names the job; the point comes with the snapshot."""
    before = (await _newest(azure)).name
    headers = await _back_up(azure)
    assert headers["retry-after"] == "60"
    azure.time.advance(seconds=2)
    done = await azure.operation(headers)
    job = (await azure.backup.job_details.get(*VAULT, done.properties.job_id)).properties
    assert (job.operation, job.status, job.is_user_triggered) == ("Backup", "InProgress", True)
    assert [task.status for task in job.extended_info.tasks_list] == ["InProgress", "NotStarted"]
    assert (await _newest(azure)).name == before
    azure.time.advance(seconds=90)
    newest = await _newest(azure)
    assert newest.name != before
    assert [tier.type for tier in newest.properties.recovery_point_tier_details] == ["InstantRP"]
    azure.time.advance(minutes=13)
    assert (await azure.backup.job_details.get(*VAULT, done.properties.job_id)).properties.status == "Completed"
    [effect] = azure.effects("backup.on-demand")
    assert effect["job"] == done.properties.job_id


async def test_a_backup_on_demand_is_kept_as_long_as_was_asked(azure: Any) -> None:
    """Two days here."""
    expires = azure.time.now.replace(day=22).strftime("%Y-%m-%dT%H:%M:%SZ")
    await _back_up(azure, recoveryPointExpiryTimeInUTC=expires)
    azure.time.advance(minutes=20)
    name = (await _newest(azure)).name
    azure.time.advance(days=2)
    assert name not in {point.name async for point in azure.backup.recovery_points.list(*APP)}


async def test_a_cancelled_backup_makes_no_point(azure: Any) -> None:
    """Cancelled before the snapshot."""
    before = (await _newest(azure)).name
    headers = await _back_up(azure)
    azure.time.advance(seconds=5)
    job_id = (await azure.operation(headers)).properties.job_id
    await azure.backup.job_cancellations.trigger(*VAULT, job_id)
    azure.time.advance(minutes=30)
    assert (await azure.backup.job_details.get(*VAULT, job_id)).properties.status == "Cancelled"
    assert (await _newest(azure)).name == before


def _preflight(point: str, **changes: Any) -> dict[str, Any]:
    order = {**ORDER, "recoveryPointId": point, **changes}
    return {"properties": {"objectType": "ValidateIaasVMRestoreOperationRequest", "restoreRequest": order}}


async def test_a_pre_flight_finds_nothing_or_what_stands_in_the_way(azure: Any) -> None:
    """At once, with code, message and advice; nothing is started."""
    point = (await _newest(azure)).name
    good = await azure.backup.operation.validate(*VAULT, _preflight(point))
    assert good.validate_operation_response.validation_results == []
    bad = await azure.backup.operation.validate(*VAULT, _preflight(point, region="northeurope"))
    [finding] = bad.validate_operation_response.validation_results
    assert finding.code == "UserErrorRestoreRegionMismatch"
    assert finding.recommendations
    assert azure.effects("backup.restore") == []


async def test_a_pre_flight_can_be_asked_for_and_read_later(azure: Any) -> None:
    """The status tells the findings; the poller's result is None."""
    headers: list[Any] = []
    poller = await azure.backup.validate_operation.begin_trigger(
        *VAULT, _preflight("1"), raw_response_hook=lambda one: headers.append(one.http_response.headers)
    )
    assert await poller.result() is None
    name = headers[0]["azure-asyncoperation"].split("?")[0].rsplit("/", 1)[-1]
    status = await azure.backup.validate_operation_statuses.get(*VAULT, name)
    [finding] = status.properties.validate_operation_response.validation_results
    assert (status.status, finding.code) == ("Succeeded", "BMSUserErrorRecoveryPointNotFound")


async def test_files_of_a_point_are_offered_and_taken_back(azure: Any) -> None:
    """202 both times; the status holds the script, and the point says that a session is open."""
    point = (await _newest(azure)).name
    body = {"properties": {"objectType": "IaasVMILRRegistrationRequest", "recoveryPointId": point}}
    connections = azure.backup.item_level_recovery_connections
    headers = await connections.provision(*APP, point, body, cls=_headers)
    azure.time.advance(seconds=20)
    name = headers["azure-asyncoperation"].split("?")[0].rsplit("/", 1)[-1]
    status = await azure.backup.protected_item_operation_statuses.get(*APP, name)
    assert status.properties.recovery_target.client_scripts[0].script_extension == "exe"
    assert (await _newest(azure)).properties.is_instant_ilr_session_active
    with pytest.raises(HttpResponseError) as refusal:
        await connections.provision(*APP, point, body)
    assert refusal.value.status_code == 409
    await connections.revoke(*APP, point)
    azure.time.advance(seconds=20)
    assert not (await _newest(azure)).properties.is_instant_ilr_session_active


async def test_an_attached_guard_wants_a_second_token(azure: Any) -> None:
    """Without naming the guard's request 400, without the auxiliary token 403, with both it goes on."""
    world = azure.sandbox.world
    attach_guard(world, world.store.require(VAULT_ID), GUARD)
    azure.add_group("rg-nieuw", "westeurope")
    request = {"resourceGuardOperationRequests": [f"{GUARD}/triggerRestoreRequests/default"]}
    restore = ("vm-bz-app-1", "rg-burgerzaken", "rg-nieuw")
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore(*restore)
    assert refusal.value.status_code == 400
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore(*restore, **request)
    assert (refusal.value.status_code, refusal.value.error.code) == (403, "LinkedAuthorizationFailed")
    assert azure.effects("backup.restore") == []
    await azure.restore(*restore, options={"x_ms_authorization_auxiliary": "Bearer second"}, **request)
    assert len(azure.effects("backup.restore")) == 1


async def test_an_attached_guard_shows_in_posture_and_verdict(azure: Any) -> None:
    """The proxy is listed and can be asked for; without one it is not found."""
    with pytest.raises(ResourceNotFoundError):
        await azure.backup.resource_guard_proxy.get(*VAULT, "VaultProxy")
    world = azure.sandbox.world
    attach_guard(world, world.store.require(VAULT_ID), GUARD)
    [proxy] = [one async for one in azure.backup.resource_guard_proxies.get(*VAULT)]
    assert proxy.properties.resource_guard_resource_id == GUARD
    assert (await azure.backup.resource_guard_proxy.get(*VAULT, proxy.name)).name == proxy.name
    vault = (await azure.vaults.vaults.get("rg-recovery-weu", "rsv-weu")).properties
    assert vault.security_settings.multi_user_authorization == "Enabled"
