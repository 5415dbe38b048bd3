"""The whole sandbox on loopback: Resource Manager, token endpoint, control addresses and the two fronts."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import ScaledClock, host_now, instant_text
from drd.sandbox.front import Front
from drd.sandbox.front_server import FrontServer
from drd.sandbox.identities import TOKEN_PATH
from drd.sandbox.server import HttpServer
from drd.sandbox.wire import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen, and how fast the world's time runs; port 0 takes a free one, no epoch means now."""

    port: int = 0
    front_port: int = 0
    drill_front_port: int = 0
    speed: float = 1.0
    epoch: datetime | None = None
    seed: int = 1
    spread: float | None = None
    page_size: int = 100
    identity_header: str = "sandbox-identity"


class LoopbackSandbox:
    """Starts and stops everything together."""

    def __init__(self, listening: Listening, *, host: Callable[[], datetime] = host_now) -> None:
        """Build the world; nothing listens yet."""
        self.clock = ScaledClock(epoch=listening.epoch or host(), speed=listening.speed, host=host)
        self.sandbox = build_sandbox(
            clock=self.clock,
            seed=listening.seed,
            host=host,
            spread=listening.spread,
            page_size=listening.page_size,
            identity_header=listening.identity_header,
        )
        self.front = Front(self.sandbox.world)
        self._server = HttpServer(self.sandbox.handle, port=listening.port)
        self._production = FrontServer(self.front, drill=False, port=listening.front_port)
        self._drill = FrontServer(self.front, drill=True, port=listening.drill_front_port)

    async def start(self) -> None:
        """Listen on all ports, or on none.

        Raises:
            OSError: a port is in use.
        """
        async with contextlib.AsyncExitStack() as undo:
            for server in (self._server, self._production, self._drill):
                await server.start()
                undo.push_async_callback(server.stop)
            undo.pop_all()

    async def stop(self) -> None:
        """Stop listening everywhere; twice is harmless."""
        for server in (self._drill, self._production, self._server):
            await server.stop()

    def facts(self) -> JsonObject:
        """Return what a client must know, as `drd sandbox start --json` prints it."""
        base = self._server.base_url
        return {
            "base-url": base,
            "token-endpoint": base + TOKEN_PATH,
            "identity-header": self.sandbox.world.identities.header,
            "front-url": self._production.url,
            "drill-front-url": self._drill.url,
            "ca-url": base + "/_sandbox/ca.pem",
            "clock": {"epoch": instant_text(self.clock.epoch), "speed": self.clock.speed},
        }


async def run_until_stopped(listening: Listening, *, announce: Callable[[JsonObject], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is told the facts once everything listens, default one JSON line.

    Raises:
        OSError: a port is in use.
    """
    loopback = LoopbackSandbox(listening)
    await loopback.start()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    (announce or _print_line)(loopback.facts())
    await stopped.wait()
    await loopback.stop()


def _print_line(facts: JsonObject) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
