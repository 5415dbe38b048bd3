"""Virtual machines, disks and interfaces through Azure's own clients."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
SUBNET = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-drill-neu/subnets/snet-servers"


async def copy_of(azure: Any, machine: str, group: str, *, name: str = "vm-copy") -> Any:
    """Make a machine in a group of its own from a copy of another machine's OS disk."""
    await azure.resources.resource_groups.create_or_update(
        "rg-drill", {"location": "northeurope", "tags": {"drd-run": "1"}}
    )
    source = await snapshot(azure, f"{ROOT}/{group}/providers/Microsoft.Compute/disks/{machine}-os", group)
    copy = await snapshot(azure, source, "rg-recovery-neu", location="northeurope", option="CopyStart")
    await azure.time.sleep(900)
    disk = await (
        await azure.compute.disks.begin_create_or_update(
            "rg-drill",
            f"{name}-os",
            {
                "location": "northeurope",
                "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": copy}},
            },
        )
    ).result()
    interface = await (
        await azure.network.network_interfaces.begin_create_or_update(
            "rg-drill",
            f"{name}-nic",
            {
                "location": "northeurope",
                "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": {"subnet": {"id": SUBNET}}}]},
            },
        )
    ).result()
    poller = await azure.compute.virtual_machines.begin_create_or_update(
        "rg-drill", name, body_on(disk.id, interface.id)
    )
    return await poller.result()


async def snapshot(azure: Any, source: str, group: str, *, location: str = "westeurope", option: str = "Copy") -> str:
    """Take an incremental snapshot of a disk, or start the copy of one to another region."""
    name = source.rsplit("/", 1)[-1] + "-snap"
    body = {
        "location": location,
        "properties": {"incremental": True, "creationData": {"createOption": option, "sourceResourceId": source}},
    }
    return str((await (await azure.compute.snapshots.begin_create_or_update(group, name, body)).result()).id)


def body_on(disk_id: str, interface_id: str) -> dict[str, Any]:
    """Return the body of a machine on a disk and an interface."""
    return {
        "location": "northeurope",
        "tags": {"drd-run": "1"},
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {
                "osDisk": {
                    "createOption": "Attach",
                    "osType": "Windows",
                    "managedDisk": {"id": disk_id},
                    "deleteOption": "Delete",
                }
            },
            "networkProfile": {"networkInterfaces": [{"id": interface_id, "properties": {"deleteOption": "Delete"}}]},
        },
    }


async def power_of(azure: Any, group: str, name: str) -> str:
    """Return the power state that the instance view tells."""
    view = await azure.compute.virtual_machines.instance_view(group, name)
    return next(status.code for status in view.statuses if status.code.startswith("PowerState/"))


async def test_a_machine_made_from_a_copied_disk_answers_for_the_guest_of_that_disk(azure: Any) -> None:
    """The guest's identity follows the disk, so the drill front finds the copy under production's name."""
    made = await copy_of(azure, "vm-bv-app-1", "rg-besluitvorming")

    assert made.provisioning_state == "Succeeded"
    assert made.storage_profile.os_disk.managed_disk.id.split("/")[4] == "RG-DRILL"
    early = azure.front.ask("besluitvorming.voorbeeld.example", 443, tls=True, path="/health", drill=True)
    assert "still starting" in early.reason
    await azure.time.sleep(26)
    healthy = azure.front.ask("besluitvorming.voorbeeld.example", 443, tls=True, path="/health", drill=True)
    assert (healthy.status, healthy.machine) == (200, made.id)
    production = azure.front.ask("besluitvorming.voorbeeld.example", 443, tls=True, path="/health")
    assert production.machine.endswith("vm-bv-app-1")


async def test_creating_a_machine_takes_the_recorded_time_and_polls_as_told(azure: Any) -> None:
    """The service's Retry-After decides how often the client polls."""
    await copy_of(azure, "vm-bv-app-1", "rg-besluitvorming")

    (accepted,) = azure.effects("vm.create")
    operation = azure.sandbox.world.operations.get(accepted["operation"])
    assert (operation.ends_at - operation.started_at).total_seconds() == 45
    assert azure.time.slept[-5:] == [10.0] * 5


