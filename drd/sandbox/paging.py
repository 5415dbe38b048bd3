"""Lists in pages: `value`, and `nextLink` with `$skipToken` while there is more.

A fault may make lists lag: what was created a moment ago is there for who asks for it, and not yet in lists.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_T = TypeVar("_T")


def page(call: Call, items: Sequence[JsonObject], *, size: int | None = None) -> Response:
    """Return the page that the call asks for; the size is `$top` or `size` or the world's.

    Raises:
        ArmError: 400, the `$skipToken` or `$top` is not one of ours.
    """
    if call.world.faults.has("list-lag"):
        items = [item for item in items if not _lags(call, str(item.get("id", "")))]
    return _paged(call, items, lambda item: item, size)


def page_of(
    call: Call, resources: Iterable[Resource], show: Callable[[Resource], JsonObject], *, size: int | None = None
) -> Response:
    """Return the page that the call asks for, and show nothing else: for lists that may be of thousands.

    Raises:
        ArmError: see `page`.
    """
    found = list(resources)
    if call.world.faults.has("list-lag"):
        found = [one for one in found if not _lags(call, one.id)]
    return _paged(call, found, show, size)


def _paged(call: Call, items: Sequence[_T], show: Callable[[_T], JsonObject], size: int | None) -> Response:
    start = _number(call, "$skiptoken", 0)
    length = _number(call, "$top", size or call.world.page_size)
    body: JsonObject = {"value": [show(item) for item in items[start : start + length]]}
    if start + length < len(items):
        kept = {name: value for name, value in call.query.items() if name not in {"$skiptoken", "api-version"}}
        body["nextLink"] = call.link(call.request.path, **kept, **{"$skipToken": str(start + length)})
    return answer(200, body)


def _lags(call: Call, arm_id: str) -> bool:
    found = call.world.store.get(arm_id)
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
