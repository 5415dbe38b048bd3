"""The one place where answers and failures of Azure become drd's errors.

What decides is whether a change may have been accepted. Only where the answer, or the lack of a connection, proves that
it was not, the error is transient; where it was sent and nothing is known, it is ambiguous.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
)

from drd.domain.errors import (
    UNREADABLE,
    AmbiguousError,
    ConflictError,
    DrdError,
    ForbiddenError,
    NotFoundError,
    OperationFailedError,
    PermanentError,
    TransientError,
)
from drd.providers.azure.capacity_words import no_room_hint
from drd.providers.azure.instant import http_date

LONGEST_WAIT = timedelta(minutes=15)
"""What is asked for beyond this is not believed: a daemon must not sleep for a year because a header says so."""

_BUSY = frozenset({408, 500, 502, 503, 504})
_LOCKED = "scopelocked"
_LATER = frozenset(
    {"anotheroperationinprogress", "retryableerror", "retryableerrorduetoanotheroperation", "toomanyrequests"}
)
"""Refusals with 409 by which Azure says: not accepted, come back later."""
_GONE = frozenset({404, 410})
_WRONG_PLACE = frozenset({"subscriptionnotfound", "invalidsubscriptionid", "resourceprovidernotfound"})
"""Words with 404 that say nothing of the thing asked for."""
_ACTION = re.compile(r"perform action '([^']+)'")
_LONGEST_MESSAGE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What was being done, for the error's words; `changes` says whether it would have changed anything."""

    what: str
    target: str
    changes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is no success: status, code and message of its body, headers with names in lower case."""

    status: int
    code: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Say code and message in one line."""
        parts = [part for part in (self.code, " ".join(self.message.split())[:_LONGEST_MESSAGE]) if part]
        return ": ".join(parts) or f"HTTP {self.status}"


def read_refusal(status: int, headers: Mapping[str, str], text: str) -> Refusal:
    """Read a refusal's body in any of the shapes that Azure uses; a body that is no JSON becomes the message."""
    lowered = {name.lower(): value for name, value in headers.items()}
    code, message = read_error(parse_object(text))
    return Refusal(
        status=status,
        code=code or lowered.get("x-ms-error-code", ""),
        message=message or ("" if code else text.strip()),
        headers=lowered,
    )


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Parse a JSON object; an empty one for anything else."""
    try:
        parsed = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def read_error(body: Mapping[str, Any]) -> tuple[str, str]:
    """Give code and message of an error body: `{"error": {...}}`, or the same without the shell."""
    error = body.get("error", body)
    if not isinstance(error, Mapping):
        return "", str(error or "")
    return str(error.get("code") or ""), str(error.get("message") or "")


def of_exception(error: Exception, doing: Doing, now: datetime) -> DrdError:
    """Turn what the SDK raised into drd's error. The caller raises it from the SDK's."""
    if isinstance(error, DrdError):
        return error
    refusal = _refusal_of(error) if isinstance(error, HttpResponseError) else None
    if refusal is not None:
        return of_refusal(refusal, doing, now)
    if _never_sent(error):
        return TransientError(
            f"could not {doing.what}: no connection to Azure",
            target=doing.target,
            hint="nothing was sent; is the network up, and is the endpoint right?",
            code="no-connection",
        )
    return _lost(error, doing)


def of_refusal(refusal: Refusal, doing: Doing, now: datetime) -> DrdError:
    """Turn an answer that is no success into drd's error."""
    status, message = refusal.status, f"could not {doing.what}: {refusal.words}"
    later = status == HTTPStatus.CONFLICT and refusal.code.casefold() in _LATER
    if status == HTTPStatus.TOO_MANY_REQUESTS or later or (status in _BUSY and not doing.changes):
        wait = retry_after(refusal.headers, now)
        return TransientError(message, target=doing.target, hint=_busy_hint(refusal), retry_after=wait)
    if status in _BUSY:
        return AmbiguousError(
            message, target=doing.target, hint="Azure may have accepted it before it failed: look before acting again"
        )
    if status in _GONE:
        return _absent(refusal, message, doing)
    if refusal.code.casefold() == _LOCKED:
        hint = "somebody locked it; whoever did may unlock it"
        return PermanentError(message, target=doing.target, hint=hint, code="scope-locked")
    if status in {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}:
        return ConflictError(message, target=doing.target, hint=_conflict_hint(refusal))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ForbiddenError(message, target=doing.target, hint=_forbidden_hint(refusal))
    return PermanentError(message, target=doing.target, hint="Azure refused it; nothing was changed")


