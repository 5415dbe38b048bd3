"""Restore points of machines, their copies, and disks made of them, through Azure's own client."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
HOME, AWAY = "rg-burgerzaken", "rg-burgerzaken-neu"
MACHINE = f"{ROOT}/{HOME}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1"


async def collection(azure: Any, group: str, location: str, source: str) -> Any:
    """Make a collection of a machine or of another collection."""
    body = {"location": location, "properties": {"source": {"id": source}}}
    return await azure.compute.restore_point_collections.create_or_update(group, "rpc-sql", body)


async def point(azure: Any, group: str, name: str = "rp-1", **properties: Any) -> Any:
    """Take a point, or start the copy of one."""
    poller = await azure.compute.restore_points.begin_create(group, "rpc-sql", name, {"properties": properties})
    await poller.result()
    return await azure.compute.restore_points.get(group, "rpc-sql", name, expand="instanceView")


async def test_a_point_holds_all_disks_of_one_instant(azure: Any) -> None:
    """Each disk has a restore point of its own, from which a disk is made."""
    await collection(azure, HOME, "westeurope", MACHINE)
    made = await point(azure, HOME)

    assert (made.provisioning_state, made.consistency_mode) == ("Succeeded", "ApplicationConsistent")
    storage = made.source_metadata.storage_profile
    os_point, data_point = storage.os_disk.disk_restore_point.id, storage.data_disks[0].disk_restore_point.id
    assert os_point != data_point
    body = {
        "location": "westeurope",
        "properties": {"creationData": {"createOption": "Restore", "sourceResourceId": os_point}},
    }
    disk = await (await azure.compute.disks.begin_create_or_update(HOME, "d", body)).result()
    assert disk.os_type == "Windows"
    assert azure.sandbox.world.store.require(disk.id).hidden["lineage"] == MACHINE
    listed = [one.name async for one in azure.compute.restore_point_collections.list_all()]
    assert "rpc-sql" in listed


async def test_a_point_is_copied_to_another_region_over_time(azure: Any) -> None:
    """A collection of the collection; each disk arrives by itself."""
    source = await collection(azure, HOME, "westeurope", MACHINE)
    first = await point(azure, HOME)
    await collection(azure, AWAY, "northeurope", source.id)
    copied = await point(azure, AWAY, sourceRestorePoint={"id": first.id})

    early = [one.replication_status.completion_percent for one in copied.instance_view.disk_restore_points]
    assert len(early) == 2
    assert all(percent < 100 for percent in early)
    await azure.time.sleep(1000)
    late = await azure.compute.restore_points.get(AWAY, "rpc-sql", "rp-1", expand="instanceView")
    assert [one.replication_status.completion_percent for one in late.instance_view.disk_restore_points] == [100, 100]


async def test_disks_are_left_out_and_points_go_with_their_collection(azure: Any) -> None:
    """An excluded disk has no restore point."""
    await collection(azure, HOME, "westeurope", MACHINE)
    data = f"{ROOT}/{HOME}/providers/Microsoft.Compute/disks/vm-bz-sql-1-data"
    made = await point(azure, HOME, excludeDisks=[{"id": data}])
    assert made.source_metadata.storage_profile.data_disks[0].disk_restore_point is None
    await (await azure.compute.restore_points.begin_delete(HOME, "rpc-sql", "rp-1")).result()
    await (await azure.compute.restore_point_collections.begin_delete(HOME, "rpc-sql")).result()
    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.restore_point_collections.get(HOME, "rpc-sql")
    assert refusal.value.status_code == 404
    with pytest.raises(HttpResponseError) as refusal:
        await collection(azure, AWAY, "northeurope", MACHINE)
    assert refusal.value.error.code == "InvalidParameter"
