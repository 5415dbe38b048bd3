"""Machines from images, and what is installed in them, through Azure's own client."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError

from drd.sandbox.compute.gallery import build_gallery, build_gallery_image
from drd.sandbox.compute.gallery_image_version import build_gallery_version
from drd.sandbox.errors import bad_request
from drd.sandbox.faults import make
from drd.sandbox.software import Installed

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
SUBNET = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-neu/subnets/snet-servers"
GALLERY = f"{ROOT}/rg-netwerk/providers/Microsoft.Compute/galleries/galleryWerkplek"
WINDOWS = {"publisher": "MicrosoftWindowsDesktop", "offer": "windows-11", "sku": "win11-24h2-avd", "version": "latest"}
MACHINE = "vm-werkplek-1"
PROFILE = {"computerName": MACHINE, "adminUsername": "beheerder", "adminPassword": "Geheim-0123456"}


async def interface(azure: Any, name: str = f"{MACHINE}-nic") -> str:
    """Make an interface in the recovery region."""
    body = {
        "location": "northeurope",
        "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": {"subnet": {"id": SUBNET}}}]},
    }
    poller = await azure.network.network_interfaces.begin_create_or_update("rg-netwerk-neu", name, body)
    return str((await poller.result()).id)


def body_from(image: dict[str, str], interface_id: str, **properties: Any) -> dict[str, Any]:
    """Return the body of a machine made from an image."""
    return {
        "location": "northeurope",
        "identity": {"type": "SystemAssigned"},
        "zones": ["1"],
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {
                "imageReference": image,
                "osDisk": {
                    "createOption": "FromImage",
                    "deleteOption": "Delete",
                    "managedDisk": {"storageAccountType": "Premium_LRS"},
                },
                "dataDisks": [{"lun": 0, "createOption": "Empty", "diskSizeGB": 64}],
            },
            "osProfile": PROFILE,
            "securityProfile": {"securityType": "TrustedLaunch", "uefiSettings": {"secureBootEnabled": True}},
            "licenseType": "Windows_Client",
            "networkProfile": {"networkInterfaces": [{"id": interface_id, "properties": {"deleteOption": "Delete"}}]},
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
            **properties,
        },
    }


async def made(azure: Any, image: dict[str, str] | None = None, **properties: Any) -> Any:
    """Make a machine from an image and wait until it stands."""
    body = body_from(image or WINDOWS, await interface(azure), **properties)
    poller = await azure.compute.virtual_machines.begin_create_or_update("rg-netwerk-neu", MACHINE, body)
    return await poller.result()


async def refused(azure: Any, **changes: Any) -> str:
    """Return the code with which a create is refused."""
    body = body_from(changes.pop("image", WINDOWS), changes.pop("interface"), **changes)
    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.virtual_machines.begin_create_or_update("rg-netwerk-neu", MACHINE, body, polling=False)
    assert azure.effects("vm.create") == []
    return f"{refusal.value.status_code} {refusal.value.error.code}"


async def test_a_machine_from_an_image_brings_its_disks_and_never_shows_its_password(azure: Any) -> None:
    """The OS disk is named by Azure, the exact version is told, and the identity has a principal."""
    machine = await made(azure)

    assert machine.storage_profile.image_reference.exact_version == "26100.6584.250914"
    assert machine.os_profile.admin_password is None
    assert machine.os_profile.windows_configuration.patch_settings.patch_mode == "AutomaticByOS"
    assert machine.identity.principal_id
    assert machine.etag == '"2"'
    disk_name = machine.storage_profile.os_disk.name
    assert disk_name.startswith(f"{MACHINE}_OsDisk_1_")
    disk = await azure.compute.disks.get("rg-netwerk-neu", disk_name)
    assert (disk.os_type, disk.disk_size_gb, disk.sku.name, disk.zones) == ("Windows", 127, "Premium_LRS", ["1"])
    assert disk.creation_data.create_option == "FromImage"
    assert disk.managed_by.endswith(MACHINE)


async def test_the_os_unpacks_itself_after_the_machine_stands(azure: Any) -> None:
    """Recorded: provisioning has succeeded while the OS is still provisioning; the agent reports later."""
    await made(azure)

    early = await azure.compute.virtual_machines.instance_view("rg-netwerk-neu", MACHINE)
    codes = [status.code for status in early.statuses]
    assert codes == ["ProvisioningState/succeeded/osProvisioningInProgress", "PowerState/running"]
    assert early.vm_agent.statuses[0].display_status == "Not Ready"
    await azure.time.sleep(30)
    shown = await azure.compute.virtual_machines.get("rg-netwerk-neu", MACHINE, expand="instanceView")
    assert shown.instance_view.vm_agent.statuses[0].display_status == "Ready"
    assert shown.instance_view.computer_name == MACHINE
    await azure.time.sleep(120)
    late = await azure.compute.virtual_machines.instance_view("rg-netwerk-neu", MACHINE)
    assert late.statuses[0].code == "ProvisioningState/succeeded"
    assert next(disk.name for disk in late.disks).startswith(f"{MACHINE}_OsDisk_1_")


async def test_the_newest_version_of_a_gallery_image_in_the_machines_region_is_taken(azure: Any) -> None:
    """A version that was not replicated to the region does not exist there."""
    world = azure.sandbox.world
    image_id = f"{GALLERY}/images/werkplek"
    published = azure.time.now - timedelta(days=3)
    for one in (
        build_gallery(id=GALLERY, location="westeurope"),
        build_gallery_image(id=image_id, location="westeurope"),
        build_gallery_version(
            id=f"{image_id}/versions/1.9.0",
            location="westeurope",
            regions=["westeurope", "northeurope"],
            published_at=published,
        ),
        build_gallery_version(
            id=f"{image_id}/versions/1.10.0",
            location="westeurope",
            regions=["westeurope", "northeurope"],
            published_at=published,
        ),
        build_gallery_version(
            id=f"{image_id}/versions/2.0.0", location="westeurope", regions=["westeurope"], published_at=published
        ),
    ):
        world.store.put(one, at=azure.time.now, by="test")

    machine = await made(azure, {"id": image_id})
    assert machine.storage_profile.image_reference.exact_version == "1.10.0"
    interface_id = await interface(azure, "second-nic")
    body = body_from({"id": f"{image_id}/versions/2.0.0"}, interface_id)
    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.virtual_machines.begin_create_or_update("rg-netwerk-neu", "vm-2", body, polling=False)
    assert refusal.value.error.code == "GalleryImageNotFound"
    version = await azure.compute.gallery_image_versions.get(
        "rg-netwerk", "galleryWerkplek", "werkplek", "2.0.0", expand="ReplicationStatus"
    )
    assert version.replication_status.aggregated_state == "Completed"
    assert "galleryWerkplek" in [one.name async for one in azure.compute.galleries.list()]
    names = [
        one.name
        async for one in azure.compute.gallery_image_versions.list_by_gallery_image(
            "rg-netwerk", "galleryWerkplek", "werkplek"
        )
    ]
    assert names == ["1.9.0", "1.10.0", "2.0.0"]


async def test_what_is_wrong_with_an_image_machine_is_told_before_anything_is_made(azure: Any) -> None:
    """Azure's codes, each before a disk came into being."""
    nic = await interface(azure)
    unknown = {**WINDOWS, "sku": "win95"}

    assert await refused(azure, interface=nic, image=unknown) == "404 PlatformImageNotFound"
    assert await refused(azure, interface=nic, osProfile=None) == "400 InvalidParameter"
    long_name = {**PROFILE, "computerName": "een-veel-te-lange-naam"}
    assert await refused(azure, interface=nic, osProfile=long_name) == "400 InvalidParameter"
    admin = {**PROFILE, "adminUsername": "admin"}
    assert await refused(azure, interface=nic, osProfile=admin) == "400 InvalidParameter"
    assert await refused(azure, interface=nic, hardwareProfile={}) == "400 InvalidParameter"
    assert [one.name async for one in azure.compute.disks.list_by_resource_group("rg-netwerk-neu")] == ["vm-vpn-neu-os"]


