"""What the service remembers of a machine, and how it makes disks and machines of that."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drd.sandbox.arm import parse_id
from drd.sandbox.compute.disk import build_disk
from drd.sandbox.compute.machine import (
    build_machine,
    disk_ids,
    interface_ids,
    is_running,
    lineage_of,
    place_machine,
    power_off,
    power_on,
    remove_machine,
)
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.interface import (
    address_of,
    build_interface,
    find_subnet,
    free_address,
    network_of_subnet,
    subnet_id_of,
)
from drd.sandbox.recovery_services import chance
from drd.sandbox.state import Resource
from drd.sandbox.world import AZURE, World

_GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskImage:
    """One disk of a machine as the service remembers it; an OS disk has an `os_type`."""

    id: str
    size_gb: int
    os_type: str = ""

    @property
    def name(self) -> str:
        """Return the disk's name."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def size_bytes(self) -> int:
        """Return the disk's capacity."""
        return self.size_gb * _GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A machine as it was when its protection began; stays when the machine is gone.

    `lineage` is the id of the machine whose data its disks hold.
    """

    id: str
    location: str
    size: str
    os_type: str
    lineage: str
    disks: tuple[DiskImage, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the machine's name."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def group(self) -> str:
        """Return the name of the machine's resource group."""
        return parse_id(self.id).group

    @property
    def subscription(self) -> str:
        """Return the machine's subscription."""
        return parse_id(self.id).subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a machine is brought up: group (id), region, network (id), subnet (name) and the address it should have."""

    group_id: str
    region: str
    network_id: str
    subnet: str
    address: str


def remember(world: World, machine: Resource) -> Original:
    """Return what protection keeps of a machine."""
    images = []
    for disk_id in disk_ids(machine):
        disk = world.store.require(disk_id)
        size, os_type = int(disk.properties["diskSizeGB"]), str(disk.properties.get("osType", ""))
        images.append(DiskImage(id=disk.id, size_gb=size, os_type=os_type))
    return Original(
        id=machine.id,
        location=machine.location,
        size=str(machine.properties["hardwareProfile"]["vmSize"]),
        os_type=images[0].os_type or "Linux",
        lineage=lineage_of(world, machine),
        disks=tuple(images),
        tags=dict(machine.tags),
    )


def bring_up(world: World, original: Original, place: Place, *, suffix: str, as_of: datetime, at: datetime) -> Resource:
    """Create and start a copy of the machine in a place, and return it; `suffix` is added to every name.

    Raises:
        ArmError: the group is gone, the name or the address is taken.
    """
    machine_id = f"{place.group_id}/providers/Microsoft.Compute/virtualMachines/{original.name}{suffix}"
    if world.store.get(place.group_id) is None:
        raise bad_request("RecoveryResourceGroupNotFound", f"The resource group '{place.group_id}' was not found.")
    if world.store.get(machine_id) is not None:
        raise ArmError(409, "RecoveryVirtualMachineExists", f"A virtual machine '{machine_id}' exists already.")
    interface = build_interface(
        id=f"{place.group_id}/providers/Microsoft.Network/networkInterfaces/{original.name}{suffix}-nic",
        location=place.region,
        subnet_id=f"{place.network_id}/subnets/{place.subnet}",
        address=place.address,
        tags=original.tags,
    )
    world.store.put(interface, at=at, by=AZURE)
    disks = [
        world.store.put(
            build_disk(
                id=f"{place.group_id}/providers/Microsoft.Compute/disks/{image.name}{suffix}",
                location=place.region,
                lineage=original.lineage,
                as_of=as_of,
                os_type=image.os_type,
                size_gb=image.size_gb,
                tags=original.tags,
            ),
            at=at,
            by=AZURE,
        )
        for image in original.disks
    ]
    machine = build_machine(
        id=machine_id,
        location=place.region,
        vm_id=chance.name(str(world.seed), machine_id, at.isoformat()),
        os_disk=disks[0],
        data_disks=disks[1:],
        interfaces=[interface.id],
        size=original.size,
        running_since=at,
        tags=original.tags,
    )
    return place_machine(world, machine, at=at, by=AZURE)


def standing(world: World, original: Original, place: Place) -> Resource | None:
    """Return the machine that stands already where a copy would be brought up: the one that a failback goes back to."""
    return world.store.get(f"{place.group_id}/providers/Microsoft.Compute/virtualMachines/{original.name}")


def bring_back(world: World, original: Original, place: Place, *, as_of: datetime, at: datetime) -> Resource:
    """Give a machine that stands in a place the data of a point on its own disks, start it, and return it.

    Raises:
        ArmError: 409, it runs: nobody writes over the disks of a running machine.
    """
    machine = standing(world, original, place)
    if machine is None or is_running(world, machine, at):
        raise ArmError(409, "RecoveryVirtualMachineRuns", f"The machine '{original.name}' in the target region runs.")
    for disk_id in disk_ids(machine):
        disk = world.store.require(disk_id)
        world.store.put(disk.with_hidden(lineage=original.lineage, as_of=as_of), at=at, by=AZURE)
    return world.store.put(power_on(machine, at), at=at, by=AZURE)


def switch_off(world: World, machine_id: str, at: datetime) -> None:
    """Deallocate a machine; one that is gone or off already stays so."""
    machine = world.store.get(machine_id)
    if machine is not None and is_running(world, machine, at):
        world.store.put(power_off(machine), at=at, by=AZURE)


def place_of(world: World, machine: Resource) -> Place:
    """Return the place in which a machine stands: its group, and the network and address of its first interface."""
    interface = world.store.require(interface_ids(machine)[0])
    network_id, _, subnet = subnet_id_of(interface).partition("/subnets/")
    return Place(
        group_id=machine.id.rsplit("/providers/", 1)[0],
        region=machine.location,
        network_id=network_id,
        subnet=subnet,
        address=address_of(interface),
    )


def take_down(world: World, machine_id: str, at: datetime) -> None:
    """Remove a machine that `bring_up` made, with its disks and its interface; a second time does nothing."""
    machine = world.store.get(machine_id)
    if machine is not None:
        remove_machine(world, machine, at=at, by=AZURE)


def shut_down(world: World, original: Original, at: datetime) -> bool:
    """Shut the original down when it runs in a region that is up; tell whether it was."""
    machine = world.store.get(original.id)
    if machine is None or not is_running(world, machine, at):
        return False
    world.store.put(power_off(machine), at=at, by=AZURE)
    return True


def isolated_place(world: World, wanted: Place, network_id: str) -> Place:
    """Return where a test machine goes: the subnet of the same name, else the first, and the same number in it.

    Raises:
        ArmError: 400, the network is not there, lies in another region, or has no room.
    """
    network = world.store.get(network_id)
    if network is None:
        raise bad_request("TestNetworkNotFound", f"The network '{network_id}' for the test failover was not found.")
    if network.location.lower() != wanted.region.lower():
        message = f"The network '{network_id}' is in '{network.location}'; the test failover needs '{wanted.region}'."
        raise bad_request("TestNetworkInOtherRegion", message)
    subnet = wanted.subnet
    if find_subnet(network, f"{network.id}/subnets/{subnet}") is None:
        subnets = network.properties.get("subnets", [])
        if not subnets:
            raise bad_request("TestNetworkWithoutSubnet", f"The network '{network_id}' has no subnet.")
        subnet = str(subnets[0]["name"])
    address = _address(world, f"{network.id}/subnets/{subnet}", _numbered(network, subnet, wanted.address))
    return Place(group_id=wanted.group_id, region=wanted.region, network_id=network.id, subnet=subnet, address=address)


def recovery_place(world: World, original: Original, wanted: Place) -> Place:
    """Return the place of a failover when its subnet and address can be had, or the machine stands there already.

    Raises:
        ArmError: 400, the subnet is not there or the address is taken.
    """
    subnet_id = f"{wanted.network_id}/subnets/{wanted.subnet}"
    network_of_subnet(world, subnet_id)
    if standing(world, original, wanted) is not None:
        return wanted
    free_address(world, subnet_id, wanted.address)
    return wanted


def _numbered(network: Resource, subnet: str, like: str) -> str:
    """Return the address of the subnet that has the host number of another one of the same size."""
    body = find_subnet(network, f"{network.id}/subnets/{subnet}") or {}
    prefix = ipaddress.ip_network(str(body["properties"]["addressPrefix"]))
    number = int(ipaddress.ip_address(like)) & int(prefix.hostmask)
    return str(ipaddress.ip_address(int(prefix.network_address) | number))


def _address(world: World, subnet_id: str, wanted: str) -> str:
    try:
        return free_address(world, subnet_id, wanted)
    except ArmError:
        return free_address(world, subnet_id)
