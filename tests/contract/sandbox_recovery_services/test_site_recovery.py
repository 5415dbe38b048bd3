"""What Site Recovery tells of items, points, RPO and health, as azure-mgmt-recoveryservicessiterecovery sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.recoveryservicessiterecovery.models import A2AReplicationDetails

pytestmark = pytest.mark.anyio

VAULT = ("rg-recovery-neu", "rsv-neu")
CONTAINER = (*VAULT, "asr-a2a-westeurope", "asr-a2a-westeurope-container")
_NAMES = ["id-1", "id-2", "db-1", "db-2", "bz-sql-1", "bz-app-1", "bz-app-2", "sh-sql-1", "sh-app-1"]
REPLICATED = {f"vm-{name}" for name in _NAMES}


async def _points(azure: Any, machine: str) -> list[Any]:
    listing = azure.site_recovery.recovery_points.list_by_replication_protected_items(*CONTAINER, machine)
    return [point async for point in listing]


async def test_fabrics_and_containers_are_those_of_the_two_regions(azure: Any) -> None:
    """One fabric and one container a region; the home region's is the primary one."""
    fabrics = {fabric.name async for fabric in azure.site_recovery.replication_fabrics.list(*VAULT)}
    assert fabrics == {"asr-a2a-westeurope", "asr-a2a-northeurope"}
    listing = azure.site_recovery.replication_protection_containers.list(*VAULT)
    roles = {container.name: container.properties.role async for container in listing}
    assert roles == {"asr-a2a-westeurope-container": "Primary", "asr-a2a-northeurope-container": "Recovery"}


async def test_the_replicated_items_of_the_vault_are_listed(azure: Any) -> None:
    """Nine, named as their machines, typed as A2A."""
    items = [item async for item in azure.site_recovery.replication_protected_items.list(*VAULT)]
    assert {item.name for item in items} == REPLICATED
    assert all(isinstance(item.properties.provider_specific_details, A2AReplicationDetails) for item in items)


async def test_the_machines_id_is_lower_cased_and_ids_of_the_vault_have_a_capital(azure: Any) -> None:
    """Whoever compares them must not look at the case."""
    item = await azure.site_recovery.replication_protected_items.get(*CONTAINER, "vm-bz-app-1")
    details = item.properties.provider_specific_details
    assert item.id.startswith("/Subscriptions/")
    assert details.fabric_object_id == details.fabric_object_id.lower()
    assert details.fabric_object_id.endswith("/virtualmachines/vm-bz-app-1")
    assert details.recovery_azure_resource_group_id.endswith("/resourceGroups/rg-burgerzaken-neu")


async def test_the_recovery_network_and_address_are_on_the_item(azure: Any) -> None:
    """Network, subnet, fixed address and disks as they will be after a failover."""
    details = (await azure.item("vm-bz-sql-1")).provider_specific_details
    [nic] = details.vm_nics
    assert nic.recovery_vm_network_id.endswith("/virtualNetworks/vnet-neu")
    assert nic.ip_configs[0].recovery_subnet_name == "snet-servers"
    assert nic.ip_configs[0].recovery_static_ip_address == "10.2.1.31"
    assert [disk.disk_name for disk in details.protected_managed_disks] == ["vm-bz-sql-1-os", "vm-bz-sql-1-data"]
    assert details.protected_managed_disks[1].disk_capacity_in_bytes == 512 * 1024**3
    assert details.agent_expiry_date > azure.time.now
    assert details.tfo_azure_vm_name == "vm-bz-sql-1-test"


async def test_an_item_at_rest_allows_failover_and_has_no_scenario(azure: Any) -> None:
    """`None` and the year 1753 stand for nothing."""
    item = await azure.item("vm-id-1")
    assert item.allowed_operations == ["UnplannedFailover", "DisableProtection", "TestFailover"]
    assert (item.protection_state, item.test_failover_state, item.active_location) == ("Protected", "None", "Primary")
    assert item.current_scenario.scenario_name == "None"
    assert item.current_scenario.job_id.endswith("/replicationJobs/None")
    assert item.current_scenario.start_time == datetime(1753, 1, 1, 1, 1, 1, tzinfo=UTC)


async def test_the_effective_rpo_stays_within_the_smallest_objective_while_all_is_well(azure: Any) -> None:
    """Reported seconds plus the age of the reading: under fifteen minutes at any instant of a day."""
    for _ in range(48):
        details = (await azure.item("vm-db-1")).provider_specific_details
        effective = timedelta(seconds=details.rpo_in_seconds) + azure.time.now - details.last_rpo_calculated_time
        assert timedelta(0) < effective < timedelta(minutes=15)
        azure.time.advance(minutes=31)


