"""What a virtual machine is: its disks, interfaces and power, and from when its agent answers. No addresses here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import fold, shout_group
from drd.sandbox.compute.disk import attached, detached
from drd.sandbox.compute.power import DEALLOCATED, RUNNING, STOPPED
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

MACHINE_TYPE = "Microsoft.Compute/virtualMachines"
FIRST_ETAG = '"1"'
"""Machines count their writes in their ETag."""


def build_machine(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    vm_id: str,
    os_disk: Resource,
    data_disks: Sequence[Resource] = (),
    interfaces: Sequence[str] = (),
    size: str = "Standard_D2s_v5",
    running_since: datetime | None = None,
    tags: Mapping[str, str] | None = None,
) -> Resource:
    """Return a machine on existing disks and interfaces (their ids), running since an instant, or deallocated.

    Store it with `place_machine`, which also attaches the disks and the interfaces.
    """
    storage: JsonObject = {
        "osDisk": {
            "name": os_disk.name,
            "osType": os_disk.properties.get("osType", "Linux"),
            "createOption": "Attach",
            "deleteOption": "Delete",
            "managedDisk": {"id": shout_group(os_disk.id)},
        },
        "dataDisks": [
            {
                "lun": lun,
                "name": disk.name,
                "createOption": "Attach",
                "deleteOption": "Delete",
                "managedDisk": {"id": shout_group(disk.id)},
            }
            for lun, disk in enumerate(data_disks)
        ],
    }
    references = [{"id": one, "properties": {"deleteOption": "Delete", "primary": True}} for one in interfaces]
    return Resource(
        id=id,
        type=MACHINE_TYPE,
        location=location,
        properties={
            "vmId": vm_id,
            "hardwareProfile": {"vmSize": size},
            "storageProfile": storage,
            "networkProfile": {"networkInterfaces": references},
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
            "provisioningState": "Succeeded",
        },
        tags=dict(tags or {}),
        hidden={"power": RUNNING if running_since else DEALLOCATED, "powered_at": running_since},
        etag=FIRST_ETAG,
    )


def place_machine(world: World, machine: Resource, *, at: datetime, by: str) -> Resource:
    """Store a machine and attach its disks and interfaces; return it as stored."""
    kept = world.store.put(machine, at=at, by=by)
    for disk_id in disk_ids(kept):
        disk = world.store.get(disk_id)
        if disk is not None:
            world.store.put(attached(disk, kept.id), at=at, by=by)
    for interface_id in interface_ids(kept):
        interface = world.store.get(interface_id)
        if interface is not None:
            world.store.put(interface.with_properties(virtualMachine={"id": shout_group(kept.id)}), at=at, by=by)
    return kept


def remove_machine(world: World, machine: Resource, *, at: datetime, by: str) -> None:
    """Remove a machine; what it held is deleted or let go, as each reference's `deleteOption` says."""
    world.store.delete(machine.id, at=at, by=by)
    for held_id, option in _held(machine):
        held = world.store.get(held_id)
        if held is None:
            continue
        if option == "Delete":
            world.store.delete(held_id, at=at, by=by)
        else:
            world.store.put(_let_go(held), at=at, by=by)


def power_on(machine: Resource, at: datetime) -> Resource:
    """Return the machine running since an instant."""
    return machine.with_properties(provisioningState="Succeeded").with_hidden(power=RUNNING, powered_at=at)


def power_off(machine: Resource) -> Resource:
    """Return the machine deallocated."""
    return machine.with_properties(provisioningState="Succeeded").with_hidden(power=DEALLOCATED, powered_at=None)


def shut_down(machine: Resource) -> Resource:
    """Return the machine stopped: off, with its cores still its own."""
    return machine.with_properties(provisioningState="Succeeded").with_hidden(power=STOPPED, powered_at=None)


def is_running(world: World, machine: Resource, now: datetime) -> bool:
    """Tell whether the machine runs, in a region that is up."""
    return machine.hidden["power"] == RUNNING and not world.regions.is_lost(machine.location, now)


def agent_ready_at(world: World, machine: Resource) -> datetime | None:
    """Return from when the machine's agent and its guest answer; None when it does not run."""
    powered_at = machine.hidden.get("powered_at")
    if machine.hidden["power"] != RUNNING or not isinstance(powered_at, datetime):
        return None
    return powered_at + world.profile.duration("vm.agent-ready", machine.id)


def agent_is_silent(world: World, machine: Resource, now: datetime) -> bool:
    """Tell whether the machine's agent never reports; the guest itself may well answer."""
    return world.faults.condition("agent-silent", target=machine.id, region=machine.location, at=now) is not None


def is_ready(world: World, machine: Resource, now: datetime) -> bool:
    """Tell whether the machine runs and its guest is up, and with it its agent unless that is silent."""
    ready_at = agent_ready_at(world, machine)
    return is_running(world, machine, now) and ready_at is not None and ready_at <= now


def lineage_of(world: World, machine: Resource) -> str:
    """Return the id of the machine whose data its OS disk holds; empty when the disk is gone or holds nobody's."""
    disk = world.store.get(disk_ids(machine)[0])
    return str(disk.hidden.get("lineage", "")) if disk else ""


def as_of(world: World, machine: Resource) -> datetime | None:
    """Return the instant whose data the OS disk was made from."""
    disk = world.store.get(disk_ids(machine)[0])
    made_from = disk.hidden.get("as_of") if disk else None
    return made_from if isinstance(made_from, datetime) else None


def disk_ids(machine: Resource) -> list[str]:
    """Return the ids of the machine's disks, the OS disk first."""
    storage = machine.properties["storageProfile"]
    return [str(disk["managedDisk"]["id"]) for disk in [storage["osDisk"], *storage.get("dataDisks", [])]]


def bump_etag(machine: Resource) -> Resource:
    """Return the machine with the ETag of its next write."""
    count = machine.etag.strip('"') or "0"
    return replace(machine, etag=f'"{int(count) + 1}"')


def interface_ids(machine: Resource) -> list[str]:
    """Return the ids of the machine's interfaces."""
    return [str(one["id"]) for one in machine.properties["networkProfile"]["networkInterfaces"]]


def _held(machine: Resource) -> list[tuple[str, str]]:
    storage = machine.properties["storageProfile"]
    disks = [
        (str(disk["managedDisk"]["id"]), str(disk.get("deleteOption", "Detach")))
        for disk in [storage["osDisk"], *storage.get("dataDisks", [])]
    ]
    interfaces = [
        (str(one["id"]), str(one.get("properties", {}).get("deleteOption", "Detach")))
        for one in machine.properties["networkProfile"]["networkInterfaces"]
    ]
    return disks + interfaces


def _let_go(held: Resource) -> Resource:
    if fold(held.type) == fold("Microsoft.Compute/disks"):
        return detached(held)
    remaining = {name: value for name, value in held.properties.items() if name != "virtualMachine"}
    return replace(held, properties=remaining)
