"""Resource groups: create, read, tag, list, delete. Reads are global, changes need the group's region."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.longrunning import RETRY_AFTER, accepted
from drd.sandbox.paging import page_of
from drd.sandbox.resources.tag_filter import read_tag_filter
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import GROUP_TYPE, Resource
from drd.sandbox.wire import JsonObject, Response, answer

_GROUPS = "/subscriptions/{subscription}/resourcegroups"
_GROUP = _GROUPS + "/{name}"
_DELETE_RETRY_AFTER = 15.0
_FORCED = {"microsoft.compute/virtualmachines", "microsoft.compute/virtualmachinescalesets"}


def get(call: Call) -> Response:
    """Answer a group."""
    return answer(200, wire(_require(call)))


def check(call: Call) -> Response:
    """Tell by status alone whether a group exists."""
    return answer(204 if call.world.store.group(call.subscription, call.params["name"]) else 404)


def list_all(call: Call) -> Response:
    """List the subscription's groups, narrowed by `$filter` on a tag."""
    is_wanted = read_tag_filter(call.query.get("$filter", ""))
    groups = call.world.store.each(GROUP_TYPE, subscription=call.subscription)
    return page_of(call, [one for one in groups if is_wanted(one.tags)], wire)


def put(call: Call) -> Response:
    """Create a group, or replace its tags; a group never moves."""
    existing = call.world.store.group(call.subscription, call.params["name"])
    location = text_at(call.body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if existing is None:
        made = call.keep(
            Resource(
                id=f"/subscriptions/{call.subscription}/resourceGroups/{call.params['name']}",
                type=GROUP_TYPE,
                location=location,
                properties={"provisioningState": "Succeeded"},
                tags=tags_in(call.body),
            )
        )
        call.effect("group.create", id=made.id, tags=dict(made.tags))
        return answer(201, wire(made))
    if fold(existing.location) != fold(location):
        raise conflict(
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{existing.location}'.",
        )
    _refuse_deleting(existing)
    kept = call.keep(replace(existing, tags=tags_in(call.body)))
    call.effect("group.update", id=kept.id, tags=dict(kept.tags))
    return answer(200, wire(kept))


def patch(call: Call) -> Response:
    """Replace a group's tags, when the body has some."""
    existing = _require(call)
    _refuse_deleting(existing)
    kept = call.keep(replace(existing, tags=tags_in(call.body) if "tags" in call.body else existing.tags))
    call.effect("group.update", id=kept.id, tags=dict(kept.tags))
    return answer(200, wire(kept))


def delete(call: Call) -> Response:
    """Delete a group with everything in it; asked again while it goes, it tells of the same operation."""
    group = _require(call)
    _check_forced(call)
    running = [one for one in call.world.operations.running(target=group.id) if one.kind == "group.delete"]
    if running:
        operation = running[0]
    else:
        call.keep(group.with_properties(provisioningState="Deleting"))
        operation = call.world.operations.start(
            "group.delete",
            group.id,
            region=group.location,
            at=call.now,
            took=call.world.profile.duration("group.delete", group.id),
            outcome=lambda at: _gone(call, group.id, at),
        )
        call.effect("group.delete", id=group.id, operation=operation.id)
    path = f"/subscriptions/{call.subscription}/operationresults/{operation.id}"
    return accepted(call, operation, location=path, retry_after=_DELETE_RETRY_AFTER)


def deletion_result(call: Call) -> Response:
    """Answer the Location of a deletion: 202 while it runs, then 200 and nothing."""
    operation = call.world.operations.get(call.params["operation"])
    if operation.is_final:
        return answer(200)
    headers = {"location": call.link(call.request.path), "retry-after": f"{max(_DELETE_RETRY_AFTER, RETRY_AFTER):g}"}
    return answer(202, None, headers)


def wire(group: Resource) -> JsonObject:
    """Return the body that a GET answers."""
    return {
        "id": group.id,
        "name": group.name,
        "type": GROUP_TYPE,
        "location": group.location,
        "tags": dict(group.tags),
        "properties": dict(group.properties),
    }


def _require(call: Call) -> Resource:
    name = call.params["name"]
    group = call.world.store.group(call.subscription, name)
    if group is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    return group


def _check_forced(call: Call) -> None:
    """Let the resource types through that may be deleted by force."""
    for kind in call.query.get("forcedeletiontypes", "").split(","):
        if kind.strip() and fold(kind.strip()) not in _FORCED:
            raise bad_request(
                "InvalidForceDeletionTypes", f"The resource type '{kind.strip()}' cannot be deleted by force."
            )


def _refuse_deleting(group: Resource) -> None:
    if group.properties["provisioningState"] == "Deleting":
        raise conflict(
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
        )


def _gone(call: Call, group_id: str, at: datetime) -> JsonObject | None:
    call.remove(group_id, at=at)
    return None


def _region_of_group(call: Call) -> Iterable[str]:
    group = call.world.store.group(call.subscription, call.params["name"])
    location = group.location if group else text_at(call.body, "location")
    return (location,) if location else ()


_READ, _WRITE = (
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
)

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_GROUPS, handler=list_all, operation=_READ, regions=no_region),
    Route(method="GET", template=_GROUP, handler=get, operation=_READ, regions=no_region),
    Route(method="HEAD", template=_GROUP, handler=check, operation=_READ, regions=no_region),
    Route(method="PUT", template=_GROUP, handler=put, operation=_WRITE, regions=_region_of_group),
    Route(method="PATCH", template=_GROUP, handler=patch, operation=_WRITE, regions=_region_of_group),
    Route(
        method="DELETE",
        template=_GROUP,
        handler=delete,
        operation="Microsoft.Resources/subscriptions/resourceGroups/delete",
        regions=_region_of_group,
    ),
    Route(
        method="GET",
        template="/subscriptions/{subscription}/operationresults/{operation}",
        handler=deletion_result,
        operation="Microsoft.Resources/subscriptions/operationresults/read",
        regions=no_region,
    ),
)
