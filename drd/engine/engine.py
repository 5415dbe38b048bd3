"""The engine's public face: start a run, steer it, follow it, serve until drained."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from drd.domain.errors import DrdError, JournalUnavailableError
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.domain.progress import Progress, fold
from drd.domain.trigger import Trigger
from drd.engine.accepting import acceptance, random_run_id
from drd.engine.audience import Audience
from drd.engine.letters import order_unread
from drd.engine.loading import Loader
from drd.engine.mover import Mover
from drd.engine.options import EngineOptions
from drd.engine.orders import Order, StartWish
from drd.engine.parts import EngineParts
from drd.engine.places import Doors, Places
from drd.engine.plans import Plans
from drd.engine.scribe import ScribeEars
from drd.engine.steering import Helm, Steering
from drd.engine.verbs import Verbs
from drd.engine.waiting import Hub
from drd.ports.dispatcher import Claim, DispatcherEars
from drd.ports.journal import RunCard

__all__ = ["Engine", "EngineHealth", "EngineOptions", "EngineParts", "Order", "StartWish"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineHealth:
    """How the engine fares.

    Attributes:
        journal_trouble: why the journal cannot be written now; empty when it can. Nothing is sent meanwhile.
        stuck: runs that cannot be moved at all (a damaged journal, an unknown plan), and why.
        moving: how many runs this process moves.
        damaged: how many of those that are stuck have a journal, or a plan, that is not as it was written.
    """

    journal_trouble: str = ""
    stuck: Mapping[RunId, str] = field(default_factory=dict)
    moving: int = 0
    damaged: int = 0


_DAMAGED = frozenset({"journal-broken", "plan-changed"})
_LOADS = 8
"""Journals that are read back at the same time: enough to keep the database busy, few enough for the memory."""


class Engine:
    """Executes plans. One per process; all methods belong to one event loop."""

    def __init__(self, parts: EngineParts) -> None:
        """Take the ports; nothing happens before `serve`."""
        self._parts = parts
        self._journal = parts.journal
        self._audience = Audience(parts.observers, parts.historians)
        self._hub, self._ends = Hub(), Hub()
        self._movers: dict[RunId, Mover] = {}
        self._plans = Plans(parts.journal)
        self._trouble: dict[RunId, str] = {}
        self._stuck: dict[RunId, DrdError] = {}
        self._exits: dict[RunId, asyncio.Event] = {}
        self._stopping = asyncio.Event()
        self._doors, self._loads = Doors(), Places(_LOADS)
        calls = Places(parts.options.calls_at_once)
        movers = self._movers
        self._loader = Loader(
            parts=parts,
            plan=self._plans.get,
            calls=calls,
            beside=lambda: [each.hand for each in movers.values()],
            took_up=self._audience.took_up,
        )
        self._verbs = Verbs(actions=parts.actions, questions=frozenset(parts.checks.names()))
        self._steering = Steering(
            Helm(
                parts=parts,
                plans=self._plans,
                verbs=self._verbs,
                movers=self._movers,
                stuck=self._stuck,
                doors=self._doors,
                hub=self._hub,
                told=self._tell,
            )
        )

    @property
    def health(self) -> EngineHealth:
        """How the engine fares now; cheap, for readiness pages."""
        trouble = next(iter(self._trouble.values()), "")
        return EngineHealth(
            journal_trouble=trouble,
            stuck={run: str(error) for run, error in self._stuck.items()},
            moving=len(self._movers),
            damaged=sum(error.code in _DAMAGED for error in self._stuck.values()),
        )

    async def start(self, plan: RecoveryPlan, wish: StartWish) -> RunCard:
        """Accept a run durably and hand it to whoever serves.

        A wish with a key that made a run before gives that run, which may be over, and starts nothing.

        Raises:
            ConflictError: another run holds the plan's lock, or the key stands for another wish; `other` names it.
            JournalUnavailableError: nothing was started, unless the answer of the database was lost: the same key
                finds out.
        """
        run = wish.run or (self._parts.new_run_id or random_run_id)()
        card, first = acceptance(plan, wish, run, self._parts.clock)
        accepted = await self._journal.accept(card, plan, first, trigger=wish.trigger)
        if accepted.id == run:
            self._plans.keep(card.plan_hash, plan)
            self._tell(plan, (first,))
        await self._parts.dispatcher.submit(accepted.id)
        return accepted

    async def triggered(self, key: str, digest: str) -> RunCard | None:
        """Give the run that a key made before, if it made one. Raises ConflictError when it was another wish."""
        return await self._journal.triggered(Trigger(key=key, digest=digest))

    async def control(self, order: Order) -> Progress:
        """Carry out a person's order; durable on return. Gives where the run stands after it.

        Raises:
            NotFoundError: no such run or step.
            RefusedError: not legal in the state of the run or the step; the hint says what is.
            ForbiddenError: the actor may not answer this approval.
            InvalidError: the outputs given by hand do not fit.
            ConflictError: whoever moves the run did not answer in time; nothing was ordered.
            JournalUnavailableError: nothing was ordered.
            AmbiguousError: an answer is lost, also that of the database: it may have been carried out, or still be.
        """
        await self._steering.control(order)
        try:
            return await self.progress(order.run)
        except JournalUnavailableError as error:
            raise order_unread(order.run, error.message) from error

    async def progress(self, run: RunId) -> Progress:
        """Fold the run's durable events. Raises NotFoundError."""
        events = await self._journal.events(run)
        return fold(await self._plans.get(str(events[0].payload["plan"])), events)

    async def follow(self, run: RunId, after: int = 0) -> AsyncIterator[Event]:
        """Give the run's durable events after a sequence number as they come; ends when the run is over."""
        while True:
            seen = self._hub.version(run)
            events = await self._journal.events(run, after=after)
            for event in events:
                after = event.sequence
                yield event
                if event.kind is Kind.RUN_FINISHED:
                    return
            if not events and (await self._journal.run(run)).state.final:
                # Over before `after`, or ended between the two questions: then there is one more event.
                if not await self._journal.events(run, after=after):
                    return
                continue
            await self._hub.changed(run, seen, seconds=self._parts.options.follow_seconds)

    async def over(self, run: RunId) -> RunCard:
        """Wait until a run is final, whoever moves it; gives its card."""
        while True:
            seen = self._ends.version(run)
            try:
                card = await self._journal.run(run)
            except JournalUnavailableError:
                await self._parts.clock.sleep(self._parts.options.journal_wait)
                continue
            if card.state.final:
                return card
            await self._ends.changed(run, seen, seconds=self._parts.options.follow_seconds)

    def let_go(self, run: RunId) -> None:
        """Leave a run that was ended beside its journal; whoever waits for its end looks again. May be called twice."""
        self._leave(run, Mover.lost)
        self._hub.notify(run)
        self._ends.notify(run)

    async def serve(self) -> None:
        """Move runs until `drain`; returns when everything that was under way is left to the journal."""
        ears = DispatcherEars(
            lost=lambda run: self._leave(run, Mover.lost),
            give_back=lambda run: self._leave(run, Mover.stop),
            heads=self._overtaken,
        )
        hearing = asyncio.get_running_loop().create_task(self._steering.hear(), name="orders")
        try:
            await self._parts.dispatcher.serve(self._move, ears)
        finally:
            hearing.cancel()
            await asyncio.wait({hearing})

    async def drain(self) -> None:
        """Start no new action from now on and let `serve` return. May be called twice."""
        self._stopping.set()
        for run in {*self._movers, *self._exits}:
            self._leave(run, Mover.stop)
        await self._parts.dispatcher.drain()

    async def _move(self, claim: Claim) -> None:
        self._exits[claim.run] = asyncio.Event()
        try:
            mover = await self._loaded(claim)
            if mover is not None:
                await mover.move()
        except Exception as error:  # noqa: BLE001 - one broken run must not take the daemon with it
            await self._stuck_until_let_go(claim.run, error)
        finally:
            for kept in (self._movers, self._trouble, self._stuck, self._exits):
                kept.pop(claim.run, None)
            self._audience.left(claim.run)

    async def _loaded(self, claim: Claim) -> Mover | None:
        while not self._leaves(claim.run):
            async with self._doors.of(claim.run), self._loads:
                try:
                    hand, figures = await self._loader.load(claim, lambda plan: self._ears(claim.run, plan))
                except JournalUnavailableError as error:
                    self._trouble[claim.run] = str(error)
                else:
                    self._trouble.pop(claim.run, None)
                    if hand.progress.final is not None or self._leaves(claim.run):
                        return None
                    mover = Mover(hand, figures, runs=self, verbs=self._verbs)
                    self._movers[claim.run] = mover
                    self._steering.look()
                    return mover
            await self._parts.clock.sleep(self._parts.options.journal_wait)
        return None

    def _leaves(self, run: RunId) -> bool:
        return self._stopping.is_set() or self._exits[run].is_set()

    async def _stuck_until_let_go(self, run: RunId, error: Exception) -> None:
        """Keep a run that cannot be moved visible, instead of claiming it again and again."""
        known = error if isinstance(error, DrdError) else _own_fault(error)
        _log.exception("run cannot be moved", run=run, because=str(known))
        self._stuck[run] = known
        # Nothing moves it any more, also where it broke on its way: who gives orders must hear why.
        self._movers.pop(run, None)
        self._hub.notify(run)
        if not self._leaves(run):
            await self._exits[run].wait()

    def _ears(self, run: RunId, plan: RecoveryPlan) -> ScribeEars:
        return ScribeEars(
            durable=lambda events: self._tell(plan, events),
            trouble=lambda text: self._troubled(run, text),
            lost=lambda: self._leave(run, Mover.lost),
            broken=lambda: self._leave(run, Mover.lost, stays=True),
        )

    def _leave(self, run: RunId, end: Callable[[Mover], None], *, stays: bool = False) -> None:
        """Move a run no more: `Mover.lost` at once, `Mover.stop` when what is in the air has landed.

        One that `stays` is kept here afterwards, as one that is stuck.
        """
        mover = self._movers.get(run)
        if mover is not None:
            end(mover)
        if run in self._exits and not stays:
            self._exits[run].set()

    def _overtaken(self, heads: Mapping[RunId, int]) -> list[RunId]:
        """Leave the runs into which somebody else wrote: their journals are read again under the next claim."""
        found = [run for run, mover in self._movers.items() if heads.get(run, 0) > mover.sequence]
        for run in found:
            self._movers[run].lost()
        return found

    def _troubled(self, run: RunId, text: str) -> None:
        if text:
            _log.error("journal cannot be written, nothing is sent", run=run, because=text)
            self._trouble[run] = text
        else:
            self._trouble.pop(run, None)

    def _tell(self, plan: RecoveryPlan, events: Sequence[Event]) -> None:
        self._audience.saw(plan, events)
        if events:
            self._hub.notify(events[0].run)
            if events[-1].kind is Kind.RUN_FINISHED:
                self._ends.notify(events[-1].run)
                self._hub.forget(events[-1].run)
                self._ends.forget(events[-1].run)


def _own_fault(error: Exception) -> DrdError:
    hint = "the daemon's log says where; a daemon that is started again takes the run up anew"
    return DrdError(f"drd itself failed: {type(error).__name__}", hint=hint)
