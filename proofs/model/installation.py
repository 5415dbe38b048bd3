"""A whole installation in the model: daemons, their misfortunes, and the people who start, order and help."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from drd.domain.errors import DrdError
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.engine.engine import Order, StartWish
from proofs.model.database import Database
from proofs.model.helping import Helper
from proofs.model.loop import ModelLoop
from proofs.model.machines import Machines
from proofs.model.plans import TEAM
from proofs.model.process import Gone, Process, Surroundings, owned_tasks
from proofs.model.script import DAEMONS, HORIZON, READ_FAULTS, Fault, Script
from proofs.model.world import World

_EPOCH = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_SETTLES = 5
_TRY_AGAIN = 7.0
_LOOK_SECONDS = 35.0


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
    db: Database = field(default_factory=Database)
    started: dict[str, list[RunId]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    world: World = field(init=False)
    machines: Machines = field(init=False)
    _chance: Random = field(init=False)
    _offset: float = 0.0
    _runs: int = 0
    _people: list["asyncio.Task[None]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put everything in its place."""
        faults = self.script.faults
        self.world = World(self.db, faults=_of_actions(faults))
        self.db.lost = frozenset(each.nth for each in faults if each.kind == "lost-commit")
        self._chance = Random(self.script.seed)  # noqa: S311 - luck, not secrets
        around = Surroundings(db=self.db, world=self.world, now=self.now, new_run_id=self._new_run)
        self.machines = Machines(self.script, around, self._chance, self.defect)

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
        self.machines.begin()
        for fault in self.script.faults:
            if fault.kind == "jump":
                loop.call_at(fault.at, self._jump, fault)
            elif fault.kind == "order":
                loop.call_at(fault.at, self._order, fault)
        await asyncio.wait(
            [loop.create_task(self._wish(plan, turn)) for plan in self.script.plans for turn in range(2)]
        )
        await self._until_over()
        self.machines.be_calm()
        await Helper(self.db, self.ask).help()

    async def _until_over(self) -> None:
        while asyncio.get_running_loop().time() < HORIZON:
            await asyncio.sleep(_LOOK_SECONDS)
            if all(row.card.state.final for row in self.db.rows.values()):
                return

    def _unheard(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, asyncio.CancelledError):
            self.broken.append(f"{context.get('message')}: {error!r}")

    def _new_run(self) -> RunId:
        self._runs += 1
        return RunId(f"r-{self._runs}")

    def _jump(self, fault: Fault) -> None:
        self._offset += fault.length

    def _order(self, fault: Fault) -> None:
        if not self.machines.calm:
            self._people.append(asyncio.get_running_loop().create_task(self._ordered(fault)))

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

    async def ask(self, who: int, order: Order) -> bool:
        """Give an order to a daemon; False when it is refused or nobody answers."""
        process = self.machines.processes[who]
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
            process = self.machines.processes[(turn + attempt) % DAEMONS]
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
