"""The lists of all resources, answered from Resource Manager's own knowledge: also of what is in a lost region."""

from collections.abc import Iterable

from drd.sandbox.arm import shout_group
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.paging import page
from drd.sandbox.resources.tag_filter import read_tag_filter, read_terms
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import GROUP_TYPE, Resource
from drd.sandbox.wire import JsonObject, Response

_TRACKED_DEPTH = 2
_UNLISTED = (GROUP_TYPE, "Microsoft.Resources/deployments")
_SHOUTED = "microsoft.compute/disks"
_READ = "Microsoft.Resources/subscriptions/resources/read"


def list_subscription(call: Call) -> Response:
    """List the subscription's resources, narrowed by `$filter`."""
    return _page_of(call, call.world.store.each(subscription=call.subscription))


def list_group(call: Call) -> Response:
    """List a group's resources, narrowed by `$filter`."""
    return _page_of(call, call.world.store.each(subscription=call.subscription, group=call.group))


def _page_of(call: Call, resources: Iterable[Resource]) -> Response:
    text = call.query.get("$filter", "")
    has_tag, terms = read_tag_filter(text), read_terms(text)
    wanted = [
        one
        for one in resources
        if _is_tracked(one)
        and has_tag(one.tags)
        and terms.get("resourcetype", one.type).casefold() == one.type.casefold()
        and terms.get("location", one.location).casefold() == one.location.casefold()
    ]
    is_expanded = "createdtime" in call.query.get("$expand", "").lower()
    return page(call, [_wire(one, is_expanded=is_expanded) for one in wanted])


def _is_tracked(resource: Resource) -> bool:
    """Tell whether Resource Manager lists it: neither groups, deployments nor what lies below another resource."""
    return resource.type not in _UNLISTED and len(resource.type.split("/")) == _TRACKED_DEPTH


def _wire(resource: Resource, *, is_expanded: bool) -> JsonObject:
    # Compute reports its disks with the group in capitals, and Resource Manager repeats what it was told.
    shown = shout_group(resource.id) if resource.type.casefold() == _SHOUTED else resource.id
    body: JsonObject = {"id": shown, "name": resource.name, "type": resource.type, "location": resource.location}
    if resource.tags:
        body["tags"] = dict(resource.tags)
    body |= {name: resource.top[name] for name in ("sku", "kind", "managedBy") if name in resource.top}
    if is_expanded and resource.created_at is not None:
        body["createdTime"] = instant_text(resource.created_at)
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
)
