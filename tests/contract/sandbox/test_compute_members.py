"""Every answer of Compute holds the members of the API specification's own examples."""

import json
from typing import Any

import pytest

from drd.sandbox.wire import Request
from tests.contract.sandbox.examples import missing
from tests.contract.sandbox.test_machines_from_images import MACHINE, WINDOWS, body_from, interface

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
PROVIDER = "providers/Microsoft.Compute"
ABOVE = f"{ROOT}/rg-netwerk-neu/{PROVIDER}"
VERSIONS = {"/disks/": "2026-03-02", "/snapshots/": "2026-03-02", "/galleries/": "2026-03-03", "/skus": "2021-07-01"}
"""Parts of Compute have versions of their own."""
TAGS = {"dienst": "werkplek"}
GALLERY = f"{ROOT}/rg-werkplek-neu/{PROVIDER}/galleries/galwerkplek"
EXAMPLES = (
    "VirtualMachines_Get",
    "VirtualMachines_InstanceView",
    "VirtualMachines_RetrieveBootDiagnosticsData",
    "VirtualMachineExtensions_List",
    "VirtualMachineRunCommands_GetByVirtualMachine",
    "Disks_Get",
    "Snapshots_Get",
    "Usage_List",
    "ResourceSkus_List",
    "CapacityReservations_Get",
    "CapacityReservationGroups_ListBySubscription",
    "RestorePoints_Get",
    "RestorePointCollections_Get",
    "Galleries_Get",
    "GalleryImages_Get",
    "GalleryImageVersions_Get",
)


async def send(azure: Any, method: str, path: str, body: Any = None) -> Any:
    """Send a request, let what it started end, and return the body of the answer."""
    token = azure.sandbox.world.identities.token_for("sandbox-owner")
    separator = "&" if "?" in path else "?"
    version = next((each for kind, each in VERSIONS.items() if kind in path), "2026-04-01")
    request = Request(
        method=method,
        url=f"http://sandbox{path}{separator}api-version={version}",
        headers={"authorization": f"Bearer {token}"},
        body=json.dumps(body).encode() if body is not None else b"",
    )
    answer = await azure.sandbox.handle(request)
    assert answer.status < 400, answer.body
    if method != "GET":
        await azure.time.sleep(300)
    return answer.json()


async def machine_with_everything(azure: Any) -> None:
    """Make a machine from an image that uses what the examples use, with an extension and a command."""
    group = f"{ABOVE}/capacityReservationGroups/crg"
    await send(azure, "PUT", group, {"location": "northeurope", "zones": ["1"]})
    places = {
        "location": "northeurope",
        "zones": ["1"],
        "tags": TAGS,
        "sku": {"name": "Standard_D2s_v5", "capacity": 2},
    }
    await send(azure, "PUT", f"{group}/capacityReservations/cr", places)
    application = {"order": 1, "packageReferenceId": f"{GALLERY}/applications/app/versions/1.0"}
    body = body_from(
        WINDOWS,
        await interface(azure),
        userData="R2VlbiBnZWhlaW0=",
        extensionsTimeBudget="PT50M",
        applicationProfile={"galleryApplications": [application]},
        diagnosticsProfile={"bootDiagnostics": {"enabled": True, "storageUri": "https://stdiag.blob.example"}},
        capacityReservation={"capacityReservationGroup": {"id": group}},
    )
    await send(azure, "PUT", f"{ABOVE}/virtualMachines/{MACHINE}", {**body, "tags": TAGS})
    extension = {
        "publisher": "Microsoft.Compute",
        "type": "CustomScriptExtension",
        "typeHandlerVersion": "1.10",
        "autoUpgradeMinorVersion": True,
        "enableAutomaticUpgrade": False,
        "suppressFailures": True,
        "forceUpdateTag": "1",
        "settings": {},
    }
    below = f"{ABOVE}/virtualMachines/{MACHINE}"
    located = {"location": "northeurope", "tags": TAGS}
    await send(azure, "PUT", f"{below}/extensions/script", {**located, "properties": extension})
    command = {
        "source": {"script": "hostname"},
        "parameters": [{"name": "een", "value": "1"}],
        "runAsUser": "dienst",
        "outputBlobUri": "https://st.blob.example/uit",
        "errorBlobUri": "https://st.blob.example/fout",
    }
    await send(azure, "PUT", f"{below}/runCommands/naam", {**located, "properties": command})