async def test_the_same_put_again_adopts_the_machine_and_creates_nothing(azure: Any) -> None:
    """A machine is put by name: doubt after a crash is settled by sending the same again."""
    made = await copy_of(azure, "vm-bv-app-1", "rg-besluitvorming")
    disk_id = made.storage_profile.os_disk.managed_disk.id
    interface_id = made.network_profile.network_interfaces[0].id

    poller = await azure.compute.virtual_machines.begin_create_or_update(
        "rg-drill", "vm-copy", body_on(disk_id, interface_id)
    )
    again = await poller.result()

    assert again.vm_id == made.vm_id
    assert len(azure.effects("vm.create")) == 1


async def test_a_disk_that_another_machine_holds_is_refused(azure: Any) -> None:
    """Nothing is created when one reference of the body is wrong."""
    held = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Compute/disks/vm-vpn-neu-os"
    interface = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/networkInterfaces/vm-vpn-neu-nic"

    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.virtual_machines.begin_create_or_update(
            "rg-netwerk-neu", "vm-thief", body_on(held, interface)
        )

    assert (refusal.value.status_code, refusal.value.error.code) == (409, "ConflictingUserInput")
    assert azure.effects("vm.create") == []


async def test_a_machine_is_deallocated_and_started_and_its_guest_follows(azure: Any) -> None:
    """A deallocated machine answers nothing; a started one answers once its agent is ready."""
    await (await azure.compute.virtual_machines.begin_deallocate("rg-netwerk-neu", "vm-vpn-neu")).result()
    assert await power_of(azure, "rg-netwerk-neu", "vm-vpn-neu") == "PowerState/deallocated"
    assert azure.front.ask("10.2.1.250", 443, tls=True).status == 504

    await (await azure.compute.virtual_machines.begin_start("rg-netwerk-neu", "vm-vpn-neu")).result()
    assert await power_of(azure, "rg-netwerk-neu", "vm-vpn-neu") == "PowerState/running"
    await azure.time.sleep(30)
    assert azure.front.ask("10.2.1.250", 443, tls=True).status == 200
    shown = await azure.compute.virtual_machines.get("rg-netwerk-neu", "vm-vpn-neu", expand="instanceView")
    assert shown.instance_view.vm_agent.statuses[0].display_status == "Ready"


async def test_two_operations_on_one_machine_exclude_each_other(azure: Any) -> None:
    """The power table refuses what it does not list."""
    await azure.compute.virtual_machines.begin_deallocate("rg-netwerk-neu", "vm-vpn-neu", polling=False)

    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.virtual_machines.begin_start("rg-netwerk-neu", "vm-vpn-neu", polling=False)

    assert (refusal.value.status_code, refusal.value.error.code) == (409, "OperationNotAllowed")


async def test_run_command_gives_its_output_through_location(azure: Any) -> None:
    """The action's result is the body of the last GET."""
    poller = await azure.compute.virtual_machines.begin_run_command(
        "rg-netwerk-neu", "vm-vpn-neu", {"commandId": "RunShellScript", "script": ["echo hallo", "systemctl status"]}
    )
    result = await poller.result()

    assert result.value[0].message == "Enable succeeded: \n[stdout]\nhallo\n[stderr]\n"


async def test_a_managed_run_command_tells_its_exit_code_and_runs_once(azure: Any) -> None:
    """The same named command put twice runs once."""
    body = {
        "location": "northeurope",
        "properties": {"source": {"script": "echo klaar\nexit 3"}, "asyncExecution": True},
    }
    for _ in range(2):
        poller = await azure.compute.virtual_machine_run_commands.begin_create_or_update(
            "rg-netwerk-neu", "vm-vpn-neu", "probe", body
        )
        await poller.result()
    await azure.time.sleep(60)
    found = await azure.compute.virtual_machine_run_commands.get_by_virtual_machine(
        "rg-netwerk-neu", "vm-vpn-neu", "probe", expand="instanceView"
    )

    view = found.instance_view
    assert (view.execution_state, view.exit_code, view.output) == ("Failed", 3, "klaar")
    assert len(azure.effects("vm.managed-run-command")) == 1


