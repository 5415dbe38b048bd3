"""What the world is made of, with what the wire does not show."""

from collections import Counter

from drd.sandbox.clock import instant_text
from drd.sandbox.control.reading import Controls
from drd.sandbox.errors import ArmError
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import World


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


def resources(world: World, request: Request) -> Response:
    """Give every resource with what the wire does not show: creation, creator, hidden state.

    `?id=` gives one resource with its history, which outlives it.
    """
    wanted = request.query.get("id")
    if wanted:
        return answer(200, _one(world, wanted))
    return answer(200, {"resources": [_shown(one) for one in world.store.each()]})


def _one(world: World, arm_id: str) -> JsonObject:
    found, history = world.store.get(arm_id), world.store.history_of(arm_id)
    if not history:
        raise ArmError(404, "NotFound", f"There is no resource '{arm_id}', and there never was one.")
    lines = [{"at": instant_text(each.at), "verb": each.verb, "by": each.by} for each in history]
    return {"resource": _shown(found) if found else None, "history": lines}


def _shown(one: Resource) -> JsonObject:
    return {
        "id": one.id,
        "type": one.type,
        "location": one.location,
        "created-at": instant_text(one.created_at) if one.created_at else None,
        "created-by": one.created_by,
        "hidden": {name: str(value) for name, value in one.hidden.items()},
    }


CONTROLS: Controls = {
    ("GET", "/state"): state,
    ("GET", "/resources"): resources,
}
