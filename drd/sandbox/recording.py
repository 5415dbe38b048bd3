"""What reached the world since it was planted, kept so that a snapshot can be replayed.

Whoever changes the world does so in answer to a request (of Azure or of the control addresses), to a question through
a front, or by the agenda; the first two are kept here, the third follows from them. So a part of the sandbox that
draws chances, empties a bucket or counts something down has nothing to do for snapshots, as long as it draws from the
seed, reckons with `world.now()`, never with the host's time, and is not called from outside a request.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drd.sandbox.wire import Request

ASK, CONNECT, TALK = "ask", "connect", "talk"
_KEPT = frozenset(
    {
        "authorization",
        "content-type",
        "if-match",
        "if-none-match",
        "metadata",
        "x-identity-header",
        "x-ms-client-request-id",
        "x-ms-correlation-request-id",
    }
)
"""The headers that an answer, the world or the journal may depend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that reached the world.

    Attributes:
        kind: `ask` a request, `connect` and `talk` questions to guests through a front.
        at: the world's instant. settled: up to which instant its effects had been applied before.
        host_at: the host's instant.
        method: of the request, or `drill` and `production` for a connection.
        target: the whole URL, or HOST:PORT, or HOST:PORT/PATH.
    """

    kind: str
    at: datetime
    settled: datetime
    host_at: datetime
    method: str
    target: str
    drill: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True, kw_only=True)
class Recording:
    """What reached the world, in order, since `planted_at`; `on` is false while it is replayed."""

    planted_at: datetime
    events: list[Event] = field(default_factory=list)
    on: bool = True

    def request(self, request: Request, *, at: datetime, settled: datetime, host_at: datetime) -> None:
        """Keep a request."""
        if not self.on:
            return
        self.events.append(
            Event(
                kind=ASK,
                at=at,
                settled=settled,
                host_at=host_at,
                method=request.method,
                target=request.url,
                headers={
                    sys.intern(name): sys.intern(value) for name, value in request.headers.items() if name in _KEPT
                },
                body=request.body,
            )
        )

    def question(self, kind: str, method: str, target: str, *, drill: bool, at: datetime, host_at: datetime) -> None:
        """Keep a question through a front."""
        if self.on:
            self.events.append(
                Event(kind=kind, at=at, settled=at, host_at=host_at, method=method, target=target, drill=drill)
            )
