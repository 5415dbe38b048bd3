"""How Traffic Manager sees its endpoints, from the probes that it has sent by now.

Nothing runs in the background: probes leave at `since + k x interval`, and each of the last ones is asked again of the
world as it was at that instant, as far as the world knows (regions lost, machines started). What was changed between
two probes without an instant (a record, a rule) counts for all of them.

| endpoint and profile | probes so far | status |
|---|---|---|
| profile disabled | | Inactive |
| endpoint disabled | | Disabled |
| always served | | Unmonitored |
| nested | | Online while enough children are, else Degraded; Stopped when the child profile is disabled |
| enabled | none has ended | CheckingEndpoint |
| enabled | one of the last `tolerated + 1` succeeded | Online |
| enabled | all failed, fewer than `tolerated + 1` | CheckingEndpoint |
| enabled | the last `tolerated + 1` failed | Degraded |
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from drd.sandbox.network.public_address import PUBLIC_ADDRESS_TYPE, host_of
from drd.sandbox.network.traffic_profile import (
    DISABLED,
    Probing,
    endpoints_of,
    probing_of,
    since_of,
)
from drd.sandbox.probes import Probe
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

CHECKING, ONLINE, DEGRADED, INACTIVE, STOPPED, UNMONITORED = (
    "CheckingEndpoint",
    "Online",
    "Degraded",
    "Inactive",
    "Stopped",
    "Unmonitored",
)
TAG = "AzureTrafficManager"
Resolver = Callable[[str], tuple[str, ...]]


def target_of(world: World, endpoint: JsonObject) -> str:
    """Return the host name that an endpoint leads to; empty when its Azure resource has none."""
    properties = endpoint["properties"]
    resource = (
        world.store.get(str(properties.get("targetResourceId") or "")) if "targetResourceId" in properties else None
    )
    if resource is None:
        return str(properties.get("target") or "")
    if resource.type == PUBLIC_ADDRESS_TYPE:
        return host_of(resource)
    return str(resource.properties.get("dnsConfig", {}).get("fqdn", ""))


def status_of(world: World, profile: Resource, endpoint: JsonObject, now: datetime, resolver: Resolver) -> str:
    """Return an endpoint's monitor status; see the table above."""
    properties = endpoint["properties"]
    if profile.properties["profileStatus"] == DISABLED:
        return INACTIVE
    if properties["endpointStatus"] == DISABLED:
        return DISABLED
    if properties.get("alwaysServe") == "Enabled":
        return UNMONITORED
    child = nested_profile(world, endpoint)
    if child is not None:
        return _nested(world, child, int(properties.get("minChildEndpoints") or 1), now, resolver)
    probing = probing_of(profile)
    seen: list[bool] = []
    for instant in _probed(since_of(endpoint), probing, now):
        if _succeeds(world, target_of(world, endpoint), probing, instant, resolver):
            return ONLINE
        seen.append(False)
    return DEGRADED if len(seen) > probing.tolerated else CHECKING


def profile_status(world: World, profile: Resource, now: datetime, resolver: Resolver) -> str:
    """Return a profile's monitor status, which follows from its endpoints'."""
    if profile.properties["profileStatus"] == DISABLED:
        return DISABLED
    statuses = {status_of(world, profile, one, now, resolver) for one in endpoints_of(profile)}
    statuses -= {DISABLED, INACTIVE}
    if not statuses:
        return INACTIVE
    if statuses & {DEGRADED, STOPPED}:
        return DEGRADED
    return "CheckingEndpoints" if CHECKING in statuses else ONLINE


def nested_profile(world: World, endpoint: JsonObject) -> Resource | None:
    """Return the profile that a nested endpoint leads to, or None."""
    if not str(endpoint["type"]).endswith("/nestedEndpoints"):
        return None
    return world.store.get(str(endpoint["properties"].get("targetResourceId") or ""))


def _nested(world: World, child: Resource, fewest: int, now: datetime, resolver: Resolver) -> str:
    if child.properties["profileStatus"] == DISABLED:
        return STOPPED
    statuses = [status_of(world, child, one, now, resolver) for one in endpoints_of(child)]
    if sum(one in {ONLINE, UNMONITORED} for one in statuses) >= fewest:
        return ONLINE
    return CHECKING if CHECKING in statuses else DEGRADED


def _probed(since: datetime, probing: Probing, now: datetime) -> Iterator[datetime]:
    """Yield the instants of the last probes that have ended by now, newest first, as many as decide."""
    age = now - since
    if age < timedelta(0):
        return
    newest = int(age.total_seconds() // probing.interval)
    for place in range(newest, max(0, newest - probing.tolerated - 1), -1):
        yield since + timedelta(seconds=place * probing.interval)


def _succeeds(world: World, target: str, probing: Probing, instant: datetime, resolver: Resolver) -> bool:
    addresses = resolver(target) if target else ()
    return world.probes.ask(
        Probe(
            addresses=addresses,
            port=probing.port,
            protocol=probing.protocol,
            path=probing.path,
            tag=TAG,
            at=instant,
            statuses=probing.statuses,
        )
    )
