"""One process of a daemon in the model: an engine on the model's ports, to be started, killed, frozen and drained."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from drd.domain.errors import DrdError
from drd.domain.ids import RunId
from drd.engine.engine import Engine, EngineOptions, EngineParts
from drd.ports.capabilities import Provider
from drd.ports.reach import HttpAnswer
from proofs.model.database import Database
from proofs.model.line import Line
from proofs.model.ports import ModelClock, ModelDispatcher, ModelJournal, ModelLedger, ModelOrders
from proofs.model.world import ModelActions, ModelChecks, World

T = TypeVar("T")

OPTIONS = EngineOptions(poll_every=timedelta(seconds=60), follow_seconds=60.0)

_OWNER: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("owner", default=None)


class Gone(Exception):
    """Whoever was asked does not answer any more."""


class _Silence:
    """Answers the port `Reach`: nobody in the model asks guests."""

    async def connect(self, host: str, port: int, *, limit: timedelta) -> None:
        """Connect to nobody."""

    async def get(self, url: str, *, limit: timedelta) -> HttpAnswer:
        """Get nothing."""
        return HttpAnswer(status=204)

    async def resolve(self, host: str, *, limit: timedelta) -> tuple[str, ...]:
        """Find nothing."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What outlives a process."""

    db: Database
    world: World
    now: Callable[[], datetime]
    new_run_id: Callable[[], RunId]


@dataclass(slots=True, eq=False)
class Process:
    """An engine, and the line that it hangs on."""

    line: Line
    around: Surroundings
    tasks: dict["asyncio.Task[Any]", None] = field(default_factory=dict)
    gone: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    engine: Engine = field(init=False)
    dispatcher: ModelDispatcher = field(init=False)
    serving: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        """Serve."""
        db, line = self.around.db, self.line
        self.dispatcher = ModelDispatcher(db, line)
        silence = _Silence()
        self.engine = Engine(
            EngineParts(
                journal=ModelJournal(db, line),
                dispatcher=self.dispatcher,
                ledger=ModelLedger(),
                actions=ModelActions(self.around.world, line),
                checks=ModelChecks(line),
                provider=Provider("model", ()),
                reach=silence,
                drill_reach=silence,
                clock=ModelClock(line, self.around.now),
                orders=ModelOrders(db, line),
                options=OPTIONS,
                new_run_id=self.around.new_run_id,
            )
        )
        self.serving = self.task(self.engine.serve())

    def task(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Do something in this process."""
        context = contextvars.copy_context()
        context.run(_OWNER.set, self)
        return asyncio.get_running_loop().create_task(work, context=context)

    def kill(self) -> None:
        """End the process here and now: nothing of it ever reaches anybody again."""
        now = asyncio.get_running_loop().time()
        self.line.in_trouble(now)
        self.line.alive = False
        self.line.thaw()
        hear = self.dispatcher.wake
        self.around.db.hears[:] = [each for each in self.around.db.hears if each != hear]
        for task in self.tasks:
            if not task.done():
                task.cancel()
        if not self.gone.done():
            self.gone.set_result(None)

    async def ask(self, work: Callable[[Engine], Awaitable[T]]) -> T:
        """Ask the process something, as a person does over its socket.

        Raises:
            Gone: it ended meanwhile; the question may have had its effect.
            DrdError: as the engine raises it.
        """

        async def answer() -> T | DrdError:
            await self.line.out()
            try:
                return await work(self.engine)
            except DrdError as error:
                return error

        task = self.task(answer())
        both: set[asyncio.Future[Any]] = {task, self.gone}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() or task.cancelled():
            raise Gone
        given = task.result()
        if isinstance(given, DrdError):
            raise given
        return given


def owned_tasks(loop: asyncio.AbstractEventLoop) -> dict["asyncio.Task[Any]", None]:
    """Let every process of the model know its tasks, however deep in the engine they were made; gives all tasks."""
    tasks: dict[asyncio.Task[Any], None] = {}

    def make(
        own: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any],
        context: contextvars.Context | None = None,
    ) -> "asyncio.Task[Any]":
        task = asyncio.Task(work, loop=own, context=context)
        tasks[task] = None
        owner = context.get(_OWNER) if context is not None else _OWNER.get()
        if owner is not None:
            owner.tasks[task] = None
            if not owner.line.alive:
                task.cancel()
        return task

    loop.set_task_factory(make)  # type: ignore[arg-type]  # the loop hands over coroutines only
    return tasks
