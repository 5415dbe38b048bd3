"""The engine's public face: start a run, steer it, follow it, serve until drained."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.domain.progress import Progress
from drd.engine.options import EngineOptions
from drd.engine.orders import Order, StartWish
from drd.engine.parts import EngineParts
from drd.ports.journal import RunCard

__all__ = ["Engine", "EngineHealth", "EngineOptions", "EngineParts", "Order", "StartWish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineHealth:
    """How the engine fares.

    Attributes:
        journal_trouble: why the journal cannot be written now; empty when it can. Nothing is sent meanwhile.
        stuck: runs that cannot be moved at all (a damaged journal, an unknown plan), and why.
        moving: how many runs this process moves.
    """

    journal_trouble: str = ""
    stuck: Mapping[RunId, str] = field(default_factory=dict)
    moving: int = 0


class Engine:
    """Executes plans. One per process; all methods belong to one event loop."""

    def __init__(self, parts: EngineParts) -> None:
        """Take the ports; nothing happens before `serve`."""
        self._parts = parts

    @property
    def health(self) -> EngineHealth:
        """How the engine fares now; cheap, for readiness pages."""
        raise NotImplementedError

    async def start(self, plan: RecoveryPlan, wish: StartWish) -> RunCard:
        """Accept a run durably and hand it to whoever serves.

        Raises:
            ConflictError: another run holds the plan's lock; `other` names it.
            JournalUnavailableError: nothing was started.
        """
        raise NotImplementedError

    async def control(self, order: Order) -> Progress:
        """Carry out a person's order; durable on return. Gives where the run stands after it.

        Raises:
            NotFoundError: no such run or step.
            RefusedError: not legal in the state of the run or the step; the hint says what is.
            ForbiddenError: the actor may not answer this approval.
            JournalUnavailableError: nothing was ordered.
        """
        raise NotImplementedError

    async def progress(self, run: RunId) -> Progress:
        """Fold the run's durable events. Raises NotFoundError."""
        raise NotImplementedError

    def follow(self, run: RunId, after: int = 0) -> AsyncIterator[Event]:
        """Give the run's durable events after a sequence number as they come; ends when the run is over."""
        raise NotImplementedError

    async def serve(self) -> None:
        """Move runs until `drain`; returns when everything that was under way is left to the journal."""
        raise NotImplementedError

    async def drain(self) -> None:
        """Start no new action from now on and let `serve` return. May be called twice."""
        raise NotImplementedError
