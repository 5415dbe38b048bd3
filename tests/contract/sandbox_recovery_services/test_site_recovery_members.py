"""Answers of Site Recovery hold every member of the specification's own examples, and say what they say as models."""

from datetime import timedelta
from typing import Any

import pytest

from drd.sandbox.faults import Fault
from tests.contract.sandbox.examples import missing
from tests.contract.sandbox_recovery_services.site_recovery_bodies import FAILOVER, ITEM, ROOT, VAULT, jobs_of

pytestmark = pytest.mark.anyio
PATH = f"{ROOT}/{VAULT[0]}/providers/Microsoft.RecoveryServices/vaults/{VAULT[1]}"
CONTAINER = f"{PATH}/replicationFabrics/{ITEM[2]}/replicationProtectionContainers/{ITEM[3]}"


async def body(azure: Any, path: str) -> Any:
    """Return the body of an answer as it came."""
    return (await azure.rest("GET", path, "2025-08-01")).json()


async def test_items_points_fabrics_and_plans_hold_what_the_examples_hold(azure: Any) -> None:
    """Each in the member tables."""
    item = f"{CONTAINER}/replicationProtectedItems/vm-id-1"
    assert missing(await body(azure, item), "site_recovery", "ReplicationProtectedItems_Get") == []
    points = await body(azure, f"{item}/recoveryPoints")
    assert missing(points, "site_recovery", "RecoveryPoints_ListByReplicationProtectedItems") == []
    fabric = await body(azure, f"{PATH}/replicationFabrics/asr-a2a-westeurope")
    assert missing(fabric, "site_recovery", "ReplicationFabrics_Get") == []
    plan = await body(azure, f"{PATH}/replicationRecoveryPlans/rp-sociaal-huis")
    assert missing(plan, "site_recovery", "ReplicationRecoveryPlans_Get") == []


async def test_jobs_hold_what_the_examples_hold(azure: Any) -> None:
    """Once they have ended, all of it."""
    await azure.move("unplanned_failover", "vm-id-1", FAILOVER)
    [job] = await jobs_of(azure)
    assert (
        missing(await body(azure, f"{PATH}/replicationJobs/{job.name}"), "site_recovery", "ReplicationJobs_Get") == []
    )


async def test_the_vaults_health_holds_what_the_examples_hold(azure: Any) -> None:
    """With an issue in it."""
    azure.lose("westeurope", ago=timedelta(hours=2))
    health = await body(azure, f"{PATH}/replicationVaultHealth")
    assert missing(health, "site_recovery", "ReplicationVaultHealth_Get") == []


async def test_policies_and_mappings_can_be_read(azure: Any) -> None:
    """One policy, and each container mapped to the other."""
    client = azure.site_recovery
    [policy] = [one async for one in client.replication_policies.list(*VAULT)]
    assert policy.properties.provider_specific_details.crash_consistent_frequency_in_minutes == 5
    assert (await client.replication_policies.get(*VAULT, policy.name)).id == policy.id
    mappings = [one async for one in client.replication_protection_container_mappings.list(*VAULT)]
    assert {
        (one.properties.source_fabric_friendly_name, one.properties.target_fabric_friendly_name) for one in mappings
    } == {
        ("westeurope", "northeurope"),
        ("northeurope", "westeurope"),
    }
    listing = client.replication_protection_container_mappings.list_by_replication_protection_containers(*ITEM)
    [own] = [one async for one in listing]
    found = await body(azure, f"{CONTAINER}/replicationProtectionContainerMappings/{own.name}")
    assert missing(found, "site_recovery", "ReplicationProtectionContainerMappings_Get") == []


async def test_events_tell_of_jobs_that_ended_and_of_replication_that_stopped(azure: Any) -> None:
    """Newest first, narrowed by severity and item."""
    azure.sandbox.world.faults.add(Fault(kind="failover-fails", resource="vm-id-1", code="BootFailed", message="No."))
    await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-id-1", {"properties": FAILOVER}, polling=False
    )
    azure.time.advance(minutes=5)
    await azure.move("unplanned_failover", "vm-id-2", FAILOVER)
    events = [one async for one in azure.site_recovery.replication_events.list(*VAULT)]
    assert [one.properties.description for one in events] == [
        "UnplannedFailover - Succeeded",
        "UnplannedFailover - Failed",
    ]
    assert missing(await body(azure, f"{PATH}/replicationEvents"), "site_recovery", "ReplicationEvents_List") == []
    listing = azure.site_recovery.replication_events.list(*VAULT, filter="Severity eq 'Critical'")
    [failed] = [one async for one in listing]
    assert failed.properties.health_errors[0].error_code == "BootFailed"
    assert failed.properties.provider_specific_details.protected_item_name == "vm-id-1"
    assert (await azure.site_recovery.replication_events.get(*VAULT, failed.name)).id == failed.id
    azure.lose("westeurope", ago=timedelta(hours=2))
    ill = [one async for one in azure.site_recovery.replication_events.list(*VAULT, filter="EventType eq 'VmHealth'")]
    assert {one.properties.affected_object_friendly_name for one in ill} >= {"vm-db-1", "vm-sh-app-1"}
