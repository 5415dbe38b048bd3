"""Application groups: what of a host pool is offered, to whom. A workspace shows them to users."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.desktops.answers import (
    GROUP_SCOPE,
    PROVIDER,
    SUBSCRIPTION_SCOPE,
    VERSIONS,
    activity,
    desktop_error,
    kept,
    merged,
    nested_wire,
    resource_id,
    retagged,
    tracked_wire,
    windowed,
)
from drd.sandbox.desktops.host_pool import HOST_POOL_TYPE
from drd.sandbox.errors import bad_request
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

APPLICATION_GROUP_TYPE = f"{PROVIDER}/applicationgroups"
_DESKTOP_TYPE = f"{PROVIDER}/applicationgroups/desktops"
_WORKSPACES = f"{PROVIDER}/workspaces"
KINDS = ("Desktop", "RemoteApp")
_CHANGEABLE = ("description", "friendlyName", "showInFeed")


def build_application_group(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    object_id: str,
    pool_id: str,
    kind: str = "Desktop",
    friendly_name: str | None = None,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
    users: Sequence[str] = (),
) -> Resource:
    """Return a group of a pool, shown in no workspace yet.

    `users` may use it: in Azure they hold the role Desktop Virtualization User on the group.
    """
    return Resource(
        id=resource_id("applicationgroups", id),
        type=APPLICATION_GROUP_TYPE,
        location=location,
        properties={
            "objectId": object_id,
            "description": description,
            "friendlyName": friendly_name,
            "hostPoolArmPath": pool_id,
            "applicationGroupType": kind,
            "cloudPcResource": False,
            "showInFeed": True,
        },
        tags=dict(tags or {}),
        top={"kind": kind},
        hidden={"users": tuple(users)},
    )


def workspace_of(world: World, group: Resource) -> Resource | None:
    """Return the workspace that shows a group, or None."""
    for workspace in world.store.each(_WORKSPACES, subscription=group.subscription):
        if group.key in {fold(one) for one in workspace.properties["applicationGroupReferences"]}:
            return workspace
    return None


def list_subscription(call: Call) -> Response:
    """List the subscription's groups, narrowed by `$filter` on their kind."""
    return _page_of(call, None)


def list_group(call: Call) -> Response:
    """List a resource group's application groups."""
    return _page_of(call, call.group)


def get(call: Call) -> Response:
    """Answer a group."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create a group on a pool in the same place, 201, or change one, 200; its pool and its kind never change."""
    existing = call.world.store.get(call.arm_id())
    asked = object_at(call.body, "properties")
    pool = _pool(call, text_at(asked, "hostPoolArmPath"))
    kind = text_at(asked, "applicationGroupType")
    if kind not in KINDS:
        raise desktop_error(400, f"ApplicationGroupType '{kind}' is not one of {', '.join(KINDS)}.", of=activity(call))
    if existing is None:
        made = build_application_group(
            id=call.arm_id(),
            location=text_at(call.body, "location"),
            object_id=call.world.new_id(),
            pool_id=pool.id,
            kind=kind,
            friendly_name=text_at(asked, "friendlyName") or None,
            description=text_at(asked, "description") or None,
            tags=tags_in(call.body),
        )
    else:
        if fold(str(existing.properties["hostPoolArmPath"])) != pool.key:
            raise desktop_error(400, "The host pool of an application group cannot be changed.", of=activity(call))
        made = replace(merged(existing, asked, _CHANGEABLE), tags=tags_in(call.body))
    group = kept(call, made)
    call.effect("applicationgroup.write", id=group.id)
    return answer(200 if existing else 201, _wire(call, group))


def patch(call: Call) -> Response:
    """Change a group's texts and whether it shows in the feed."""
    group = call.world.store.require(call.arm_id())
    changed = merged(group, object_at(call.body, "properties"), _CHANGEABLE)
    changed = kept(call, retagged(changed, tags_in(call.body) if "tags" in call.body else None))
    call.effect("applicationgroup.write", id=group.id)
    return answer(200, _wire(call, changed))