async def points_of(azure: Any) -> tuple[str, str]:
    """Take a snapshot and a restore point of the machine, and return the names of its OS disk and its data disk."""
    machine = await send(azure, "GET", f"{ABOVE}/virtualMachines/{MACHINE}")
    storage = machine["properties"]["storageProfile"]
    disk = f"{ABOVE}/disks/{storage['osDisk']['name']}"
    copied = {"createOption": "Copy", "sourceResourceId": disk}
    snapshot = {"location": "northeurope", "tags": TAGS, "properties": {"incremental": True, "creationData": copied}}
    await send(azure, "PUT", f"{ABOVE}/snapshots/snap", snapshot)
    source = {"source": {"id": f"{ABOVE}/virtualMachines/{MACHINE}"}}
    collection = f"{ABOVE}/restorePointCollections/rpc"
    await send(azure, "PUT", collection, {"location": "northeurope", "tags": TAGS, "properties": source})
    data = str(storage["dataDisks"][0]["name"])
    return str(storage["osDisk"]["name"]), data


async def answers_of(azure: Any) -> dict[str, Any]:
    """Ask every question whose answer stands in an example."""
    os_disk, data_disk = await points_of(azure)
    below = f"{ABOVE}/virtualMachines/{MACHINE}"
    point = f"{ABOVE}/restorePointCollections/rpc/restorePoints/rp"
    whole = await send(azure, "PUT", point, {"properties": {}})
    excluded = {"properties": {"excludeDisks": [{"id": f"{ABOVE}/disks/{data_disk}"}]}}
    less = await send(azure, "PUT", f"{point}-2", excluded)
    whole["properties"]["excludeDisks"] = less["properties"]["excludeDisks"]
    version = (await send(azure, "GET", f"{GALLERY}/images/werkplek/versions"))["value"][0]["name"]
    reservation = f"{ABOVE}/capacityReservationGroups/crg/capacityReservations/cr?$expand=instanceView"
    scope = f"/subscriptions/{SUBSCRIPTION}/{PROVIDER}"
    paths = {
        "VirtualMachines_Get": f"{below}?$expand=userData",
        "VirtualMachines_InstanceView": f"{below}/instanceView",
        "VirtualMachineExtensions_List": f"{below}/extensions?$expand=instanceView",
        "VirtualMachineRunCommands_GetByVirtualMachine": f"{below}/runCommands/naam",
        "Disks_Get": f"{ABOVE}/disks/{os_disk}",
        "Snapshots_Get": f"{ABOVE}/snapshots/snap",
        "Usage_List": f"{scope}/locations/northeurope/usages",
        "ResourceSkus_List": f"{scope}/skus?$filter=location%20eq%20'northeurope'",
        "CapacityReservations_Get": reservation,
        "CapacityReservationGroups_ListBySubscription": f"{scope}/capacityReservationGroups",
        "RestorePointCollections_Get": f"{ABOVE}/restorePointCollections/rpc",
        "Galleries_Get": GALLERY,
        "GalleryImages_Get": f"{GALLERY}/images/werkplek",
        "GalleryImageVersions_Get": f"{GALLERY}/images/werkplek/versions/{version}?$expand=ReplicationStatus",
    }
    answers = {name: await send(azure, "GET", path) for name, path in paths.items()}
    answers["RestorePoints_Get"] = whole
    answers["VirtualMachines_RetrieveBootDiagnosticsData"] = await send(
        azure, "POST", f"{below}/retrieveBootDiagnosticsData"
    )
    return answers


async def test_every_answer_holds_the_members_of_its_example(azure: Any) -> None:
    """As it is on the wire, member by member."""
    await machine_with_everything(azure)
    answers = await answers_of(azure)

    assert set(answers) == set(EXAMPLES)
    lacking = {name: missing(answers[name], "compute", name) for name in EXAMPLES}
    assert {name: members for name, members in lacking.items() if members} == {}
