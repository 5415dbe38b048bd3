"""Cross-region restore over plain REST, in the documented order, with the home region up and lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.faults import make

pytestmark = pytest.mark.anyio

VERSION = "2021-11-15"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
ROOT = f"{SUBSCRIPTION}/resourceGroups"
VAULT = f"{ROOT}/rg-recovery-weu/providers/Microsoft.RecoveryServices/vaults/rsv-weu"
NAMES = ("iaasvmcontainerv2%3Brg-besluitvorming%3Bvm-bv-app-1",) * 2
ITEM = f"{VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer%3B{NAMES[0]}/protectedItems/VM%3B{NAMES[1]}"
AWAY = f"{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/northeurope"
REQUEST = {
    "objectType": "IaasVMRestoreRequest",
    "recoveryType": "RestoreDisks",
    "sourceResourceId": f"{ROOT}/rg-besluitvorming/providers/Microsoft.Compute/virtualMachines/vm-bv-app-1",
    "targetResourceGroupId": f"{ROOT}/rg-besluitvorming-neu",
    "storageAccountId": f"{ROOT}/rg-recovery-neu/providers/Microsoft.Storage/storageAccounts/stdrdneu",
    "region": "northeurope",
    "createNewCloudService": True,
    "originalStorageAccountOption": False,
}


async def _points(azure: Any, version: str = VERSION) -> list[dict[str, Any]]:
    answer = await azure.rest("GET", f"{ITEM}/recoveryPoints/", version)
    answer.raise_for_status()
    return [point["properties"] | {"name": point["name"]} for point in answer.json()["value"]]


async def _access(azure: Any, point: str) -> dict[str, Any]:
    aad = (await azure.rest("GET", f"{AWAY}/backupAadProperties", VERSION)).json()
    token = await azure.rest("POST", f"{ITEM}/recoveryPoints/{point}/accessToken", VERSION, aad)
    token.raise_for_status()
    details: dict[str, Any] = token.json()["properties"]
    return details


async def _trigger(azure: Any, **changes: Any) -> Any:
    point = (await _points(azure))[0]["name"]
    body = {
        "crossRegionRestoreAccessDetails": await _access(azure, point),
        "restoreRequest": {**REQUEST, "recoveryPointId": point, **changes},
    }
    return await azure.rest("POST", f"{AWAY}/backupCrossRegionRestore", VERSION, body)


async def test_the_paired_region_shows_older_points_under_the_same_path(azure: Any) -> None:
    """Nine hours of lag: tonight's copy is still under way."""
    newest_home = (await _points(azure, "2026-10-01"))[0]
    newest_away = (await _points(azure))[0]
    lag = datetime.fromisoformat(newest_home["recoveryPointTime"]) - datetime.fromisoformat(
        newest_away["recoveryPointTime"]
    )
    age = azure.time.now - datetime.fromisoformat(newest_away["recoveryPointTime"])
    assert timedelta(0) <= lag < timedelta(hours=25)
    assert timedelta(hours=9) < age < timedelta(hours=48)


async def test_a_point_lags_by_hours_before_the_paired_region_has_it(azure: Any) -> None:
    """An hour after the evening's backup only the home region has it, twelve hours later both do."""
    azure.time.advance(hours=11)
    home, away = (await _points(azure, "2026-10-01"))[0], (await _points(azure))[0]
    assert home["name"] != away["name"]
    azure.time.advance(hours=12)
    assert (await _points(azure))[0]["name"] == home["name"]


async def test_copies_are_never_instant_and_their_tier_is_an_integer(azure: Any) -> None:
    """Snapshots stay in their region; the old api-version says 2 where a new one says HardenedRP."""
    assert (await _points(azure))[0]["recoveryPointTierDetails"] == [{"type": 2, "status": 1}]


