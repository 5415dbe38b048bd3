"""A new machine, the old machine's disks exchanged, some disks only, and a point fetched from the archive tier."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.compute.machine import as_of, disk_ids, power_off
from drd.sandbox.faults import make
from drd.sandbox.recovery_services.backup_items import backed_up

pytestmark = pytest.mark.anyio

VAULT = ("rsv-weu", "rg-recovery-weu")
ROOT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
NETWORK = f"{ROOT}/rg-netwerk/providers/Microsoft.Network/virtualNetworks/vnet-weu"
MACHINES = "Microsoft.Compute/virtualMachines"
APP = f"{ROOT}/rg-burgerzaken/providers/{MACHINES}/vm-bz-app-1"
NEW = {
    "recoveryType": "AlternateLocation",
    "targetVirtualMachineId": f"{ROOT}/rg-nieuw/providers/{MACHINES}/vm-bz-app-9",
    "virtualNetworkId": NETWORK,
    "subnetId": f"{NETWORK}/subnets/snet-servers",
}
REPLACE = {"recoveryType": "OriginalLocation", "targetResourceGroupId": None}
HIGH = {"rehydrationPriority": "High", "rehydrationRetentionDuration": "P7D"}


@pytest.fixture
def group(azure: Any) -> str:
    """A group for what is restored."""
    azure.add_group("rg-nieuw", "westeurope")
    return "rg-nieuw"


async def _job(azure: Any, headers: dict[str, str]) -> Any:
    done = await azure.operation(headers)
    return (await azure.backup.job_details.get(*VAULT, done.properties.job_id)).properties


def _switch_off(azure: Any) -> None:
    world = azure.sandbox.world
    world.store.put(power_off(world.store.require(APP)), at=azure.time.now, by="test")


async def test_a_new_machine_stands_in_the_given_group_and_subnet_and_runs(azure: Any, group: str) -> None:
    """Machine, disks and interface are there when the job ends, not before."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **NEW)
    azure.time.advance(seconds=229)
    assert azure.resource(group, MACHINES, "vm-bz-app-9") is None
    azure.time.advance(seconds=1)
    machine = azure.resource(group, MACHINES, "vm-bz-app-9")
    assert (machine.location, machine.hidden["power"]) == ("westeurope", "running")
    [interface] = azure.sandbox.world.store.each("Microsoft.Network/networkInterfaces", group=group)
    assert interface.name.startswith("vm-bz-app-9-nic-")
    assert {
        disk.name.rsplit("-", 2)[0] for disk in azure.sandbox.world.store.each("Microsoft.Compute/disks", group=group)
    } == {"vm-bz-app-1-osdisk"}
    job = await _job(azure, headers)
    assert job.status == "Completed"
    assert job.extended_info.property_bag["Target Virtual Machine Name"] == "vm-bz-app-9"
    assert job.extended_info.property_bag["Target resource group"] == group


async def test_a_running_job_names_the_new_machine_and_works_on_one_task(azure: Any, group: str) -> None:
    """By it a restore in doubt is found again."""
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **NEW)
    azure.time.advance(seconds=20)
    job = await _job(azure, headers)
    assert job.extended_info.property_bag["Target Virtual Machine Name"] == "vm-bz-app-9"
    assert [task.status for task in job.extended_info.tasks_list] == ["InProgress", "NotStarted"]
    azure.time.advance(seconds=180)
    tasks = (await _job(azure, headers)).extended_info.tasks_list
    assert [task.status for task in tasks] == ["Completed", "InProgress"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"targetVirtualMachineId": APP}, "UserErrorTargetVirtualMachineInvalid"),
        ({"targetVirtualMachineId": "vm-bz-app-9"}, "UserErrorTargetVirtualMachineInvalid"),
        ({"targetResourceGroupId": None}, "UserErrorTargetResourceGroupNotFound"),
        ({"virtualNetworkId": f"{NETWORK}-none"}, "UserErrorVirtualNetworkNotFound"),
        ({"virtualNetworkId": NETWORK.replace("weu", "neu").replace("rg-netwerk/", "rg-netwerk-neu/")},
         "UserErrorVirtualNetworkRegionMismatch"),
        ({"subnetId": f"{NETWORK}/subnets/none"}, "UserErrorSubnetNotFound"),
    ],
)  # fmt: skip
async def test_a_new_machine_that_cannot_be_had_is_refused(
    azure: Any, group: str, changes: dict[str, Any], code: str
) -> None:
    """400, and nothing was started."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **{**NEW, **changes})
    assert (refusal.value.status_code, refusal.value.error.code) == (400, code)
    assert azure.effects("backup.restore") == []


async def test_a_new_machine_without_room_fails_the_job_late(azure: Any, group: str) -> None:
    """The request was accepted; the region has no capacity when the disks are there."""
    azure.sandbox.world.faults.add(make("allocation", code="SkuNotAvailable"))
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **NEW)
    azure.time.advance(minutes=5)
    job = await _job(azure, headers)
    assert (job.status, job.error_details[0].error_title) == ("Failed", "SkuNotAvailable")
    assert azure.resource(group, MACHINES, "vm-bz-app-9") is None


async def test_the_disks_of_a_running_machine_are_not_replaced(azure: Any, group: str) -> None:
    """Switch it off first."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **REPLACE)
    assert refusal.value.error.code == "UserErrorVirtualMachineNotShutDown"


