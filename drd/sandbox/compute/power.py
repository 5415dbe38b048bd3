"""The power of a machine: which verb is allowed in which state, and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drd.sandbox.errors import conflict
from drd.sandbox.state import Resource

CREATING, STARTING, RUNNING = "creating", "starting", "running"
STOPPING, STOPPED = "stopping", "stopped"
DEALLOCATING, DEALLOCATED, DELETING = "deallocating", "deallocated", "deleting"
UNALLOCATED = "unallocated"
"""A machine whose create or start found no room: it exists, in state Failed, and holds no power."""

SHOWN = frozenset({STARTING, RUNNING, STOPPING, STOPPED, DEALLOCATING, DEALLOCATED})
"""The states that an instance view shows as `PowerState/...`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of the power table: the state while the operation runs, and the one after it."""

    during: str
    after: str


POWER: Mapping[tuple[str, str], Turn] = MappingProxyType(
    {
        ("start", DEALLOCATED): Turn(during=STARTING, after=RUNNING),
        ("start", STOPPED): Turn(during=STARTING, after=RUNNING),
        ("start", RUNNING): Turn(during=RUNNING, after=RUNNING),
        ("start", UNALLOCATED): Turn(during=STARTING, after=RUNNING),
        ("powerOff", RUNNING): Turn(during=STOPPING, after=STOPPED),
        ("powerOff", STOPPED): Turn(during=STOPPED, after=STOPPED),
        ("powerOff", DEALLOCATED): Turn(during=DEALLOCATED, after=DEALLOCATED),
        ("restart", RUNNING): Turn(during=STARTING, after=RUNNING),
        ("redeploy", RUNNING): Turn(during=STARTING, after=RUNNING),
        ("redeploy", STOPPED): Turn(during=STARTING, after=RUNNING),
        ("resize", RUNNING): Turn(during=STARTING, after=RUNNING),
        ("resize", STOPPED): Turn(during=STOPPED, after=STOPPED),
        ("resize", DEALLOCATED): Turn(during=DEALLOCATED, after=DEALLOCATED),
        ("resize", UNALLOCATED): Turn(during=STARTING, after=RUNNING),
        ("deallocate", RUNNING): Turn(during=DEALLOCATING, after=DEALLOCATED),
        ("deallocate", STOPPED): Turn(during=DEALLOCATING, after=DEALLOCATED),
        ("deallocate", DEALLOCATED): Turn(during=DEALLOCATED, after=DEALLOCATED),
        ("deallocate", UNALLOCATED): Turn(during=DEALLOCATING, after=DEALLOCATED),
        ("delete", RUNNING): Turn(during=DELETING, after=""),
        ("delete", STOPPED): Turn(during=DELETING, after=""),
        ("delete", DEALLOCATED): Turn(during=DELETING, after=""),
        ("delete", UNALLOCATED): Turn(during=DELETING, after=""),
    }
)
"""Which verb is allowed in which state; what is not listed is refused with 409."""


def turn(machine: Resource, verb: str) -> Turn:
    """Return what a verb does to the machine as it is.

    Raises:
        ArmError: 409, another operation on the machine is running, or its power is off.
    """
    found = POWER.get((verb, str(machine.hidden["power"])))
    if found is None:
        raise conflict(
            "OperationNotAllowed",
            f"Operation '{verb}' is not allowed on VM '{machine.name}' while it is {machine.hidden['power']}.",
        )
    return found
