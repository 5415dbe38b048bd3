"""How Azure Virtual Desktop answers: its dates, its members, its refusals and its pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from drd.sandbox.arm import parse_id
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response

PROVIDER = "Microsoft.DesktopVirtualization"
VERSIONS = ("2024-04-03",)
GROUP_SCOPE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + PROVIDER
SUBSCRIPTION_SCOPE = "/subscriptions/{subscription}/providers/" + PROVIDER


def ticks_text(instant: datetime) -> str:
    """Return an instant as this provider writes it: seven digits of a second, the ticks of its own platform."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def desktop_error(status: int, message: str, *, of: str) -> ArmError:
    """Return a refusal in the provider's own form: the status again as code, and an activity's id in the message."""
    return ArmError(status, str(status), f"ActivityId: {of} Error: {message}")


def resource_id(kind: str, asked: str) -> str:
    """Return the id of a tracked resource as this provider spells it: the type in lower case."""
    parts = parse_id(asked)
    scope = f"/subscriptions/{parts.subscription}/resourceGroups/{parts.group}/providers/{PROVIDER}"
    return f"{scope}/{kind}/{parts.name}"


def touched(call: Call, resource: Resource) -> Resource:
    """Return the resource with who changed it last, and when."""
    return resource.with_hidden(modified_at=call.now, modified_by=call.identity)


def kept(call: Call, resource: Resource) -> Resource:
    """Store a changed resource under the caller's name."""
    return call.keep(touched(call, resource))


def tracked_wire(resource: Resource) -> JsonObject:
    """Return the body of a resource that has a place and tags."""
    return {**resource.wire(), "tags": dict(resource.tags), "systemData": system_data(resource)}


def nested_wire(resource: Resource, *, name: str) -> JsonObject:
    """Return the body of a resource below another: it has no place, and its name holds those above it."""
    return {
        "name": name,
        "id": resource.id,
        "type": resource.type,
        "systemData": system_data(resource),
        "properties": dict(resource.properties),
    }


def system_data(resource: Resource) -> JsonObject:
    """Return who made a resource and who changed it last."""
    made_at = resource.created_at
    changed_at = resource.hidden.get("modified_at") or made_at
    changed_by = resource.hidden.get("modified_by") or resource.created_by
    return {
        "createdBy": resource.created_by,
        "createdByType": "Application",
        "createdAt": ticks_text(made_at) if made_at else None,
        "lastModifiedBy": changed_by,
        "lastModifiedByType": "Application",
        "lastModifiedAt": ticks_text(changed_at) if changed_at else None,
    }


def windowed(call: Call, items: Sequence[JsonObject]) -> Response:
    """Return a page by `pageSize`, `isDescending` and `initialSkip`, as the lists of this provider are asked for.

    Raises:
        ArmError: 400, a number is none.
    """
    size, skip = number(call, "pagesize", 0), number(call, "initialskip", 0)
    ordered = list(reversed(items)) if is_true(call, "isdescending") else list(items)
    return page(call, ordered[skip:], size=size or None)


def number(call: Call, name: str, default: int) -> int:
    """Return a number of the query.

    Raises:
        ArmError: 400, it is none.
    """
    text = call.query.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise desktop_error(400, f"The value '{text}' of {name} is not valid.", of=activity(call))
    return int(text)


def is_true(call: Call, name: str) -> bool:
    """Tell whether the query says true."""
    return call.query.get(name, "").lower() == "true"


def activity(call: Call) -> str:
    """Return the id under which the provider says that it worked on a call."""
    return call.request.headers.get("x-ms-correlation-request-id", "00000000-0000-0000-0000-000000000000")


def merged(resource: Resource, properties: JsonObject, allowed: Sequence[str]) -> Resource:
    """Return the resource with those of the body's properties that a PATCH may change."""
    return resource.with_properties(**{name: properties[name] for name in allowed if name in properties})


def retagged(resource: Resource, tags: dict[str, str] | None) -> Resource:
    """Return the resource with other tags, or as it is when none were sent."""
    return resource if tags is None else replace(resource, tags=tags)
