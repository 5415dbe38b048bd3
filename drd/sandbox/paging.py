"""Lists in pages: `value`, and `nextLink` with `$skipToken` while there is more.

A fault may make lists lag: what was created a moment ago is there for who asks for it, and not yet in lists.
"""

from collections.abc import Sequence

from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import JsonObject, Response, answer


def page(call: Call, items: Sequence[JsonObject], *, size: int | None = None) -> Response:
    """Return the page that the call asks for; the size is `$top` or `size` or the world's.

    Raises:
        ArmError: 400, the `$skipToken` or `$top` is not one of ours.
    """
    if call.world.faults.has("list-lag"):
        items = [item for item in items if not _lags(call, item)]
    start = _number(call, "$skiptoken", 0)
    length = _number(call, "$top", size or call.world.page_size)
    body: JsonObject = {"value": list(items[start : start + length])}
    if start + length < len(items):
        kept = {name: value for name, value in call.query.items() if name not in {"$skiptoken", "api-version"}}
        body["nextLink"] = call.link(call.request.path, **kept, **{"$skipToken": str(start + length)})
    return answer(200, body)


def _lags(call: Call, item: JsonObject) -> bool:
    found = call.world.store.get(str(item.get("id", "")))
    if found is None or found.created_at is None:
        return False
    faults, age = call.world.faults, (call.now - found.created_at).total_seconds()
    fault = faults.standing("list-lag", target=found.id, region=found.location, at=call.now)
    if fault is None or age >= fault.seconds:
        return False
    return faults.condition("list-lag", target=found.id, region=found.location, at=call.now) is not None


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isdigit():
        raise bad_request("InvalidQueryParameter", f"The query parameter '{name}' has the invalid value '{text}'.")
    return int(text)
