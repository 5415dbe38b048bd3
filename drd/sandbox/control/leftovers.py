"""What was made since the world was planted and is still there."""

from drd.sandbox.clock import instant_text
from drd.sandbox.control.reading import Controls
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Request, Response, answer
from drd.sandbox.world import AZURE, World

_TRACKED_DEPTH = 2


def leftovers(world: World, _request: Request) -> Response:
    """List resources that callers made, resources that Azure made for them, and test failovers that are still open."""
    since = world.recording.planted_at
    made = [_shown(one) for one in world.store.each() if _is_left(one) and one.created_at and one.created_at > since]
    return answer(200, {"leftovers": made, "open-test-failovers": list(_open_tests(world))})


def _is_left(resource: Resource) -> bool:
    """Tell whether it counts: of what Azure made by itself only machines, disks and the like, no jobs and no points."""
    return resource.created_by != AZURE or len(resource.type.split("/")) == _TRACKED_DEPTH


def _shown(resource: Resource) -> JsonObject:
    return {
        "id": resource.id,
        "type": resource.type,
        "location": resource.location,
        "created-at": instant_text(resource.created_at) if resource.created_at else None,
        "created-by": resource.created_by,
        "tags": dict(resource.tags),
    }


def _open_tests(world: World) -> list[JsonObject]:
    found: list[JsonObject] = []
    for item in world.store.each(_REPLICATED_ITEM):
        machine = getattr(item.hidden.get("replicated"), "test_machine_id", "")
        if machine:
            found.append({"item": item.id, "machine": machine})
    return found


_REPLICATED_ITEM = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
)

CONTROLS: Controls = {
    ("GET", "/leftovers"): leftovers,
}
