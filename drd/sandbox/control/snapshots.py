"""Keeping the world in a file, and going back to what was planted."""

from drd.sandbox.clock import instant_text
from drd.sandbox.control.reading import Controls
from drd.sandbox.snapshot import snapshot_text
from drd.sandbox.wire import Request, Response, answer
from drd.sandbox.world import World


def take(world: World, _request: Request) -> Response:
    """Give the snapshot, as JSON lines; `drd sandbox start --restore FILE` builds the same world again."""
    text = snapshot_text(world)
    return Response(status=200, headers={"content-type": "application/jsonl; charset=utf-8"}, body=text.encode())


def reset(world: World, _request: Request) -> Response:
    """Go back to the planted estate: journal, faults and everything made are gone; time and tokens stay."""
    world.reset()
    return answer(200, {"now": instant_text(world.now()), "resources": len(list(world.store.each()))})


CONTROLS: Controls = {
    ("GET", "/snapshot"): take,
    ("POST", "/reset"): reset,
}
