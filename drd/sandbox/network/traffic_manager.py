"""Traffic Manager profiles: list, get, put, patch, delete, all done at once; global, whatever region is lost."""

from dataclasses import replace

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request, conflict
from drd.sandbox.network.lists import GROUP, PROVIDER
from drd.sandbox.network.naming import resolve
from drd.sandbox.network.traffic_endpoint import endpoint_wire, endpoints_asked
from drd.sandbox.network.traffic_monitor import profile_status
from drd.sandbox.network.traffic_profile import (
    DISABLED,
    ENABLED,
    PROFILE_TYPE,
    SUFFIX,
    build_profile,
    check_method,
    endpoints_of,
    monitor_asked,
    profile_named,
)
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_PROFILES = GROUP + "/trafficmanagerprofiles"
_PROFILE = _PROFILES + "/{profile}"
_USUAL_TTL = 60


def get(call: Call) -> Response:
    """Answer a profile with its endpoints and what its probes say of them."""
    return answer(200, _wire(call, call.world.store.require(call.arm_id())))


def list_all(call: Call) -> Response:
    """List the profiles of a group or of the subscription."""
    found = call.world.store.each(PROFILE_TYPE, subscription=call.subscription, group=call.params.get("group"))
    return page(call, [_wire(call, one) for one in found])


def put(call: Call) -> Response:
    """Create a profile, or replace everything in it but its name in the DNS."""
    existing = call.world.store.get(call.arm_id())
    if fold(text_at(call.body, "location")) != "global":
        raise bad_request("BadRequest", "The location of a Traffic Manager profile must be 'global'.")
    asked = object_at(call.body, "properties")
    profile = _built(call, existing, asked)
    before = endpoints_of(existing) if existing else []
    endpoints = endpoints_asked(call, profile.id, objects_at(asked, "endpoints"), before)
    return _kept(call, profile.with_properties(endpoints=endpoints), status=200 if existing else 201)


def patch(call: Call) -> Response:
    """Change what the body names of a profile, and its tags."""
    profile = call.world.store.require(call.arm_id())
    asked = {name: value for name, value in object_at(call.body, "properties").items() if value is not None}
    merged = {**profile.properties, **asked}
    merged["monitorConfig"] = {**profile.properties["monitorConfig"], **object_at(asked, "monitorConfig")}
    changed = _built(call, profile, merged)
    if "endpoints" in asked:
        endpoints = endpoints_asked(call, profile.id, objects_at(asked, "endpoints"), endpoints_of(profile))
        changed = changed.with_properties(endpoints=endpoints)
    return _kept(call, changed if "tags" in call.body else replace(changed, tags=profile.tags), status=200)


def delete(call: Call) -> Response:
    """Delete a profile that no other one leads to; 204 when there is none."""
    profile = call.world.store.get(call.arm_id())
    if profile is None:
        return answer(204)
    for other in call.world.store.each(PROFILE_TYPE):
        if any(fold(str(one["properties"].get("targetResourceId", ""))) == profile.key for one in endpoints_of(other)):
            raise bad_request("BadRequest", f"The profile '{profile.name}' is an endpoint of profile '{other.name}'.")
    call.remove(profile.id)
    call.effect("traffic.profile-delete", id=profile.id)
    return answer(200, {"boolean": True})


def _built(call: Call, existing: Resource | None, asked: JsonObject) -> Resource:
    relative = text_at(asked, "dnsConfig", "relativeName")
    if not relative:
        raise bad_request("BadRequest", "A Traffic Manager profile needs dnsConfig.relativeName.")
    profile_id = f"{call.arm_id(drop=2)}/trafficManagerProfiles/{call.params['profile']}"
    holder = profile_named(call.world, relative + SUFFIX)
    if holder is not None and (existing is None or holder.key != existing.key):
        raise conflict(
            "DomainNameNotUnique", f"The domain name '{relative}{SUFFIX}' is already used by another profile."
        )
    status = text_at(asked, "profileStatus") or ENABLED
    if status not in {ENABLED, DISABLED}:
        raise bad_request("BadRequest", f"The profileStatus '{status}' must be Enabled or Disabled.")
    built = build_profile(
        id=profile_id,
        relative_name=relative,
        routing=check_method(asked),
        ttl=int(object_at(asked, "dnsConfig").get("ttl") or _USUAL_TTL),
        endpoints=endpoints_of(existing) if existing else [],
    )
    monitor = monitor_asked(object_at(asked, "monitorConfig"))
    return replace(built.with_properties(profileStatus=status, monitorConfig=monitor), tags=tags_in(call.body))


def _kept(call: Call, profile: Resource, *, status: int) -> Response:
    kept = call.keep(profile)
    call.effect("traffic.profile-write", id=kept.id)
    return answer(status, _wire(call, kept))


def _wire(call: Call, profile: Resource) -> JsonObject:
    status = profile_status(call.world, profile, call.now, lambda host: resolve(call.world, host))
    shown = profile.with_properties(
        monitorConfig={**profile.properties["monitorConfig"], "profileMonitorStatus": status},
        endpoints=[endpoint_wire(call.world, profile, one, call.now) for one in endpoints_of(profile)],
    )
    properties = {name: value for name, value in shown.properties.items() if value is not None}
    return {**shown.wire(), "tags": dict(profile.tags), "properties": properties}


_READ, _WRITE = f"{PROFILE_TYPE}/read", f"{PROFILE_TYPE}/write"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_PROFILES, handler=list_all, operation=_READ, regions=no_region),
    Route(
        method="GET",
        template=PROVIDER + "/trafficmanagerprofiles",
        handler=list_all,
        operation=_READ,
        regions=no_region,
    ),
    Route(method="GET", template=_PROFILE, handler=get, operation=_READ, regions=no_region),
    Route(method="PUT", template=_PROFILE, handler=put, operation=_WRITE, regions=no_region),
    Route(method="PATCH", template=_PROFILE, handler=patch, operation=_WRITE, regions=no_region),
    Route(method="DELETE", template=_PROFILE, handler=delete, operation=f"{PROFILE_TYPE}/delete", regions=no_region),
)
