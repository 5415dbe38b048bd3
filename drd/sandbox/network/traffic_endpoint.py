"""Endpoints of Traffic Manager profiles: get, put, patch, delete, all done at once."""

from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.lists import GROUP
from drd.sandbox.network.naming import resolve
from drd.sandbox.network.public_address import PUBLIC_ADDRESS_TYPE
from drd.sandbox.network.traffic_monitor import status_of, target_of
from drd.sandbox.network.traffic_profile import (
    DISABLED,
    ENABLED,
    KINDS,
    PROFILE_TYPE,
    SUFFIX,
    build_endpoint,
    endpoints_of,
    since_of,
)
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

_ENDPOINT = GROUP + "/trafficmanagerprofiles/{profile}/{type}/{name}"
_MOST_WEIGHT = _MOST_PRIORITY = 1000
_WRITABLE = (
    "target",
    "targetResourceId",
    "endpointStatus",
    "weight",
    "priority",
    "endpointLocation",
    "minChildEndpoints",
    "geoMapping",
    "customHeaders",
    "alwaysServe",
)


def endpoint_wire(world: World, profile: Resource, endpoint: JsonObject, now: datetime) -> JsonObject:
    """Return the body of an endpoint, with the status that its probes give it."""
    status = status_of(world, profile, endpoint, now, lambda host: resolve(world, host))
    properties = {**endpoint["properties"], "endpointMonitorStatus": status, "target": target_of(world, endpoint)}
    return {"id": endpoint["id"], "name": endpoint["name"], "type": endpoint["type"], "properties": properties}


def endpoints_asked(call: Call, profile_id: str, asked: list[JsonObject], before: list[JsonObject]) -> list[JsonObject]:
    """Return the endpoints that a profile's body asks for; those that stay keep the instant of their first probe.

    Raises:
        ArmError: 400, one of them is not well-formed, or two have the same priority.
    """
    found: list[JsonObject] = []
    for one in asked:
        kind = _kind(text_at(one, "type").rsplit("/", 1)[-1])
        name = text_at(one, "name")
        if not name:
            raise bad_request("BadRequest", "An endpoint of a profile needs a name.")
        known = _find(before, kind, name)
        found.append(_built(call, f"{profile_id}/{kind}/{name}", object_at(one, "properties"), known))
    return [_with_priority(endpoint, found) for endpoint in found]


def get(call: Call) -> Response:
    """Answer an endpoint."""
    profile = _profile(call)
    endpoint = _find(endpoints_of(profile), _kind(_type_in(call)), call.params["name"])
    if endpoint is None:
        raise ArmError(
            404, "NotFound", f"The endpoint '{call.params['name']}' of profile '{profile.name}' could not be found."
        )
    return answer(200, endpoint_wire(call.world, profile, endpoint, call.now))


def put(call: Call) -> Response:
    """Create or replace an endpoint."""
    profile, kind, name = _profile(call), _kind(_type_in(call)), call.params["name"]
    known = _find(endpoints_of(profile), kind, name)
    built = _built(call, f"{profile.id}/{kind}/{name}", object_at(call.body, "properties"), known)
    return _kept(call, profile, built, status=200 if known else 201)


def patch(call: Call) -> Response:
    """Change what the body names of an endpoint; one that is enabled anew is probed anew."""
    profile, kind, name = _profile(call), _kind(_type_in(call)), call.params["name"]
    known = _find(endpoints_of(profile), kind, name)
    if known is None:
        return get(call)
    asked = {key: value for key, value in object_at(call.body, "properties").items() if value is not None}
    built = _built(call, f"{profile.id}/{kind}/{name}", {**known["properties"], **asked}, known)
    return _kept(call, profile, built, status=200)


def delete(call: Call) -> Response:
    """Take an endpoint away; 204 when there is none."""
    profile, kind = _profile(call), _kind(_type_in(call))
    endpoint = _find(endpoints_of(profile), kind, call.params["name"])
    if endpoint is None:
        return answer(204)
    call.keep(profile.with_properties(endpoints=[one for one in endpoints_of(profile) if one is not endpoint]))
    call.effect("traffic.endpoint-delete", id=endpoint["id"])
    return answer(200, {"boolean": True})


def _kept(call: Call, profile: Resource, endpoint: JsonObject, *, status: int) -> Response:
    others = [one for one in endpoints_of(profile) if fold(str(one["id"])) != fold(str(endpoint["id"]))]
    places = [fold(str(one["id"])) for one in endpoints_of(profile)]
    settled = _with_priority(endpoint, [*others, endpoint])
    at = places.index(fold(str(endpoint["id"]))) if fold(str(endpoint["id"])) in places else len(others)
    kept = call.keep(profile.with_properties(endpoints=[*others[:at], settled, *others[at:]]))
    call.effect("traffic.endpoint-write", id=settled["id"], status=settled["properties"]["endpointStatus"])
    return answer(status, endpoint_wire(call.world, kept, settled, call.now))


