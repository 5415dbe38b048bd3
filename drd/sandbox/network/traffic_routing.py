"""What Traffic Manager answers in the DNS: one endpoint that is up, by the profile's routing method.

Endpoints that are degraded or stopped are left out, unless nothing else is there: then all that are enabled count, as
documented. Where the client stands is the municipality's own region (`Performance`, `Geographic`).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from drd.sandbox.network.traffic_monitor import (
    CHECKING,
    INACTIVE,
    ONLINE,
    UNMONITORED,
    Resolver,
    nested_profile,
    status_of,
    target_of,
)
from drd.sandbox.network.traffic_profile import DISABLED, endpoints_of
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_CLIENT_REGION = "westeurope"
_CLIENT_PLACES = ("NL", "GEO-EU", "WORLD")
_UP = frozenset({ONLINE, CHECKING, UNMONITORED})


def answer_of(world: World, profile: Resource, now: datetime, resolver: Resolver) -> str:
    """Return the name or the address that a client gets; empty when no endpoint can be given."""
    enabled = [
        (endpoint, status)
        for endpoint in endpoints_of(profile)
        if (status := status_of(world, profile, endpoint, now, resolver)) not in {DISABLED, INACTIVE}
    ]
    up = [endpoint for endpoint, status in enabled if status in _UP] or [endpoint for endpoint, _ in enabled]
    if not up:
        return ""
    chosen = _METHODS[str(profile.properties["trafficRoutingMethod"])](world, profile, up, now)
    child = nested_profile(world, chosen) if chosen else None
    if child is not None:
        return answer_of(world, child, now, resolver)
    return target_of(world, chosen) if chosen else ""


def _by_priority(_world: World, _profile: Resource, up: Sequence[JsonObject], _now: datetime) -> JsonObject | None:
    return min(up, key=lambda one: int(one["properties"].get("priority") or 1))


def _by_weight(world: World, profile: Resource, up: Sequence[JsonObject], now: datetime) -> JsonObject | None:
    """Choose by chance, the same for the same seed and while an answer may be kept."""
    ttl = max(1, int(profile.properties["dnsConfig"]["ttl"]))
    moment = f"{world.seed}|{profile.key}|{int(now.timestamp()) // ttl}"
    weights = [max(1, int(one["properties"].get("weight") or 1)) for one in up]
    drawn = int.from_bytes(hashlib.sha256(moment.encode()).digest()[:8], "big") % sum(weights)
    for endpoint, weight in zip(up, weights, strict=True):
        if drawn < weight:
            return endpoint
        drawn -= weight
    return up[-1]


def _by_nearness(_world: World, _profile: Resource, up: Sequence[JsonObject], _now: datetime) -> JsonObject | None:
    near = [one for one in up if _place(one) == _CLIENT_REGION]
    return (near or list(up))[0]


def _by_place(_world: World, _profile: Resource, up: Sequence[JsonObject], _now: datetime) -> JsonObject | None:
    for place in _CLIENT_PLACES:
        for endpoint in up:
            if place in endpoint["properties"].get("geoMapping", []):
                return endpoint
    return None


def _place(endpoint: JsonObject) -> str:
    return str(endpoint["properties"].get("endpointLocation") or "").replace(" ", "").lower()


_METHODS: Mapping[str, Callable[[World, Resource, Sequence[JsonObject], datetime], JsonObject | None]] = {
    "Priority": _by_priority,
    "Weighted": _by_weight,
    "Performance": _by_nearness,
    "Geographic": _by_place,
}
