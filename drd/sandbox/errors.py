"""Refusals in Azure's own form: `{"error": {"code", "message"}}`."""

from collections.abc import Mapping

from drd.sandbox.wire import JsonObject, Response, answer


class ArmError(Exception):
    """A refusal of Azure: HTTP status, code, message and, for some, a Retry-After in seconds of world time.

    `more` holds members that a few services add beside code and message, such as `details` and `innererror`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        """Keep what the answer will say."""
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def body(self) -> JsonObject:
        """Return the `error` member, as operations' status bodies hold it."""
        return {"code": self.code, "message": self.message, **self.more}

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the whole answer."""
        extra = {**self.headers, **(headers or {})}
        if self.retry_after is not None:
            extra["retry-after"] = f"{self.retry_after:g}"
        extra["x-ms-error-code"] = self.code
        return answer(self.status, {"error": self.body()}, extra)


def not_found(kind: str, name: str, group: str) -> ArmError:
    """Return the refusal of a resource that is not there."""
    return ArmError(
        404, "ResourceNotFound", f"The Resource '{kind}/{name}' under resource group '{group}' was not found."
    )


def conflict(code: str, message: str) -> ArmError:
    """Return a 409."""
    return ArmError(409, code, message)


def bad_request(code: str, message: str) -> ArmError:
    """Return a 400."""
    return ArmError(400, code, message)
