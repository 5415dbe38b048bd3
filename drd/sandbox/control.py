"""The control addresses under `/_sandbox`: time, regions, faults, journal and state. They are no part of Azure."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from drd.sandbox.clock import ScaledClock, instant_text
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.faults import read_fault
from drd.sandbox.regions import MODES
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import World

CONTROL_PREFIX = "/_sandbox"

_Control = Callable[[World, Request], Response]


def control(world: World, request: Request) -> Response:
    """Answer a control request; they need no token, because the sandbox listens on loopback only.

    Raises:
        ArmError: 404 for an unknown address, 400 for a bad body.
    """
    handler = _CONTROLS.get((request.method, request.path.removeprefix(CONTROL_PREFIX)))
    if handler is None:
        known = ", ".join(f"{method} {CONTROL_PREFIX}{path}" for method, path in _CONTROLS)
        raise ArmError(404, "NotFound", f"No control address {request.method} {request.path}; known are {known}.")
    return handler(world, request)


def region_down(world: World, request: Request) -> Response:
    """Declare a region lost: `{"region", "at": instant or absent for now, "mode": "unavailable" or "hang"}`."""
    body = _json(request)
    region, mode = _region(body), str(body.get("mode", MODES[0]))
    if mode not in MODES:
        raise bad_request("InvalidMode", f"Unknown mode '{mode}'; known are {', '.join(MODES)}.")
    world.regions.down(region, _instant(body, "at") or world.now(), mode)
    return time_of(world, request)


def region_up(world: World, request: Request) -> Response:
    """Declare a region up again: `{"region"}`."""
    world.regions.up(_region(_json(request)))
    world.settle()
    return time_of(world, request)


def state(world: World, _request: Request) -> Response:
    """Tell the regions' condition, how many resources there are of each type, and what is running."""
    losses = {
        name: {"lost-at": instant_text(loss.at), "mode": loss.mode} for name, loss in world.regions.lost().items()
    }
    running = [{"id": one.id, "kind": one.kind, "target": one.target} for one in world.operations.running()]
    body: JsonObject = {
        "now": instant_text(world.now()),
        "regions-lost": losses,
        "resources": dict(Counter(resource.type for resource in world.store.each())),
        "running": running,
        "faults": len(world.faults),
        "requests": len(world.journal.entries),
    }
    return answer(200, body)


def time_of(world: World, _request: Request) -> Response:
    """Tell world time, and its epoch and speed where the clock has them."""
    body: JsonObject = {"now": instant_text(world.now())}
    if isinstance(world.clock, ScaledClock):
        body |= {"epoch": instant_text(world.clock.epoch), "speed": world.clock.speed}
    return answer(200, body)


def journal(world: World, request: Request) -> Response:
    """Give the journal's entries after number `?since=N`."""
    since = request.query.get("since", "0")
    if not since.isdigit():
        raise bad_request("InvalidQueryParameter", f"'since' must be a number, not '{since}'.")
    return answer(200, {"entries": [entry.wire() for entry in world.journal.since(int(since))]})


def add_fault(world: World, request: Request) -> Response:
    """Order a fault; see `drd.sandbox.faults.Fault` for the members."""
    world.faults.add(read_fault(_json(request)))
    return answer(201, {"faults": len(world.faults)})


def clear_faults(world: World, _request: Request) -> Response:
    """Forget all faults."""
    world.faults.clear()
    return answer(200, {"faults": 0})


def guest_health(world: World, request: Request) -> Response:
    """Make a guest sick or well: `{"machine": name of the machine it was installed on, "healthy"}`."""
    body = _json(request)
    name, healthy = str(body.get("machine", "")), body.get("healthy", True)
    if not isinstance(healthy, bool):
        raise bad_request("InvalidHealth", "'healthy' must be true or false.")
    if not world.guests.set_health(name, healthy=healthy):
        known = ", ".join(guest.name for guest in world.guests.by_lineage.values())
        raise bad_request("UnknownGuest", f"No guest of machine '{name}'; known are {known}.")
    return answer(200, {"machine": name, "healthy": healthy})


def authority(world: World, _request: Request) -> Response:
    """Give the certificate of the guests' authority, in PEM."""
    return Response(status=200, headers={"content-type": "application/x-pem-file"}, body=world.authority.pem())


def resources(world: World, _request: Request) -> Response:
    """Give every resource with what the wire does not show: creation, creator, hidden state."""
    shown = [
        {
            "id": one.id,
            "type": one.type,
            "location": one.location,
            "created-at": instant_text(one.created_at) if one.created_at else None,
            "created-by": one.created_by,
            "hidden": {name: str(value) for name, value in one.hidden.items()},
        }
        for one in world.store.each()
    ]
    return answer(200, {"resources": shown})


_CONTROLS: Mapping[tuple[str, str], _Control] = {
    ("POST", "/region-down"): region_down,
    ("POST", "/region-up"): region_up,
    ("GET", "/state"): state,
    ("GET", "/resources"): resources,
    ("GET", "/time"): time_of,
    ("GET", "/journal"): journal,
    ("POST", "/guests"): guest_health,
    ("GET", "/ca.pem"): authority,
    ("POST", "/faults"): add_fault,
    ("DELETE", "/faults"): clear_faults,
    ("POST", "/faults/reset"): clear_faults,
}


def _json(request: Request) -> JsonObject:
    try:
        parsed = json.loads(request.body or b"{}")
    except ValueError as error:
        raise bad_request("InvalidRequestContent", f"The body is not JSON: {error}.") from error
    if not isinstance(parsed, dict):
        raise bad_request("InvalidRequestContent", "The body must be a JSON object.")
    return parsed


def _region(body: JsonObject) -> str:
    region = body.get("region")
    if not isinstance(region, str) or not region:
        raise bad_request("InvalidRegion", "The member 'region' is missing.")
    return region


def _instant(body: JsonObject, name: str) -> datetime | None:
    text = body.get(name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise bad_request("InvalidInstant", f"'{name}' is no ISO 8601 instant: '{text}'.") from error
    if instant.tzinfo is None:
        raise bad_request("InvalidInstant", f"'{name}' has no offset: '{text}'.")
    return instant
