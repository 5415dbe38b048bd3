"""What helps when Azure has no room: its codes for that, and what a person or a runbook can do about each."""

from collections.abc import Mapping
from types import MappingProxyType

_ELSEWHERE = "try another size of machine, or another zone: Azure has no room for this one now; reserve capacity ahead"

NO_ROOM: Mapping[str, str] = MappingProxyType(
    {
        "allocationfailed": _ELSEWHERE,
        "zonalallocationfailed": _ELSEWHERE,
        "overconstrainedallocationrequest": (
            "ask for less at once: another size, no fixed zone, no reservation or placement group"
        ),
        "overconstrainedzonalallocationrequest": (
            "ask for less at once: another size, no fixed zone, no reservation or placement group"
        ),
        "skunotavailable": (
            "the size is closed to this subscription or full in this region: choose another one; check.capacity tells"
        ),
        "quotaexceeded": "ask for a larger quota in this region, or use a size of another family; check.capacity tells",
    }
)
"""Hints by code, in lower case."""
_QUOTA = "exceeding approved"


def no_room_hint(code: str, message: str) -> str:
    """Give what helps against a refusal for want of room, or nothing when it is of another kind."""
    folded = code.casefold()
    if folded == "operationnotallowed" and _QUOTA in message:
        return NO_ROOM["quotaexceeded"]
    return NO_ROOM.get(folded, "")
