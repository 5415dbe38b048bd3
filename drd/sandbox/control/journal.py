"""The journal's entries."""

from drd.sandbox.control.reading import Controls
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import Request, Response, answer
from drd.sandbox.world import World


def entries(world: World, request: Request) -> Response:
    """Give the journal's entries after number `?since=N`, all of them or the first `&limit=N`."""
    chosen = world.journal.since(_number(request, "since", 0))
    limit = _number(request, "limit", len(chosen))
    return answer(200, {"entries": [entry.wire() for entry in chosen[:limit]]})


def digest(world: World, _request: Request) -> Response:
    """Give the hash over what is the same for the same seed and the same calls, and of how many entries it is."""
    return answer(200, {"digest": world.journal.digest(), "entries": len(world.journal.entries)})


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdigit():
        raise bad_request("InvalidQueryParameter", f"'{name}' must be a number, not '{text}'.")
    return int(text)


CONTROLS: Controls = {
    ("GET", "/journal"): entries,
    ("GET", "/journal/digest"): digest,
}
