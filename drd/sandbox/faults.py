"""Faults on order: an ARM error, nonsense or silence at a chosen call, before or after it was accepted."""

from dataclasses import dataclass, replace

from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.wire import JsonObject, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What to refuse: the next `count` matching calls after the first `skip`, with `status` and `code`.

    `after_accepting` lets the call take effect and spoils only the answer. `body` is answered as it stands instead of
    an error, whatever the status; `hang` answers nothing at all.
    """

    status: int
    code: str
    message: str
    method: str = ""
    path_contains: str = ""
    operation: str = ""
    retry_after: float | None = None
    count: int = 1
    skip: int = 0
    after_accepting: bool = False
    body: str | None = None
    hang: bool = False

    def matches(self, method: str, path: str, operation: str) -> bool:
        """Tell whether a call is meant."""
        return (
            (not self.method or self.method.upper() == method.upper())
            and self.path_contains.casefold() in path.casefold()
            and (not self.operation or self.operation.casefold() == operation.casefold())
        )

    def response(self) -> Response:
        """Return the answer that the caller gets."""
        if self.hang:
            return Response(status=504, hang=True)
        if self.body is not None:
            headers = {"content-type": "application/json; charset=utf-8"}
            return Response(status=self.status, headers=headers, body=self.body.encode())
        return ArmError(self.status, self.code, self.message, retry_after=self.retry_after).response()


class Faults:
    """The faults on order, oldest first."""

    def __init__(self) -> None:
        """Start with none."""
        self._ordered: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        self._ordered.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        self._ordered.clear()

    def take(self, method: str, path: str, operation: str) -> Fault | None:
        """Return the fault for this call and count it, or None."""
        for place, fault in enumerate(self._ordered):
            if not fault.matches(method, path, operation):
                continue
            if fault.skip:
                self._ordered[place] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.count <= 1:
                del self._ordered[place]
            else:
                self._ordered[place] = replace(fault, count=fault.count - 1)
            return fault
        return None

    def __len__(self) -> int:
        """Return how many are on order."""
        return len(self._ordered)


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