async def test_with_the_home_region_lost_only_the_paired_region_answers(azure: Any) -> None:
    """The old api-version goes on, the new one is refused."""
    azure.lose("westeurope")
    assert await _points(azure)
    refused = await azure.rest("GET", f"{ITEM}/recoveryPoints", "2026-10-01")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "ServiceUnavailable")
    items = await azure.rest("GET", f"{VAULT}/backupProtectedItems/", VERSION)
    assert len(items.json()["value"]) == azure.backed_up()


async def test_no_copy_arrives_after_the_loss(azure: Any) -> None:
    """Three days later the newest copy is the one that had arrived by then."""
    azure.lose("westeurope")
    before = (await _points(azure))[0]["name"]
    azure.time.advance(days=3)
    assert (await _points(azure))[0]["name"] == before


async def test_the_whole_order_restores_in_the_paired_region_while_home_is_lost(azure: Any) -> None:
    """Points, properties, token, restore, status, job: and the disks are in the recovery region."""
    azure.lose("westeurope", ago=timedelta(minutes=10))
    accepted = await _trigger(azure)
    assert accepted.status_code == 202
    assert accepted.content == b""
    path = accepted.headers["azure-asyncoperation"].split("?")[0].removeprefix("http://sandbox")
    assert path.startswith(f"{AWAY}/backupCrrOperationsStatus/")
    azure.time.advance(seconds=2)
    status = (await azure.rest("GET", path, VERSION)).json()
    assert status["status"] == "Succeeded"
    asked = {"resourceId": VAULT, "jobName": status["properties"]["jobId"]}
    job = (await azure.rest("POST", f"{AWAY}/backupCrrJob", VERSION, asked)).json()["properties"]
    assert (job["operation"], job["status"]) == ("CrossRegionRestore", "InProgress")
    azure.time.advance(seconds=182)
    job = (await azure.rest("POST", f"{AWAY}/backupCrrJob", VERSION, asked)).json()["properties"]
    assert (job["status"], job["duration"]) == ("Completed", "PT3M4S")
    disks = list(azure.sandbox.world.store.each("Microsoft.Compute/disks", group="rg-besluitvorming-neu"))
    assert [disk.name.rsplit("-", 2)[0] for disk in disks] == ["vm-bv-app-1-osdisk", "vm-bv-app-1-datadisk-000"]
    assert {disk.location for disk in disks} == {"northeurope"}
    newest = datetime.fromisoformat((await _points(azure))[0]["recoveryPointTime"])
    assert {disk.hidden["as_of"] for disk in disks} == {newest}
    assert {disk.hidden["lineage"] for disk in disks} == {REQUEST["sourceResourceId"]}


async def test_jobs_of_the_paired_region_are_listed_by_a_post_and_in_no_other_list(azure: Any) -> None:
    """`backupCrrJobs` finds the job in doubt by its target group; the vault's own list does not have it."""
    await _trigger(azure)
    azure.time.advance(seconds=5)
    wanted = "operation eq 'CrossRegionRestore' and status eq 'InProgress'"
    answer = await azure.rest("POST", f"{AWAY}/backupCrrJobs?$filter={wanted}", VERSION, {"resourceId": VAULT})
    [job] = answer.json()["value"]
    details = await azure.rest("POST", f"{AWAY}/backupCrrJob", VERSION, {"resourceId": VAULT, "jobName": job["name"]})
    bag = details.json()["properties"]["extendedInfo"]["propertyBag"]
    assert bag["Target resource group"] == "rg-besluitvorming-neu"
    home = [one.name async for one in azure.backup.backup_jobs.list("rsv-weu", "rg-recovery-weu")]
    assert job["name"] not in home


async def test_a_body_nested_in_properties_is_refused(azure: Any) -> None:
    """The one body of Azure Backup that is not."""
    point = (await _points(azure))[0]["name"]
    inner = {"crossRegionRestoreAccessDetails": await _access(azure, point), "restoreRequest": REQUEST}
    refused = await azure.rest("POST", f"{AWAY}/backupCrossRegionRestore", VERSION, {"properties": inner})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "BMSUserErrorInvalidInput")


