"""What a capacity reservation is, and which machines use it: those whose profile names its group, of its size."""

from drd.sandbox.arm import fold
from drd.sandbox.compute.machine import MACHINE_TYPE
from drd.sandbox.compute.power import DEALLOCATED, UNALLOCATED
from drd.sandbox.state import Resource
from drd.sandbox.world import World

GROUP_TYPE = "Microsoft.Compute/capacityReservationGroups"
RESERVATION_TYPE = "Microsoft.Compute/capacityReservationGroups/capacityReservations"


def group_id_of(reservation: Resource) -> str:
    """Return the id of the group that the reservation is in."""
    return "/".join(reservation.id.split("/")[:-2])


def machines_of_group(world: World, group: Resource) -> list[Resource]:
    """Return the machines whose profile names the group."""
    found = world.store.each(MACHINE_TYPE, subscription=group.subscription)
    return [one for one in found if _names(one, group.id)]


def machines_in(world: World, reservation: Resource) -> list[Resource]:
    """Return the machines that are associated with a reservation: of its group, size and zone."""
    wanted = str(reservation.top["sku"]["name"]).casefold()
    zones = set(reservation.top.get("zones", []))
    group_id = group_id_of(reservation)
    return [
        one
        for one in world.store.each(MACHINE_TYPE, subscription=reservation.subscription)
        if _names(one, group_id)
        and str(one.properties["hardwareProfile"]["vmSize"]).casefold() == wanted
        and (not zones or zones & set(one.top.get("zones", [])))
    ]


def allocated_in(world: World, reservation: Resource) -> list[Resource]:
    """Return the associated machines that hold a place now; more than it has places for, when some came without one."""
    return [one for one in machines_in(world, reservation) if one.hidden["power"] not in {DEALLOCATED, UNALLOCATED}]


def reservation_for(world: World, machine: Resource) -> Resource | None:
    """Return the reservation that has a place for the machine, or None: it then competes like everybody."""
    group_id = _group_named(machine)
    if not group_id:
        return None
    for reservation in world.store.each(RESERVATION_TYPE, under=group_id):
        same_size = str(reservation.top["sku"]["name"]).casefold() == _size(machine)
        zones = set(reservation.top.get("zones", []))
        fits = same_size and (not zones or bool(zones & set(machine.top.get("zones", []))))
        others = [one for one in allocated_in(world, reservation) if one.key != machine.key]
        if fits and len(others) < int(reservation.top["sku"]["capacity"]):
            return reservation
    return None


def _size(machine: Resource) -> str:
    return str(machine.properties["hardwareProfile"]["vmSize"]).casefold()


def _group_named(machine: Resource) -> str:
    named = machine.properties.get("capacityReservation", {}).get("capacityReservationGroup", {})
    return str(named.get("id", "")) if isinstance(named, dict) else ""


def _names(machine: Resource, group_id: str) -> bool:
    named = _group_named(machine)
    return bool(named) and fold(named) == fold(group_id)
