"""What the world is made of, with what the wire does not show."""

from collections import Counter

from drd.sandbox.clock import instant_text
from drd.sandbox.control.reading import Controls
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


CONTROLS: Controls = {
    ("GET", "/state"): state,
    ("GET", "/resources"): resources,
}
