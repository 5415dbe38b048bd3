"""The house: one sandbox, one database, and daemons that are started, frozen and killed on them."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from drd.daemon.catalogue import Actions, Checks
from drd.daemon.discovery import actions, checks
from drd.daemon.one_process import NOWHERE, around_a_sandbox
from drd.daemon.virtual_time import VirtualClock
from drd.daemon.wiring import Installation, Surroundings, plug
from drd.domain.ids import RunId
from drd.ports.clock import Clock
from drd.runbook.shelf import Shelf
from drd.runbook.vocabulary import Vocabulary
from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.estate.file import Estate, read_estate
from drd.sandbox.front import Front
from drd.sandbox.limits import UNLIMITED
from drd.sandbox.wire import Request
from drd.settings.loading import Configuration, load_configuration
from drd.store.commit import Commit
from drd.store.database import MEMORY, Database
from drd.store.opening import DaemonWish, Store, open_beside, open_store
from drd.store.tables import RUNS
from drd.store.terms import LeaseTerms
from proofs.simulation.database import StormyHands, Weather
from proofs.simulation.loop import Fate, context_of
from proofs.simulation.network import Network

_VILLAGE = Path(__file__).parent.parent / "village"
EPOCH = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_TICK_SECONDS = 60


@cache
def village() -> tuple[Configuration, Estate, Shelf]:
    """Read the village once: its settings and catalogue, what stands there, and its runbooks."""
    questions = Checks(checks())
    configuration = load_configuration(_VILLAGE / "drd.yaml", {}, questions)
    shelf = Shelf(configuration.settings.runbooks, Vocabulary(Actions(actions()), questions), configuration.services)
    return configuration, read_estate(_VILLAGE / "estate.yaml"), shelf


class WrongClock:
    """A host's clock that may be wrong for a while: everybody on that host lives by it."""

    def __init__(self, clock: VirtualClock) -> None:
        """Begin right."""
        self._clock = clock
        self.wrong_by = timedelta(0)
        self.was_wrong = False

    def now(self) -> datetime:
        """Tell what the host takes for the time."""
        return self._clock.now() + self.wrong_by

    async def sleep(self, length: timedelta) -> None:
        """Wait: timers do not jump with the clock."""
        await self._clock.sleep(length)

    def host_seconds(self, length: timedelta) -> float:
        """Give the length in seconds."""
        return length.total_seconds()


@dataclass(slots=True, kw_only=True)
class Life:
    """One life of a daemon.

    Attributes:
        boot: what holds runs for it; empty until it has entered.
        installation: None until it is plugged together.
        told_to_stop: when; None while nobody did.
    """

    fate: Fate
    boot: str = ""
    installation: Installation | None = None
    told_to_stop: datetime | None = None
    work: "asyncio.Task[None] | None" = None

    @property
    def name(self) -> str:
        """Name it: its host, and the how manieth life there."""
        return self.fate.name

    @property
    def well(self) -> bool:
        """Say whether somebody who asks it now is answered."""
        there = self.installation is not None and self.told_to_stop is None
        return there and not self.fate.dead and not self.fate.frozen


