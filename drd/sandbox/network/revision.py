"""ETags of network resources: weak, and another one as soon as anything on the wire is another."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drd.sandbox.call import Call
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject


def etag_of(*parts: object) -> str:
    """Return the weak ETag of what these parts say, as Microsoft.Network writes it: `W/"guid"`."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).digest()
    return f'W/"{uuid.UUID(bytes=digest[:16], version=4)}"'


def revision_of(resource: Resource) -> str:
    """Return the ETag of a resource as it stands."""
    return etag_of(resource.id, resource.properties, dict(resource.tags))


def wire(resource: Resource, **members: object) -> JsonObject:
    """Return the body that a GET answers, with its ETag; `members` are computed properties."""
    shown = resource.with_properties(**members) if members else resource
    return {**shown.wire(), "etag": revision_of(resource)}


def nested(*, id: str, kind: str, properties: Mapping[str, Any]) -> JsonObject:  # noqa: A002 - ARM's word
    """Return a resource inside another one's body, such as a subnet, with an ETag of its own."""
    return {
        "name": id.rsplit("/", 1)[-1],
        "id": id,
        "etag": etag_of(id, properties),
        "type": kind,
        "properties": dict(properties),
    }


def check_match(call: Call, current: Resource | None) -> None:
    """Hold the call's If-Match and If-None-Match against a network resource.

    Raises:
        ArmError: 412 `PreconditionFailed`.
    """
    call.check_match(None if current is None else replace(current, etag=revision_of(current)))
