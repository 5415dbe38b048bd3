"""Long-running operations of Azure, followed by the addresses that were recorded when they were accepted.

The SDK's pollers are not used: they take a 202 without an address for a success, hide a success behind a last GET
that fails, and die with the process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

import structlog

from drd.domain.errors import RefusedError
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.providers.azure.body import branch, percent, text
from drd.providers.azure.errors import (
    Doing,
    operation_failed,
    parse_object,
    read_refusal,
    retry_after,
    unreadable,
)
from drd.providers.azure.instant import real_instant
from drd.providers.azure.rest import Reply, Rest
from drd.providers.azure.sending import Answered

_log = structlog.get_logger(__name__)

_WELL = frozenset({"succeeded", "completed", "completedwithwarnings"})
_BADLY = frozenset({"failed", "canceled", "cancelled"})
_GONE = frozenset({404, 410})
_WORKING = frozenset({"accepted", "creating", "updating", "deleting", "migrating", "running", "provisioning"})


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
        details={"what": sent.what, **sent.details, **answered.known_as},
    )


def is_done_at_once(answered: Answered) -> bool:
    """Say whether the answer itself ended the change.

    A 202 never does, also without an address to ask: the SDK would call that a success.
    """
    if answered.status == HTTPStatus.ACCEPTED or answered.status_url or answered.location_url:
        return False
    return text(answered.body, "properties", "provisioningState").casefold() in {"", "succeeded"}


def at_work(state: str) -> bool:
    """Say whether a resource's state tells that something works on it."""
    return state.casefold() in _WORKING


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
        url = operation.status_url or operation.location_url
        if not url:
            return None
        try:
            reply = await self._rest.ask(url, what=f"follow: {doing.what}", target=doing.target)
        except RefusedError:
            # An address that leads away from Azure says nothing of the operation, which was accepted all the same.
            _log.warning("address of an operation refused, the world is read instead", target=doing.target)
            return None
        if reply.status in _GONE:
            return None
        return self._by_status(reply, doing) if operation.status_url else self._by_location(reply, doing)

    def _by_status(self, reply: Reply, doing: Doing) -> Told:
        """Read the status. Only its own word ends an operation: a refusal of the question says nothing of it."""
        body = reply.body or parse_object(reply.text)
        word = str(body.get("status") or "").casefold()
        if word in _BADLY:
            raise operation_failed(body, doing, otherwise=str(body.get("status")))
        if not word or reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise unreadable(f"the answer has no status: {read_refusal(reply.status, {}, reply.text).words}", doing)
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
        """Read what stands at Location: an error of Azure's own there is the operation's, and ends it."""
        if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            refusal = read_refusal(reply.status, reply.headers, reply.text)
            if not refusal.code or reply.status < HTTPStatus.BAD_REQUEST:
                raise unreadable(f"the answer tells nothing: {refusal.words}", doing)
            raise operation_failed(parse_object(reply.text), doing, otherwise=f"HTTP {reply.status}")
        if reply.body.get("error"):
            raise operation_failed(reply.body, doing, otherwise="an error")
        finished = reply.status != HTTPStatus.ACCEPTED
        return Told(status=Status(finished=finished, wait_seconds=None if finished else self._wait(reply)))

    def _wait(self, reply: Reply) -> int | None:
        wait = retry_after(reply.headers, self._clock.now())
        return None if wait is None else max(1, round(wait.total_seconds()))


def _doing(operation: Operation) -> Doing:
    return Doing(what=operation.details.get("what", operation.kind), target=operation.target, changes=True)
