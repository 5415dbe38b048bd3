"""Host pools: what virtual PCs of one kind share. A pool's metadata lives in its own region, wherever its hosts are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

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
    is_true,
    kept,
    merged,
    resource_id,
    retagged,
    tracked_wire,
    windowed,
)
from drd.sandbox.desktops.registration import ordered_registration, registration_info, tokens
from drd.sandbox.errors import bad_request
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

HOST_POOL_TYPE = f"{PROVIDER}/hostpools"
_APPLICATION_GROUPS = f"{PROVIDER}/applicationgroups"
_SESSION_HOSTS = f"{PROVIDER}/hostpools/sessionhosts"

KINDS: Mapping[str, tuple[str, ...]] = {"Pooled": ("BreadthFirst", "DepthFirst"), "Personal": ("Persistent",)}
"""The kinds of host pool, each with the load balancers that it may have."""

_CHANGEABLE = (
    "friendlyName",
    "description",
    "customRdpProperty",
    "maxSessionLimit",
    "personalDesktopAssignmentType",
    "loadBalancerType",
    "ring",
    "validationEnvironment",
    "vmTemplate",
    "ssoadfsAuthority",
    "ssoClientId",
    "ssoClientSecretKeyVaultPath",
    "ssoSecretType",
    "preferredAppGroupType",
    "startVMOnConnect",
    "publicNetworkAccess",
    "agentUpdate",
)


def build_host_pool(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    object_id: str,
    properties: Mapping[str, Any],
    tags: Mapping[str, str] | None = None,
    profiles: Sequence[str] = (),
) -> Resource:
    """Return a pool without hosts.

    `profiles` are the storage accounts whose shares hold the users' profiles: any one that answers will do, as with
    FSLogix' cloud cache. Azure knows nothing of them: machines learn it from a policy.
    """
    defaults: JsonObject = {
        "objectId": object_id,
        "friendlyName": None,
        "description": None,
        "hostPoolType": "Pooled",
        "personalDesktopAssignmentType": None,
        "customRdpProperty": None,
        "maxSessionLimit": 999999,
        "loadBalancerType": "BreadthFirst",
        "ring": None,
        "validationEnvironment": False,
        "vmTemplate": None,
        "ssoadfsAuthority": None,
        "ssoClientId": None,
        "ssoClientSecretKeyVaultPath": None,
        "ssoSecretType": None,
        "preferredAppGroupType": "Desktop",
        "startVMOnConnect": False,
        "cloudPcResource": False,
        "publicNetworkAccess": "Enabled",
        "agentUpdate": {
            "type": "Default",
            "useSessionHostLocalTime": False,
            "maintenanceWindowTimeZone": None,
            "maintenanceWindows": [],
        },
    }
    known = {name: value for name, value in properties.items() if name in defaults and name != "objectId"}
    return Resource(
        id=resource_id("hostpools", id),
        type=HOST_POOL_TYPE,
        location=location,
        properties={**defaults, **known},
        tags=dict(tags or {}),
        hidden={"token": "", "token_expires": None, "profiles": tuple(profiles)},
    )


def list_subscription(call: Call) -> Response:
    """List the subscription's pools whose metadata is not in a lost region."""
    return _page_of(call, None)


def list_group(call: Call) -> Response:
    """List a group's pools."""
    return _page_of(call, call.group)


