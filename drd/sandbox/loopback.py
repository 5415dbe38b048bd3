"""The whole sandbox on loopback: Resource Manager, token endpoint, control addresses and the two fronts."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drd.document import Refused
from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox, restore_sandbox
from drd.sandbox.clock import ScaledClock, host_now, instant_text
from drd.sandbox.estate.file import read_estate
from drd.sandbox.front import Front
from drd.sandbox.front_server import FrontServer
from drd.sandbox.identities import TOKEN_PATH
from drd.sandbox.limits import Limits
from drd.sandbox.server import LOOPBACK, HttpServer
from drd.sandbox.snapshot import SnapshotError, read_snapshot
from drd.sandbox.wire import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen, and what to serve.

    Port 0 takes a free one; no epoch means now; no estate means the sample's; no limits mean the documented ones. What
    is restored from a snapshot keeps its own seed, estate, limits, hurry and speed. `hurry`: how many times as soon as
    recorded operations end. With `tls` the plain address stays for control.
    """

    port: int = 0
    front_port: int = 0
    drill_front_port: int = 0
    speed: float = 1.0
    epoch: datetime | None = None
    seed: int = 1
    spread: float | None = None
    hurry: float = 1.0
    page_size: int = 100
    identity_header: str = "sandbox-identity"
    estate: Path | None = None
    restore: Path | None = None
    limits: Limits | None = None
    tls: bool = False


class UnusableFileError(Exception):
    """A file that no world can be built from; the text says what is wrong with it, and where."""


class LoopbackSandbox:
    """Starts and stops everything together."""

    def __init__(self, listening: Listening, *, host: Callable[[], datetime] = host_now) -> None:
        """Build the world; nothing listens yet.

        Raises:
            UnusableFileError: the estate or the snapshot cannot be used.
        """
        clock = ScaledClock(epoch=listening.epoch or host(), speed=listening.speed, host=host)
        try:
            self.sandbox = _restored(listening.restore, clock, host) if listening.restore else _built(listening, clock)
        except Refused as refused:
            raise UnusableFileError(refused.rendered()) from refused
        except SnapshotError as error:
            raise UnusableFileError(f"{listening.restore}: {error}") from error
        world = self.sandbox.world
        self.front = Front(world)
        context = world.authority.context_by_name(LOOPBACK) if listening.tls else None
        self._server = HttpServer(self.sandbox.handle, port=listening.port, tls=context)
        self._control = HttpServer(self.sandbox.handle) if listening.tls else self._server
        self._production = FrontServer(self.front, drill=False, port=listening.front_port)
        self._drill = FrontServer(self.front, drill=True, port=listening.drill_front_port)

    async def start(self) -> None:
        """Listen on all ports, or on none.

        Raises:
            OSError: a port is in use.
        """
        async with contextlib.AsyncExitStack() as undo:
            for server in self._servers():
                await server.start()
                undo.push_async_callback(server.stop)
            undo.pop_all()

    async def stop(self) -> None:
        """Stop listening everywhere; twice is harmless."""
        for server in reversed(self._servers()):
            await server.stop()

    def _servers(self) -> list[HttpServer | FrontServer]:
        own = [self._server] if self._control is self._server else [self._server, self._control]
        return [*own, self._production, self._drill]

    def facts(self) -> JsonObject:
        """Return what a client must know, as `drd sandbox start --json` prints it."""
        base, control = self._server.base_url, self._control.base_url
        world = self.sandbox.world
        epoch = world.clock.epoch
        return {
            "base-url": base,
            "token-endpoint": base + TOKEN_PATH,
            "identity-header": world.identities.header,
            "front-url": self._production.url,
            "drill-front-url": self._drill.url,
            "control-url": control,
            "ca-url": control + "/_sandbox/ca.pem",
            "clock": {"epoch": instant_text(epoch) if epoch else None, "speed": world.clock.speed},
        }


def _built(listening: Listening, clock: ScaledClock) -> Sandbox:
    return build_sandbox(
        clock=clock,
        seed=listening.seed,
        host=clock.host,
        spread=listening.spread,
        hurry=listening.hurry,
        page_size=listening.page_size,
        identity_header=listening.identity_header,
        estate=read_estate(listening.estate) if listening.estate else None,
        limits=listening.limits,
    )


def _restored(path: Path, clock: ScaledClock, host: Callable[[], datetime]) -> Sandbox:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the file cannot be read: {getattr(error, 'strerror', None) or 'it is not ASCII'}"
        raise SnapshotError(message) from error
    return restore_sandbox(read_snapshot(text), clock=clock, host=host)


async def run_until_stopped(listening: Listening, *, announce: Callable[[JsonObject], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is told the facts once everything listens, default one JSON line.

    Raises:
        OSError: a port is in use.
        UnusableFileError: the estate or the snapshot cannot be used.
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
