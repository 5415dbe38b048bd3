"""One daemon after another on one store, beside one sandbox, in virtual time: a process that dies, and the next one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from drd.api.authentication import Authentication
from drd.daemon.catalogue import Checks
from drd.daemon.discovery import checks
from drd.daemon.one_process import Guests
from drd.daemon.people import Known
from drd.daemon.virtual_time import VirtualClock
from drd.daemon.wiring import Installation, Surroundings, plug
from drd.domain.estate import ProtectedItem
from drd.reach.opening import called_reach
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.front import Front
from drd.sandbox.wire import Request
from drd.settings.loading import load_configuration
from drd.store.opening import Store, open_store
from proofs.stage import EPOCH, ROOT

_NOWHERE = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Life:
    """One process."""

    installation: Installation
    store: Store
    serving: "asyncio.Task[None]"


class Lives:
    """What outlives a process: the sandbox, the clock, and the store's file."""

    def __init__(self, place: Path) -> None:
        """Begin the world."""
        self.place = place
        self.clock = VirtualClock(EPOCH)
        self.sandbox = build_sandbox(clock=CalledClock(tell=self.clock.now), host=self.clock.now, spread=0)
        self.configuration = load_configuration(ROOT / "config" / "drd.yaml", {}, Checks(checks()))

    def item(self, name: str) -> ProtectedItem:
        """Give a protected item of the sample municipality."""
        tenants = self.configuration.services.tenants()
        return next(item for tenant in tenants for one in tenant.services for item in one.items if item.id == name)

    @contextlib.asynccontextmanager
    async def life(self, *, kill: bool) -> AsyncIterator[Life]:
        """Live, and end at once or drained."""
        store = await open_store(self.place, daemon="d-1", threads=False)
        installation = await plug(self.configuration, self._around(store))
        serving = asyncio.create_task(installation.engine.serve())
        confirming = asyncio.create_task(installation.confirm.serve())
        try:
            yield Life(installation, store, serving)
            if not kill:
                await installation.engine.drain()
                await serving
        finally:
            for task in (serving, confirming):
                task.cancel()
            await asyncio.wait({serving, confirming})
            await installation.close()
            await store.close()

    def _around(self, store: Store) -> Surroundings:
        front, allow = Front(self.sandbox.world), self.configuration.settings.file.checks.allow
        live, drill = Guests(front, drill=False), Guests(front, drill=True)
        return Surroundings(
            clock=self.clock,
            host=self.clock,
            reach=called_reach(live.ask, live.names, allow=allow),
            drill_reach=called_reach(drill.ask, drill.names, allow=allow),
            store=store,
            known=Known(Authentication(()), ()),
            metrics="",
            wire=self._wire,
            azure={
                "endpoint": _NOWHERE,
                "token-endpoint": f"{_NOWHERE}/msi/token",
                "identity-header": "sandbox-identity",
            },
        )

    async def _wire(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        lowered = {name.lower(): value for name, value in headers.items()}
        response = await self.sandbox.handle(Request(method=method, url=url, headers=lowered, body=body))
        return response.status, response.headers, response.body