def delete(call: Call) -> Response:
    """Delete a group that no workspace shows; 204 when there is none."""
    group = call.world.store.get(call.arm_id())
    if group is None:
        return answer(204)
    shown_in = workspace_of(call.world, group)
    if shown_in is not None:
        raise desktop_error(
            400, f"The ApplicationGroup {group.name} is still registered to {shown_in.id}.", of=activity(call)
        )
    call.remove(group.id)
    call.effect("applicationgroup.delete", id=group.id)
    return answer(200)


def list_desktops(call: Call) -> Response:
    """List the desktop of a group of kind Desktop: the one `SessionDesktop`."""
    group = call.world.store.require(call.arm_id(drop=1))
    return windowed(call, [_desktop(group)] if group.top["kind"] == "Desktop" else [])


def get_desktop(call: Call) -> Response:
    """Answer the desktop of a group."""
    group = call.world.store.require(call.arm_id(drop=2))
    if call.params["desktop"].casefold() != "sessiondesktop" or group.top["kind"] != "Desktop":
        raise desktop_error(404, "Desktop not found", of=activity(call))
    return answer(200, _desktop(group))


def _desktop(group: Resource) -> JsonObject:
    desktop = Resource(
        id=f"{group.id}/desktops/SessionDesktop",
        type=_DESKTOP_TYPE,
        location=group.location,
        properties={
            "objectId": group.properties["objectId"],
            "description": group.properties["description"],
            "friendlyName": group.properties["friendlyName"],
            "iconHash": "",
            "iconContent": "",
        },
        created_at=group.created_at,
        created_by=group.created_by,
    )
    return nested_wire(desktop, name=f"{group.name}/SessionDesktop")


def _pool(call: Call, pool_id: str) -> Resource:
    pool = call.world.store.get(pool_id)
    location = text_at(call.body, "location")
    if pool is None or pool.type != HOST_POOL_TYPE:
        raise desktop_error(400, f"The HostPool '{pool_id}' was not found.", of=activity(call))
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if fold(location) != fold(pool.location):
        raise desktop_error(
            400, f"The ApplicationGroup must be in the location of its HostPool, {pool.location}.", of=activity(call)
        )
    return pool


def _wire(call: Call, group: Resource) -> JsonObject:
    body = tracked_wire(group)
    workspace = workspace_of(call.world, group)
    body["properties"]["workspaceArmPath"] = workspace.id if workspace else None
    return body


def _page_of(call: Call, group: str | None) -> Response:
    kind = call.query.get("$filter", "").replace("'", "").rpartition(" eq ")[2].strip().casefold()
    groups = call.world.store.each(APPLICATION_GROUP_TYPE, subscription=call.subscription, group=group)
    shown = [
        _wire(call, one)
        for one in groups
        if kind in {"", str(one.top["kind"]).casefold()} and not call.world.regions.is_lost(one.location, call.now)
    ]
    return windowed(call, shown)


_GROUPS = GROUP_SCOPE + "/applicationGroups"
_GROUP = _GROUPS + "/{applications}"
_NAME = f"{PROVIDER}/applicationgroups"

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=SUBSCRIPTION_SCOPE + "/applicationGroups",
        handler=list_subscription,
        operation=f"{_NAME}/read",
        versions=VERSIONS,
        regions=no_region,
    ),
    Route(method="GET", template=_GROUPS, handler=list_group, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="GET", template=_GROUP, handler=get, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="PUT", template=_GROUP, handler=put, operation=f"{_NAME}/write", versions=VERSIONS),
    Route(method="PATCH", template=_GROUP, handler=patch, operation=f"{_NAME}/write", versions=VERSIONS),
    Route(method="DELETE", template=_GROUP, handler=delete, operation=f"{_NAME}/delete", versions=VERSIONS),
    Route(
        method="GET",
        template=_GROUP + "/desktops",
        handler=list_desktops,
        operation=f"{_NAME}/desktops/read",
        versions=VERSIONS,
    ),
    Route(
        method="GET",
        template=_GROUP + "/desktops/{desktop}",
        handler=get_desktop,
        operation=f"{_NAME}/desktops/read",
        versions=VERSIONS,
    ),
)
