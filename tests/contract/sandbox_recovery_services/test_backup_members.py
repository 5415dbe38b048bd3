"""Every answer of vaults and Azure Backup holds each member that the API specification's own examples hold for it."""

from typing import Any

import pytest

from drd.sandbox.recovery_services.guard import attach_guard
from drd.sandbox.wire import JsonObject
from tests.contract.sandbox.examples import missing

pytestmark = pytest.mark.anyio

PROVIDER = "recovery_services_backup"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
ROOT = f"{SUBSCRIPTION}/resourceGroups"
VAULT = f"{ROOT}/rg-recovery-weu/providers/Microsoft.RecoveryServices/vaults/rsv-weu"
AWAY = f"{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/northeurope"
NAMES = "iaasvmcontainerv2%3Brg-besluitvorming%3Bvm-bv-app-1"
ITEM = f"{VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer%3B{NAMES}/protectedItems/VM%3B{NAMES}"
BACKUP, VAULTS, CRR = "2026-10-01", "2026-11-01", "2021-11-15"
GUARDS = "Microsoft.DataProtection/resourceGuards"
PREFLIGHT = {"objectType": "ValidateIaasVMRestoreOperationRequest", "restoreRequest": {"recoveryPointId": "1"}}


async def _get(azure: Any, path: str, version: str = BACKUP) -> JsonObject:
    answer = await azure.rest("GET", path, version)
    answer.raise_for_status()
    found: JsonObject = answer.json()
    return found


async def _post(azure: Any, path: str, body: JsonObject, version: str = BACKUP) -> JsonObject:
    answer = await azure.rest("POST", path, version, body)
    answer.raise_for_status()
    found: JsonObject = answer.json() if answer.content else dict(answer.headers)
    return found


@pytest.mark.parametrize(
    ("example", "path", "version"),
    [
        ("Vaults_Get", VAULT, VAULTS),
        ("Usages_ListByVaults", f"{VAULT}/usages", VAULTS),
        ("ReplicationUsages_List", f"{VAULT}/replicationUsages", VAULTS),
        ("BackupProtectedItems_List", f"{VAULT}/backupProtectedItems", BACKUP),
        ("ProtectedItems_Get", ITEM, BACKUP),
        ("RecoveryPoints_List", f"{ITEM}/recoveryPoints", BACKUP),
        ("BackupJobs_List", f"{VAULT}/backupJobs", BACKUP),
        ("ProtectionPolicies_Get", f"{VAULT}/backupPolicies/pol-vm-nacht", BACKUP),
        ("Compute_ProtectedItem_Get", ITEM, BACKUP),
        ("BackupPolicies_List", f"{VAULT}/backupPolicies?$filter=backupManagementType eq 'AzureWorkload'", BACKUP),
        (
            "ProtectionContainers_List",
            f"{VAULT}/backupProtectionContainers?$filter=backupManagementType eq 'AzureStorage'",
            BACKUP,
        ),
        (
            "ProtectionContainers_Get",
            f"{VAULT}/backupFabrics/Azure/protectionContainers/VMAppContainer%3BCompute%3Brg-burgerzaken%3Bvm-bz-sql-1",
            BACKUP,
        ),
        ("BackupResourceStorageConfigsNonCRR_Get", f"{VAULT}/backupstorageconfig/vaultstorageconfig", BACKUP),
        (
            "BackupResourceEncryptionConfigs_Get",
            f"{VAULT}/backupEncryptionConfigs/backupResourceEncryptionConfig",
            BACKUP,
        ),
        ("BackupResourceVaultConfigs_Update", f"{VAULT}/backupconfig/vaultconfig", BACKUP),
        (
            "BackupUsageSummaries_List",
            f"{VAULT}/backupUsageSummaries?$filter=type eq 'BackupProtectionContainerCountSummary'",
            BACKUP,
        ),
    ],
)
async def test_what_is_read_holds_every_member(azure: Any, example: str, path: str, version: str) -> None:
    """One question, one example."""
    assert missing(await _get(azure, path, version), PROVIDER, example) == []


