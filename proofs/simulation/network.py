"""The network between daemons and sandbox: requests travel in its own time, and arrive even when the sender died."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random

from drd.daemon.virtual_time import VirtualClock
from drd.sandbox.app import Sandbox
from drd.sandbox.wire import Request, Response
from proofs.simulation.loop import context_of

Answer = tuple[int, Mapping[str, str], bytes]
Wire = Callable[[str, str, Mapping[str, str], bytes], Awaitable[Answer]]

_QUIET = frozenset({"GET", "HEAD"})
_FASTEST, _SLOWEST = 0.005, 0.25
LATE_SECONDS = 30.0
"""How much later a late request arrives."""

REQUEST_LOST, REPLY_LOST, LATE = "request-lost", "reply-lost", "request-late"


@dataclass(slots=True, kw_only=True)
class Sent:
    """One change on its way.

    Attributes:
        life: of the daemon that sent it.
        held: which life held each run when it was sent, or held it last, and where the run's journal ended.
        number: of its entry in the sandbox's journal; 0 until it arrives.
    """

    life: str
    at: datetime
    request_id: str
    method: str
    path: str
    held: Mapping[str, tuple[str, int]]
    number: int = 0


class Network:
    """Carries requests. How long each takes is drawn from its own place in the order of requests."""

    def __init__(
        self, sandbox: Sandbox, clock: VirtualClock, *, seed: int, held: Callable[[], Mapping[str, tuple[str, int]]]
    ) -> None:
        """Lead to this sandbox; `held` tells who holds which run."""
        self._sandbox = sandbox
        self._clock = clock
        self._chance = Random(f"network {seed}")  # noqa: S311 - no secrets
        self._held = held
        self._context = context_of(None)
        self.sent: list[Sent] = []
        self.plans: dict[int, str] = {}
        """What happens to the n-th change, counted from 1."""
        self.leaves: dict[int, Callable[[str], None]] = {}
        """Told, with the sender's life, when the n-th change has just left."""
        self.told: Callable[[str], None] = lambda _text: None

    def wire(self, life: str) -> Wire:
        """Give the end that a daemon holds."""

        async def ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            reply: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            lowered = {name.lower(): value for name, value in headers.items()}
            self._post(life, Request(method=method, url=url, headers=lowered, body=body), reply)
            return await reply

        return ask

    def _post(self, life: str, request: Request, reply: "asyncio.Future[Answer]") -> None:
        out, back = (self._chance.uniform(_FASTEST, _SLOWEST) for _ in range(2))
        sent = None
        if request.method not in _QUIET:
            sent = Sent(
                life=life,
                at=self._clock.now(),
                request_id=request.headers.get("x-ms-client-request-id", ""),
                method=request.method,
                path=request.path,
                held=self._held(),
            )
            self.sent.append(sent)
        plan = self.plans.get(len(self.sent), "") if sent else ""
        if plan:
            self.told(f"{plan}: change {len(self.sent)}, {request.method} {request.path}")
        loop = asyncio.get_running_loop()
        if sent and len(self.sent) in self.leaves:
            loop.call_later(0, self.leaves.pop(len(self.sent)), life, context=self._context)
        if plan == REQUEST_LOST:
            loop.call_later(out, _lose, reply, context=self._context)
            return
        out += LATE_SECONDS if plan == LATE else 0.0
        loop.call_later(out, self._arrive, request, reply, sent, back, plan, context=self._context)

    def _arrive(
        self, request: Request, reply: "asyncio.Future[Answer]", sent: Sent | None, back: float, plan: str
    ) -> None:
        response = self._sandbox.answer(request)
        if sent:
            sent.number = len(self._sandbox.world.journal.entries)
        if response.hang:
            return
        work = _lose if plan == REPLY_LOST or response.reset else _give
        back += response.delay_seconds or 0.0
        asyncio.get_running_loop().call_later(back, work, reply, response, context=self._context)


def _give(reply: "asyncio.Future[Answer]", response: Response) -> None:
    if not reply.done():
        reply.set_result((response.status, response.headers, response.body))


def _lose(reply: "asyncio.Future[Answer]", _response: Response | None = None) -> None:
    if not reply.done():
        reply.set_exception(ConnectionResetError("the connection was reset"))
