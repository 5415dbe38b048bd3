"""The house: one sandbox, one folder on disk, and a daemon on them that is stopped, killed and started again."""

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from weakref import WeakSet

from drd.daemon.one_process import NOWHERE, around_a_sandbox
from drd.daemon.virtual_time import VirtualClock
from drd.daemon.wiring import Installation, Surroundings, plug
from drd.domain.drill_seal import DrillSeal
from drd.domain.errors import DrdError
from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.estate.file import Estate, parse_estate
from drd.sandbox.front import Front
from drd.sandbox.wire import Request
from drd.settings.loading import Configuration
from drd.store.commit import Commit
from drd.store.opening import Keeping, Store, open_store
from drd.store.upkeep import UpkeepTerms
from proofs.simulation.database import StormyHands, Weather
from proofs.simulation.house import WrongClock, village
from proofs.simulation.network import Network
from proofs.stage import sample_configuration

EPOCH = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
"""The clocks change on the 25th, and the freezes of November's holidays lie within thirty days."""

TICK = timedelta(seconds=30)
"""How often the calendar is looked at. A real daemon looks each second; a slot is on time within a minute."""
_RENEW, _CHANGES, _UPKEEP, _SCRAPE = (timedelta(minutes=each) for each in (5, 10, 30, 180))
_NAME = "days"
SEAL = DrillSeal(b"only the daemon and the reaper know this key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the days pass: settings and catalogue, and what stands in the subscription; None for the sample's."""

    configuration: Configuration
    estate: Estate | None = None


def whole_estate() -> Place:
    """Give the sample municipality, as it ships."""
    return Place(configuration=sample_configuration())


def small_village() -> Place:
    """Give the village, with the schedules of the sample municipality: a day of it costs a tenth."""
    configuration, estate, _ = village()
    shipped = sample_configuration().settings.calendar
    settings = replace(configuration.settings, calendar=shipped)
    with_a_reaper = estate.text.replace("\nsecurity-groups:\n", f"{_REAPER}\nsecurity-groups:\n")
    return Place(
        configuration=replace(configuration, settings=settings), estate=parse_estate(with_a_reaper, estate.name)
    )


_REAPER = """\
  - name: drd-reaper
    client-id: 00000000-0000-0000-0000-0000000000a3
    object-id: 00000000-0000-0000-0000-0000000000b3
    roles: [{role: reaper}]
"""
"""Simulations need none, so the village has none of its own."""


class Tasks:
    """Which tasks belong to whom, so that a daemon can be ended wherever its tasks stand."""

    _WHOSE: ContextVar["Tasks | None"] = ContextVar("whose", default=None)

    def __init__(self) -> None:
        """Begin with none."""
        self._all: WeakSet[asyncio.Task[Any]] = WeakSet()

    @classmethod
    def watch(cls, loop: asyncio.AbstractEventLoop) -> None:
        """Note each task that begins from now on."""

        def made(loop: asyncio.AbstractEventLoop, work: Any, **given: Any) -> "asyncio.Task[Any]":  # noqa: ANN401 - as asyncio hands it on
            task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **given)
            whose = cls._WHOSE.get()
            if whose is not None:
                whose.note(task)
            return task

        loop.set_task_factory(made)

    def note(self, task: "asyncio.Task[Any]") -> None:
        """Count a task with the others."""
        self._all.add(task)

    def begin(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Begin a task; what it begins is counted with it."""
        token = self._WHOSE.set(self)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            self._WHOSE.reset(token)

    async def end(self) -> None:
        """End all of them where they stand."""
        while pending := [task for task in self._all if not task.done()]:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)


class Daemon:
    """One life of the daemon."""

    def __init__(self, house: "House", store: Store, installation: Installation) -> None:
        """Take what was opened; nothing moves yet."""
        self.store = store
        self.installation = installation
        self._house = house
        self._tasks = Tasks()
        self._moving: asyncio.Task[Any] | None = None
        self._at_work: list[asyncio.Task[Any]] = []

    def serve(self) -> None:
        """Do what the daemon's process does, at a virtual pace."""
        all_day = self.installation
        self._moving = self._tasks.begin(all_day.engine.serve())
        works = (
            self._tick(),
            self._look(),
            self._keep_up(),
            self._scraped(),
            self._hold_leases(),
            all_day.evidence.serve(),
            all_day.proofs.record.serve(),
            all_day.confirm.serve(),
        )
        self._at_work = [self._tasks.begin(work) for work in works]

    async def stop(self) -> None:
        """Stop as SIGTERM does."""
        await self.installation.ticker.stop()
        await self.installation.engine.drain()
        if self._moving is not None:
            await self._moving
        await self.crash()

    async def crash(self) -> None:
        """End where it stands: nobody drains, no slot is ended, no run is given back."""
        await self._tasks.end()
        await self.installation.close()
        await self.store.close()

    async def _tick(self) -> None:
        while True:
            # Within this task, so that what it begins belongs to this life.
            await self.installation.ticker.tick()
            await self._house.clock.sleep(TICK)

    async def _look(self) -> None:
        with contextlib.suppress(DrdError):
            await self.installation.collect()
        while True:
            with contextlib.suppress(DrdError):
                await self.installation.readiness.if_changed()
            await self._house.clock.sleep(_CHANGES)

    async def _keep_up(self) -> None:
        upkeep = self.store.upkeep(
            UpkeepTerms(snapshots=self._house.folder / "copies", archives=self._house.folder / "archives")
        )
        while True:
            await self._house.clock.sleep(_UPKEEP)
            await upkeep.turn(self._house.clock.now())

    async def _scraped(self) -> None:
        while True:
            await self._house.clock.sleep(_SCRAPE)
            await self.installation.exporter.render("text/plain")

    async def _hold_leases(self) -> None:
        while True:
            with contextlib.suppress(DrdError):
                await self.store.lease.hold("exporter", holder=_NAME, length=2 * _RENEW)
            await self._house.clock.sleep(_RENEW)


class House:
    """Everything of one play. Belongs to one loop."""

    def __init__(self, place: "Place", folder: Path, *, seed: int) -> None:
        """Build the sandbox; no daemon yet."""
        self.folder = folder
        self.clock = VirtualClock(EPOCH)
        self.host_clock = WrongClock(self.clock)
        self.sandbox: Sandbox = build_sandbox(
            clock=CalledClock(tell=self.clock.now), seed=seed, host=self.clock.now, spread=None, estate=place.estate
        )
        self.weather = Weather()
        self.network = Network(self.sandbox, self.clock, seed=seed, held=dict)
        self.configuration = place.configuration
        self.daemon: Daemon | None = None
        self.lives = 0

    async def start(self) -> None:
        """Start the daemon where none lives."""
        store = await open_store(
            self.folder / "store", daemon=_NAME, threads=False, keeping=Keeping(snapshots=self.folder / "copies")
        )
        hands = StormyHands(Commit(store._house.database), self.weather, _NAME)  # noqa: SLF001 - where troubles come in
        store._desk._hands = hands  # noqa: SLF001 - as above
        self.daemon = Daemon(self, store, await plug(self.configuration, self.around(store)))
        self.lives += 1
        self.daemon.serve()

    async def end(self, *, drained: bool) -> None:
        """Stop the daemon, or end it where it stands."""
        gone, self.daemon = self.daemon, None
        if gone is not None:
            await (gone.stop() if drained else gone.crash())

    def around(self, store: Store) -> Surroundings:
        """Give what the daemon is plugged to."""
        front, clocks = Front(self.sandbox.world), (self.host_clock, self.clock)
        around = around_a_sandbox(self.configuration, front, store, clocks=clocks, now=self.clock.now)
        return replace(around, wire=self.network.wire(_NAME), seal=SEAL)

    def control(self, path: str, body: dict[str, Any]) -> None:
        """Use the sandbox's control addresses."""
        url = f"{NOWHERE}/_sandbox/{path}"
        self.sandbox.answer(Request(method="POST", url=url, headers={}, body=json.dumps(body).encode()))

    def resources(self) -> set[str]:
        """Give the ids of all resources of the sandbox. Jobs are history, and stay."""
        ids = (one.id.casefold() for one in self.sandbox.world.store.each())
        return {each for each in ids if "jobs/" not in each}

    def forget(self) -> int:
        """Let the world forget what was asked so far, which only tests want to know; gives how many requests."""
        count = len(self.sandbox.world.journal.entries)
        self.sandbox.world.journal.entries.clear()
        self.sandbox.world.recording.events.clear()
        self.network.sent.clear()
        return count