def _absent(refusal: Refusal, message: str, doing: Doing) -> DrdError:
    """Believe in absence only when Azure itself says it of the thing asked for: drills end on this word."""
    if refusal.code.casefold() in _WRONG_PLACE:
        return PermanentError(
            message, target=doing.target, hint="the identity does not see this subscription: check id and tenant"
        )
    if not refusal.code and not any(name.startswith("x-ms-") for name in refusal.headers):
        return PermanentError(
            message, target=doing.target, hint="this answer is not Azure's: check the endpoint, and proxies on the way"
        )
    return NotFoundError(
        message, target=doing.target, hint="Azure knows no such thing: was it removed, or is its id in the files wrong?"
    )


def operation_failed(body: Mapping[str, Any], doing: Doing, *, otherwise: str) -> OperationFailedError:
    """Build the error of an accepted operation that ended badly; its code is the service's own."""
    code, message = read_error(body) if body.get("error") else ("", "")
    words = ": ".join(part for part in (code, " ".join(message.split())[:_LONGEST_MESSAGE]) if part)
    return OperationFailedError(
        f"could not {doing.what}: {words or otherwise}",
        target=doing.target,
        hint=no_room_hint(code, message) or "Azure accepted it, tried, and gave up",
        code=code or otherwise,
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Read how long the other side asks us to wait, in seconds or as a date; None when it says nothing usable."""
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        wait = _seconds(lowered.get(name, ""), unit)
        if wait is not None:
            return min(wait, LONGEST_WAIT)
    date = http_date(lowered.get("retry-after", ""))
    return min(max(date - now, timedelta(0)), LONGEST_WAIT) if date else None


def _seconds(text: str, unit: float) -> timedelta | None:
    try:
        seconds = float(text) * unit
    except ValueError:
        return None
    if not 0 <= seconds < float("inf"):
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))


def _refusal_of(error: HttpResponseError) -> Refusal | None:
    """Read the refusal that the SDK raised; None when the answer was a success that could not be read."""
    response: Any = error.response
    if response is None or response.status_code < HTTPStatus.MULTIPLE_CHOICES:
        return None
    try:
        text = response.text()
    except (AzureError, ValueError, LookupError):
        text = ""
    return read_refusal(response.status_code, response.headers, text)


def _never_sent(error: Exception) -> bool:
    """Say whether no connection came about; the SDK does not tell, it calls a lost answer a request error too."""
    if isinstance(error, ServiceRequestTimeoutError | aiohttp.ClientConnectorError):
        return True
    if isinstance(error, ServiceRequestError):
        return isinstance(error.inner_exception, aiohttp.ClientConnectorError)
    return isinstance(error, ConnectionRefusedError)


def _lost(error: Exception, doing: Doing) -> DrdError:
    reason = " ".join(str(error).split())[:_LONGEST_MESSAGE] or type(error).__name__
    message = f"could not {doing.what}: the answer was lost or unreadable ({reason})"
    if doing.changes:
        return AmbiguousError(
            message, target=doing.target, hint="it may or may not have had its effect: look before acting again"
        )
    on_the_way = isinstance(error, AzureError | OSError | aiohttp.ClientError)
    code = "answer-lost" if on_the_way and not isinstance(error, HttpResponseError) else UNREADABLE
    return TransientError(message, target=doing.target, hint="only a question was asked", code=code)


def _busy_hint(refusal: Refusal) -> str:
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        return "Azure asks for fewer requests: retry when the wait that it named has passed"
    return "Azure is busy or broken and nothing was changed: retry, and look at Azure's own status if it stays so"


def _forbidden_hint(refusal: Refusal) -> str:
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        return "Azure did not accept the token; a retry fetches a new one: is the identity still there?"
    action = _ACTION.search(refusal.message)
    if action:
        return f"the identity lacks the action {action[1]}: add it to its role, or assign the role on this scope"
    return "the identity lacks a right on this scope: compare its role with what the runbook needs"


def _conflict_hint(refusal: Refusal) -> str:
    full = no_room_hint(refusal.code, refusal.message)
    if full:
        return full
    if refusal.code == "MissingSubscriptionRegistration":
        return "register the resource provider in the subscription; drd never does that by itself"
    if refusal.status == HTTPStatus.PRECONDITION_FAILED:
        return "somebody changed it meanwhile: read it again, then decide"
    return "it collides with the state it is in; nothing was changed"


def unreadable(why: str, doing: Doing) -> TransientError:
    """Say that an answer came and told nothing of what was asked."""
    return TransientError(
        f"could not {doing.what}: {why}",
        target=doing.target,
        hint="only a question was asked: retry; if it stays so, look at what stands between drd and Azure",
        code=UNREADABLE,
    )
