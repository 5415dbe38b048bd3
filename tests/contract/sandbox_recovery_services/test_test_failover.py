"""A test failover: a copy in an isolated network, its job, its cleanup, and what is refused."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.compute.machine import is_running
from drd.sandbox.network.interface import address_of, build_interface, subnet_id_of
from drd.sandbox.network.virtual_network import build_network
from tests.contract.sandbox_recovery_services.site_recovery_bodies import DRILL, NIC, ROOT, TEST, VM, jobs_of

pytestmark = pytest.mark.anyio


async def test_a_test_failover_brings_a_copy_up_in_the_isolated_network(azure: Any) -> None:
    """Named with -test, in the recovery group, with the drill network's address; the item waits for its cleanup."""
    await azure.move("test_failover", "vm-bz-app-1", TEST)
    machine = azure.resource("rg-burgerzaken-neu", VM, "vm-bz-app-1-test")
    interface = azure.resource("rg-burgerzaken-neu", NIC, "vm-bz-app-1-test-nic")
    item = await azure.item("vm-bz-app-1")
    assert is_running(azure.sandbox.world, machine, azure.time.now)
    assert address_of(interface) == "10.99.1.41"
    assert subnet_id_of(interface) == f"{DRILL}/subnets/snet-servers"
    assert (item.test_failover_state, item.allowed_operations) == ("WaitingForCompletion", ["TestFailoverCleanup"])
    assert item.active_location == "Primary"
    assert is_running(azure.sandbox.world, azure.resource("rg-burgerzaken", VM, "vm-bz-app-1"), azure.time.now)


async def test_a_test_network_of_another_shape_gives_the_copy_its_first_subnet_and_a_free_address(azure: Any) -> None:
    """No subnet of the same name, and the same number is taken by another machine of the drill."""
    store = azure.sandbox.world.store
    network_id = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-proef"
    subnets = {"snet-proef": ("10.77.0.0/24", "")}
    network = build_network(id=network_id, location="northeurope", prefix="10.77.0.0/16", subnets=subnets)
    store.put(network, at=azure.time.now, by="test")
    taken = build_interface(
        id=f"{ROOT}/rg-netwerk-neu/providers/{NIC}/nic-proef",
        location="northeurope",
        subnet_id=f"{network_id}/subnets/snet-proef",
        address="10.77.0.41",
    )
    store.put(taken, at=azure.time.now, by="test")
    await azure.move("test_failover", "vm-bz-app-1", TEST | {"networkId": network_id})
    interface = azure.resource("rg-burgerzaken-neu", NIC, "vm-bz-app-1-test-nic")
    assert subnet_id_of(interface) == f"{network_id}/subnets/snet-proef"
    assert address_of(interface) == "10.77.0.4"


async def test_the_test_failovers_job_has_the_recorded_tasks(azure: Any) -> None:
    """Preflight, begin, prepare, boot; the details name the copy."""
    await azure.move("test_failover", "vm-bz-app-1", TEST)
    [job] = await jobs_of(azure)
    assert job.properties.scenario_name == "TestFailover"
    assert [task.task_id for task in job.properties.tasks] == [
        "TestFailoverPreflightChecksTask",
        "BeginTestFailoverTask",
        "PrepareTestProtectedEntitiesTask",
        "BootTestProtectedEntitiesTask",
    ]
    assert job.properties.custom_details["instanceType"] == "TestFailoverJobDetails"
    assert job.properties.custom_details.protected_item_details[0].test_vm_name == "vm-bz-app-1-test"


async def test_cleanup_leaves_nothing_of_the_test(azure: Any) -> None:
    """Machine, interface and disks go; the item remembers when it was last tested."""
    store = azure.sandbox.world.store
    before = {resource.id for resource in store.each(group="rg-burgerzaken-neu")}
    await azure.move("test_failover", "vm-bz-app-1", TEST)
    await azure.move("test_failover_cleanup", "vm-bz-app-1", {"comments": "done"})
    item = await azure.item("vm-bz-app-1")
    assert {resource.id for resource in store.each(group="rg-burgerzaken-neu")} == before
    assert item.test_failover_state == "None"
    assert item.last_successful_test_failover_time is not None
    assert "TestFailover" in item.allowed_operations


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"networkId": f"{DRILL}-none"}, "TestNetworkNotFound"),
        ({"networkId": ""}, "TestNetworkMissing"),
        (
            {"networkId": f"{ROOT}/rg-netwerk/providers/Microsoft.Network/virtualNetworks/vnet-weu"},
            "TestNetworkInOtherRegion",
        ),
        ({"failoverDirection": "RecoveryToPrimary"}, "InvalidFailoverDirection"),
    ],
)
async def test_a_test_failover_that_cannot_be_had_is_refused(azure: Any, changes: dict[str, str], code: str) -> None:
    """400, and the item stays as it was."""
    with pytest.raises(HttpResponseError) as refusal:
        await azure.move("test_failover", "vm-id-1", TEST | changes)
    assert (refusal.value.status_code, refusal.value.error.code) == (400, code)
    assert (await azure.item("vm-id-1")).test_failover_state == "None"
