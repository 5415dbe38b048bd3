"""There and back again: failover, switch of protection, failback, and the switch that ends where all began."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.compute.machine import as_of, is_running
from drd.sandbox.network.interface import address_of
from tests.contract.sandbox_recovery_services.site_recovery_bodies import (
    DISK,
    FAILOVER,
    ITEM,
    NIC,
    VAULT,
    VM,
    away,
    fail_over_and_commit,
    item_there,
    jobs_of,
    switch,
)

pytestmark = pytest.mark.anyio
SQL = "vm-bz-sql-1"


async def test_after_the_switch_the_item_lives_under_the_other_fabric_with_its_name(azure: Any) -> None:
    """505 s; the old address is gone, and the job names the new one."""
    await fail_over_and_commit(azure, SQL)
    began = azure.time.now
    await switch(azure, SQL)
    with pytest.raises(HttpResponseError) as refused:
        await azure.item(SQL)
    assert refused.value.status_code == 404
    item = await item_there(azure, SQL)
    details = item.provider_specific_details
    assert item.primary_fabric_friendly_name == "northeurope"
    assert item.recovery_fabric_friendly_name == "westeurope"
    assert (details.primary_fabric_location, details.recovery_fabric_location) == ("northeurope", "westeurope")
    assert details.initial_primary_fabric_location == "westeurope"
    assert details.fabric_object_id.endswith(
        "/resourcegroups/rg-burgerzaken-neu/providers/microsoft.compute/virtualmachines/vm-bz-sql-1"
    )
    assert details.recovery_azure_resource_group_id.endswith("/rg-burgerzaken")
    [job] = [one for one in await jobs_of(azure) if one.properties.scenario_name == "SwitchProtection"]
    assert job.properties.end_time - job.properties.start_time == timedelta(seconds=505)
    assert azure.time.now - began >= timedelta(seconds=505)
    assert job.properties.custom_details.new_replication_protected_item_id.casefold().endswith(
        f"/asr-a2a-northeurope-container/replicationprotecteditems/{SQL}"
    )


async def test_until_it_is_protected_only_the_end_of_protection_is_allowed_and_there_is_no_rpo(azure: Any) -> None:
    """Recorded: 51 minutes; then a failover is possible again, and a first point is there."""
    await fail_over_and_commit(azure, SQL)
    await switch(azure, SQL)
    item = await item_there(azure, SQL)
    assert item.allowed_operations == ["DisableProtection"]
    assert item.protection_state != "Protected"
    assert item.provider_specific_details.rpo_in_seconds is None
    assert item.provider_specific_details.last_rpo_calculated_time is None
    azure.time.advance(minutes=50)
    assert (await item_there(azure, SQL)).allowed_operations == ["DisableProtection"]
    azure.time.advance(minutes=2)
    item = await item_there(azure, SQL)
    assert item.allowed_operations == ["UnplannedFailover", "DisableProtection", "TestFailover"]
    assert (item.protection_state, item.active_location) == ("Protected", "Primary")
    assert item.provider_specific_details.rpo_in_seconds is not None
    points = azure.site_recovery.recovery_points.list_by_replication_protected_items(*away(SQL))
    assert [point async for point in points]


async def test_the_switch_turns_the_machine_of_the_old_side_off(azure: Any) -> None:
    """Two of them must not run."""
    await fail_over_and_commit(azure, SQL)
    assert is_running(azure.sandbox.world, azure.resource("rg-burgerzaken", VM, SQL), azure.time.now)
    await switch(azure, SQL)
    assert not is_running(azure.sandbox.world, azure.resource("rg-burgerzaken", VM, SQL), azure.time.now)


async def test_a_failback_gives_the_machine_at_home_the_data_of_the_other_side(azure: Any) -> None:
    """The same machine, interface and address as before; the other side is shut down first and loses nothing."""
    before = azure.resource("rg-burgerzaken", VM, SQL)
    await fail_over_and_commit(azure, SQL)
    await switch(azure, SQL)
    azure.time.advance(minutes=55)
    left_at = azure.time.now
    await azure.move_away("unplanned_failover", SQL, {**FAILOVER, "sourceSiteOperations": "Required"})
    world, machine = azure.sandbox.world, azure.resource("rg-burgerzaken", VM, SQL)
    assert machine.properties["vmId"] == before.properties["vmId"]
    assert is_running(world, machine, azure.time.now)
    assert as_of(world, machine) == left_at
    assert azure.resource("rg-burgerzaken", DISK, f"{SQL}-data").hidden["as_of"] == left_at
    assert address_of(azure.resource("rg-burgerzaken", NIC, f"{SQL}-nic")) == "10.1.1.31"
    assert not is_running(world, azure.resource("rg-burgerzaken-neu", VM, SQL), azure.time.now)
    item = await item_there(azure, SQL)
    assert (item.active_location, item.protection_state) == ("Recovery", "UnplannedFailoverCommitPending")


async def test_a_machine_that_was_deleted_at_home_is_made_again(azure: Any) -> None:
    """Where it stood, with the address that it had."""
    await fail_over_and_commit(azure, SQL)
    world = azure.sandbox.world
    for kind, name in ((VM, SQL), (NIC, f"{SQL}-nic"), (DISK, f"{SQL}-os"), (DISK, f"{SQL}-data")):
        world.store.delete(azure.resource("rg-burgerzaken", kind, name).id, at=azure.time.now, by="somebody")
    await switch(azure, SQL)
    azure.time.advance(minutes=55)
    await azure.move_away("unplanned_failover", SQL, FAILOVER)
    assert is_running(world, azure.resource("rg-burgerzaken", VM, SQL), azure.time.now)
    assert address_of(azure.resource("rg-burgerzaken", NIC, f"{SQL}-nic")) == "10.1.1.31"


async def test_after_failback_and_switch_all_is_as_in_the_beginning(azure: Any) -> None:
    """The machine of the recovery region is cleaned up, and the item stands where it stood."""
    world = azure.sandbox.world
    before = {one.key for one in world.store.each() if "/replicationjobs/" not in one.key}
    await fail_over_and_commit(azure, SQL)
    await switch(azure, SQL)
    azure.time.advance(minutes=55)
    await azure.move_away("unplanned_failover", SQL, FAILOVER)
    await azure.move_away("failover_commit", SQL)
    await switch(azure, SQL, back=True)
    azure.time.advance(minutes=55)
    item = await azure.item(SQL)
    assert item.allowed_operations == ["UnplannedFailover", "DisableProtection", "TestFailover"]
    assert item.primary_fabric_friendly_name == "westeurope"
    assert item.provider_specific_details.initial_primary_fabric_location == "westeurope"
    after = {one.key for one in world.store.each() if "/replicationjobs/" not in one.key}
    assert after == before


async def test_a_cancelled_failback_leaves_the_machine_at_home_off_and_not_gone(azure: Any) -> None:
    """It was there before the failback."""
    await fail_over_and_commit(azure, SQL)
    await switch(azure, SQL)
    azure.time.advance(minutes=55)
    await azure.move_away("unplanned_failover", SQL, FAILOVER)
    await azure.move_away("failover_cancel", SQL)
    machine = azure.resource("rg-burgerzaken", VM, SQL)
    assert machine is not None
    assert not is_running(azure.sandbox.world, machine, azure.time.now)
    assert "UnplannedFailover" in (await item_there(azure, SQL)).allowed_operations


async def test_a_switch_into_a_lost_region_fails_and_the_item_stays_committed(azure: Any) -> None:
    """There is nobody to replicate to."""
    azure.lose("westeurope", ago=timedelta(minutes=5))
    await fail_over_and_commit(azure, SQL)
    with pytest.raises(HttpResponseError) as refused:
        await switch(azure, SQL)
    assert refused.value.error.code == "SwitchProtectionTargetUnreachable"
    assert (await azure.item(SQL)).allowed_operations == ["ReverseReplicate", "DisableProtection"]


async def test_a_switch_before_the_commit_is_refused(azure: Any) -> None:
    """With what the item allows instead."""
    await azure.move("unplanned_failover", SQL, FAILOVER)
    with pytest.raises(HttpResponseError) as refused:
        await switch(azure, SQL)
    assert (refused.value.status_code, refused.value.error.code) == (409, "ProtectedItemOperationNotAllowed")


async def test_reprotect_of_the_item_does_the_same(azure: Any) -> None:
    """The API has an input of this provider for it."""
    await fail_over_and_commit(azure, SQL)
    await azure.move(
        "reprotect", SQL, {"failoverDirection": "RecoveryToPrimary", "providerSpecificDetails": {"instanceType": "A2A"}}
    )
    assert (await item_there(azure, SQL)).allowed_operations == ["DisableProtection"]


async def test_the_end_of_protection_removes_the_item_and_keeps_the_machine(azure: Any) -> None:
    """Also while it replicates for the first time."""
    await azure.move("delete", SQL, {"disableProtectionReason": "NotSpecified"})
    names = {item.name async for item in azure.site_recovery.replication_protected_items.list(*VAULT)}
    assert SQL not in names
    assert azure.resource("rg-burgerzaken", VM, SQL) is not None


async def test_a_planned_failover_is_refused_between_regions_of_azure(azure: Any) -> None:
    """The API has no input for it."""
    with pytest.raises(HttpResponseError) as refused:
        await azure.site_recovery.replication_protected_items.begin_planned_failover(
            *ITEM, SQL, {"properties": {"failoverDirection": "PrimaryToRecovery"}}
        )
    assert (refused.value.status_code, refused.value.error.code) == (400, "OperationNotSupportedForProvider")
