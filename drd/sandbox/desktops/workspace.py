"""Workspaces: what users see. Which application groups a workspace shows is where their virtual PCs come from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, tags_in, text_at, texts_at
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
    resource_id,
    retagged,
    tracked_wire,
    windowed,
)
from drd.sandbox.desktops.application_group import APPLICATION_GROUP_TYPE, workspace_of
from drd.sandbox.errors import bad_request
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import Response, answer

WORKSPACE_TYPE = f"{PROVIDER}/workspaces"
_REFERENCES = "applicationGroupReferences"
_CHANGEABLE = ("description", "friendlyName", "publicNetworkAccess")


def build_workspace(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    object_id: str,
    references: Sequence[str] = (),
    friendly_name: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Resource:
    """Return a workspace that shows some application groups."""
    return Resource(
        id=resource_id("workspaces", id),
        type=WORKSPACE_TYPE,
        location=location,
        properties={
            "objectId": object_id,
            "description": None,
            "friendlyName": friendly_name,
            "cloudPcResource": False,
            "publicNetworkAccess": "Enabled",
            _REFERENCES: list(references),
        },
        tags=dict(tags or {}),
    )


def list_subscription(call: Call) -> Response:
    """List the subscription's workspaces whose metadata is not in a lost region."""
    return _page_of(call, None)


def list_group(call: Call) -> Response:
    """List a group's workspaces."""
    return _page_of(call, call.group)


def get(call: Call) -> Response:
    """Answer a workspace."""
    return answer(200, tracked_wire(call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create a workspace, 201, or replace what it shows, 200."""
    existing = call.world.store.get(call.arm_id())
    asked = object_at(call.body, "properties")
    location = text_at(call.body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    made = existing or build_workspace(id=call.arm_id(), location=location, object_id=call.world.new_id())
    return _written(call, existing, replace(merged(made, asked, _CHANGEABLE), tags=tags_in(call.body)))


def patch(call: Call) -> Response:
    """Change a workspace; `applicationGroupReferences` is replaced whole when it is sent."""
    workspace = call.world.store.require(call.arm_id())
    changed = merged(workspace, object_at(call.body, "properties"), _CHANGEABLE)
    return _written(call, workspace, retagged(changed, tags_in(call.body) if "tags" in call.body else None))


def delete(call: Call) -> Response:
    """Delete a workspace that shows nothing any more; 204 when there is none."""
    workspace = call.world.store.get(call.arm_id())
    if workspace is None:
        return answer(204)
    if workspace.properties[_REFERENCES]:
        raise desktop_error(
            400, f"The Workspace {workspace.name} still has ApplicationGroups registered to it.", of=activity(call)
        )
    call.remove(workspace.id)
    call.effect("workspace.delete", id=workspace.id)
    return answer(200)


def _written(call: Call, existing: Resource | None, changed: Resource) -> Response:
    if object_at(call.body, "properties").get(_REFERENCES) is not None:
        wanted = texts_at(call.body, "properties", _REFERENCES)
        changed = changed.with_properties(**{_REFERENCES: [_group(call, changed, one) for one in wanted]})
    workspace = kept(call, changed)
    call.effect("workspace.write", id=workspace.id, shows=list(workspace.properties[_REFERENCES]))
    return answer(200 if existing else 201, tracked_wire(workspace))


def _group(call: Call, workspace: Resource, group_id: str) -> str:
    group = call.world.store.get(group_id)
    if group is None or group.type != APPLICATION_GROUP_TYPE:
        raise desktop_error(400, f"The ApplicationGroup '{group_id}' was not found.", of=activity(call))
    if fold(group.location) != fold(workspace.location):
        raise desktop_error(
            400, f"The ApplicationGroup {group.name} must be in the location of its Workspace.", of=activity(call)
        )
    shown_in = workspace_of(call.world, group)
    if shown_in is not None and shown_in.key != workspace.key:
        raise desktop_error(
            400, f"The ApplicationGroup {group.name} is already registered to {shown_in.id}.", of=activity(call)
        )
    return group.id


def _page_of(call: Call, group: str | None) -> Response:
    workspaces = call.world.store.each(WORKSPACE_TYPE, subscription=call.subscription, group=group)
    up = [tracked_wire(one) for one in workspaces if not call.world.regions.is_lost(one.location, call.now)]
    return windowed(call, up)


_WORKSPACES = GROUP_SCOPE + "/workspaces"
_WORKSPACE = _WORKSPACES + "/{workspace}"
_NAME = f"{PROVIDER}/workspaces"

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=SUBSCRIPTION_SCOPE + "/workspaces",
        handler=list_subscription,
        operation=f"{_NAME}/read",
        versions=VERSIONS,
        regions=no_region,
    ),
    Route(method="GET", template=_WORKSPACES, handler=list_group, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="GET", template=_WORKSPACE, handler=get, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="PUT", template=_WORKSPACE, handler=put, operation=f"{_NAME}/write", versions=VERSIONS),
    Route(method="PATCH", template=_WORKSPACE, handler=patch, operation=f"{_NAME}/write", versions=VERSIONS),
    Route(method="DELETE", template=_WORKSPACE, handler=delete, operation=f"{_NAME}/delete", versions=VERSIONS),
)
