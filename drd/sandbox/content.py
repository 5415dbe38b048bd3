"""What a request carries: JSON, of a size that Resource Manager takes, and nothing else."""

import json

from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.wire import JsonObject, Request

LARGEST = 4 * 1024 * 1024
"""Bytes that Resource Manager takes in one request: documented as 4 MB."""

_JSON = ("application/json", "text/json")


def content_of(request: Request) -> JsonObject:
    """Return the body of a request, empty when there is none. A content type is checked where one is named.

    Raises:
        ArmError: 413 too large, 415 not JSON by its header, 400 not a JSON object.
    """
    if not request.body.strip():
        return {}
    if len(request.body) > LARGEST:
        message = f"The request content size exceeds the maximum size of {LARGEST // 1024 // 1024} MB."
        raise ArmError(413, "RequestContentTooLarge", message)
    kind = request.headers.get("content-type", _JSON[0]).partition(";")[0].strip().casefold()
    if kind not in _JSON and not kind.endswith("+json"):
        message = f"The content media type '{kind}' is not supported. Only 'application/json' is supported."
        raise ArmError(415, "UnsupportedMediaType", message)
    try:
        parsed = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        message = f"The request content was invalid and could not be deserialized: '{error}'."
        raise bad_request("InvalidRequestContent", message) from error
    if not isinstance(parsed, dict):
        message = "The request content was invalid and could not be deserialized: it must be a JSON object."
        raise bad_request("InvalidRequestContent", message)
    return parsed
