"""Reads bodies of Azure: every member may be missing, null, of another type, or a number where a word was meant."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from drd.domain.errors import PermanentError
from drd.domain.ids import ArmId

Body = Mapping[str, Any]
_EMPTY: Body = {}
_WHOLE_SHARE = 100
_LONGEST_SECONDS = 10**9


class Model(Protocol):
    """A model of the SDK's newer packages: a mapping that remembers what was on the wire."""

    def as_dict(self) -> dict[str, Any]:
        """Give the wire form."""
        ...


def plain(model: Model) -> Body:
    """Give a model's wire form; what the model does not know stays in it."""
    return model.as_dict()


def branch(body: Body, *path: str) -> Body:
    """Give the object at a path, empty when there is none."""
    for name in path:
        inner = body.get(name)
        if not isinstance(inner, Mapping):
            return _EMPTY
        body = inner
    return body


def value(body: Body, *path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Give what stands at a path, None when there is nothing."""
    return branch(body, *path[:-1]).get(path[-1])


def text(body: Body, *path: str) -> str:
    """Give the text at a path; a number as its text, nothing as an empty one."""
    found = value(body, *path)
    return "" if found is None or isinstance(found, Mapping | list) else str(found)


def texts(body: Body, *path: str) -> tuple[str, ...]:
    """Give the texts of the list at a path."""
    found = value(body, *path)
    return tuple(str(one) for one in found if one is not None) if isinstance(found, list) else ()


def bodies(body: Body, *path: str) -> tuple[Body, ...]:
    """Give the objects of the list at a path."""
    found = value(body, *path)
    return tuple(one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else ()


def whole(body: Body, *path: str) -> int | None:
    """Give the whole number at a path, also where it stands as text."""
    try:
        return int(text(body, *path))
    except ValueError:
        return None


def percent(body: Body, *path: str) -> int | None:
    """Give the share of a hundred at a path; None for what is none."""
    found = value(body, *path)
    return round(found) if isinstance(found, int | float) and 0 <= found <= _WHOLE_SHARE else None


def length(body: Body, *path: str) -> timedelta | None:
    """Give the length of time that stands at a path in seconds; None for what no clock could have measured."""
    seconds = whole(body, *path)
    return timedelta(seconds=seconds) if seconds is not None and 0 <= seconds <= _LONGEST_SECONDS else None


def enabled(body: Body, *path: str) -> bool | None:
    """Read Enabled and Disabled; None when neither is said."""
    return {"enabled": True, "disabled": False}.get(text(body, *path).casefold())


def arm_id(body: Body, *path: str) -> ArmId | None:
    """Give the ARM id at a path; None when there is none or it is none."""
    found = text(body, *path)
    try:
        return ArmId.parse(found) if found else None
    except PermanentError:
        return None


def tags(body: Body) -> dict[str, str]:
    """Give the tags."""
    return {str(name): str(tag) for name, tag in branch(body, "tags").items()}


_REQUEST = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def request_of(job: Body) -> str:
    """Give the request that a job of a vault says it was started by, in lower case; empty when it says none.

    The first id of its activity: Microsoft's own clients read it as the client's request id.
    """
    found = _REQUEST.match(text(job, "properties", "activityId").strip().casefold())
    return found.group() if found else ""