def get(call: Call) -> Response:
    """Answer a pool; its token is only told by `retrieveRegistrationToken`."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create a pool, 201, or change one, 200; its kind and its place never change."""
    existing = call.world.store.get(call.arm_id())
    asked = object_at(call.body, "properties")
    location = text_at(call.body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    _check_kind(call, asked)
    if existing is None:
        made = build_host_pool(
            id=call.arm_id(),
            location=location,
            object_id=call.world.new_id(),
            properties=asked,
            tags=tags_in(call.body),
        )
    else:
        if fold(existing.location) != fold(location):
            raise desktop_error(400, "The location of a host pool cannot be changed.", of=activity(call))
        if asked.get("hostPoolType") != existing.properties["hostPoolType"]:
            raise desktop_error(400, "HostPoolType cannot be changed.", of=activity(call))
        made = replace(merged(existing, asked, _CHANGEABLE), tags=tags_in(call.body))
    pool = kept(call, ordered_registration(call, made))
    call.effect("hostpool.write", id=pool.id)
    return answer(200 if existing else 201, _wire(call, pool))


def patch(call: Call) -> Response:
    """Change a pool, and renew or revoke its registration token."""
    pool = call.world.store.require(call.arm_id())
    changed = merged(pool, object_at(call.body, "properties"), _CHANGEABLE)
    changed = retagged(changed, tags_in(call.body) if "tags" in call.body else None)
    changed = kept(call, ordered_registration(call, changed))
    renewed = changed.hidden["token"] != pool.hidden["token"]
    call.effect("hostpool.token" if renewed else "hostpool.write", id=pool.id)
    return answer(200, _wire(call, changed))


def delete(call: Call) -> Response:
    """Delete a pool that no application group uses; with hosts in it only when forced; 204 when there is none."""
    pool = call.world.store.get(call.arm_id())
    if pool is None:
        return answer(204)
    if _groups_of(call, pool):
        raise desktop_error(
            400,
            f"The SessionHostPool {pool.name} could not be deleted because it still has ApplicationGroups "
            "associated with it. Please remove all ApplicationGroups from the SessionHostPool and retry the operation.",
            of=activity(call),
        )
    if not is_true(call, "force") and any(True for _ in call.world.store.each(_SESSION_HOSTS, under=pool.id)):
        raise desktop_error(
            400, f"The SessionHostPool {pool.name} has SessionHosts and force was not set.", of=activity(call)
        )
    call.remove(pool.id)
    call.effect("hostpool.delete", id=pool.id)
    return answer(200)


def retrieve_token(call: Call) -> Response:
    """Answer the pool's registration with its token: a secret. Null members when it has none that is good."""
    pool = call.world.store.require(call.arm_id(drop=1))
    return answer(200, registration_info(pool, now=call.now, shows_token=True))


def list_tokens(call: Call) -> Response:
    """Answer the pool's tokens that are good."""
    return page(call, tokens(call.world.store.require(call.arm_id(drop=1)), call.now))


def _wire(call: Call, pool: Resource) -> JsonObject:
    body = tracked_wire(pool)
    body["properties"]["registrationInfo"] = registration_info(pool, now=call.now, shows_token=False)
    body["properties"]["applicationGroupReferences"] = _groups_of(call, pool)
    return body


def _groups_of(call: Call, pool: Resource) -> list[str]:
    groups = call.world.store.each(_APPLICATION_GROUPS, subscription=pool.subscription)
    return [one.id for one in groups if fold(str(one.properties["hostPoolArmPath"])) == pool.key]


def _check_kind(call: Call, asked: JsonObject) -> None:
    kind, balancer = text_at(asked, "hostPoolType"), text_at(asked, "loadBalancerType")
    if balancer not in KINDS.get(kind, ()):
        raise desktop_error(
            400, f"A host pool of type '{kind}' cannot have the load balancer '{balancer}'.", of=activity(call)
        )
    if not text_at(asked, "preferredAppGroupType"):
        raise desktop_error(400, "PreferredAppGroupType is required.", of=activity(call))


def _page_of(call: Call, group: str | None) -> Response:
    pools = call.world.store.each(HOST_POOL_TYPE, subscription=call.subscription, group=group)
    up = [one for one in pools if not call.world.regions.is_lost(one.location, call.now)]
    return windowed(call, [_wire(call, one) for one in up])


_POOLS = GROUP_SCOPE + "/hostPools"
_POOL = _POOLS + "/{pool}"
_NAME = f"{PROVIDER}/hostpools"

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=SUBSCRIPTION_SCOPE + "/hostPools",
        handler=list_subscription,
        operation=f"{_NAME}/read",
        versions=VERSIONS,
        regions=no_region,
    ),
    Route(method="GET", template=_POOLS, handler=list_group, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="GET", template=_POOL, handler=get, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="PUT", template=_POOL, handler=put, operation=f"{_NAME}/write", versions=VERSIONS),
    Route(method="PATCH", template=_POOL, handler=patch, operation=f"{_NAME}/write", versions=VERSIONS),
    Route(method="DELETE", template=_POOL, handler=delete, operation=f"{_NAME}/delete", versions=VERSIONS),
    Route(
        method="POST",
        template=_POOL + "/retrieveRegistrationToken",
        handler=retrieve_token,
        operation=f"{_NAME}/retrieveRegistrationToken/action",
        versions=VERSIONS,
    ),
    Route(
        method="POST",
        template=_POOL + "/listRegistrationTokens",
        handler=list_tokens,
        operation=f"{_NAME}/listRegistrationTokens/action",
        versions=VERSIONS,
    ),
)