async def test_deleting_a_machine_deletes_what_its_references_say(azure: Any) -> None:
    """Disk and interface carry `deleteOption: Delete`, so nothing is left in the group."""
    await copy_of(azure, "vm-bv-app-1", "rg-besluitvorming")
    await (await azure.compute.virtual_machines.begin_delete("rg-drill", "vm-copy")).result()

    left = [one.id async for one in azure.resources.resources.list_by_resource_group("rg-drill")]
    assert left == []


async def test_an_interface_gets_a_free_address_and_is_refused_a_taken_one(azure: Any) -> None:
    """Addresses come from the subnet."""
    taken = {"name": "ipconfig1", "properties": {"subnet": {"id": SUBNET}, "privateIPAddress": "10.99.1.51"}}
    body = {"location": "northeurope", "properties": {"ipConfigurations": [taken]}}
    poller = await azure.network.network_interfaces.begin_create_or_update("rg-netwerk-neu", "nic-1", body)
    made = await poller.result()
    assert made.ip_configurations[0].private_ip_address == "10.99.1.51"

    with pytest.raises(HttpResponseError) as refusal:
        await azure.network.network_interfaces.begin_create_or_update("rg-netwerk-neu", "nic-2", body)
    assert refusal.value.error.code == "PrivateIPAddressIsAllocated"
    await (await azure.network.network_interfaces.begin_delete("rg-netwerk-neu", "nic-1")).result()


async def test_pages_are_followed_to_the_end(azure: Any) -> None:
    """With pages of five the clients still see every disk of the estate, once."""
    disks = [one.id async for one in azure.compute.disks.list()]

    assert len(disks) == len(set(disks)) > 10


async def test_what_is_let_go_stays_and_may_be_deleted_by_itself(azure: Any) -> None:
    """A disk in use is not deleted; one that its machine let go of is."""
    made = await copy_of(azure, "vm-bv-app-1", "rg-besluitvorming")
    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.disks.begin_delete("rg-drill", "vm-copy-os")
    assert refusal.value.error.code == "OperationNotAllowed"
    with pytest.raises(HttpResponseError) as refusal:
        await azure.network.network_interfaces.begin_delete("rg-drill", "vm-copy-nic")
    assert refusal.value.error.code == "NicInUse"

    world = azure.sandbox.world
    kept = world.store.require(made.id)
    storage = kept.properties["storageProfile"]
    held = kept.with_properties(storageProfile={**storage, "osDisk": {**storage["osDisk"], "deleteOption": "Detach"}})
    world.store.put(held, at=azure.time.now, by="test")
    await (await azure.compute.virtual_machines.begin_delete("rg-drill", "vm-copy")).result()

    disk = await azure.compute.disks.get("rg-drill", "vm-copy-os")
    assert (disk.disk_state, disk.managed_by) == ("Unattached", None)
    await (await azure.compute.disks.begin_delete("rg-drill", "vm-copy-os")).result()
    assert [one.id async for one in azure.compute.disks.list_by_resource_group("rg-drill")] == []


async def test_disk_interface_and_machine_must_be_in_one_region(azure: Any) -> None:
    """The error that a hasty restore meets first."""
    disk = f"{ROOT}/rg-databank/providers/Microsoft.Compute/disks/vm-db-1-os"
    interface = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/networkInterfaces/vm-vpn-neu-nic"
    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.virtual_machines.begin_create_or_update("rg-databank-neu", "vm-x", body_on(disk, interface))
    assert refusal.value.error.code == "InvalidResourceReference"
    body = {
        "location": "westeurope",
        "properties": {"ipConfigurations": [{"name": "a", "properties": {"subnet": {"id": SUBNET}}}]},
    }
    with pytest.raises(HttpResponseError) as refusal:
        await azure.network.network_interfaces.begin_create_or_update("rg-databank", "nic-x", body)
    assert refusal.value.error.code == "InvalidResourceReference"
