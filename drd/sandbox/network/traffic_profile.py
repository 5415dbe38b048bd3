"""What a Traffic Manager profile is: its name in the DNS, how it routes, how it probes, and its endpoints.

Endpoints live in the profile, as on the wire. `since` of an endpoint is the instant from which it is probed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, text_at
from drd.sandbox.errors import bad_request
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

PROFILE_TYPE = "Microsoft.Network/trafficManagerProfiles"
SUFFIX = ".trafficmanager.net"
ENABLED, DISABLED = "Enabled", "Disabled"
KINDS: Mapping[str, str] = {
    "azureendpoints": "azureEndpoints",
    "externalendpoints": "externalEndpoints",
    "nestedendpoints": "nestedEndpoints",
}
"""The types of endpoints, as a path folds them and as their `type` writes them."""
METHODS = ("Performance", "Priority", "Weighted", "Geographic")
_PROTOCOLS = ("HTTP", "HTTPS", "TCP")
_SLOW, _FAST = 30, 10
_LONGEST_TIMEOUT = {_SLOW: 10, _FAST: 9}
_MOST_TOLERATED = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """How a profile probes: every `interval` seconds, and after `tolerated` failures one more makes it degraded."""

    interval: int
    timeout: int
    tolerated: int
    protocol: str
    port: int
    path: str
    statuses: tuple[range, ...]


def build_profile(
    *,
    id: str,  # noqa: A002 - ARM's word
    relative_name: str,
    routing: str = "Priority",
    ttl: int = 60,
    monitor: JsonObject | None = None,
    endpoints: list[JsonObject] | None = None,
) -> Resource:
    """Return a profile; each endpoint is one of `build_endpoint`."""
    return Resource(
        id=id,
        type=PROFILE_TYPE,
        location="global",
        properties={
            "profileStatus": ENABLED,
            "trafficRoutingMethod": routing,
            "dnsConfig": {"relativeName": relative_name, "fqdn": relative_name + SUFFIX, "ttl": ttl},
            "monitorConfig": monitor_asked(monitor or {}),
            "endpoints": endpoints or [],
            "trafficViewEnrollmentStatus": DISABLED,
            "maxReturn": None,
        },
    )


def build_endpoint(
    id: str,  # noqa: A002 - ARM's word
    properties: JsonObject,
    *,
    since: datetime,
    enabled: bool = True,
) -> JsonObject:
    """Return an endpoint as its profile holds it; its id ends with one of the values of `KINDS` and its name."""
    kind, name = id.rsplit("/", 2)[1:]
    return {
        "id": id,
        "name": name,
        "type": f"{PROFILE_TYPE}/{kind}",
        "since": since.isoformat(),
        "properties": {
            "weight": 1,
            "alwaysServe": DISABLED,
            **properties,
            "endpointStatus": ENABLED if enabled else DISABLED,
        },
    }


def endpoints_of(profile: Resource) -> list[JsonObject]:
    """Return a profile's endpoints as it holds them."""
    return list(profile.properties["endpoints"])


def since_of(endpoint: JsonObject) -> datetime:
    """Return from when the endpoint is probed."""
    return datetime.fromisoformat(str(endpoint["since"]))


def profile_named(world: World, host: str) -> Resource | None:
    """Return the profile that answers for a host name, or None."""
    for profile in world.store.each(PROFILE_TYPE):
        if fold(str(profile.properties["dnsConfig"]["fqdn"])) == fold(host):
            return profile
    return None


def probing_of(profile: Resource) -> Probing:
    """Return how a profile probes its endpoints."""
    monitor = profile.properties["monitorConfig"]
    ranges = monitor.get("expectedStatusCodeRanges") or [{"min": 200, "max": 200}]
    return Probing(
        interval=int(monitor["intervalInSeconds"]),
        timeout=int(monitor["timeoutInSeconds"]),
        tolerated=int(monitor["toleratedNumberOfFailures"]),
        protocol=str(monitor["protocol"]),
        port=int(monitor["port"]),
        path=str(monitor.get("path") or "/"),
        statuses=tuple(range(int(one["min"]), int(one["max"]) + 1) for one in ranges),
    )


def monitor_asked(asked: JsonObject) -> JsonObject:
    """Return the probing that a body asks for, with the documented values for what it leaves out.

    Raises:
        ArmError: 400, a value is outside what is documented.
    """
    protocol = (text_at(asked, "protocol") or "HTTP").upper()
    interval = _number(asked, "intervalInSeconds", _SLOW)
    if protocol not in _PROTOCOLS or interval not in _LONGEST_TIMEOUT:
        raise _refused("protocol must be HTTP, HTTPS or TCP, and intervalInSeconds 30 or 10")
    timeout = _number(asked, "timeoutInSeconds", _LONGEST_TIMEOUT[interval])
    tolerated = _number(asked, "toleratedNumberOfFailures", 3)
    if not 5 <= timeout <= _LONGEST_TIMEOUT[interval] or not 0 <= tolerated <= _MOST_TOLERATED:  # noqa: PLR2004 - documented
        raise _refused("timeoutInSeconds must be 5 to 10 (9 when probing fast), toleratedNumberOfFailures 0 to 9")
    found: JsonObject = {
        "profileMonitorStatus": "Inactive",
        "protocol": protocol,
        "port": _number(asked, "port", 443 if protocol == "HTTPS" else 80),
        "path": None if protocol == "TCP" else text_at(asked, "path") or "/",
        "intervalInSeconds": interval,
        "toleratedNumberOfFailures": tolerated,
        "timeoutInSeconds": timeout,
        "customHeaders": objects_at(asked, "customHeaders") or None,
        "expectedStatusCodeRanges": objects_at(asked, "expectedStatusCodeRanges") or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def check_method(asked: JsonObject) -> str:
    """Return the routing method that a body's properties ask for.

    Raises:
        ArmError: 400, it is none that is modelled.
    """
    wanted = text_at(object_at({"properties": asked}, "properties"), "trafficRoutingMethod")
    for one in METHODS:
        if one.casefold() == wanted.casefold():
            return one
    raise bad_request(
        "BadRequest", f"The trafficRoutingMethod '{wanted}' is none of {', '.join(METHODS)}, which the sandbox models."
    )


def _number(asked: JsonObject, name: str, usual: int) -> int:
    found = asked.get(name)
    if found is None:
        return usual
    if not isinstance(found, int) or isinstance(found, bool):
        raise _refused(f"'{name}' must be a number")
    return found


def _refused(words: str) -> Exception:
    return bad_request("BadRequest", f"The monitorConfig of the profile is invalid: {words}.")
