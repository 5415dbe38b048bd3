"""An event loop in virtual time in which everything that runs belongs to somebody, who may be frozen or killed.

Who something belongs to travels in its context: a task that is created by a daemon's task is the daemon's too. What
belongs to nobody is the rest of the world: the network, the database's server, people.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVarTuple

from drd.daemon.virtual_time import VirtualTimeLoop

Ts = TypeVarTuple("Ts")


class Fate:
    """What becomes of one life of a daemon. Killed, nothing of it ever runs again, not even what cleans up."""

    def __init__(self, name: str) -> None:
        """Begin alive."""
        self.name = name
        self.turns = 0
        self.dead = False
        self.frozen = False
        self.tasks: list[asyncio.Task[Any]] = []
        """Kept: collected as garbage, a dead daemon's tasks would run what stands in their `finally`."""
        self._held: deque[_Turn] = deque()
        self._dooms: dict[int, list[Callable[[], None]]] = {}

    def at_turn(self, turn: int, doom: Callable[[], None]) -> None:
        """Have something done right before so many turns of the loop have run for it."""
        self._dooms.setdefault(turn, []).append(doom)

    def kill(self) -> None:
        """Let nothing of it run any more."""
        self.dead = True
        self._held.clear()

    def freeze(self) -> None:
        """Hold everything of it back: its timers go on, and find nobody."""
        self.frozen = True

    def thaw(self) -> None:
        """Let run what was held back, in order."""
        self.frozen = False
        held, self._held = self._held, deque()
        for turn in held:
            turn.again()

    def run(self, turn: "_Turn") -> None:
        """Run one turn, unless it is too late for that, or too early."""
        if not self.dead and not self.frozen:
            self.turns += 1
            for doom in self._dooms.pop(self.turns, ()):
                doom()
        if self.dead:
            return
        if self.frozen:
            self._held.append(turn)
            return
        turn.work(*turn.arguments)


class _Turn:
    """One callback of somebody, and the handle by which it may still be called off."""

    __slots__ = ("arguments", "context", "handle", "loop", "work")

    def __init__(
        self, loop: "FatefulLoop", work: Callable[..., object], arguments: tuple[Any, ...], context: Context
    ) -> None:
        self.loop = loop
        self.work = work
        self.arguments = arguments
        self.context = context
        self.handle: Any = None

    def again(self) -> None:
        """Take its place at the end of what is ready; what is ready before it may still call it off."""
        self.loop.call_soon(self._unless_called_off, context=self.context)

    def _unless_called_off(self) -> None:
        if not self.handle.cancelled():
            self.work(*self.arguments)


FATE: ContextVar[Fate | None] = ContextVar("fate", default=None)
"""Whom what runs now belongs to."""


_MOST_TURNS = 60_000
"""Callbacks in one instant; the busiest instant of a village needs some thousands."""


class FatefulLoop(VirtualTimeLoop):
    """Asks the fate of whom a callback belongs to before it runs it.

    Attributes:
        spins: somebody keeps calling himself without ever waiting; the loop was stopped.
    """

    def __init__(self) -> None:
        """Start at zero."""
        super().__init__()
        self.spins = False
        self._instant = 0.0
        self._turns = 0
        # The type of factories says nothing of contexts, which asyncio gives them where there is one.
        factory: Any = _kept
        self.set_task_factory(factory)
        self.set_exception_handler(lambda _loop, _context: None)

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Arrange for a callback, as asyncio does."""
        self._count()
        fate = FATE.get() if context is None else context.get(FATE)
        if fate is None:
            return super().call_soon(callback, *args, context=context)
        turn = _Turn(self, callback, args, copy_context() if context is None else context)
        turn.handle = handle = super().call_soon(fate.run, turn, context=turn.context)
        return handle

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Arrange for a callback at an instant, as asyncio does."""
        fate = FATE.get() if context is None else context.get(FATE)
        if fate is None:
            return super().call_at(when, callback, *args, context=context)
        turn = _Turn(self, callback, args, copy_context() if context is None else context)
        turn.handle = timer = super().call_at(when, fate.run, turn, context=turn.context)
        return timer

    def _count(self) -> None:
        now = self.time()
        self._turns = self._turns + 1 if now == self._instant else 0
        self._instant = now
        if self._turns > _MOST_TURNS:
            self.spins = True
            self.stop()


def _kept(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], context: Context | None = None
) -> "asyncio.Task[Any]":
    task = asyncio.Task(work, loop=loop, context=context)
    fate = FATE.get() if context is None else context.get(FATE)
    if fate is not None:
        fate.tasks.append(task)
    return task


def context_of(fate: Fate | None) -> Context:
    """Give a context in which everything belongs to somebody, or to nobody."""
    context = Context()
    context.run(FATE.set, fate)
    return context
