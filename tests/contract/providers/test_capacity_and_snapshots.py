"""Quotas, sizes, reservations and snapshots, as each provider tells them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError, OperationFailedError
from drd.ports.capabilities import Operation
from drd.ports.capacity import CAPACITY, CORES, ReservationWish
from drd.ports.snapshots import DISK_TAG, ITEM_TAG, OS, SNAPSHOTS, TAKEN_TAG, DiskWish, SnapshotWish
from drd.sandbox.compute.usage import build_quota
from drd.sandbox.faults import make
from drd.sandbox.state import Resource
from tests.contract.providers.stage import SUBSCRIPTION, Stage
from tests.contract.providers.wishes import MACHINE, TAGS, stored

pytestmark = pytest.mark.anyio

DISKS, SNAPSHOT = "Microsoft.Compute/disks", "Microsoft.Compute/snapshots"
GROUPS = "Microsoft.Compute/capacityReservationGroups"
SIZE, FAMILY = "Standard_D2s_v5", "standardDSv5Family"


async def test_quotas_and_sizes_are_matched_by_family(stage: Stage) -> None:
    """Pages of any length; numbers are numbers, whatever Azure writes."""
    capacity = stage.provider.capability(CAPACITY)

    quotas = {one.name: one for one in await capacity.quotas(SUBSCRIPTION, "northeurope")}
    sizes = {one.name: one for one in await capacity.sizes(SUBSCRIPTION, "northeurope")}

    assert (sizes[SIZE].family, sizes[SIZE].cores, sizes[SIZE].closed) == (FAMILY, 2, "")
    assert sizes["Standard_NV6ads_A10_v5"].closed == "NotAvailableForSubscription"
    assert quotas[CORES].used >= quotas[FAMILY].used > 0
    assert quotas[FAMILY].free == quotas[FAMILY].limit - quotas[FAMILY].used


def wish_for(stage: Stage, places: int) -> ReservationWish:
    """Return a wish for places in the group of the test."""
    group = stage.id("rg-recovery-neu", GROUPS, "crg-1")
    stage.sandbox.world.store.put(_group(str(group)), at=stage.clock.now(), by="test")
    return ReservationWish(
        id=stage.id("rg-recovery-neu", f"{GROUPS}/crg-1/capacityReservations", "cr-1"),
        location="northeurope",
        size=SIZE,
        places=places,
        tags=TAGS,
        request_id="req-reserve",
    )


def _group(group_id: str) -> Resource:
    return Resource(id=group_id, type=GROUPS, location="northeurope")


async def test_places_are_reserved_by_name(stage: Stage) -> None:
    """Read back with what they are for, and listed in their group."""
    capacity, wish = stage.provider.capability(CAPACITY), wish_for(stage, 3)
    assert await capacity.reservation(wish.id) is None

    for _ in range(2):
        operation = await capacity.reserve(wish)
        if operation is not None:
            await stage.finish(capacity.follow, stored(operation))

    found = await capacity.reservation(wish.id)
    assert found is not None
    assert (found.size, found.places, found.taken, found.state, found.tags) == (SIZE, 3, 0, "Succeeded", TAGS)
    assert await capacity.reservations(stage.id("rg-recovery-neu", GROUPS, "crg-1")) == (found,)
    assert await capacity.reservations(stage.id("rg-recovery-neu", GROUPS, "crg-none")) == ()


async def test_no_room_is_told_with_azures_code_and_what_helps(stage: Stage) -> None:
    """Before anything is done when the quota says so, afterwards when the region is full."""
    capacity, wish = stage.provider.capability(CAPACITY), wish_for(stage, 3)
    stage.sandbox.world.faults.add(make("allocation", code="AllocationFailed", region="northeurope"))
    operation = await capacity.reserve(wish)
    assert operation is not None
    with pytest.raises(OperationFailedError) as full:
        await stage.finish(capacity.follow, operation)
    assert full.value.code == "AllocationFailed"
    assert "another size" in full.value.hint

    stage.sandbox.world.faults.clear()
    quota = build_quota(subscription=SUBSCRIPTION, region="northeurope", name=FAMILY, limit=1)
    stage.sandbox.world.store.put(quota, at=stage.clock.now(), by="test")
    with pytest.raises(ConflictError) as beyond:
        await capacity.reserve(wish)
    assert "quota" in beyond.value.hint


async def twice(stage: Stage, send: Callable[[], Awaitable[Operation | None]]) -> None:
    """Send the same change twice, each to its end."""
    for _ in range(2):
        operation = await send()
        if operation is not None:
            await stage.finish(stage.provider.capability(SNAPSHOTS).follow, stored(operation))


async def test_a_disk_is_brought_to_another_region_by_snapshots(stage: Stage) -> None:
    """The point's time is that of the data, not of the copy; a copy that is not whole is no usable point."""
    snapshots, source = stage.provider.capability(SNAPSHOTS), stage.id("rg-databank", DISKS, "vm-db-1-os")
    machine = stage.id("rg-databank", MACHINE, "vm-db-1")
    noted = {**TAGS, ITEM_TAG: machine.name, DISK_TAG: OS}
    home, away = stage.id("rg-databank", SNAPSHOT, "s-1"), stage.id("rg-databank-neu", SNAPSHOT, "s-1")
    take = SnapshotWish(id=home, location="westeurope", source=source, tags=noted, request_id="req-take")
    await twice(stage, lambda: snapshots.take(take))
    taken = await snapshots.get(home)
    assert taken is not None
    assert taken.taken_at is not None
    assert (taken.item, taken.disk, taken.source, taken.is_whole) == ("vm-db-1", OS, source, True)

    copy = SnapshotWish(
        id=away,
        location="northeurope",
        source=home,
        tags={**noted, TAKEN_TAG: taken.taken_at.isoformat()},
        request_id="req-copy",
    )
    operation = await snapshots.copy(copy)
    assert operation is not None
    await stage.finish(snapshots.follow, stored(operation))
    (early,) = await snapshots.points(away.group_id, "vm-db-1", disk=OS, region="northeurope")
    assert not early.usable
    await stage.clock.sleep(timedelta(hours=1))
    (late,) = await snapshots.points(away.group_id, "vm-db-1", disk=OS, region="northeurope")
    assert (late.usable, late.time, late.id) == (True, taken.taken_at, "s-1")
    assert await snapshots.points(away.group_id, "vm-db-1", disk="data", region="northeurope") == ()

    disk = DiskWish(
        id=stage.id("rg-databank-neu", DISKS, "d-1"), location="northeurope", snapshot=away, tags=TAGS, request_id="req"
    )
    await twice(stage, lambda: snapshots.make_disk(disk))
    made = await snapshots.disk(disk.id)
    assert made is not None
    assert (made.source, made.state, made.tags) == (away, "Succeeded", TAGS)
    assert len(stage.effects("disk.create")) == 1
