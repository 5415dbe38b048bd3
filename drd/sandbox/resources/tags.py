"""Tags at any scope: put replaces them, patch merges, replaces or takes away, delete takes all away."""

from collections.abc import Mapping
from dataclasses import replace

from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request
from drd.sandbox.resources.scopes import at_every_scope, require_scope
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

SUBSCRIPTION_TAGS = "Microsoft.Resources/tags"
_SUFFIX = "/providers/Microsoft.Resources/tags/default"
_SEGMENTS = 4
_MOST, _LONGEST_NAME, _LONGEST_VALUE = 50, 512, 256
_BAD = set("<>%&\\?/")


def get(call: Call) -> Response:
    """Answer the tags of a scope."""
    scope = require_scope(call, call.arm_id(drop=_SEGMENTS))
    holder = call.world.store.get(_holder_id(scope))
    return answer(200, _wire(scope, holder.tags if holder else {}))


def put(call: Call) -> Response:
    """Replace the tags of a scope."""
    return _kept(call, tags_in(object_at(call.body, "properties")))


def patch(call: Call) -> Response:
    """Merge, replace or take away tags, as `operation` says."""
    scope = require_scope(call, call.arm_id(drop=_SEGMENTS))
    holder = call.world.store.get(_holder_id(scope))
    held = dict(holder.tags) if holder else {}
    asked, operation = tags_in(object_at(call.body, "properties")), text_at(call.body, "operation")
    if operation == "Merge":
        names = {name.casefold() for name in asked}
        return _kept(call, {name: value for name, value in held.items() if name.casefold() not in names} | asked)
    if operation == "Replace":
        return _kept(call, asked)
    if operation == "Delete":
        gone = {(name.casefold(), value) for name, value in asked.items()}
        return _kept(call, {name: value for name, value in held.items() if (name.casefold(), value) not in gone})
    raise bad_request("InvalidTagsOperation", f"The operation '{operation}' must be Merge, Replace or Delete.")


def delete(call: Call) -> Response:
    """Take all tags of a scope away."""
    _kept(call, {})
    return answer(200)


def _kept(call: Call, tags: Mapping[str, str]) -> Response:
    _check(tags)
    scope = require_scope(call, call.arm_id(drop=_SEGMENTS))
    holder = call.world.store.get(_holder_id(scope))
    if holder is None:
        holder = Resource(id=_holder_id(scope), type=SUBSCRIPTION_TAGS, location="")
    call.keep(replace(holder, tags=dict(tags)))
    call.effect("tags.write", id=scope, tags=dict(tags))
    return answer(200, _wire(scope, tags))


def _check(tags: Mapping[str, str]) -> None:
    if len(tags) > _MOST:
        raise bad_request("TagLimitReached", f"The number of tags {len(tags)} is more than the allowed {_MOST}.")
    for name, value in tags.items():
        if not name or len(name) > _LONGEST_NAME or len(value) > _LONGEST_VALUE:
            raise bad_request("InvalidTagName", f"The tag '{name[:40]}' or its value is too long, or has no name.")
        if _BAD & set(name):
            raise bad_request(
                "InvalidTagNameCharacters", f"The tag name '{name}' has characters that are not allowed: <>%&\\?/"
            )


def _holder_id(scope: str) -> str:
    """Return the id of what holds a scope's tags: itself, but a subscription's are kept beside it."""
    is_subscription = len(scope.strip("/").split("/")) == 2  # noqa: PLR2004 - the two parts of a subscription id
    return scope + _SUFFIX if is_subscription else scope


def _wire(scope: str, tags: Mapping[str, str]) -> JsonObject:
    return {
        "id": scope + _SUFFIX,
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": dict(tags)},
    }


ROUTES: tuple[Route, ...] = tuple(
    at_every_scope(
        _SUFFIX,
        {"GET": get, "PUT": put, "PATCH": patch, "DELETE": delete},
        {
            "GET": "Microsoft.Resources/tags/read",
            "PUT": "Microsoft.Resources/tags/write",
            "PATCH": "Microsoft.Resources/tags/write",
            "DELETE": "Microsoft.Resources/tags/delete",
        },
    )
)
