"""What a restore leaves in the world: disks of a point, a new machine on them, or a machine whose disks were exchanged.

Disks of an infected point carry the infection, and whatever starts from them is sick.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from drd.sandbox.arm import shout_group
from drd.sandbox.compute.disk import attached, build_disk, detached
from drd.sandbox.compute.machine import build_machine, disk_ids, place_machine
from drd.sandbox.network.interface import build_interface, free_address
from drd.sandbox.recovery_services import chance
from drd.sandbox.recovery_services.machines import DiskImage, Original
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is in a recovery point: a machine's disks as of an instant, and whether an infection came along.

    `luns` narrows the data disks to some; None takes them all. `flaws` as in `drd.sandbox.compute.guest_state`.
    """

    original: Original
    as_of: datetime
    infected: bool = False
    flaws: tuple[str, ...] = ()
    luns: tuple[int, ...] | None = None


def restore_disks(world: World, content: Content, *, group_id: str, region: str, at: datetime) -> list[Resource]:
    """Make the disks in a group, named as Azure Backup names them; the OS disk comes first."""
    stamp = at.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
    stem = f"{group_id}/providers/Microsoft.Compute/disks/{content.original.name}"
    return [
        world.store.put(_disk(content, image, f"{stem}-{role}-{stamp}", region), at=at, by=AZURE)
        for role, image in _roles(content)
    ]


def restore_machine(
    world: World, content: Content, *, machine_id: str, region: str, subnet_id: str, at: datetime
) -> Resource:
    """Make a new machine with its disks and an interface in a subnet, and start it.

    Raises:
        ArmError: the subnet is gone or full.
    """
    group_id = "/".join(machine_id.split("/")[:5])
    name = machine_id.rsplit("/", 1)[-1]
    suffix = chance.name(str(world.seed), machine_id, at.isoformat()).replace("-", "")
    interface = build_interface(
        id=f"{group_id}/providers/Microsoft.Network/networkInterfaces/{name}-nic-{suffix}",
        location=region,
        subnet_id=subnet_id,
        address=free_address(world, subnet_id),
    )
    world.store.put(interface, at=at, by=AZURE)
    disks = restore_disks(world, content, group_id=group_id, region=region, at=at)
    machine = build_machine(
        id=machine_id,
        location=region,
        vm_id=chance.name(str(world.seed), "vm", machine_id, at.isoformat()),
        os_disk=disks[0],
        data_disks=disks[1:],
        interfaces=[interface.id],
        size=content.original.size,
        running_since=at,
    )
    return place_machine(world, machine, at=at, by=AZURE)


def exchange_disks(world: World, content: Content, machine: Resource, *, at: datetime) -> Resource:
    """Put the point's disks in the place of those that a machine holds; the old ones stay in their group, unattached.

    Azure keeps the machine's name, size, addresses and tags, and leaves it switched off.
    """
    group_id = "/".join(machine.id.split("/")[:5])
    for disk_id in disk_ids(machine):
        held = world.store.get(disk_id)
        if held is not None:
            world.store.put(detached(held), at=at, by=AZURE)
    disks = restore_disks(world, content, group_id=group_id, region=machine.location, at=at)
    for disk in disks:
        world.store.put(attached(disk, machine.id), at=at, by=AZURE)
    return world.store.put(machine.with_properties(storageProfile=_storage(machine, disks)), at=at, by=AZURE)


def _storage(machine: Resource, disks: Sequence[Resource]) -> JsonObject:
    before = machine.properties["storageProfile"]
    old = before.get("dataDisks", [])
    data = [
        {
            **(old[lun] if lun < len(old) else {"lun": lun, "createOption": "Attach", "deleteOption": "Detach"}),
            "name": disk.name,
            "managedDisk": {"id": shout_group(disk.id)},
        }
        for lun, disk in enumerate(disks[1:])
    ]
    os_disk = {**before["osDisk"], "name": disks[0].name, "managedDisk": {"id": shout_group(disks[0].id)}}
    return {**before, "osDisk": os_disk, "dataDisks": data}


def _disk(content: Content, image: DiskImage, disk_id: str, region: str) -> Resource:
    disk = build_disk(
        id=disk_id,
        location=region,
        lineage=content.original.lineage,
        as_of=content.as_of,
        os_type=image.os_type,
        size_gb=image.size_gb,
    )
    infected = {"infected": True} if content.infected else {}
    flaws = {"flaws": content.flaws} if content.flaws else {}
    return replace(disk, hidden={**disk.hidden, **infected, **flaws})


def _roles(content: Content) -> Iterator[tuple[str, DiskImage]]:
    numbers = iter(range(len(content.original.disks)))
    for image in content.original.disks:
        if image.os_type:
            yield "osdisk", image
            continue
        number = next(numbers)
        if content.luns is None or number in content.luns:
            yield f"datadisk-{number:03d}", image
