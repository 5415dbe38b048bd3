"""Long-running operations of Azure, followed by the addresses that were recorded when they were accepted.

The SDK's pollers are not used: they take a 202 without an address for a success, hide a success behind a last GET
that fails, and die with the process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.providers.azure.body import branch, percent, text
from drd.providers.azure.errors import Doing, operation_failed, parse_object, retry_after
from drd.providers.azure.instant import real_instant
from drd.providers.azure.rest import Reply, Rest
from drd.providers.azure.sending import Answered

_WELL = frozenset({"succeeded", "completed", "completedwithwarnings"})
_BADLY = frozenset({"failed", "canceled", "cancelled"})
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What belongs to a change that was sent, for its record."""

    kind: str
    target: str
    what: str
    request_id: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the status address told: the status, and the properties of its body."""

    status: Status
    properties: Mapping[str, Any] = field(default_factory=dict)


def recorded(sent: Sent, answered: Answered, now: datetime) -> Operation:
    """Make the record by which the operation can be followed, also in another process."""
    return Operation(
        kind=sent.kind,
        target=sent.target,
        started_at=now,
        request_id=sent.request_id,
        status_url=answered.status_url,
        location_url=answered.location_url,
        details={"what": sent.what, **sent.details},
    )


def is_done_at_once(answered: Answered) -> bool:
    """Say whether the answer itself ended the change.

    A 202 never does, also without an address to ask: the SDK would call that a success.
    """
    if answered.status == HTTPStatus.ACCEPTED or answered.status_url or answered.location_url:
        return False
    return text(answered.body, "properties", "provisioningState").casefold() in {"", "succeeded"}


class Operations:
    """Asks how operations stand, by address."""

    def __init__(self, *, rest: Rest, clock: Clock) -> None:
        """Take what asks."""
        self._rest = rest
        self._clock = clock

    async def follow(self, operation: Operation) -> Told | None:
        """Ask the recorded address; None when there is none that still knows, and the world must be read instead.

        Where both addresses are known only the status is asked: a last GET on Location can fail after a success.

        Raises:
            OperationFailedError: it ended badly; the code is the service's own.
        """
        doing = _doing(operation)
        if operation.status_url:
            reply = await self._rest.ask(operation.status_url, what=f"follow: {doing.what}", target=doing.target)
            if reply.status not in _GONE:
                return self._by_status(reply, doing)
        elif operation.location_url:
            reply = await self._rest.ask(operation.location_url, what=f"follow: {doing.what}", target=doing.target)
            if reply.status not in _GONE:
                return self._by_location(reply, doing)
        return None

    def _by_status(self, reply: Reply, doing: Doing) -> Told:
        if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise operation_failed(parse_object(reply.text), doing, otherwise=f"HTTP {reply.status}")
        body = reply.body
        word = str(body.get("status") or "").casefold()
        if word in _BADLY:
            raise operation_failed(body, doing, otherwise=str(body.get("status")))
        return Told(
            status=Status(
                finished=word in _WELL,
                started_at=real_instant(body.get("startTime")),
                ended_at=real_instant(body.get("endTime")) if word in _WELL else None,
                wait_seconds=self._wait(reply),
                progress_percent=percent(body, "percentComplete"),
            ),
            properties=branch(body, "properties"),
        )

    def _by_location(self, reply: Reply, doing: Doing) -> Told:
        if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise operation_failed(parse_object(reply.text), doing, otherwise=f"HTTP {reply.status}")
        finished = reply.status != HTTPStatus.ACCEPTED
        return Told(status=Status(finished=finished, wait_seconds=None if finished else self._wait(reply)))

    def _wait(self, reply: Reply) -> int | None:
        wait = retry_after(reply.headers, self._clock.now())
        return None if wait is None else max(1, round(wait.total_seconds()))


def _doing(operation: Operation) -> Doing:
    return Doing(what=operation.details.get("what", operation.kind), target=operation.target, changes=True)
