"""Plays the days, and judges them."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from drd.daemon.one_process import AZURE
from drd.daemon.reaper import reaper_of
from drd.daemon.virtual_time import VirtualTimeLoop
from drd.operations.reap import Reap
from drd.ports.journal import RunFilter
from proofs.days.faults import Trouble, befall, trouble_of
from proofs.days.house import EPOCH, SEAL, House, Place, Tasks, whole_estate
from proofs.days.measure import Measured, measure
from proofs.days.people import People
from proofs.days.slots import wrong

DAY = timedelta(days=1)
_LOOK, _REAP = timedelta(minutes=15), timedelta(hours=2)
_ROUND_OFF = timedelta(hours=14)
"""How long it may take after the last day until everything is over and nothing is left."""
_QUIET = timedelta(minutes=30)
_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTold:
    """One day. `lives`: a daemon is there at its end. `seconds` of CPU; `requests` that reached Azure."""

    number: int
    trouble: Trouble
    lives: bool
    measured: Measured
    requests: int
    seconds: float

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"day {self.number}: {self.trouble}; {self.measured}; {self.requests} requests; {self.seconds:.0f} s of CPU"
        )


@dataclass(slots=True, kw_only=True)
class Played:
    """How the days went.

    Attributes:
        bad: promises that were broken, one a line.
        slots: of all schedules, by how they ended.
        runs: by how they ended.
    """

    days: list[DayTold] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    slots: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    lives: int = 0
    helped: int = 0
    cancelled: int = 0
    reaped: int = 0


def play(count: int, folder: Path, *, place: Place | None = None, seed: int = 1) -> Iterator[DayTold | Played]:
    """Play so many days in a folder; gives each as it ends, and at last how all went."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, _quiet():
        Tasks.watch(runner.get_loop())
        days = _Days(place or whole_estate(), folder, seed=seed)
        runner.run(days.begin())
        for number in range(count):
            yield runner.run(days.day(number))
        yield runner.run(days.end())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(processors=[_dropped])
    try:
        yield
    finally:
        structlog.configure(**before)


def _dropped(_logger: object, _method: str, _event: object) -> str:
    raise structlog.DropEvent


class _Days:
    """All days, from an empty folder to their judgement."""

    def __init__(self, place: Place, folder: Path, *, seed: int) -> None:
        self._seed = seed
        self._house = House(place, folder, seed=seed)
        self._people = People(self._house)
        self._before = self._house.resources()
        self._errands: list[asyncio.Task[None]] = []
        self._told = Played()
        self._begun: datetime = EPOCH

    async def begin(self) -> None:
        await self._house.start()
        self._begun = self._house.clock.now()

    async def day(self, number: int) -> DayTold:
        """Let a day pass."""
        began, house = time.process_time(), self._house
        trouble = trouble_of(number, seed=self._seed)
        self._errands = [each for each in self._errands if not each.done()]
        self._errands.append(asyncio.get_running_loop().create_task(self._befall(trouble)))
        async with self._reaper() as reaper:
            await self._pass(EPOCH + (number + 1) * DAY, reaper)
        for errand in self._errands:
            if errand.done():
                errand.result()
        told = DayTold(
            number=number + 1,
            trouble=trouble,
            lives=house.daemon is not None,
            measured=measure(house.daemon, house.folder),
            requests=house.forget(),
            seconds=time.process_time() - began,
        )
        self._told.days.append(told)
        return told

    async def _befall(self, trouble: Trouble) -> None:
        await self._house.clock.sleep(trouble.at)
        await befall(self._house, trouble)

    async def _pass(self, until: datetime, reaper: Reap) -> None:
        clock, reap_at = self._house.clock, self._house.clock.now() + _REAP
        while clock.now() < until:
            await clock.sleep(min(_LOOK, until - clock.now()))
            await self._people.look()
            if clock.now() >= reap_at:
                reap_at += _REAP
                await self._people.reap(reaper)

    @contextlib.asynccontextmanager
    async def _reaper(self) -> AsyncIterator[Reap]:
        house = self._house
        async with reaper_of(
            house.configuration, house.clock, seal=SEAL, wire=house.network.wire("reaper"), azure=AZURE
        ) as reaper:
            yield reaper

    async def end(self) -> Played:
        """Let what is under way end, and look what became of everything."""
        house, told, over = self._house, self._told, self._house.clock.now()
        await asyncio.gather(*self._errands)
        async with self._reaper() as reaper:
            until = over + _ROUND_OFF
            while house.clock.now() < until:
                await self._pass(house.clock.now() + _QUIET, reaper)
                if not await self._people.look() and not await self._left():
                    break
        await self._judge(over)
        await house.end(drained=True)
        told.lives, told.helped = house.lives, self._people.helped
        told.cancelled, told.reaped = self._people.cancelled, self._people.reaped
        return told

    async def _left(self) -> list[str]:
        daemon = self._house.daemon
        held = [str(each.id) for each in await daemon.store.ledger.open()] if daemon else []
        return sorted({*(self._house.resources() - self._before), *held})

    async def _judge(self, over: datetime) -> None:
        told, daemon = self._told, self._house.daemon
        if daemon is None:
            told.bad.append("nobody lives")
            return
        await daemon.installation.ticker.settle()
        for terms in self._house.configuration.settings.calendar.schedules:
            slots = await daemon.store.slots.recent(terms.id, newest=_ALL)
            told.bad += wrong(terms, slots, self._begun, over)
            told.slots.update(f"{slot.state.value}" for slot in slots)
        cards = await daemon.store.journal.runs(RunFilter(newest=_ALL))
        told.runs.update(card.state.value for card in cards if card.parent is None)
        told.bad += [
            f"{card.runbook} {card.id} is not over: {card.state.value}" for card in cards if not card.state.final
        ]
        told.bad += [f"left over: {each}" for each in await self._left()]
        told.bad += [f"gone: {each}" for each in sorted(self._before - self._house.resources())]
        stuck = daemon.installation.engine.health.stuck
        told.bad += [f"cannot move {run}: {why}" for run, why in stuck.items()]
