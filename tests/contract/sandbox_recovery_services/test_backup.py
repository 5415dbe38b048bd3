"""Protected items, recovery points and jobs of Azure Backup as azure-mgmt-recoveryservicesbackup sees them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.recoveryservicesbackup.models import (
    AzureIaaSVMProtectedItem,
    AzureVmWorkloadSQLDatabaseProtectedItem,
    IaasVMRecoveryPoint,
)

pytestmark = pytest.mark.anyio

VAULT = ("rsv-weu", "rg-recovery-weu")
VMS = "backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'"
APP = (
    *VAULT,
    "Azure",
    "IaasVMContainer;iaasvmcontainerv2;rg-burgerzaken;vm-bz-app-1",
    "VM;iaasvmcontainerv2;rg-burgerzaken;vm-bz-app-1",
)
ITEM_PATH = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-recovery-weu"
    "/providers/Microsoft.RecoveryServices/vaults/rsv-weu/backupFabrics/Azure/protectionContainers/"
    "IaasVMContainer%3Biaasvmcontainerv2%3Brg-burgerzaken%3Bvm-bz-app-1/protectedItems/"
    "VM%3Biaasvmcontainerv2%3Brg-burgerzaken%3Bvm-bz-app-1"
)


async def test_the_recorded_filter_lists_every_machine_of_the_vault(azure: Any) -> None:
    """The machines of the estate that are backed up, and neither database nor share."""
    items = [item async for item in azure.backup.backup_protected_items.list(*VAULT, filter=VMS)]
    names = {item.name.rsplit(";", 1)[-1] for item in items}
    assert len(names) == azure.backed_up()
    assert {"vm-id-1", "vm-bz-sql-1", "vm-bz-app-1", "vm-bv-app-1"} <= names


async def test_a_filter_by_friendly_name_finds_one(azure: Any) -> None:
    """The other recorded filter narrows to one machine."""
    wanted = "backupManagementType eq 'AzureIaasVM' and friendlyName eq 'vm-bv-app-1' and status eq 'Registered'"
    items = [item async for item in azure.backup.backup_protected_items.list(*VAULT, filter=wanted)]
    assert [item.properties["friendlyName"] for item in items] == ["vm-bv-app-1"]


async def test_a_filter_for_another_workload_finds_that_workload_only(azure: Any) -> None:
    """One database beside the machines; the client looks for its discriminator one level too high, so base too."""
    wanted = "backupManagementType eq 'AzureWorkload' and workloadType eq 'SQLDataBase'"
    [item] = [item async for item in azure.backup.backup_protected_items.list(*VAULT, filter=wanted)]
    assert not isinstance(item.properties, AzureVmWorkloadSQLDatabaseProtectedItem)
    assert item.properties["protectedItemType"] == "AzureVmWorkloadSQLDatabase"
    assert (item.properties["friendlyName"], item.properties["serverName"]) == ("burgerzaken", "vm-bz-sql-1")


async def test_a_filter_that_azure_would_not_understand_is_refused(azure: Any) -> None:
    """A misspelt name is an error, not an empty list."""
    with pytest.raises(HttpResponseError) as refusal:
        [item async for item in azure.backup.backup_protected_items.list(*VAULT, filter="vmName eq 'x'")]
    assert (refusal.value.status_code, refusal.value.error.code) == (400, "BMSUserErrorInvalidODataQuery")


async def test_the_list_comes_in_pages_that_the_client_follows(azure: Any) -> None:
    """With pages of three the same items arrive, over as many requests as it takes."""
    object.__setattr__(azure.sandbox.world, "page_size", 3)
    items = [item async for item in azure.backup.backup_protected_items.list(*VAULT, filter=VMS)]
    assert len({item.name for item in items}) == azure.backed_up()
    assert len(azure.sandbox.world.journal.entries) == -(-azure.backed_up() // 3)


async def test_names_with_semicolons_arrive_encoded_and_are_understood(azure: Any) -> None:
    """The client sends %3B; the item answers."""
    item = await azure.backup.protected_items.get(*APP)
    assert item.properties.policy_name == "pol-vm-nacht"
    assert item.properties.source_resource_id.endswith(
        "/rg-burgerzaken/providers/Microsoft.Compute/virtualMachines/vm-bz-app-1"
    )


async def test_the_wires_discriminator_of_a_machine_is_one_that_the_client_does_not_know(azure: Any) -> None:
    """The item arrives as the base class; what only machines have is reachable by its wire name."""
    item = await azure.backup.protected_items.get(*APP)
    assert not isinstance(item.properties, AzureIaaSVMProtectedItem)
    assert item.properties["protectedItemType"] == "Microsoft.Compute/virtualMachines"
    assert item.properties.get("protectionState") == "Protected"
    assert item.properties.get("lastBackupStatus") == "Completed"


async def test_points_come_daily_and_newest_first(azure: Any) -> None:
    """Thirty points, a day apart within the minutes that a schedule may be late, the newest of tonight."""
    points = [point async for point in azure.backup.recovery_points.list(*APP)]
    instants = [point.properties.recovery_point_time for point in points]
    assert all(isinstance(point.properties, IaasVMRecoveryPoint) for point in points)
    assert len(instants) == 30
    assert instants == sorted(instants, reverse=True)
    assert azure.time.now - instants[0] < timedelta(hours=9)
    gaps = {older - newer for newer, older in zip(instants[1:], instants, strict=False)}
    assert all(timedelta(hours=23, minutes=45) < gap < timedelta(hours=24, minutes=15) for gap in gaps)


async def test_points_can_be_filtered_by_date(azure: Any) -> None:
    """`startDate` and `endDate` in the form that clients send bound the list."""
    wanted = "startDate eq '2026-11-17 12:00:00 AM' and endDate eq '2026-11-19 11:59:59 PM'"
    points = [point async for point in azure.backup.recovery_points.list(*APP, filter=wanted)]
    assert [point.properties.recovery_point_time.day for point in points] == [19, 18, 17]


async def test_a_point_can_be_asked_for_by_its_name(azure: Any) -> None:
    """Name in, same point out; another name is a 404."""
    newest = await anext(azure.backup.recovery_points.list(*APP))
    again = await azure.backup.recovery_points.get(*APP, newest.name)
    assert again.properties.recovery_point_time == newest.properties.recovery_point_time
    assert again.properties.recovery_point_type == "AppConsistent"
    with pytest.raises(ResourceNotFoundError):
        await azure.backup.recovery_points.get(*APP, "123")


async def test_old_api_versions_put_integers_where_new_ones_have_words(azure: Any) -> None:
    """1 and 2 for the tiers; whoever reads them must expect both."""
    old = (await azure.rest("GET", f"{ITEM_PATH}/recoveryPoints", "2020-10-01")).json()["value"][0]
    new = (await azure.rest("GET", f"{ITEM_PATH}/recoveryPoints", "2026-10-01")).json()["value"][0]
    assert old["properties"]["recoveryPointTierDetails"] == [{"type": 1, "status": 1}, {"type": 2, "status": 1}]
    assert new["properties"]["recoveryPointTierDetails"] == [
        {"type": "InstantRP", "status": "Valid"},
        {"type": "HardenedRP", "status": "Valid"},
    ]


async def test_the_nightly_backups_show_as_jobs(azure: Any) -> None:
    """Without a start time a list goes back one day: one completed backup for each machine."""
    jobs = [job async for job in azure.backup.backup_jobs.list(*VAULT, filter="operation eq 'Backup'")]
    assert len(jobs) == azure.backed_up()
    assert {job.properties.status for job in jobs} == {"Completed"}


async def test_jobs_can_be_filtered_by_start_time(azure: Any) -> None:
    """Three days of one backup a machine."""
    wanted = "startTime eq '2026-11-17 12:00:00 AM' and endTime eq '2026-11-19 11:59:59 PM' and operation eq 'Backup'"
    jobs = [job async for job in azure.backup.backup_jobs.list(*VAULT, filter=wanted)]
    assert len(jobs) == 3 * azure.backed_up()
    assert min(job.properties.start_time for job in jobs) > datetime(2026, 11, 17, tzinfo=UTC)