async def test_a_machine_that_finds_no_room_is_left_in_state_failed(azure: Any) -> None:
    """The PUT is accepted; the operation fails, and the machine stays behind with its interface."""
    azure.sandbox.world.faults.add(make("allocation", code="ZonalAllocationFailed", region="northeurope"))

    with pytest.raises(HttpResponseError) as failure:
        await made(azure)

    assert failure.value.error.code == "ZonalAllocationFailed"
    left = await azure.compute.virtual_machines.get("rg-netwerk-neu", MACHINE, expand="instanceView")
    assert left.provisioning_state == "Failed"
    assert [one.code for one in left.instance_view.statuses] == ["ProvisioningState/failed/ZonalAllocationFailed"]
    azure.sandbox.world.faults.clear()
    again = body_from(WINDOWS, left.network_profile.network_interfaces[0].id)
    poller = await azure.compute.virtual_machines.begin_create_or_update("rg-netwerk-neu", MACHINE, again)
    assert (await poller.result()).provisioning_state == "Succeeded"


async def test_a_quota_that_is_exceeded_refuses_the_put_itself(azure: Any) -> None:
    """What is known beforehand is told at once."""
    nic = await interface(azure)
    azure.sandbox.world.faults.add(make("allocation", code="OperationNotAllowed"))

    assert await refused(azure, interface=nic) == "409 OperationNotAllowed"


async def test_a_precondition_keeps_a_machine_from_being_made_twice(azure: Any) -> None:
    """`If-None-Match: *` on a machine that is there is 412."""
    machine = await made(azure)
    again = body_from(WINDOWS, machine.network_profile.network_interfaces[0].id)

    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.virtual_machines.begin_create_or_update(
            "rg-netwerk-neu", MACHINE, again, match_condition=MatchConditions.IfMissing
        )

    assert refusal.value.status_code == 412


