"""What the control addresses read out of a request, and the form of their handlers."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from drd.sandbox.errors import bad_request
from drd.sandbox.wire import JsonObject, Request, Response
from drd.sandbox.world import World

Control = Callable[[World, Request], Response]
"""Answers one control address; it may raise ArmError."""

Controls = Mapping[tuple[str, str], Control]
"""The addresses of one topic: method and path after `/_sandbox`, and who answers."""


_SPAN = re.compile(r"(\d{1,7})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_SECONDS = 10**9


def json_body(request: Request) -> JsonObject:
    """Return the body; an absent one is empty.

    Raises:
        ArmError: 400, it is no JSON object.
    """
    try:
        parsed = json.loads(request.body or b"{}")
    except ValueError as error:
        raise bad_request("InvalidRequestContent", f"The body is not JSON: {error}.") from error
    if not isinstance(parsed, dict):
        raise bad_request("InvalidRequestContent", "The body must be a JSON object.")
    return parsed


def region_in(body: JsonObject) -> str:
    """Return the member `region`.

    Raises:
        ArmError: 400, it is missing.
    """
    region = body.get("region")
    if not isinstance(region, str) or not region:
        raise bad_request("InvalidRegion", "The member 'region' is missing.")
    return region


def span_in(body: JsonObject, name: str) -> timedelta:
    """Return a span of time: seconds as a number, or `90s`, `15m`, `6h`, `2d`.

    Raises:
        ArmError: 400, it is no span, or a negative one.
    """
    found = body.get(name)
    if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found < _LONGEST_SECONDS:
        return timedelta(seconds=found)
    match = _SPAN.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        raise bad_request("InvalidSpan", f"'{name}' must be seconds or a text such as 15m, 6h or 2d, not '{found}'.")
    return timedelta(seconds=int(match.group(1)) * _SECONDS[match.group(2)])


def instant_in(body: JsonObject, name: str) -> datetime | None:
    """Return an instant, None when it is not said.

    Raises:
        ArmError: 400, it is no ISO 8601 instant with an offset.
    """
    text = body.get(name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise bad_request("InvalidInstant", f"'{name}' is no ISO 8601 instant: '{text}'.") from error
    if instant.tzinfo is None:
        raise bad_request("InvalidInstant", f"'{name}' has no offset: '{text}'.")
    return instant
