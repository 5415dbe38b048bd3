"""A whole installation in one process, beside a sandbox in the same process: for rehearsals under a virtual clock.

The same code as in the real world, with another clock and other wires: run it under a `VirtualTimeLoop`.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.api.authentication import Authentication
from drd.daemon.people import Known
from drd.daemon.virtual_time import VirtualClock
from drd.daemon.wiring import Installation, Surroundings, plug
from drd.domain.drill_seal import DrillSeal
from drd.ports.clock import Clock
from drd.ports.reach import HttpAnswer
from drd.reach.opening import called_reach
from drd.reach.rules import Target
from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.front import Front, Refusal
from drd.sandbox.wire import Request
from drd.settings.loading import Configuration
from drd.store.opening import Store, open_store

_IN_MEMORY = "sqlite://"
NOWHERE = "http://127.0.0.1:1"
"""Requests carry this address, and none leaves the process."""
AZURE = {"endpoint": NOWHERE, "token-endpoint": f"{NOWHERE}/msi/token", "identity-header": "sandbox-identity"}
"""What takes the place of the settings' own words about Azure."""
_CERTIFICATES = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneProcess:
    """An installation and its sandbox, the clock that both live by, and what both were plugged with."""

    installation: Installation
    store: Store
    sandbox: Sandbox
    clock: VirtualClock
    around: Surroundings


class Guests:
    """Asks the sandbox's guests by a plain call."""

    def __init__(self, front: Front, *, drill: bool, now: Callable[[], datetime] | None = None) -> None:
        self._front = front
        self._drill = drill
        self._now = now

    def ask(self, host: str, port: int, target: Target | None) -> HttpAnswer | str:
        """Give the answer to a question of a guest, or why there is none; no target only connects."""
        if target is None:
            reached = self._front.connect(host, port, drill=self._drill)
            return reached.reason if isinstance(reached, Refusal) else HttpAnswer(status=0)
        said = self._front.ask(host, port, tls=target.scheme == "https", path=target.path, drill=self._drill)
        if isinstance(said, Refusal):
            return said.reason
        # No connection, so no certificate: a guest that speaks TLS counts as one whose certificate is new.
        until = self._now() + _CERTIFICATES if target.scheme == "https" and self._now else None
        return HttpAnswer(status=said.status, body=said.body, headers=said.headers, certificate_until=until)

    def names(self, host: str) -> tuple[str, ...]:
        """Give the addresses of a name."""
        return self._front.resolve(host, drill=self._drill)


def around_a_sandbox(
    configuration: Configuration,
    front: Front,
    store: Store,
    *,
    clocks: tuple[Clock, Clock],
    now: Callable[[], datetime] | None,
) -> Surroundings:
    """Give what a daemon is plugged to whose guests and whose Azure are a sandbox in the same process.

    Args:
        configuration: settings, of which the sandbox's addresses take the place of Azure's.
        front: where guests are asked.
        store: the daemon's.
        clocks: the world's and the host's, as the daemon sees them.
        now: the guests' own time, by which their certificates count; None where they show none.
    """
    allow = configuration.settings.file.checks.allow
    live, drill = (Guests(front, drill=drill, now=now) for drill in (False, True))
    clock, host = clocks
    return Surroundings(
        clock=clock,
        host=host,
        reach=called_reach(live.ask, live.names, allow=allow),
        drill_reach=called_reach(drill.ask, drill.names, allow=allow),
        store=store,
        known=Known(Authentication(()), ()),
        metrics="",
        azure=AZURE,
    )


@contextlib.asynccontextmanager
async def one_process(
    configuration: Configuration,
    *,
    epoch: datetime,
    seed: int = 1,
    spread: float | None = None,
    seal: DrillSeal | None = None,
) -> AsyncIterator[OneProcess]:
    """Plug an installation to a sandbox in this process. The engine does not serve yet: `installation.engine.serve()`.

    Args:
        configuration: where it says how Azure and guests are reached, this process answers instead.
        epoch: the world's instant when the loop's time is zero.
        seed: decides everything that the sandbox would otherwise draw by chance.
        seal: seals the resource groups of drills.
        spread: share by which its durations differ from the recorded ones; 0 makes them exact.

    Raises:
        DrdError: what cannot be opened.
    """
    clock = VirtualClock(epoch)
    sandbox = build_sandbox(clock=CalledClock(tell=clock.now), seed=seed, host=clock.now, spread=spread)
    front = Front(sandbox.world)

    async def wire(
        method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        lowered = {name.lower(): value for name, value in headers.items()}
        response = await sandbox.handle(Request(method=method, url=url, headers=lowered, body=body))
        if response.delay_seconds:
            await clock.sleep(timedelta(seconds=response.delay_seconds))
        if response.hang:
            raise TimeoutError("the sandbox was told to say nothing")
        if response.reset:
            raise ConnectionResetError("the sandbox was told to break the connection")
        return response.status, response.headers, response.body

    store = await open_store(_IN_MEMORY, daemon="one-process", threads=False)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        around = around_a_sandbox(configuration, front, store, clocks=(clock, clock), now=clock.now)
        around = replace(around, wire=wire, seal=seal)
        installation = await plug(configuration, around)
        stack.push_async_callback(installation.close)
        yield OneProcess(installation=installation, store=store, sandbox=sandbox, clock=clock, around=around)