@dataclass(slots=True)
class House:
    """Everything of one simulation. Belongs to one loop."""

    seed: int
    clock: VirtualClock
    sandbox: Sandbox
    base: Store
    database: Database
    weather: Weather
    network: Network
    clocks: dict[str, WrongClock] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    errands: list["asyncio.Task[Any]"] = field(default_factory=list)
    drawn: int = 0
    in_portal: set[str] = field(default_factory=set)
    ticking: bool = False
    born: Callable[[Life], None] = lambda _life: None

    def now(self) -> float:
        """Give the seconds since the beginning."""
        return (self.clock.now() - EPOCH).total_seconds()

    def tell(self, text: str) -> None:
        """Write a line of the trace."""
        self.trace.append(f"{self.now():9.3f} {text}")

    def living(self) -> Iterator[Life]:
        """Give the daemons that are not dead."""
        return (life for life in self.lives if not life.fate.dead)

    def at(self, host: str) -> Life | None:
        """Give the daemon that lives at a host now."""
        return next((life for life in self.living() if life.name.startswith(f"{host}-")), None)

    def new_run_id(self) -> RunId:
        """Make ids of runs in order."""
        self.drawn += 1
        return RunId(f"r-{self.seed:06d}{self.drawn:06d}")

    def start(self, host: str) -> None:
        """Start a daemon at a host where none lives."""
        lives = sum(life.name.startswith(f"{host}-") for life in self.lives)
        life = Life(fate=Fate(f"{host}-{lives + 1}"))
        self.lives.append(life)
        self.born(life)
        self.tell(f"daemon {life.name} starts")
        life.work = self.task(life.fate, self._live(life, host))

    async def _live(self, life: Life, host: str) -> None:
        configuration, _, _ = village()
        store = await self._store(life, host)
        life.boot = store.presence.boot
        life.installation = await plug(configuration, self._around(life.name, host, store))
        ticks = asyncio.get_running_loop().create_task(self._tick(life.installation))
        await life.installation.engine.serve()
        ticks.cancel()
        self.tell(f"daemon {life.name} has stopped")

    async def _tick(self, installation: Installation) -> None:
        while self.ticking:
            await installation.ticker.tick()
            await asyncio.sleep(_TICK_SECONDS)

    def kill(self, life: Life) -> None:
        """Let a daemon die where it stands."""
        life.fate.kill()
        self.tell(f"daemon {life.name} dies after {life.fate.turns} turns")

    def stop(self, life: Life, then: Callable[[], None] = lambda: None) -> None:
        """Tell a daemon to stop, as SIGTERM does; `then` is called when it has."""
        if life.installation is None or life.work is None:
            return
        life.told_to_stop = self.clock.now()
        self.tell(f"daemon {life.name} is told to stop")

        def gone(_task: object) -> None:
            life.fate.kill()
            then()

        life.work.add_done_callback(gone, context=context_of(None))
        self.errands.append(self.task(life.fate, life.installation.engine.drain()))

    def lose_home(self) -> None:
        """Let the home region have been lost for ten minutes."""
        self.lose("westeurope", timedelta(minutes=10))

    def lose(self, region: str, ago: timedelta = timedelta(0)) -> None:
        """Lose a region."""
        _control(self.sandbox, "region-down", {"region": region, "at": (self.clock.now() - ago).isoformat()})

    def give_back(self, region: str) -> None:
        """Give a region back."""
        _control(self.sandbox, "region-up", {"region": region})

    def endless(self) -> set[str]:
        """Give what operations run for ever on, by id."""
        return {
            str(strike["target"]).casefold()
            for entry in self.sandbox.world.journal.entries
            for strike in entry.strikes
            if strike["kind"] == "operation-endless"
        }

    def end_endless(self) -> None:
        """Let Azure's own people cancel what never ends."""
        targets = self.endless()
        for operation in self.sandbox.world.operations.running() if targets else ():
            if operation.target.casefold() in targets:
                self.tell(f"Azure cancels {operation.kind} {operation.target}")
                self.sandbox.world.operations.cancel(operation.id, self.clock.now())
                self.sandbox.world.operations.on_failure(operation)

    def later(self, seconds: float, work: Callable[..., object], *arguments: object) -> None:
        """Have the world do something later."""
        asyncio.get_running_loop().call_later(seconds, work, *arguments, context=context_of(None))

    def task(self, fate: Fate | None, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Have work done by somebody."""
        return asyncio.get_running_loop().create_task(work, context=context_of(fate))

    def holders(self) -> Mapping[str, tuple[str, int]]:
        """Give the life that held each run last, and the end of its journal, as the database has it this instant."""
        names = {life.boot: life.name for life in self.lives}
        with self.database.writing() as connection:
            rows = connection.execute(select(RUNS.c.id, RUNS.c.holder, RUNS.c.head).where(RUNS.c.ended_at.is_(None)))
            return {row.id: (names.get(row.holder or "", ""), row.head) for row in rows}

    async def _store(self, life: Life, host: str) -> Store:
        store = await open_beside(self.base, daemon=host, host=asyncio.get_running_loop().time)
        hands = StormyHands(Commit(self.database), self.weather, life.name)
        store._desk._hands = hands  # noqa: SLF001 - where the database's troubles come in
        return store

    def _around(self, life: str, host: str, store: Store) -> Surroundings:
        configuration, _, _ = village()
        clock: Clock = self.clocks.setdefault(host, WrongClock(self.clock))
        front = Front(self.sandbox.world)
        around = around_a_sandbox(configuration, front, store, clocks=(clock, self.clock), now=None)
        return replace(around, wire=self.network.wire(life), new_run_id=self.new_run_id)


def _control(sandbox: Sandbox, path: str, body: dict[str, str]) -> None:
    url = f"{NOWHERE}/_sandbox/{path}"
    sandbox.answer(Request(method="POST", url=url, headers={}, body=json.dumps(body).encode()))


async def build(seed: int) -> House:
    """Build a house without daemons, in the running loop."""
    clock = VirtualClock(EPOCH)
    _, estate, _ = village()
    sandbox = build_sandbox(
        clock=CalledClock(tell=clock.now), seed=seed, host=clock.now, spread=None, estate=estate, limits=UNLIMITED
    )
    base = await open_store(
        MEMORY,
        daemon="nobody",
        threads=False,
        host=asyncio.get_running_loop().time,
        wish=DaemonWish(terms=LeaseTerms()),
    )
    await base.daemons.leave()
    house = House(
        seed=seed,
        clock=clock,
        sandbox=sandbox,
        base=base,
        database=base._house.database,  # noqa: SLF001 - the same one, for everybody
        weather=Weather(),
        network=Network(sandbox, clock, seed=seed, held=lambda: house.holders()),  # noqa: PLW0108 - it is not there yet,
    )
    house.weather.told = house.network.told = house.tell
    return house
