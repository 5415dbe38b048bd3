"""The lists of all resources, answered from Resource Manager's own knowledge: also of what is in a lost region."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from drd.sandbox.arm import fold, shout_group
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import bad_request, conflict
from drd.sandbox.paging import page_of
from drd.sandbox.resources.tag_filter import read_tag_filter, read_terms
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

_TRACKED_DEPTH = 2
_SHOUTED = "microsoft.compute/disks"
_OWN = ("microsoft.resources/", "microsoft.authorization/")
_READ = "Microsoft.Resources/subscriptions/resources/read"


def list_subscription(call: Call) -> Response:
    """List the subscription's resources, narrowed by `$filter`."""
    return _page_of(call, call.world.store.each(subscription=call.subscription))


def list_group(call: Call) -> Response:
    """List a group's resources, narrowed by `$filter`."""
    return _page_of(call, call.world.store.each(subscription=call.subscription, group=call.group))


def move(call: Call) -> Response:
    """Refuse to move resources.

    Raises:
        ArmError: 409; the sandbox's resources stay where they are.
    """
    raise conflict(
        "ResourceMoveNotSupported",
        f"The resources of group '{call.group}' cannot be moved: the sandbox models no moves.",
    )


def _page_of(call: Call, resources: Iterable[Resource]) -> Response:
    is_wanted = _test(call.query.get("$filter", ""))
    wanted = [one for one in resources if _is_tracked(one) and is_wanted(one)]
    expanded = {one.strip().lower() for one in call.query.get("$expand", "").split(",") if one.strip()}
    unknown = expanded - {"createdtime", "changedtime", "provisioningstate"}
    if unknown:
        raise bad_request(
            "InvalidExpandInQueryString", f"Invalid $expand '{call.query['$expand']}' specified in the query string."
        )
    changed = _changed_at(call.world) if "changedtime" in expanded else {}
    return page_of(call, wanted, lambda one: _wire(one, expanded, changed))


def _test(text: str) -> Callable[[Resource], bool]:
    has_tag, terms = read_tag_filter(text), read_terms(text)

    def is_wanted(one: Resource) -> bool:
        held = {"resourcetype": one.type, "location": one.location, "name": one.name, "resourcegroup": one.group}
        return (
            has_tag(one.tags)
            and all(terms[name].casefold() == value.casefold() for name, value in held.items() if name in terms)
            and terms.get("part of name", "").casefold() in one.name.casefold()
        )

    return is_wanted


def _is_tracked(resource: Resource) -> bool:
    """Tell whether Resource Manager lists it: neither groups, nor locks, nor what lies below another resource."""
    return len(resource.type.split("/")) == _TRACKED_DEPTH and not fold(resource.type).startswith(_OWN)


def _changed_at(world: World) -> dict[str, datetime]:
    return {fold(change.id): change.at for change in world.store.history}


def _wire(resource: Resource, expanded: set[str], changed: Mapping[str, datetime]) -> JsonObject:
    # Compute reports its disks with the group in capitals, and Resource Manager repeats what it was told.
    shown = shout_group(resource.id) if resource.type.casefold() == _SHOUTED else resource.id
    body: JsonObject = {"id": shown, "name": resource.name, "type": resource.type, "location": resource.location}
    if resource.tags:
        body["tags"] = dict(resource.tags)
    body |= {name: resource.top[name] for name in ("sku", "kind", "managedBy", "zones") if name in resource.top}
    if "createdtime" in expanded and resource.created_at is not None:
        body["createdTime"] = instant_text(resource.created_at)
    if resource.key in changed:
        body["changedTime"] = instant_text(changed[resource.key])
    if "provisioningstate" in expanded:
        body["provisioningState"] = str(resource.properties.get("provisioningState", "Succeeded"))
    return body


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template="/subscriptions/{subscription}/resources",
        handler=list_subscription,
        operation=_READ,
        regions=no_region,
    ),
    Route(
        method="GET",
        template="/subscriptions/{subscription}/resourcegroups/{group}/resources",
        handler=list_group,
        operation=_READ,
        regions=no_region,
    ),
    Route(
        method="POST",
        template="/subscriptions/{subscription}/resourcegroups/{group}/moveResources",
        handler=move,
        operation="Microsoft.Resources/subscriptions/resourceGroups/moveResources/action",
        regions=no_region,
    ),
    Route(
        method="POST",
        template="/subscriptions/{subscription}/resourcegroups/{group}/validateMoveResources",
        handler=move,
        operation="Microsoft.Resources/subscriptions/resourceGroups/validateMoveResources/action",
        regions=no_region,
    ),
)
