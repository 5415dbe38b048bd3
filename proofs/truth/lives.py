"""Two daemons on one database in one process and under one virtual clock, each with the lease that lets it tell."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from drd.daemon.exporting import Exporting
from drd.daemon.one_process import OneProcess, around_a_sandbox
from drd.daemon.virtual_time import VirtualClock
from drd.daemon.wiring import Installation, Surroundings, plug
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.front import Front
from drd.settings.loading import Configuration
from drd.store.opening import DaemonWish, Store, open_beside, open_store
from drd.store.terms import LeaseTerms
from proofs.days.house import Tasks
from proofs.simulation.house import WrongClock
from proofs.simulation.network import Network
from proofs.stage import EPOCH, Stage

LEASE = timedelta(seconds=20)
"""As long as an installation's, where nobody says otherwise."""

_IN_MEMORY = "sqlite://"
_LOOK_SECONDS = 1.0


class Life:
    """One life of a daemon. Where it is cut off from the database, it goes on in every other way."""

    def __init__(self, name: str, stage: Stage, exporting: Exporting) -> None:
        """Take what was plugged together; nothing moves yet."""
        self.name = name
        self.stage = stage
        self.exporting = exporting
        self.gone = False
        self._tasks = Tasks()
        self._keeping: asyncio.Task[None] | None = None
        self._working: list[asyncio.Task[None]] = []

    @property
    def installation(self) -> Installation:
        """Give what serves."""
        return self.stage.world.installation

    async def serve(self) -> None:
        """Do what the daemon's process does."""
        await self.exporting.turn()
        self._keeping = self._tasks.begin(self._keep())
        self._working = [
            self._tasks.begin(work) for work in (self.installation.engine.serve(), self.installation.confirm.serve())
        ]

    def lose_its_lease(self) -> None:
        """Let what it asks about its lease stay without an answer from now on."""
        if self._keeping is not None:
            self._keeping.cancel()

    async def stop(self) -> None:
        """Stop as SIGTERM does."""
        await self.installation.engine.drain()
        await self.exporting.release()
        await self.crash()
        await self.stage.world.store.close()

    async def crash(self) -> None:
        """End where it stands: nothing is given back."""
        self.gone = True
        await self._tasks.end()
        await self.installation.close()

    async def page(self) -> str:
        """Give what a scrape is answered with; what is gone answers nothing."""
        if self.gone:
            return ""
        return (await self.installation.exporter.render("text/plain")).body.decode()

    async def _keep(self) -> None:
        while True:
            await self.exporting.rest()
            await self.exporting.turn()


class Lives:
    """The database, the world beside it, and the daemons that there are.

    Attributes:
        most: how many told of the estate at the same time, at most. silent: the longest time in which nobody did.
    """

    def __init__(self, configuration: Configuration, base: Store, *, seed: int) -> None:
        """Build the sandbox; no daemon yet."""
        self.clock = VirtualClock(EPOCH)
        self.sandbox = build_sandbox(
            clock=CalledClock(tell=self.clock.now), seed=seed, host=self.clock.now, spread=None
        )
        self.all: list[Life] = []
        self.most = 0
        self.silent = 0.0
        self._configuration = configuration
        self._base = base
        self._network = Network(self.sandbox, self.clock, seed=seed, held=dict)
        self._clocks: dict[str, WrongClock] = {}

    @classmethod
    async def build(cls, configuration: Configuration, *, seed: int) -> "Lives":
        """Open a database in memory that daemons share."""
        loop = asyncio.get_running_loop()
        Tasks.watch(loop)
        terms = DaemonWish(terms=LeaseTerms.of(LEASE))
        base = await open_store(_IN_MEMORY, daemon="nobody", threads=False, host=loop.time, wish=terms)
        await base.daemons.leave()
        return cls(configuration, base, seed=seed)

    async def start(self, name: str) -> Life:
        """Start a daemon where none of this name lives; waits for a lease that one of its name left."""
        loop = asyncio.get_running_loop()
        store = await open_beside(self._base, daemon=name, host=loop.time)
        exporting = Exporting(store.lease, holder=name, length=LEASE, seconds=loop.time, clock=self.clock)
        around = self._around(name, store, exporting)
        world = OneProcess(
            installation=await plug(self._configuration, around),
            store=store,
            sandbox=self.sandbox,
            clock=self.clock,
            around=around,
        )
        life = Life(name, Stage(world, confirms=True), exporting)
        self.all.append(life)
        await life.serve()
        return life

    def wrong(self, name: str, by: timedelta) -> None:
        """Let the clock of a daemon's host be wrong by so much; nothing for right."""
        self._clocks[name].wrong_by = by

    def telling(self) -> list[Life]:
        """Give those who tell of the estate now."""
        return [life for life in self.all if not life.gone and life.exporting.holds]

    async def watch(self) -> None:
        """Look each second who tells, until cancelled."""
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while True:
            count = len(self.telling())
            self.most = max(self.most, count)
            heard = loop.time() if count else heard
            self.silent = max(self.silent, loop.time() - heard)
            await asyncio.sleep(_LOOK_SECONDS)

    async def close(self) -> None:
        """End everybody."""
        for life in self.all:
            if not life.gone:
                await life.crash()
        await self._base.close()

    def _around(self, name: str, store: Store, exporting: Exporting) -> Surroundings:
        seen = self._clocks.setdefault(name, WrongClock(self.clock))
        front, now = Front(self.sandbox.world), self.clock.now
        around = around_a_sandbox(self._configuration, front, store, clocks=(seen, self.clock), now=now)
        return replace(around, wire=self._network.wire(name), exports_domain=lambda: exporting.holds)
