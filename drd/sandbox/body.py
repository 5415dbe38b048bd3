"""Bodies are other people's data: read them with these, and a wrong type is a 400 with its place."""

from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.wire import JsonObject


def object_at(body: JsonObject, *path: str) -> JsonObject:
    """Return the object at a path; an absent or null one is empty.

    Raises:
        ArmError: 400, something else stands there.
    """
    found: JsonObject = body
    for depth, name in enumerate(path):
        inner = found.get(name)
        if inner is None:
            return {}
        if not isinstance(inner, dict):
            raise _wrong(path[: depth + 1], "an object")
        found = inner
    return found


def text_at(body: JsonObject, *path: str) -> str:
    """Return the text at a path; an absent or null one is empty.

    Raises:
        ArmError: 400, something else stands there.
    """
    found = object_at(body, *path[:-1]).get(path[-1])
    if found is None:
        return ""
    if not isinstance(found, str):
        raise _wrong(path, "a string")
    return found


def objects_at(body: JsonObject, *path: str) -> list[JsonObject]:
    """Return the list of objects at a path; an absent or null one is empty.

    Raises:
        ArmError: 400, something else stands there.
    """
    found = object_at(body, *path[:-1]).get(path[-1])
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _wrong(path, "a list of objects")
    return found


def texts_at(body: JsonObject, *path: str) -> list[str]:
    """Return the list of texts at a path; an absent or null one is empty.

    Raises:
        ArmError: 400, something else stands there.
    """
    found = object_at(body, *path[:-1]).get(path[-1])
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise _wrong(path, "a list of strings")
    return found


def tags_in(body: JsonObject) -> dict[str, str]:
    """Return the tags of a body.

    Raises:
        ArmError: 400, they are no map of texts.
    """
    found = object_at(body, "tags")
    if not all(isinstance(value, str) for value in found.values()):
        raise _wrong(("tags",), "a map of strings")
    return dict(found)


def _wrong(path: tuple[str, ...], wanted: str) -> ArmError:
    return bad_request(
        "InvalidRequestContent", f"The request content was invalid: '{'.'.join(path)}' must be {wanted}."
    )