def _built(call: Call, endpoint_id: str, asked: JsonObject, known: JsonObject | None) -> JsonObject:
    properties = {key: asked[key] for key in _WRITABLE if asked.get(key) is not None}
    status = text_at(asked, "endpointStatus") or ENABLED
    if status not in {ENABLED, DISABLED}:
        raise bad_request("BadRequest", f"The endpointStatus '{status}' must be Enabled or Disabled.")
    _check_numbers(properties)
    _check_target(call, endpoint_id.split("/")[-2], properties)
    was_enabled = known is not None and known["properties"]["endpointStatus"] == ENABLED
    since = since_of(known) if known is not None and (was_enabled or status == DISABLED) else call.now
    return build_endpoint(endpoint_id, properties, since=since, enabled=status == ENABLED)


def _check_numbers(properties: JsonObject) -> None:
    for name, most in (("weight", _MOST_WEIGHT), ("priority", _MOST_PRIORITY)):
        value = properties.get(name)
        if value is not None and (not isinstance(value, int) or not 1 <= value <= most):
            raise bad_request("BadRequest", f"The {name} of an endpoint must be a number from 1 to {most}.")


def _check_target(call: Call, kind: str, properties: JsonObject) -> None:
    if kind == "externalEndpoints":
        if not text_at(properties, "target"):
            raise bad_request("BadRequest", "The 'target' of an external endpoint must be a host name or an address.")
        if text_at(properties, "target").lower().endswith(SUFFIX):
            raise bad_request("BadRequest", "A profile can be an endpoint of another one only as a nested endpoint.")
        return
    resource = call.world.store.get(text_at(properties, "targetResourceId"))
    wanted = PUBLIC_ADDRESS_TYPE if kind == "azureEndpoints" else PROFILE_TYPE
    if resource is None or fold(resource.type) != fold(wanted):
        raise bad_request(
            "BadRequest", f"The 'targetResourceId' of the endpoint must be the id of one of {wanted}, with a name."
        )
    if kind == "azureEndpoints" and not resource.properties.get("dnsSettings"):
        raise bad_request("BadRequest", f"The public address '{resource.name}' needs a DNS name to be an endpoint.")


def _with_priority(endpoint: JsonObject, every: list[JsonObject]) -> JsonObject:
    """Give the endpoint a priority of its own: the next free one where it names none."""
    taken = [one["properties"].get("priority") for one in every if one["id"] != endpoint["id"]]
    priority = endpoint["properties"].get("priority")
    if priority is None:
        priority = next(number for number in range(1, _MOST_PRIORITY + 1) if number not in taken)
    elif priority in taken:
        raise bad_request("BadRequest", f"The priority {priority} is used by another endpoint of the profile.")
    return {**endpoint, "properties": {**endpoint["properties"], "priority": priority}}


def _profile(call: Call) -> Resource:
    profile = call.world.store.get(call.arm_id(drop=2))
    if profile is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            "Can not perform requested operation on nested resource. Parent resource "
            f"'{call.params['profile']}' not found.",
        )
    return profile


def _type_in(call: Call) -> str:
    return call.request.path.split("/")[-2]


def _kind(text: str) -> str:
    kind = KINDS.get(text.casefold())
    if kind is None:
        raise bad_request("BadRequest", f"'{text}' is none of the endpoint types {', '.join(KINDS.values())}.")
    return kind


def _find(endpoints: list[JsonObject], kind: str, name: str) -> JsonObject | None:
    for endpoint in endpoints:
        if endpoint["type"] == f"{PROFILE_TYPE}/{kind}" and fold(str(endpoint["name"])) == fold(name):
            return endpoint
    return None


def _routes(kind: str) -> tuple[Route, ...]:
    handlers = (("GET", get, "read"), ("PUT", put, "write"), ("PATCH", patch, "write"), ("DELETE", delete, "delete"))
    return tuple(
        Route(
            method=method,
            template=_ENDPOINT.replace("{type}", kind),
            handler=handler,
            operation=f"{PROFILE_TYPE}/{kind}/{verb}",
            regions=no_region,
        )
        for method, handler, verb in handlers
    )


ROUTES: tuple[Route, ...] = (*_routes("azureEndpoints"), *_routes("externalEndpoints"), *_routes("nestedEndpoints"))
