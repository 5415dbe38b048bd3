"""What a call must pass before its handler: subscription, right, group; and which regions it needs."""

import re
from collections.abc import Iterable

from drd.sandbox.access import check_access, count
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, conflict
from drd.sandbox.governance import check_governance
from drd.sandbox.names import check_name
from drd.sandbox.router import Route

_READS = {"GET", "HEAD"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def admit(call: Call, route: Route) -> None:
    """Let a call through.

    Raises:
        ArmError: 429 too many requests, 404 an unknown subscription, 403 a missing right, 400 a name that breaks the
            rules, 404 an unknown group, 409 a group that is being deleted, a namespace that is not registered, a scope
            that is locked.
    """
    count(call, route)
    _check_subscription(call)
    check_access(call, route)
    if call.request.method == "PUT":
        check_name(call.request.path, route.kind)
    _check_group(call)
    check_governance(call, route)


def needed_regions(call: Call, route: Route) -> Iterable[str]:
    """Return the regions that must be up for this call."""
    return tuple(route.regions(call)) if route.regions is not None else regions_of_path(call)


def regions_of_path(call: Call) -> Iterable[str]:
    """Return the region of the nearest resource in the path, or of a PUT's body; for a change also the group's."""
    store = call.world.store
    nearest = None
    parts = call.request.path.split("/")
    while len(parts) > 1 and nearest is None:
        nearest = store.get("/".join(parts))
        parts.pop()
    regions = [nearest.location] if nearest else []
    if call.request.method == "PUT":
        regions.append(str(call.body.get("location") or ""))
    group = store.group(call.subscription, call.group) if {"subscription", "group"} <= set(call.params) else None
    if group is not None and call.request.method not in _READS:
        regions.append(group.location)
    return [region for region in regions if region and region != "global"]


def _check_subscription(call: Call) -> None:
    wanted = call.params.get("subscription")
    if wanted is None or wanted.lower() in call.world.subscriptions:
        return
    if not _UUID.fullmatch(wanted):
        message = f"The provided subscription identifier '{wanted}' is malformed or invalid."
        raise ArmError(400, "InvalidSubscriptionId", message)
    raise ArmError(404, "SubscriptionNotFound", f"The subscription '{wanted}' could not be found.")


def _check_group(call: Call) -> None:
    wanted = call.params.get("group")
    if wanted is None:
        return
    group = call.world.store.group(call.subscription, wanted)
    if group is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{wanted}' could not be found.")
    if call.request.method == "PUT" and group.properties.get("provisioningState") == "Deleting":
        raise conflict(
            "ResourceGroupBeingDeleted",
            f"The resource group '{wanted}' is in deprovisioning state and cannot perform this operation.",
        )
