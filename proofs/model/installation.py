"""A whole installation in the model: daemons, their misfortunes, and the people who start, order and help."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar

from drd.domain.errors import DrdError
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.engine.engine import EngineOptions, Order, StartWish
from proofs.model.database import Database
from proofs.model.helping import Helper
from proofs.model.line import LENGTH, MARGIN, Line
from proofs.model.loop import ModelLoop
from proofs.model.plans import TEAM
from proofs.model.process import OPTIONS, Gone, Process, Surroundings, owned_tasks
from proofs.model.script import DAEMONS, HORIZON, READ_FAULTS, Fault, Script
from proofs.model.world import World

_EPOCH = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_A_MOMENT = 0.5
_SETTLES = 5
_TRY_AGAIN = 7.0


@dataclass(slots=True)
class Installation:
    """Everything of one seed.

    Attributes:
        defect: breaks something on purpose in each process that starts, to see that it is found.
        started: which run each key gave, for everybody who asked.
        broken: what raised where nothing may.
    """

    script: Script
    defect: Callable[[Process], None] | None = None
    options: EngineOptions = OPTIONS
    db: Database = field(default_factory=Database)
    processes: list[Process | None] = field(default_factory=lambda: [None] * DAEMONS)
    started: dict[str, list[RunId]] = field(default_factory=dict)
    calm: bool = False
    _errands: list["asyncio.Task[None]"] = field(default_factory=list)
    _offset: float = 0.0
    _aways: int = 0
    _runs: int = 0
    _points: list[int] = field(default_factory=lambda: [0] * DAEMONS)
    world: World = field(init=False)
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort the misfortunes by where they wait."""
        faults = self.script.faults
        self.world = World(self.db, faults=_of_actions(faults))
        self.db.lost = frozenset(each.nth for each in faults if each.kind == "lost-commit")
        self._chance = Random(self.script.seed)  # noqa: S311 - luck, not secrets
        self._fates = {(each.who, each.nth): each for each in faults if each.kind in {"crash", "freeze"}}
        self._around = Surroundings(db=self.db, world=self.world, now=self.now, new_run_id=self._new_run)

    _chance: Random = field(init=False)
    _fates: dict[tuple[int, int], Fault] = field(init=False)
    _around: Surroundings = field(init=False)

    def play(self) -> None:
        """Play the seed from its start until everything is over, or will never be."""
        loop = ModelLoop()
        tasks = owned_tasks(loop)
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._play())
        finally:
            _wind_up(loop, tasks)

    def now(self) -> datetime:
        """Give world time."""
        return _EPOCH + timedelta(seconds=asyncio.get_running_loop().time() + self._offset)

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._unheard)
        for who in range(DAEMONS):
            self._start(who)
        for fault in self.script.faults:
            happen = self._timed.get(fault.kind)
            if happen is not None:
                loop.call_at(fault.at, happen, self, fault)
        people = [loop.create_task(self._wish(plan, turn)) for plan in self.script.plans for turn in range(2)]
        await asyncio.wait(people)
        await self._until_over(HORIZON)
        self.calm = True
        if self._aways:
            self._aways = 0
            self._back()
        for who in range(DAEMONS):
            if self.processes[who] is None:
                self._start(who)
        await Helper(self.db, self.ask).help()

    async def _until_over(self, second: float) -> None:
        while asyncio.get_running_loop().time() < second:
            await asyncio.sleep(_TRY_AGAIN * _SETTLES)
            if all(row.card.state.final for row in self.db.rows.values()):
                return

    def _unheard(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, asyncio.CancelledError):
            self.broken.append(f"{context.get('message')}: {error!r}")

    def _new_run(self) -> RunId:
        self._runs += 1
        return RunId(f"r-{self._runs}")

    def _start(self, who: int) -> None:
        line = Line(who, self._chance, self._passes)
        if self.db.away:
            line.in_trouble(asyncio.get_running_loop().time())
        process = Process(line, self._around, self.options)
        self.processes[who] = process
        process.start()
        if self.defect is not None:
            self.defect(process)

    def _restart(self, who: int) -> None:
        if self.processes[who] is None:
            self._start(who)

    def _passes(self, line: Line) -> None:
        """Count a passing of a daemon's line; where its fate waits, kill it or freeze it there."""
        self._points[line.who] += 1
        fate = self._fates.get((line.who, self._points[line.who])) if line.alive and not self.calm else None
        process = self.processes[line.who]
        if fate is None or process is None or process.line is not line:
            return
        if fate.kind == "crash":
            self._crash(line.who, fate.length)
        else:
            self._freeze(process, fate.length)

    def _crash(self, who: int, length: float) -> None:
        process = self.processes[who]
        if process is None:
            return
        self.processes[who] = None
        process.kill()
        loop = asyncio.get_running_loop()
        loop.call_later(length, self._restart, who)
        loop.call_later(LENGTH + 1, self.db.tell)

    def _freeze(self, process: Process, length: float) -> None:
        if process.line.frozen:
            return
        loop = asyncio.get_running_loop()
        process.line.freeze()
        process.line.in_trouble(loop.time())
        loop.call_later(LENGTH + 1, self.db.tell)
        loop.call_later(length, self._thaw, process)

    def _thaw(self, process: Process) -> None:
        process.line.thaw()
        if process.line.alive:
            asyncio.get_running_loop().call_later(_A_MOMENT, self._recover, process)

    def _recover(self, process: Process) -> None:
        """Let a process renew its leases, and hear of those that it lost meanwhile."""
        if self.db.away or process.line.frozen or not process.line.alive:
            return
        process.dispatcher.look_around()
        process.line.well()
        self.db.tell()

    def _drain(self, fault: Fault) -> None:
        process = self.processes[fault.who]
        if process is not None and process.line.draining_since is None and not self.calm:
            process.line.draining_since = asyncio.get_running_loop().time()
            self._errands.append(process.task(self._drained(process)))

    async def _drained(self, process: Process) -> None:
        await process.engine.drain()
        if process.serving is not None:
            await asyncio.wait({process.serving})
        if self.processes[process.line.who] is process:
            self._crash(process.line.who, 3.0)

    def _leave(self, fault: Fault) -> None:
        if self.calm:
            return
        loop = asyncio.get_running_loop()
        self._aways += 1
        self.db.away = True
        for process in self.processes:
            if process is not None:
                process.line.in_trouble(loop.time())
        loop.call_later(LENGTH - MARGIN, self._run_out)
        loop.call_later(fault.length, self._return)

    def _run_out(self) -> None:
        """The leases that could not be renewed are about to end."""
        now = asyncio.get_running_loop().time()
        for process in self.processes:
            if process is not None and not process.line.frozen and process.line.lease_ends(now) - now <= MARGIN:
                process.dispatcher.lose_all()

    def _return(self) -> None:
        if self._aways:
            self._aways -= 1
            if not self._aways:
                self._back()

    def _back(self) -> None:
        self.db.away = False
        for process in self.processes:
            if process is not None and not process.line.frozen:
                self._recover(process)

    def _jump(self, fault: Fault) -> None:
        self._offset += fault.length

    def _order(self, fault: Fault) -> None:
        if not self.calm:
            self._errands.append(asyncio.get_running_loop().create_task(self._ordered(fault)))

    async def _ordered(self, fault: Fault) -> None:
        if fault.step is None or fault.request is None:
            return
        runbook, step = fault.step
        run = next((row.card.id for row in self.db.rows.values() if row.card.runbook == runbook), None)
        if run is not None:
            order = Order(
                run=run,
                request=fault.request,
                actor="an",
                step=step,
                reason="it must be",
                contacts=frozenset({TEAM}),
            )
            await self.ask(fault.who, order)

    _timed: ClassVar[Mapping[str, Callable[["Installation", Fault], None]]] = {
        "drain": _drain,
        "away": _leave,
        "jump": _jump,
        "order": _order,
    }

    async def ask(self, who: int, order: Order) -> bool:
        """Give an order to a daemon; False when it is refused or nobody answers."""
        process = self.processes[who]
        if process is None:
            return False
        try:
            await process.ask(lambda engine: engine.control(order))
        except (DrdError, Gone):
            return False
        return True

    async def _wish(self, plan: RecoveryPlan, turn: int) -> None:
        """Start a plan, and ask again, with the same key and by other daemons, until somebody answers."""
        await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.4, 3.0)))
        wish = StartWish(actor=f"starter{turn}", key=str(plan.runbook), digest=str(plan.runbook))
        for attempt in range(1000):
            process = self.processes[(turn + attempt) % DAEMONS]
            try:
                if process is not None:
                    card = await process.ask(lambda engine: engine.start(plan, wish))
                    self.started.setdefault(str(plan.runbook), []).append(card.id)
                    return
            except (DrdError, Gone):
                pass
            await asyncio.sleep(_TRY_AGAIN)


def _of_actions(faults: tuple[Fault, ...]) -> dict[tuple[str, str, Any, int], tuple[str, float]]:
    found = {}
    for each in faults:
        if each.step is not None and each.request is None:
            method = each.kind.removesuffix("-fails") if each.kind in READ_FAULTS else "act"
            found[method, each.step[0], each.step[1], each.nth] = (each.kind, each.length)
    return found


def _wind_up(loop: ModelLoop, tasks: dict["asyncio.Task[Any]", None]) -> None:
    """Take everything down, so that no seed leaves anything to the next."""
    for _ in range(_SETTLES):
        left = [task for task in tasks if not task.done()]
        if not left:
            break
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.001))
    asyncio.set_event_loop(None)
    loop.close()
