"""Plays one seed: its play, its faults, and what came of it."""

import asyncio
import contextlib
import gc
import hashlib
import json
import logging
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from drd.domain.errors import DrdError
from drd.domain.events import Event
from drd.domain.lifecycle import StepState
from proofs.simulation.checks import violations
from proofs.simulation.evidence import fingerprints, gather
from proofs.simulation.faults import Weatherman, draw
from proofs.simulation.house import EPOCH, House, build
from proofs.simulation.loop import FatefulLoop
from proofs.simulation.people import People, Stand, held
from proofs.simulation.play import Fault, Play

_LOOK_SECONDS = 8
_STORMY_SECONDS = 900.0
_HELP_SECONDS = 45.0
_PAUSE_SECONDS = 150.0
_ROUNDS, _GIVE_UP = 30, 14
_STOP_SECONDS = 60
_STALL_SECONDS = 6 * 3600.0
_HOME = "westeurope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """How a seed went.

    Attributes:
        bad: the promises that were broken, one a line.
        digest: SHA-256 over everything that happened.
        trace: what happened, one a line; events: of the runs.
        requests: that reached the sandbox. seconds: of virtual time.
    """

    seed: int
    play: Play
    faults: tuple[Fault, ...]
    bad: tuple[str, ...]
    digest: str
    trace: tuple[str, ...]
    requests: int
    seconds: float
    ends: tuple[str, ...]


def simulate(seed: int, *, faults: Sequence[Fault] | None = None, daemons: int = 2) -> Simulated:
    """Play a seed, with all the faults that it draws or with those that are given."""
    play, drawn = draw(seed, daemons=daemons)
    chosen = drawn if faults is None else tuple(faults)
    with _silence():
        return _played(_Simulation(seed, play, chosen))


def _played(simulation: "_Simulation") -> Simulated:
    loop = FatefulLoop()
    try:
        return loop.run_until_complete(simulation.run())
    except RuntimeError:
        if not loop.spins:
            raise
        return simulation.spun()
    finally:
        loop.close()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep quiet what is logged, and what the dead complain of when they are collected as garbage."""
    before, hook = structlog.get_config(), sys.unraisablehook
    # Collected at the end: in between, only the order of events may decide when something happens.
    gc.disable()
    logging.disable()
    structlog.configure(processors=[_dropped])
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        gc.collect()
        gc.enable()
        sys.unraisablehook = hook
        logging.disable(logging.NOTSET)
        structlog.configure(**before)


def _dropped(_logger: object, _method: str, _event: MutableMapping[str, Any]) -> str:
    raise structlog.DropEvent


class _Simulation:
    """One seed, from an empty house to its judgement."""

    def __init__(self, seed: int, play: Play, faults: tuple[Fault, ...]) -> None:
        self._seed = seed
        self._play = play
        self._faults = faults
        self._bad: list[str] = []
        self._last = (0, 0.0)

    async def run(self) -> Simulated:
        house = self._house = await build(self._seed)
        house.ticking = self._play.ticking
        self._people = People(house, self._play)
        self._weather = Weatherman(house, self._play, self._order)
        before = fingerprints(house)
        house.born = self._weather.born
        self._weather.announce(self._faults)
        if self._play.lost:
            house.lose_home()
        for host in self._play.hosts:
            house.start(host)
        starting = asyncio.create_task(self._people.start())
        stands = await self._stormy()
        self._weather.clear()
        await self._in_fair_weather(stands)
        starting.cancel()
        await self._end()
        evidence = await gather(house, self._play, self._people, before)
        bad = [*self._bad, *self._people.wrong, *await violations(evidence)]
        events = [event for told in evidence.runs for event in told.events]
        return Simulated(
            seed=self._seed,
            play=self._play,
            faults=self._faults,
            bad=tuple(dict.fromkeys(bad)),
            digest=_digest(house, events),
            trace=tuple(sorted([*house.trace, *_told(house, events)], key=_instant)),
            requests=len(house.sandbox.world.journal.entries),
            seconds=house.now(),
            ends=tuple(f"{told.card.runbook} {told.card.state.value}" for told in evidence.runs),
        )

    def spun(self) -> Simulated:
        """Tell of a seed that never came to its end."""
        return Simulated(
            seed=self._seed,
            play=self._play,
            faults=self._faults,
            bad=("P2 time stands still: somebody looks again and again without waiting",),
            digest="",
            trace=tuple(self._house.trace),
            requests=len(self._house.sandbox.world.journal.entries),
            seconds=float(self._house.trace[-1][:9]),
            ends=(),
        )

    def _order(self, fault: Fault) -> None:
        self._house.errands.append(self._house.task(None, self._people.order(fault)))

    async def _stormy(self) -> list[Stand]:
        """Let go wrong what goes wrong, for a while; a person who sees a run wait for a minute helps it along."""
        held_since: dict[str, float] = {}
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now, stands = self._house.now(), await self._looked()
            if now > _STORMY_SECONDS or (stands and all(stand.card.state.final for stand in stands)):
                return stands
            await self._people.approve(stands)
            held_since = {
                str(stand.card.id): held_since.get(str(stand.card.id), now) for stand in stands if held(stand)
            }
            waited = [stand for stand in stands if now - held_since.get(str(stand.card.id), now) > _patience(stand)]
            self._bad += [each for stand in waited for each in _mute(stand)]
            await self._people.help(waited)

    async def _in_fair_weather(self, stands: list[Stand]) -> None:
        """Help along what waits for a person, until everything is over."""
        house = self._house
        self._wake()
        for host in self._play.hosts:
            if house.at(host) is None:
                house.start(host)
        for turn in range(_ROUNDS):
            if stands and all(stand.card.state.final for stand in stands):
                return
            self._bad += [each for stand in stands for each in _mute(stand)]
            await self._people.help(stands)
            if turn > _GIVE_UP:
                await self._people.cancel(stands)
            stands = await self._settled()

    def _wake(self) -> int:
        """Wake who is frozen; gives how many were."""
        frozen = [life for life in self._house.living() if life.fate.frozen]
        for life in frozen:
            self._house.tell(f"daemon {life.name} wakes")
            life.fate.thaw()
        return len(frozen)

    async def _settled(self) -> list[Stand]:
        began = self._house.now()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            stands = await self._looked()
            await self._people.approve(stands)
            if stands and all(_rests(stand, stands) for stand in stands):
                return stands
            if self._house.now() - began > _STALL_SECONDS:
                self._bad.append(f"P2 nothing ends: {[str(stand.card.state) for stand in stands]}")
                return stands

    async def _looked(self) -> list[Stand]:
        try:
            return await self._people.stands()
        except DrdError as error:
            self._bad.append(f"journal: {error}")
            raise

    async def _end(self) -> None:
        """Let what is on its way arrive, and stop every daemon."""
        await asyncio.sleep(30)
        for life in self._house.lives:
            if life.well:
                health = life.installation.engine.health if life.installation else None
                if health and health.stuck:
                    self._bad.append(f"P2 {life.name} cannot move {dict(health.stuck)}")
                self._house.stop(life)
        await asyncio.sleep(_STOP_SECONDS)
        if self._wake():
            await asyncio.sleep(_STOP_SECONDS)
        done = (errand for errand in self._house.errands if errand.done() and not errand.cancelled())
        self._bad += [f"nobody expects {errand.exception()!r}" for errand in done if errand.exception()]
        self._bad += [f"P2 {life.name} does not stop" for life in self._house.living() if life.told_to_stop]


