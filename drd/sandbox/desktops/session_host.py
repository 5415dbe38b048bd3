"""Session hosts: machines that an agent brought into a pool. Read, drained, assigned, and forgotten here."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at
from drd.sandbox.call import Call
from drd.sandbox.desktops.answers import (
    GROUP_SCOPE,
    PROVIDER,
    VERSIONS,
    activity,
    desktop_error,
    is_true,
    kept,
    nested_wire,
    ticks_text,
    windowed,
)
from drd.sandbox.desktops.health import Surroundings, condition
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

SESSION_HOST_TYPE = f"{PROVIDER}/hostpools/sessionhosts"
SESSION_TYPE = f"{PROVIDER}/hostpools/sessionhosts/usersessions"
_AGENT_VERSION, _STACK_VERSION, _OS_VERSION = "1.0.9103.3700", "rdp-sxs240705500", "10.0.22631.4317"


def build_session_host(
    *,
    pool: Resource,
    name: str,
    machine: Resource,
    object_id: str,
    domain: str,
    registered_at: datetime,
    assigned_user: str | None = None,
) -> Resource:
    """Return a host as it registers: `name` is the machine's, with its domain when it is joined to one."""
    return Resource(
        id=f"{pool.id}/sessionhosts/{name}",
        type=SESSION_HOST_TYPE,
        location=pool.location,
        properties={
            "objectId": object_id,
            "agentVersion": _AGENT_VERSION,
            "allowNewSession": True,
            "assignedUser": assigned_user,
            "friendlyName": None,
            "osVersion": _OS_VERSION,
            "sxSStackVersion": _STACK_VERSION,
            "updateState": "Succeeded",
            "lastUpdateTime": ticks_text(registered_at),
            "updateErrorMessage": None,
            "virtualMachineId": machine.properties["vmId"],
            "resourceId": machine.id,
        },
        hidden={"registered_at": registered_at, "domain": domain},
    )


def hosts_of(world: World, pool: Resource) -> list[Resource]:
    """Return a pool's hosts, in the order in which they registered."""
    return list(world.store.each(SESSION_HOST_TYPE, under=pool.id))


def sessions_of(world: World, above: Resource) -> Iterator[Resource]:
    """Yield the sessions of a host or of a pool."""
    return world.store.each(SESSION_TYPE, under=above.id)


def pool_above(world: World, below_id: str) -> Resource:
    """Return the pool that a host or a session belongs to.

    Raises:
        ArmError: 404, there is no such pool.
    """
    folded = below_id.casefold()
    return world.store.require(below_id[: folded.index("/sessionhosts/")])


def require_host(call: Call, host_id: str) -> Resource:
    """Return a host.

    Raises:
        ArmError: 404, the pool or the host is not there.
    """
    pool_above(call.world, host_id)
    found = call.world.store.get(host_id)
    if found is None:
        raise desktop_error(404, "SessionHost not found", of=activity(call))
    return found


def list_pool(call: Call) -> Response:
    """List a pool's hosts."""
    pool = call.world.store.require(call.arm_id(drop=1))
    around = Surroundings(world=call.world, now=call.now)
    counts = Counter(one.id.rsplit("/usersessions/", 1)[0] for one in sessions_of(call.world, pool))
    return windowed(call, [_wire(around, one, pool, counts[one.id]) for one in hosts_of(call.world, pool)])


def get(call: Call) -> Response:
    """Answer a host."""
    return _answer(call, require_host(call, call.arm_id()))


def patch(call: Call) -> Response:
    """Drain a host or let it take sessions again, assign it to a user (another user only with force), name it."""
    host = require_host(call, call.arm_id())
    asked = object_at(call.body, "properties")
    if "assignedUser" in asked:
        host = _assigned(call, host, asked["assignedUser"])
    if "allowNewSession" in asked:
        if not isinstance(asked["allowNewSession"], bool):
            raise desktop_error(400, "allowNewSession must be true or false.", of=activity(call))
        host = host.with_properties(allowNewSession=asked["allowNewSession"])
    if "friendlyName" in asked:
        host = host.with_properties(friendlyName=asked["friendlyName"])
    host = kept(call, host)
    call.effect("sessionhost.update", id=host.id, **{name: asked[name] for name in asked})
    return _answer(call, host)


def delete(call: Call) -> Response:
    """Forget a host, its machine stays; with sessions on it only when forced; 204 when there is none."""
    pool_above(call.world, call.arm_id())
    host = call.world.store.get(call.arm_id())
    if host is None:
        return answer(204)
    if not is_true(call, "force") and any(True for _ in sessions_of(call.world, host)):
        raise desktop_error(
            400, f"SessionHost {host.name} has active sessions and force was not set.", of=activity(call)
        )
    call.remove(host.id)
    call.effect("sessionhost.delete", id=host.id)
    return answer(200)


def _assigned(call: Call, host: Resource, user: object) -> Resource:
    before = host.properties["assignedUser"]
    if user is not None and not isinstance(user, str):
        raise desktop_error(400, "assignedUser must be a user principal name.", of=activity(call))
    if pool_above(call.world, host.id).properties["hostPoolType"] != "Personal":
        raise desktop_error(400, "AssignedUser can only be set in a personal host pool.", of=activity(call))
    if before and fold(before) != fold(user or "") and not is_true(call, "force"):
        raise desktop_error(
            400, f"SessionHost {host.name} is already assigned to user {before}; use force.", of=activity(call)
        )
    return host.with_properties(assignedUser=user or None)


def _answer(call: Call, host: Resource) -> Response:
    pool = pool_above(call.world, host.id)
    count = sum(1 for _ in sessions_of(call.world, host))
    return answer(200, _wire(Surroundings(world=call.world, now=call.now), host, pool, count))


def _wire(around: Surroundings, host: Resource, pool: Resource, sessions: int) -> JsonObject:
    found = condition(around, host, pool)
    body = nested_wire(host, name=f"{pool.name}/{host.name}")
    body["properties"] |= {
        "lastHeartBeat": ticks_text(found.heartbeat),
        "sessions": sessions,
        "status": found.status,
        "statusTimestamp": ticks_text(found.since),
        "sessionHostHealthCheckResults": found.checks,
    }
    return body


_HOSTS = GROUP_SCOPE + "/hostPools/{pool}/sessionHosts"
_HOST = _HOSTS + "/{host}"
_NAME = f"{PROVIDER}/hostpools/sessionhosts"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_HOSTS, handler=list_pool, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="GET", template=_HOST, handler=get, operation=f"{_NAME}/read", versions=VERSIONS),
    Route(method="PATCH", template=_HOST, handler=patch, operation=f"{_NAME}/write", versions=VERSIONS),
    Route(method="DELETE", template=_HOST, handler=delete, operation=f"{_NAME}/delete", versions=VERSIONS),
)