async def test_after_the_loss_the_reading_freezes_and_its_age_grows(azure: Any) -> None:
    """The seconds alone would claim that all is well."""
    azure.lose("westeurope")
    azure.time.advance(minutes=1)
    first = (await azure.item("vm-db-1")).provider_specific_details
    azure.time.advance(hours=3)
    later = await azure.item("vm-db-1")
    assert later.provider_specific_details.rpo_in_seconds == first.rpo_in_seconds < 900
    assert later.provider_specific_details.last_rpo_calculated_time == first.last_rpo_calculated_time
    assert azure.time.now - first.last_rpo_calculated_time > timedelta(hours=3)
    assert later.replication_health == "Critical"
    assert "UnplannedFailover" in later.allowed_operations


async def test_points_are_crash_consistent_every_five_minutes_and_application_consistent_every_hour(azure: Any) -> None:
    """The last two hours are dense, the rest of the day hourly."""
    points = await _points(azure, "vm-id-1")
    instants = [point.properties.recovery_point_time for point in points]
    assert instants == sorted(instants, reverse=True)
    assert azure.time.now - instants[0] < timedelta(minutes=6)
    assert instants[0] - instants[1] == timedelta(minutes=5)
    application = [point for point in points if point.properties.recovery_point_type == "AppConsistent"]
    assert {point.properties.recovery_point_time.minute for point in application} == {0}
    assert len(application) == 24


async def test_points_stop_at_the_instant_the_region_is_lost(azure: Any) -> None:
    """The newest one is at most five minutes older than the loss, now and hours later."""
    lost_at = azure.lose("westeurope")
    azure.time.advance(minutes=2)
    newest = (await _points(azure, "vm-id-1"))[0]
    assert timedelta(0) <= lost_at - newest.properties.recovery_point_time < timedelta(minutes=5)
    azure.time.advance(hours=4)
    assert (await _points(azure, "vm-id-1"))[0].name == newest.name


async def test_the_service_notices_a_loss_late(azure: Any) -> None:
    """Normal for a quarter of an hour, then Warning, then Critical; the effective RPO had told at once."""
    azure.lose("westeurope")
    seen = []
    for _ in range(6):
        azure.time.advance(minutes=12)
        seen.append((await azure.item("vm-db-1")).replication_health)
    assert seen == ["Normal", "Warning", "Warning", "Warning", "Critical", "Critical"]


async def test_the_vaults_health_counts_items_that_receive_nothing(azure: Any) -> None:
    """Nine normal ones, or nine critical ones some time after home was lost."""
    health = (await azure.site_recovery.replication_vault_health.get(*VAULT)).properties.protected_items_health
    assert health.categorized_resource_counts == {"Normal": 9}
    azure.lose("westeurope")
    azure.time.advance(hours=2)
    health = (await azure.site_recovery.replication_vault_health.get(*VAULT)).properties.protected_items_health
    assert health.categorized_resource_counts == {"Critical": 9}
    assert len(health.issues[0].affected_resource_correlation_ids) == 9


async def test_an_unknown_item_is_a_404(azure: Any) -> None:
    """In Site Recovery's words."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.item("vm-none")
    assert (refusal.value.status_code, refusal.value.error.code) == (404, "ReplicationProtectedItemNotFound")


async def test_single_things_answer_as_their_lists_do(azure: Any) -> None:
    """A fabric, the items of one container, and one recovery point."""
    fabric = await azure.site_recovery.replication_fabrics.get(*VAULT, "asr-a2a-northeurope")
    assert fabric.properties.custom_details["location"] == "northeurope"
    listing = azure.site_recovery.replication_protected_items.list_by_replication_protection_containers(*CONTAINER)
    assert {item.name async for item in listing} == REPLICATED
    newest = (await _points(azure, "vm-id-1"))[0]
    again = await azure.site_recovery.recovery_points.get(*CONTAINER, "vm-id-1", newest.name)
    assert again.properties.recovery_point_time == newest.properties.recovery_point_time
    with pytest.raises(HttpResponseError) as refusal:
        await azure.site_recovery.recovery_points.get(*CONTAINER, "vm-id-1", "pruned")
    assert refusal.value.error.code == "RecoveryPointNotFound"


async def test_an_unknown_job_is_a_404(azure: Any) -> None:
    """In Site Recovery's words."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.site_recovery.replication_jobs.get(*VAULT, "none")
    assert (refusal.value.status_code, refusal.value.error.code) == (404, "JobNotFound")


async def test_a_vault_in_a_lost_recovery_region_refuses_all(azure: Any) -> None:
    """Site Recovery lives where its vault is, not where the machines are."""
    azure.lose("northeurope")
    with pytest.raises(HttpResponseError) as refusal:
        await azure.item("vm-id-1")
    assert refusal.value.status_code == 503