def extension_body(publisher: str, kind: str, **properties: Any) -> dict[str, Any]:
    """Return the body of an extension."""
    return {
        "location": "northeurope",
        "properties": {
            "publisher": publisher,
            "type": kind,
            "typeHandlerVersion": "2.73",
            "autoUpgradeMinorVersion": True,
            "settings": {"commandToExecute": "powershell -File install.ps1"},
            "protectedSettings": {"storageAccountKey": "zeer-geheim"},
            **properties,
        },
    }


SCRIPT = extension_body("Microsoft.Compute", "CustomScriptExtension")


async def install(azure: Any, name: str, body: dict[str, Any]) -> Any:
    """Install an extension and wait for its end."""
    poller = await azure.compute.virtual_machine_extensions.begin_create_or_update(
        "rg-netwerk-neu", "vm-vpn-neu", name, body
    )
    return await poller.result()


async def test_an_extension_announces_what_it_installed_and_keeps_its_secret(azure: Any) -> None:
    """Who listens gets the protected settings; the wire never shows them."""
    heard: list[Installed] = []
    azure.sandbox.world.software.listen(heard.append)

    done = await install(azure, "script", SCRIPT)
    shown = await azure.compute.virtual_machine_extensions.get(
        "rg-netwerk-neu", "vm-vpn-neu", "script", expand="instanceView"
    )

    assert (done.provisioning_state, done.properties.type) == ("Succeeded", "CustomScriptExtension")
    assert shown.protected_settings is None
    assert shown.instance_view.statuses[0].code == "ProvisioningState/succeeded"
    (installed,) = heard
    assert installed.protected["storageAccountKey"] == "zeer-geheim"
    assert (installed.name, installed.type) == ("script", "CustomScriptExtension")
    listed = await azure.compute.virtual_machine_extensions.list("rg-netwerk-neu", "vm-vpn-neu")
    assert [one.name for one in listed.value] == ["script"]
    machine = await azure.compute.virtual_machines.get("rg-netwerk-neu", "vm-vpn-neu")
    assert [one.name for one in machine.resources] == ["script"]


async def test_an_extension_whose_software_refuses_its_settings_fails(azure: Any) -> None:
    """A listener's refusal is what the extension reports."""

    def refuse(_installed: Installed) -> None:
        raise bad_request("InvalidToken", "The registration token has expired.")

    azure.sandbox.world.software.listen(refuse)
    with pytest.raises(HttpResponseError) as failure:
        await install(azure, "script", SCRIPT)

    assert failure.value.error.code == "VMExtensionProvisioningError"
    assert "The registration token has expired." in failure.value.error.message
    left = await azure.compute.virtual_machine_extensions.get("rg-netwerk-neu", "vm-vpn-neu", "script")
    assert left.provisioning_state == "Failed"


async def test_an_extension_fails_when_ordered_or_when_the_agent_is_silent(azure: Any) -> None:
    """A silent agent is only noticed after 45 minutes."""
    faults = azure.sandbox.world.faults
    faults.add(make("extension-fails", resource="vm-vpn-neu"))
    with pytest.raises(HttpResponseError) as failure:
        await install(azure, "script", SCRIPT)
    assert failure.value.error.code == "VMExtensionProvisioningError"
    suppressed = extension_body("Microsoft.Compute", "CustomScriptExtension", suppressFailures=True)
    faults.add(make("extension-fails", resource="vm-vpn-neu"))
    assert (await install(azure, "script", suppressed)).provisioning_state == "Succeeded"

    faults.add(make("agent-silent", resource="vm-vpn-neu"))
    before = azure.time.now
    with pytest.raises(HttpResponseError) as failure:
        await install(azure, "script", SCRIPT)
    assert failure.value.error.code == "VMAgentStatusCommunicationError"
    assert timedelta(minutes=45) <= azure.time.now - before < timedelta(minutes=46)
    view = await azure.compute.virtual_machines.instance_view("rg-netwerk-neu", "vm-vpn-neu")
    assert view.vm_agent.statuses[0].display_status == "Not Ready"


async def test_extensions_are_refused_as_azure_refuses_them(azure: Any) -> None:
    """One extension a handler, only known types of Microsoft's own, only in a machine that runs."""
    await install(azure, "script", SCRIPT)
    for name, body, code in (
        ("second", SCRIPT, "BadRequest"),
        ("unknown", extension_body("Microsoft.Powershell", "Nonsense"), "ArtifactNotFound"),
        ("nothing", extension_body("", "CustomScriptExtension"), "InvalidParameter"),
    ):
        with pytest.raises(HttpResponseError) as refusal:
            await install(azure, name, body)
        assert refusal.value.error.code == code
    await (
        await azure.compute.virtual_machine_extensions.begin_delete("rg-netwerk-neu", "vm-vpn-neu", "script")
    ).result()
    assert (await azure.compute.virtual_machine_extensions.list("rg-netwerk-neu", "vm-vpn-neu")).value == []
    await install(azure, "other", extension_body("Someone.Else", "Anything"))
    await (await azure.compute.virtual_machines.begin_deallocate("rg-netwerk-neu", "vm-vpn-neu")).result()
    with pytest.raises(HttpResponseError) as refusal:
        await install(azure, "script", SCRIPT)
    assert refusal.value.error.code == "OperationNotAllowed"
