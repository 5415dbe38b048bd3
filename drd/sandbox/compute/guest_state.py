"""What the guest inside a machine knows of itself: it follows the data of the machine's disks."""

from drd.sandbox.compute.instance_view import computer_name
from drd.sandbox.compute.machine import disk_ids, lineage_of
from drd.sandbox.compute.shell import GuestState
from drd.sandbox.state import Resource
from drd.sandbox.world import World

TORN, CHANGED, HIDING = "torn", "changed", "hiding"
"""Flaws that the disks of a point may carry: a file system that was torn, canary files that somebody changed, and what
hides from every question in the system that was booted from its disk, and is seen from any other."""


def guest_state(world: World, machine: Resource) -> GuestState:
    """Return the state that the machine's shell answers from: an infected guest is not well."""
    guest = world.guests.of(lineage_of(world, machine))
    disks = [world.store.get(one) for one in disk_ids(machine)]
    hides = disks[0] is not None and HIDING in disks[0].hidden.get("flaws", ())
    is_infected = any(disk is not None and bool(disk.hidden.get("infected")) for disk in disks)
    flaws = {flaw for disk in disks if disk is not None for flaw in disk.hidden.get("flaws", ())}
    is_sick = guest is not None and world.guests.is_sick(guest)
    return GuestState(
        name=computer_name(machine),
        is_well=not (is_sick or is_infected),
        is_infected=is_infected or (HIDING in flaws and not hides),
        is_torn=TORN in flaws,
        is_changed=CHANGED in flaws,
        reaches=lambda host, port: world.probes.gets_out(machine, host, port),
    )
