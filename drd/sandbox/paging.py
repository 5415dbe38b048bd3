"""Lists in pages: `value`, and `nextLink` with `$skipToken` while there is more."""

from collections.abc import Sequence

from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import JsonObject, Response, answer


def page(call: Call, items: Sequence[JsonObject], *, size: int | None = None) -> Response:
    """Return the page that the call asks for; the size is `$top` or `size` or the world's.

    Raises:
        ArmError: 400, the `$skipToken` or `$top` is not one of ours.
    """
    start = _number(call, "$skiptoken", 0)
    length = _number(call, "$top", size or call.world.page_size)
    body: JsonObject = {"value": list(items[start : start + length])}
    if start + length < len(items):
        kept = {name: value for name, value in call.query.items() if name not in {"$skiptoken", "api-version"}}
        body["nextLink"] = call.link(call.request.path, **kept, **{"$skipToken": str(start + length)})
    return answer(200, body)


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isdigit():
        raise bad_request("InvalidQueryParameter", f"The query parameter '{name}' has the invalid value '{text}'.")
    return int(text)