async def test_the_disks_of_a_machine_that_is_off_are_replaced(azure: Any, group: str) -> None:
    """Same machine, same interface, other disks; the old ones stay unattached, and it stays off."""
    _switch_off(azure)
    world = azure.sandbox.world
    before = world.store.require(APP)
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **REPLACE)
    azure.time.advance(seconds=240)
    world.settle()
    after = world.store.require(APP)
    assert (await _job(azure, headers)).status == "Completed"
    assert after.properties["networkProfile"] == before.properties["networkProfile"]
    assert after.hidden["power"] == "deallocated"
    assert set(disk_ids(after)).isdisjoint(disk_ids(before))
    assert as_of(world, after) < azure.time.now - timedelta(hours=8)
    old = [world.store.require(one) for one in disk_ids(before)]
    assert {disk.properties["diskState"] for disk in old} == {"Unattached"}


async def test_a_machine_that_was_started_meanwhile_keeps_its_disks(azure: Any, group: str) -> None:
    """The job fails, the machine is as it was."""
    _switch_off(azure)
    world = azure.sandbox.world
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **REPLACE)
    await azure.operation(headers)
    before = world.store.require(APP)
    world.store.put(before.with_hidden(power="running"), at=azure.time.now, by="test")
    azure.time.advance(minutes=5)
    job = await _job(azure, headers)
    assert (job.status, job.error_details[0].error_title) == ("Failed", "UserErrorVirtualMachineNotShutDown")
    assert disk_ids(world.store.require(APP)) == disk_ids(before)


async def test_a_machine_that_is_gone_cannot_get_its_disks_back(azure: Any, group: str) -> None:
    """Restore it to a new one instead; its points are all still there, and no new ones come."""
    world = azure.sandbox.world
    world.store.delete(APP, at=azure.time.now, by="test")
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **REPLACE)
    assert refusal.value.error.code == "UserErrorSourceVirtualMachineNotFound"
    azure.time.advance(days=3)
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **NEW)
    azure.time.advance(minutes=5)
    assert (await _job(azure, headers)).status == "Completed"
    restored = azure.resource(group, MACHINES, "vm-bz-app-9")
    assert azure.time.now - as_of(world, restored) > timedelta(days=3)


async def test_some_disks_only_are_restored_by_their_number(azure: Any, group: str) -> None:
    """An empty list leaves every data disk out; the OS disk always comes."""
    await azure.restore("vm-bz-sql-1", "rg-burgerzaken", group, restoreDiskLunList=[])
    azure.time.advance(minutes=4)
    azure.sandbox.world.settle()
    names = [disk.name for disk in azure.sandbox.world.store.each("Microsoft.Compute/disks", group=group)]
    assert [name.rsplit("-", 2)[0] for name in names] == ["vm-bz-sql-1-osdisk"]


def _archive(azure: Any) -> Any:
    """Let the machine's points older than nine hours be in the archive tier."""
    world = azure.sandbox.world
    item = next(one for one in world.store.each() if one.name.endswith(";vm-bz-app-1") and "backed-up" in one.hidden)
    known = backed_up(item)
    policy = replace(known.policy, archive_after=timedelta(hours=8))
    world.store.put(item.with_hidden(**{"backed-up": replace(known, policy=policy)}), at=azure.time.now, by="test")
    return item


async def test_an_archived_point_says_so_and_a_plain_restore_of_it_is_refused(azure: Any, group: str) -> None:
    """It has to be rehydrated."""
    _archive(azure)
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore("vm-bz-app-1", "rg-burgerzaken", group)
    assert refusal.value.error.code == "UserErrorRecoveryPointInArchiveTier"


async def test_rehydration_takes_an_hour_and_leaves_the_point_ready_for_days(azure: Any, group: str) -> None:
    """Rehydrate, then restore; afterwards the point is Rehydrated with an end, and a plain restore is quick."""
    item = _archive(azure)
    path = (*VAULT, "Azure", item.id.split("/")[-3], item.name)
    newest = await anext(azure.backup.recovery_points.list(*path))
    assert [tier.type for tier in newest.properties.recovery_point_tier_details] == ["ArchivedRP"]
    headers = await azure.restore(
        "vm-bz-app-1",
        "rg-burgerzaken",
        group,
        objectType="IaasVMRestoreWithRehydrationRequest",
        recoveryPointRehydrationInfo=HIGH,
    )
    azure.time.advance(hours=1)
    job = await _job(azure, headers)
    assert job.status == "InProgress"
    assert job.extended_info.tasks_list[0].task_id == "Rehydrate recovery point"
    azure.time.advance(seconds=184)
    assert (await _job(azure, headers)).status == "Completed"
    [tier] = (await azure.backup.recovery_points.get(*path, newest.name)).properties.recovery_point_tier_details
    assert (tier.status, "RehydratedRPExpiryTime" in tier.extended_info) == ("Rehydrated", True)
    azure.add_group("rg-weer", "westeurope")
    again = await azure.restore("vm-bz-app-1", "rg-burgerzaken", "rg-weer")
    azure.time.advance(seconds=184)
    assert (await _job(azure, again)).status == "Completed"
    azure.time.advance(days=7)
    [tier] = (await azure.backup.recovery_points.get(*path, newest.name)).properties.recovery_point_tier_details
    assert tier.status == "Valid"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (HIGH, "UserErrorRecoveryPointNotInArchiveTier"),
        ({**HIGH, "rehydrationPriority": "Soon"}, "BMSUserErrorInvalidInput"),
        ({**HIGH, "rehydrationRetentionDuration": "a week"}, "BMSUserErrorInvalidInput"),
    ],
)
async def test_a_rehydration_that_cannot_be_had_is_refused(
    azure: Any, group: str, asked: dict[str, str], code: str
) -> None:
    """Of a point outside the archive tier, or in words that Azure does not know."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.restore(
            "vm-bz-app-1",
            "rg-burgerzaken",
            group,
            objectType="IaasVMRestoreWithRehydrationRequest",
            recoveryPointRehydrationInfo=asked,
        )
    assert refusal.value.error.code == code
