"""Reads a fault from the body of a control request."""

from drd.sandbox.errors import bad_request
from drd.sandbox.faults.fault import Fault
from drd.sandbox.wire import JsonObject


def read_fault(body: JsonObject) -> Fault:
    """Return the fault that a control request describes.

    Raises:
        ArmError: 400, a member is unknown.
    """
    known = {
        "method", "path-contains", "operation", "status", "code", "message",
        "retry-after", "count", "skip", "after-accepting", "body", "hang",
    }  # fmt: skip
    unknown = sorted(set(body) - known)
    if unknown:
        raise bad_request("InvalidFault", f"Unknown members {unknown}; known are {sorted(known)}.")
    retry_after = body.get("retry-after")
    return Fault(
        status=int(body.get("status", 500)),
        code=str(body.get("code", "InternalServerError")),
        message=str(body.get("message", "A fault was ordered for this call.")),
        method=str(body.get("method", "")),
        path_contains=str(body.get("path-contains", "")),
        operation=str(body.get("operation", "")),
        retry_after=float(retry_after) if retry_after is not None else None,
        count=int(body.get("count", 1)),
        skip=int(body.get("skip", 0)),
        after_accepting=bool(body.get("after-accepting", False)),
        body=str(body["body"]) if "body" in body else None,
        hang=bool(body.get("hang", False)),
    )