async def test_access_details_of_another_point_are_refused(azure: Any) -> None:
    """The token belongs to one recovery point."""
    points = await _points(azure)
    details = await _access(azure, points[0]["name"]) | {"recoveryPointId": points[1]["name"]}
    body = {"crossRegionRestoreAccessDetails": details, "restoreRequest": REQUEST}
    refused = await azure.rest("POST", f"{AWAY}/backupCrossRegionRestore", VERSION, body)
    assert refused.json()["error"]["code"] == "BMSUserErrorInvalidAccessToken"


async def test_the_token_wants_the_answer_of_the_paired_regions_aad_properties(azure: Any) -> None:
    """An empty body gives no token."""
    point = (await _points(azure))[0]["name"]
    refused = await azure.rest("POST", f"{ITEM}/recoveryPoints/{point}/accessToken", VERSION, {})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"region": "westeurope"}, "UserErrorRestoreRegionMismatch"),
        (
            {"storageAccountId": f"{ROOT}/rg-recovery-weu/providers/Microsoft.Storage/storageAccounts/stdrdweu"},
            "UserErrorStorageAccountRegionMismatch",
        ),
        ({"targetResourceGroupId": f"{ROOT}/rg-none"}, "UserErrorTargetResourceGroupNotFound"),
    ],
)
async def test_what_cannot_be_had_away_is_refused(azure: Any, changes: dict[str, Any], code: str) -> None:
    """Group, region and storage account are looked at in the paired region."""
    refused = await _trigger(azure, **changes)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert azure.effects("backup.cross-region-restore") == []


async def test_a_vault_without_cross_region_restore_is_refused(azure: Any) -> None:
    """The posture field is what decides."""
    store = azure.sandbox.world.store
    vault = store.require(VAULT)
    changed = {**vault.properties["redundancySettings"], "crossRegionRestore": "Disabled"}
    store.put(vault.with_properties(redundancySettings=changed), at=azure.time.now, by="test")
    refused = await azure.rest("GET", f"{ITEM}/recoveryPoints/", VERSION)
    assert refused.json()["error"]["code"] == "BMSUserErrorCrossRegionRestoreNotEnabled"


async def test_the_journal_names_the_cross_region_restore_once(azure: Any) -> None:
    """With its operation, job, item and point."""
    await _trigger(azure)
    azure.time.advance(minutes=4)
    azure.sandbox.world.settle()
    [effect] = azure.effects("backup.cross-region-restore")
    assert effect["source"] == REQUEST["sourceResourceId"]
    assert effect["job"]
    assert effect["operation"]


async def test_the_newest_package_has_no_cross_region_calls(azure: Any) -> None:
    """The clients of the current package ask the home region only."""
    assert not hasattr(azure.backup, "cross_region_restore")
    azure.lose("westeurope")
    with pytest.raises(HttpResponseError) as refusal:
        [item async for item in azure.backup.backup_protected_items.list("rsv-weu", "rg-recovery-weu")]
    assert refusal.value.status_code == 503


async def test_one_item_and_one_copy_answer_as_their_lists_do(azure: Any) -> None:
    """The item's newest point is the newest copy, not the newest of the home region."""
    azure.time.advance(hours=11)
    newest = (await _points(azure))[0]
    item = (await azure.rest("GET", ITEM, VERSION)).json()["properties"]
    home = (await azure.rest("GET", ITEM, "2026-10-01")).json()["properties"]
    assert item["lastRecoveryPoint"] == newest["recoveryPointTime"] < home["lastRecoveryPoint"]
    point = (await azure.rest("GET", f"{ITEM}/recoveryPoints/{newest['name']}", VERSION)).json()
    assert point["properties"]["recoveryPointTime"] == newest["recoveryPointTime"]


