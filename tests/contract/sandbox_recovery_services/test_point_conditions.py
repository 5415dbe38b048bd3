"""Recovery points that are infected, corrupt or gone, and what a restore makes of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError

from drd.sandbox.faults import make
from drd.sandbox.front import Answer, Front

pytestmark = pytest.mark.anyio

VAULT = ("rsv-weu", "rg-recovery-weu")
APP = (
    *VAULT,
    "Azure",
    "IaasVMContainer;iaasvmcontainerv2;rg-burgerzaken;vm-bz-app-1",
    "VM;iaasvmcontainerv2;rg-burgerzaken;vm-bz-app-1",
)
ROOT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
NETWORK = f"{ROOT}/rg-netwerk/providers/Microsoft.Network/virtualNetworks/vnet-weu"
NEW = {
    "recoveryType": "AlternateLocation",
    "targetVirtualMachineId": f"{ROOT}/rg-nieuw/providers/Microsoft.Compute/virtualMachines/vm-bz-app-9",
    "virtualNetworkId": NETWORK,
    "subnetId": f"{NETWORK}/subnets/snet-servers",
}


def _spoil(azure: Any, kind: str, since: datetime, **members: Any) -> None:
    azure.sandbox.world.faults.add(make(kind, points_from=since, **members))


@pytest.fixture
def group(azure: Any) -> Iterator[str]:
    """A group for what is restored."""
    azure.add_group("rg-nieuw", "westeurope")
    return "rg-nieuw"


async def _points(azure: Any) -> list[Any]:
    return [point async for point in azure.backup.recovery_points.list(*APP)]


async def test_a_point_without_a_threat_is_healthy_once_it_was_scanned(azure: Any) -> None:
    """A vault that scans knows nothing of a snapshot that is still being copied."""
    assert {point.properties.threat_status for point in await _points(azure)} == {"Healthy"}
    azure.time.advance(hours=15, minutes=40)
    newest, *older = await _points(azure)
    assert newest.properties.threat_status == "NotAvailable"
    assert {point.properties.threat_status for point in older} == {"Healthy"}


async def test_a_vault_that_does_not_scan_knows_nothing(azure: Any) -> None:
    """Every point says NotAvailable, infected or not."""
    world = azure.sandbox.world
    vault = world.store.require(f"{ROOT}/rg-recovery-weu/providers/Microsoft.RecoveryServices/vaults/rsv-weu")
    security = {**vault.properties["securitySettings"], "sourceScanConfiguration": {"state": "Disabled"}}
    world.store.put(vault.with_properties(securitySettings=security), at=azure.time.now, by="test")
    _spoil(azure, "point-infected", azure.time.now - timedelta(days=3))
    assert {point.properties.threat_status for point in await _points(azure)} == {"NotAvailable"}


async def test_points_since_the_attack_are_unhealthy_and_say_why(azure: Any) -> None:
    """Title, severity, state and since when; the item's own summary is suspicious."""
    _spoil(azure, "point-infected", azure.time.now - timedelta(days=2, hours=1))
    points = await _points(azure)
    assert [point.properties.threat_status for point in points[:4]] == ["UnHealthy", "UnHealthy", "Healthy", "Healthy"]
    [threat] = points[0].properties.threat_info
    assert (threat.threat_severity, threat.threat_state) == ("High", "Active")
    assert threat.threat_start_time < points[1].properties.recovery_point_time
    item = await azure.backup.protected_items.get(*APP)
    assert item.properties.source_side_scan_info.source_side_scan_summary == "Suspicious"


async def test_the_old_api_version_says_nothing_of_threats(azure: Any) -> None:
    """Whoever restores across regions has to ask the vault's own region what it knows of a point."""
    _spoil(azure, "point-infected", azure.time.now - timedelta(days=5))
    vault = f"{ROOT}/rg-recovery-weu/providers/Microsoft.RecoveryServices/vaults/rsv-weu"
    path = f"{vault}/backupFabrics/Azure/protectionContainers/{APP[3]}/protectedItems/{APP[4]}".replace(";", "%3B")
    [point, *_] = (await azure.rest("GET", f"{path}/recoveryPoints/", "2021-11-15")).json()["value"]
    assert "threatStatus" not in point["properties"]


@pytest.mark.parametrize(("infected", "status", "health"), [(True, 503, "unhealthy"), (False, 200, "healthy")])
async def test_a_machine_from_an_infected_point_is_sick(
    azure: Any, group: str, *, infected: bool, status: int, health: str
) -> None:
    """It boots and answers, but not well; from a clean point it is well."""
    if infected:
        _spoil(azure, "point-infected", azure.time.now - timedelta(days=2))
    await azure.restore("vm-bz-app-1", "rg-burgerzaken", group, **NEW)
    azure.time.advance(minutes=10)
    world = azure.sandbox.world
    world.settle()
    [interface] = world.store.each("Microsoft.Network/networkInterfaces", group=group)
    address = interface.properties["ipConfigurations"][0]["properties"]["privateIPAddress"]
    said = Front(world).ask(address, 443, tls=True, path="/health")
    assert isinstance(said, Answer)
    assert said.status == status
    assert health in said.body.decode()


async def test_disks_of_an_infected_point_carry_it_across_regions(azure: Any) -> None:
    """The mark is on the disks, whatever is made of them later."""
    _spoil(azure, "point-infected", azure.time.now - timedelta(days=2))
    azure.add_group("rg-nieuw", "westeurope")
    await azure.restore("vm-bz-app-1", "rg-burgerzaken", "rg-nieuw")
    azure.time.advance(minutes=4)
    azure.sandbox.world.settle()
    disks = list(azure.sandbox.world.store.each("Microsoft.Compute/disks", group="rg-nieuw"))
    assert [disk.hidden.get("infected") for disk in disks] == [True]


async def test_a_corrupt_point_fails_the_job_at_its_end(azure: Any, group: str) -> None:
    """It looks like any other until it is read; the job says which code."""
    _spoil(azure, "point-corrupt", azure.time.now - timedelta(days=1))
    headers = await azure.restore("vm-bz-app-1", "rg-burgerzaken", group)
    azure.time.advance(seconds=183)
    done = await azure.operation(headers)
    assert done.status == "Succeeded"
    assert (await azure.backup.job_details.get(*VAULT, done.properties.job_id)).properties.status == "InProgress"
    azure.time.advance(seconds=1)
    job = (await azure.backup.job_details.get(*VAULT, done.properties.job_id)).properties
    assert (job.status, job.error_details[0].error_title) == ("Failed", "UserErrorRecoveryPointCorrupt")
    assert list(azure.sandbox.world.store.each("Microsoft.Compute/disks", group=group)) == []


async def test_a_missing_point_is_in_no_list_and_cannot_be_asked_for(azure: Any) -> None:
    """Also not when its name is known from before; the item's newest point is older."""
    before = await _points(azure)
    _spoil(azure, "point-missing", azure.time.now - timedelta(days=1))
    after = await _points(azure)
    assert [point.name for point in after] == [point.name for point in before[1:]]
    with pytest.raises(ResourceNotFoundError):
        await azure.backup.recovery_points.get(*APP, before[0].name)
    item = await azure.backup.protected_items.get(*APP)
    assert item.properties.last_recovery_point == after[0].properties.recovery_point_time
