"""Whether a machine finds room: what Azure refuses at once, and what it only finds out when it places the machine.

A quota says nothing of physical capacity; a reservation does: who uses one finds room whatever is ordered for others.
"""

from drd.sandbox.call import Call
from drd.sandbox.compute.reservations import reservation_for
from drd.sandbox.compute.resource_sku import is_restricted
from drd.sandbox.compute.size import all_sizes, find_size
from drd.sandbox.compute.usage import check_quota
from drd.sandbox.errors import bad_request, conflict
from drd.sandbox.faults.fault import Fault
from drd.sandbox.state import Resource

_REFUSED_AT_ONCE = frozenset({"OperationNotAllowed", "QuotaExceeded"})
"""A quota is known before anything is placed; the rest shows when the operation ends."""


def find_room(call: Call, machine: Resource, *, is_new: bool = False) -> Fault | None:
    """Return what will fail the machine's placing, or None when there is room; a new one is held against the quota.

    Raises:
        ArmError: 400, there is no such size; 409, the quota is exceeded, or the size restricted for the subscription.
    """
    reserved = reservation_for(call.world, machine) is not None
    if is_new:
        _check_size(call, machine, reserved=reserved)
    if reserved:
        return None
    fault = call.world.faults.condition("allocation", target=machine.id, region=machine.location, at=call.now)
    if fault is not None and fault.code in _REFUSED_AT_ONCE:
        raise fault.error(409)
    return fault


def _check_size(call: Call, machine: Resource, *, reserved: bool) -> None:
    name = str(machine.properties["hardwareProfile"]["vmSize"])
    size = find_size(name)
    if size is None:
        known = ",".join(one.name for one in all_sizes())
        raise bad_request(
            "InvalidParameter",
            f"The value {name} provided for the VM size is not valid. The valid sizes in the current region are: "
            f"{known}. Find out more on the valid VM sizes in each region at https://aka.ms/azure-regions.",
        )
    if is_restricted(call.world, size, machine.location):
        raise conflict(
            "SkuNotAvailable",
            f"The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: {size.name}' "
            f"is currently not available in location '{machine.location}'. Please try another size or deploy to a "
            "different location or different zone. See https://aka.ms/azureskunotavailable for details.",
        )
    if not reserved:
        check_quota(call.world, machine.subscription, machine.location, size, without=machine.key)