async def test_an_attached_guard_holds_every_member(azure: Any) -> None:
    """And names the request on the guard for each thing that it watches over."""
    world = azure.sandbox.world
    attach_guard(world, world.store.require(VAULT), f"{ROOT}/rg-veilig/providers/{GUARDS}/wacht")
    listed = await _get(azure, f"{VAULT}/backupResourceGuardProxies")
    assert missing(listed, PROVIDER, "ResourceGuardProxies_Get") == []


async def test_the_status_of_a_backup_holds_every_member(azure: Any) -> None:
    """With the job's name in its body."""
    headers = await _post(azure, f"{ITEM}/backup", {"properties": {"objectType": "IaasVMBackupRequest"}})
    azure.time.advance(seconds=5)
    path = headers["azure-asyncoperation"].split("?")[0].removeprefix("http://sandbox").replace(";", "%3B")
    assert missing(await _get(azure, path), PROVIDER, "ProtectedItemOperationStatuses_Get") == []


async def test_a_job_holds_every_member(azure: Any) -> None:
    """With its tasks and its property bag."""
    jobs = await _get(azure, f"{VAULT}/backupJobs")
    job = await _get(azure, f"{VAULT}/backupJobs/{jobs['value'][0]['name']}")
    assert missing(job, PROVIDER, "JobDetails_Get") == []


async def test_a_pre_flight_holds_every_member(azure: Any) -> None:
    """At once, and as the status of an operation."""
    body = {"properties": PREFLIGHT}
    at_once = await _post(azure, f"{VAULT}/backupValidateOperation", body)
    assert missing(at_once, PROVIDER, "Operation_Validate") == []
    headers = await _post(azure, f"{VAULT}/backupTriggerValidateOperation", body)
    azure.time.advance(seconds=5)
    path = headers["azure-asyncoperation"].split("?")[0].removeprefix("http://sandbox")
    assert missing(await _get(azure, path), PROVIDER, "ValidateOperationStatuses_Get") == []


async def test_a_deleted_vault_holds_every_member(azure: Any) -> None:
    """Its old id, when it was deleted, when it will be purged."""
    azure.sandbox.world.store.delete(VAULT, at=azure.time.now, by="test")
    path = f"{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/westeurope/deletedVaults"
    assert missing(await _get(azure, path, VAULTS), PROVIDER, "DeletedVaults_ListBySubscriptionId") == []


async def test_a_cross_region_restore_holds_every_member(azure: Any) -> None:
    """The access token, and the job in the POST that is a list."""
    points = await _get(azure, f"{ITEM}/recoveryPoints/", CRR)
    aad = await _get(azure, f"{AWAY}/backupAadProperties", CRR)
    token = await _post(azure, f"{ITEM}/recoveryPoints/{points['value'][0]['name']}/accessToken", aad, CRR)
    assert missing(token, PROVIDER, "RecoveryPoints_GetAccessToken") == []
    order = {
        "objectType": "IaasVMRestoreRequest",
        "recoveryType": "RestoreDisks",
        "recoveryPointId": points["value"][0]["name"],
        "sourceResourceId": f"{ROOT}/rg-besluitvorming/providers/Microsoft.Compute/virtualMachines/vm-bv-app-1",
        "targetResourceGroupId": f"{ROOT}/rg-besluitvorming-neu",
        "storageAccountId": f"{ROOT}/rg-recovery-neu/providers/Microsoft.Storage/storageAccounts/stdrdneu",
        "region": "northeurope",
    }
    body = {"crossRegionRestoreAccessDetails": token["properties"], "restoreRequest": order}
    await _post(azure, f"{AWAY}/backupCrossRegionRestore", body, CRR)
    azure.time.advance(seconds=10)
    jobs = await _post(azure, f"{AWAY}/backupCrrJobs", {"resourceId": VAULT}, CRR)
    assert missing(jobs, PROVIDER, "BackupCrrJobs_List") == []
