"""Whether a machine finds room: what Azure refuses at once, and what it only finds out when it places the machine."""

from drd.sandbox.call import Call
from drd.sandbox.faults.fault import Fault
from drd.sandbox.state import Resource

_REFUSED_AT_ONCE = frozenset({"OperationNotAllowed", "QuotaExceeded"})
"""A quota is known before anything is placed; the rest shows when the operation ends."""


def find_room(call: Call, machine: Resource) -> Fault | None:
    """Return what will fail the machine's placing, or None when there is room.

    Raises:
        ArmError: 409, the quota is exceeded.
    """
    fault = call.world.faults.condition("allocation", target=machine.id, region=machine.location, at=call.now)
    if fault is not None and fault.code in _REFUSED_AT_ONCE:
        raise fault.error(409)
    return fault
