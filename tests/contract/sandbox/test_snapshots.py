"""Snapshots, their copies to another region, and disks made from them, through Azure's own client."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
HOME, AWAY = "rg-databank", "rg-databank-neu"
DISK = f"{ROOT}/{HOME}/providers/Microsoft.Compute/disks/vm-db-1-os"


def body_of(source: str, *, location: str = "westeurope", option: str = "Copy", **properties: Any) -> dict[str, Any]:
    """Return the body of a snapshot or disk."""
    creation = {"createOption": option, "sourceResourceId": source}
    return {"location": location, "properties": {"creationData": creation, **properties}}


async def take(azure: Any, name: str = "snap-1", group: str = HOME, **members: Any) -> Any:
    """Take an incremental snapshot, of the disk or of another source."""
    source = members.pop("source", DISK)
    body = body_of(source, **{"incremental": True, **members})
    return await (await azure.compute.snapshots.begin_create_or_update(group, name, body)).result()


async def copied(azure: Any, name: str = "copy-1") -> Any:
    """Take a snapshot and start its copy to the recovery region."""
    source = await take(azure)
    return await take(azure, name, AWAY, source=source.id, location="northeurope", option="CopyStart")


async def code_of(coroutine: Any) -> str:
    """Return the code with which Azure refuses."""
    with pytest.raises(HttpResponseError) as refusal:
        await coroutine
    return str(refusal.value.error.code)


async def test_an_incremental_snapshot_is_whole_at_once(azure: Any) -> None:
    """It tells its disk's system and size, and its family."""
    made = await take(azure)

    assert (made.os_type, made.incremental, made.completion_percent) == ("Windows", True, 100.0)
    assert made.incremental_snapshot_family_id
    assert made.time_created == azure.time.now.replace(second=made.time_created.second, microsecond=0)
    again = await azure.compute.snapshots.get(HOME, "snap-1")
    assert again.unique_id == made.unique_id
    listed = [one.name async for one in azure.compute.snapshots.list_by_resource_group(HOME)]
    assert listed == ["snap-1"]


async def test_a_copy_to_another_region_grows_after_its_operation_ended(azure: Any) -> None:
    """The operation tells nothing: completionPercent does."""
    made = await copied(azure)

    assert made.provisioning_state == "Succeeded"
    assert made.completion_percent < 5
    await azure.time.sleep(450)
    half = await azure.compute.snapshots.get(AWAY, "copy-1")
    assert 45 < half.completion_percent < 60
    disk = body_of(made.id, location="northeurope")
    assert await code_of(azure.compute.disks.begin_create_or_update(AWAY, "d", disk)) == "OperationNotAllowed"
    await azure.time.sleep(450)
    assert (await azure.compute.snapshots.get(AWAY, "copy-1")).completion_percent == 100.0
    made_disk = await (await azure.compute.disks.begin_create_or_update(AWAY, "d", disk)).result()
    assert (made_disk.os_type, made_disk.location, made_disk.disk_state) == ("Windows", "northeurope", "Unattached")


async def test_a_disk_made_from_a_copy_holds_the_data_of_the_first_snapshots_instant(azure: Any) -> None:
    """A copy arrives later than its data was taken: the age of the data is the source's."""
    taken = (await take(azure)).time_created
    await azure.time.sleep(7200)
    made = await copied(azure)
    await azure.time.sleep(900)
    poller = await azure.compute.disks.begin_create_or_update(AWAY, "d", body_of(made.id, location="northeurope"))
    disk = await poller.result()

    hidden = azure.sandbox.world.store.require(disk.id).hidden
    assert hidden["lineage"].endswith("/vm-db-1")
    assert abs((hidden["as_of"] - taken).total_seconds()) < 5


async def test_a_copy_stands_still_while_its_source_region_is_lost(azure: Any) -> None:
    """What had not arrived before the region was lost does not arrive."""
    await copied(azure)
    await azure.time.sleep(300)
    azure.lose("westeurope")
    before = (await azure.compute.snapshots.get(AWAY, "copy-1")).completion_percent
    await azure.time.sleep(3600)

    after = await azure.compute.snapshots.get(AWAY, "copy-1")
    assert after.completion_percent == before < 100
    assert after.copy_completion_error is None


async def test_a_copy_fails_when_its_source_is_deleted_meanwhile(azure: Any) -> None:
    """The operation had ended well; the snapshot itself tells of the failure."""
    await copied(azure)
    await (await azure.compute.snapshots.begin_delete(HOME, "snap-1")).result()
    await azure.time.sleep(3600)

    left = await azure.compute.snapshots.get(AWAY, "copy-1")
    assert left.completion_percent < 100
    assert left.copy_completion_error.error_code == "CopySourceNotFound"


async def test_what_may_not_be_copied_is_refused(azure: Any) -> None:
    """Regions must agree unless the copy is started as one, and only incremental snapshots are copied that way."""
    snapshots = azure.compute.snapshots
    far = body_of(DISK, location="northeurope", incremental=True)
    assert await code_of(snapshots.begin_create_or_update(AWAY, "x", far)) == "InvalidParameter"
    from_disk = body_of(DISK, location="northeurope", option="CopyStart", incremental=True)
    assert await code_of(snapshots.begin_create_or_update(AWAY, "x", from_disk)) == "InvalidParameter"
    full = await take(azure, "full", incremental=False)
    assert full.completion_percent is None
    from_full = body_of(full.id, location="northeurope", option="CopyStart", incremental=True)
    assert await code_of(snapshots.begin_create_or_update(AWAY, "x", from_full)) == "InvalidParameter"
    missing = body_of(DISK + "-none", incremental=True)
    assert await code_of(snapshots.begin_create_or_update(HOME, "x", missing)) == "ResourceNotFound"
    imported = body_of(DISK, option="Import")
    assert await code_of(snapshots.begin_create_or_update(HOME, "x", imported)) == "InvalidParameter"


async def test_a_disk_grows_and_never_shrinks(azure: Any) -> None:
    """PATCH is an operation; tags alone change the same way."""
    empty = {"location": "northeurope", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 64}}
    premium = {**empty, "sku": {"name": "Premium_LRS"}}
    made = await (await azure.compute.disks.begin_create_or_update(AWAY, "d", premium)).result()
    assert (made.tier, made.disk_iops_read_write, made.sku.tier) == ("P6", 240, "Premium")

    grown = {"properties": {"diskSizeGB": 128}, "tags": {"drd-run": "1"}}
    changed = await (await azure.compute.disks.begin_update(AWAY, "d", grown)).result()
    assert (changed.disk_size_gb, changed.tier, changed.tags) == (128, "P10", {"drd-run": "1"})
    smaller = {"properties": {"diskSizeGB": 8}}
    assert await code_of(azure.compute.disks.begin_update(AWAY, "d", smaller)) == "OperationNotAllowed"
    without_size = {"location": "northeurope", "properties": {"creationData": {"createOption": "Empty"}}}
    assert await code_of(azure.compute.disks.begin_create_or_update(AWAY, "e", without_size)) == "InvalidParameter"


async def test_the_disk_of_a_deallocated_machine_is_reserved(azure: Any) -> None:
    """It is still the machine's, but nobody writes to it."""
    await (await azure.compute.virtual_machines.begin_deallocate("rg-netwerk-neu", "vm-vpn-neu")).result()

    assert (await azure.compute.disks.get("rg-netwerk-neu", "vm-vpn-neu-os")).disk_state == "Reserved"
