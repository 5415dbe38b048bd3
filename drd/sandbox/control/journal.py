"""The journal's entries."""

from drd.sandbox.control.reading import Controls
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import Request, Response, answer
from drd.sandbox.world import World


def entries(world: World, request: Request) -> Response:
    """Give the journal's entries after number `?since=N`."""
    since = request.query.get("since", "0")
    if not since.isdigit():
        raise bad_request("InvalidQueryParameter", f"'since' must be a number, not '{since}'.")
    return answer(200, {"entries": [entry.wire() for entry in world.journal.since(int(since))]})


def digest(world: World, _request: Request) -> Response:
    """Give the hash over what is the same for the same seed and the same calls, and of how many entries it is."""
    return answer(200, {"digest": world.journal.digest(), "entries": len(world.journal.entries)})


CONTROLS: Controls = {
    ("GET", "/journal"): entries,
    ("GET", "/journal/digest"): digest,
}