async def test_the_home_region_does_not_restore_its_own_copies(azure: Any) -> None:
    """The address of another region than the paired one is refused, or unavailable when that region is lost."""
    point = (await _points(azure))[0]["name"]
    body = {"crossRegionRestoreAccessDetails": await _access(azure, point), "restoreRequest": REQUEST}
    home = AWAY.replace("northeurope", "westeurope")
    refused = await azure.rest("POST", f"{home}/backupCrossRegionRestore", VERSION, body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "UserErrorRestoreRegionMismatch")
    azure.lose("westeurope")
    refused = await azure.rest("POST", f"{home}/backupCrossRegionRestore", VERSION, body)
    assert refused.status_code == 503


async def test_jobs_are_asked_for_by_the_id_of_a_vault(azure: Any) -> None:
    """Another id is refused, an unknown job is not found."""
    refused = await azure.rest("POST", f"{AWAY}/backupCrrJobs", VERSION, {"resourceId": REQUEST["sourceResourceId"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "BMSUserErrorInvalidInput")
    unknown = await azure.rest("POST", f"{AWAY}/backupCrrJob", VERSION, {"resourceId": VAULT, "jobName": "none"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "BMSUserErrorJobNotFound")


async def test_details_of_no_item_are_refused(azure: Any) -> None:
    """The access details have to come back as they were given."""
    point = (await _points(azure))[0]["name"]
    details = await _access(azure, point) | {"datasourceId": VAULT}
    body = {"crossRegionRestoreAccessDetails": details, "restoreRequest": REQUEST}
    refused = await azure.rest("POST", f"{AWAY}/backupCrossRegionRestore", VERSION, body)
    assert refused.json()["error"]["code"] == "BMSUserErrorInvalidAccessToken"


async def test_a_new_machine_is_made_in_the_paired_region_while_home_is_lost(azure: Any) -> None:
    """With its interface in a network of that region; it runs when the job is done."""
    azure.lose("westeurope", ago=timedelta(minutes=10))
    network = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-neu"
    machine = f"{ROOT}/rg-besluitvorming-neu/providers/Microsoft.Compute/virtualMachines/vm-bv-app-9"
    accepted = await _trigger(
        azure,
        recoveryType="AlternateLocation",
        targetVirtualMachineId=machine,
        virtualNetworkId=network,
        subnetId=f"{network}/subnets/snet-servers",
    )
    assert accepted.status_code == 202
    azure.time.advance(minutes=5)
    azure.sandbox.world.settle()
    made = azure.sandbox.world.store.require(machine)
    assert (made.location, made.hidden["power"]) == ("northeurope", "running")


async def test_the_machines_own_disks_are_not_replaced_from_afar(azure: Any) -> None:
    """The paired region knows nothing of the machine."""
    refused = await _trigger(azure, recoveryType="OriginalLocation")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "BMSUserErrorRestoreTypeNotSupported")


async def test_copies_of_another_workload_are_not_shown(azure: Any) -> None:
    """Only machines are modelled there."""
    items = await azure.rest("GET", f"{VAULT}/backupProtectedItems/", VERSION)
    assert {one["properties"]["backupManagementType"] for one in items.json()["value"]} == {"AzureIaasVM"}


async def test_a_corrupt_copy_fails_the_job_of_the_paired_region(azure: Any) -> None:
    """The POST that reads a job tells the code."""
    azure.sandbox.world.faults.add(make("point-corrupt"))
    accepted = await _trigger(azure)
    azure.time.advance(minutes=5)
    path = accepted.headers["azure-asyncoperation"].split("?")[0].removeprefix("http://sandbox")
    name = (await azure.rest("GET", path, VERSION)).json()["properties"]["jobId"]
    asked = {"resourceId": VAULT, "jobName": name}
    job = (await azure.rest("POST", f"{AWAY}/backupCrrJob", VERSION, asked)).json()["properties"]
    assert (job["status"], job["errorDetails"][0]["errorTitle"]) == ("Failed", "UserErrorRecoveryPointCorrupt")