def _patience(stand: Stand) -> float:
    """Say how long people leave a run alone that waits: somebody who paused one meant it."""
    return _PAUSE_SECONDS if stand.progress.paused else _HELP_SECONDS


def _rests(stand: Stand, stands: Sequence[Stand]) -> bool:
    """Say whether nothing comes of a run by itself: it is over, waits for a person, or for a run that does."""
    waits = any(other.card.parent == stand.card.id and other.progress.final is None for other in stands)
    return stand.card.state.final or held(stand) or waits


def _mute(stand: Stand) -> list[str]:
    """Say where a run waits and does not say for what, or for what drd itself did wrong."""
    if stand.progress.final is not None:
        return []
    found = []
    for each in stand.progress.steps.values():
        where = f"{stand.card.id} {each.step.id}"
        if each.state is StepState.PARKED and not each.question:
            found.append(f"P2 {where} is parked without a question")
        failure = each.failure or {}
        if each.state is StepState.FAILED and not (failure.get("code") and failure.get("message")):
            found.append(f"P2 {where} failed without a reason")
        if each.state is StepState.FAILED and failure.get("code") == "unexpected":
            found.append(f"P2 {where}: {failure.get('message')}")
    return found


def _digest(house: House, events: Sequence[Event]) -> str:
    found = hashlib.sha256("\n".join(house.trace).encode())
    found.update(house.sandbox.world.journal.digest().encode())
    for event in events:
        found.update(f"{event.hash}\n".encode())
    return found.hexdigest()


def _told(house: House, events: Sequence[Event]) -> list[str]:
    """Tell what runs and sandbox wrote down, beside what the house did."""
    lines = []
    for event in events:
        payload = json.dumps(dict(event.payload), default=str)[:160]
        who = f"{event.step or ''} {event.attempt or ''}".strip()
        lines.append(f"{_since(event.at):9.3f}   {event.run} {event.kind.value} {who} {payload}")
    for number, entry in enumerate(house.sandbox.world.journal.entries, start=1):
        if entry.method != "GET" and entry.operation not in {"token", "guest", "guest.drill"}:
            kinds = [effect["kind"] for effect in entry.effects]
            struck = [strike["kind"] for strike in entry.strikes]
            path = entry.path[-70:]
            lines.append(
                f"{_since(entry.at):9.3f}   azure {number} {entry.method} {path} {entry.status} {entry.code}"
                f" {' '.join(kinds)} {' '.join(struck)}".rstrip()
            )
    return lines


def _since(at: datetime) -> float:
    return (at - EPOCH).total_seconds()


def _instant(line: str) -> float:
    return float(line[:9])
