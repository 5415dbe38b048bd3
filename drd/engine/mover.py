"""Moves one run: takes the steps that are due, carries them out side by side, hears orders, ends it."""

import asyncio
from collections.abc import Iterable

from drd.domain.errors import JournalUnavailableError, Stopping
from drd.domain.events import BOOT, ORDER, Kind
from drd.domain.figures import FigureFold
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request, StepState
from drd.domain.progress import StepProgress
from drd.domain.tally import IN_FLIGHT
from drd.engine.attempts import Attempts
from drd.engine.children import Runs, pass_on
from drd.engine.controls import Note, decide
from drd.engine.finishing import finish, finish_stuck
from drd.engine.hypothesis import BY_ITSELF, Hypothesis, hypothesis_of
from drd.engine.orders import Order
from drd.engine.run_in_hand import RunInHand
from drd.engine.signals import ClaimLost, OrderUnsure
from drd.engine.undoing import undo_payload
from drd.engine.verbs import Verbs
from drd.ports.in_hand import IN_HAND, InHand

_PASSED_DOWN = frozenset(
    {Request.PAUSE, Request.RESUME, Request.CANCEL, Request.UNDO, Request.GRACEFUL, Request.UNGRACEFUL}
)


class Mover:
    """One run under one claim, from here until it is over, the daemon stops, or the claim is lost."""

    def __init__(self, hand: RunInHand, figures: FigureFold, *, runs: Runs, verbs: Verbs) -> None:
        """Take the run as it was loaded."""
        self.hand = hand
        self._figures = figures
        self._runs = runs
        self._verbs = verbs
        self._attempts = Attempts(hand, runs, verbs.questions)
        self._tasks: dict[StepId, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._over = asyncio.Event()
        self._lost = False
        self._taken_up = False
        self._hypothesis: Hypothesis | None = hypothesis_of(hand, cancel=self._cancel_by_itself, advance=self._advance)

    @property
    def sequence(self) -> int:
        """Number of the newest event that was written here, durable or not."""
        return self.hand.progress.sequence

    async def move(self) -> None:
        """Move the run. On return every event that was written is durable, or the claim is lost.

        Cancelling it is like a kill: what is not durable yet is not waited for. Raises what broke the writing of
        events, where that was drd's own fault.
        """
        hand = self.hand
        IN_HAND.set(InHand(hand.claim.run, hand.plan.tenant))
        conductor = hand.parts.conductor
        boot = {BOOT: conductor.boot} if conductor else {}
        hand.scribe.write(Kind.RUN_CLAIMED, payload={"daemon": hand.claim.daemon, **boot})
        if hand.claim.strikes > hand.options.most_strikes and not hand.progress.parked:
            hand.scribe.write(Kind.RUN_PARKED, payload={"question": _TOO_OFTEN.format(times=hand.claim.strikes)})
        patience: float | None = 0.0
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                watching = group.create_task(self._hypothesis.watch()) if self._hypothesis else None
                self._advance()
                await self._over.wait()
                if watching is not None:
                    watching.cancel()
                await self._wind_down()
            patience = hand.options.stop_grace_seconds if hand.stopping else None
        finally:
            self._group = None
            await hand.scribe.close(seconds=patience)
        if hand.scribe.broken is not None:
            raise hand.scribe.broken

    def stop(self) -> None:
        """Start nothing any more; `move` returns as soon as what is in the air has landed."""
        self.hand.stopping = True
        self.hand.scribe.hurry(self.hand.options.stop_grace_seconds)
        self._over.set()
        self.hand.alarm.ring()

    def lost(self) -> None:
        """Hear that the claim is lost: whatever is under way ends here and now, wherever it waits."""
        self._lost = True
        self._over.set()
        self._cancel(all_but=set())

    def carried_out(self, mark: str) -> bool:
        """Say whether the run's events hold an order of this id, from this claim or an earlier one."""
        return mark in self.hand.progress.orders

    async def order(self, order: Order, mark: str = "") -> None:
        """Carry out a person's order; durable on return. `mark` names an order that came by another daemon.

        Raises:
            JournalUnavailableError: nothing was ordered.
            RefusedError, NotFoundError, ForbiddenError: see `decide`.
            OrderUnsure: the claim was lost before the journal had answered.
            ClaimLost: the same, and nothing was ordered.
        """
        hand = self.hand
        if hand.scribe.trouble:
            raise JournalUnavailableError(
                hand.scribe.trouble, target=order.run, hint="try again when the journal can be written"
            )
        written = []
        for note in decide(hand.progress, order, self._verbs):
            event = hand.scribe.write(
                note.kind,
                step=note.step,
                attempt=note.attempt,
                payload={**note.payload, ORDER: mark} if mark else note.payload,
                actor=order.actor,
                reason=order.reason,
            )
            written.append(event)
            self._heed(note)
        hand.heard = hand.progress.sequence
        self._withdraw()
        hand.alarm.ring()
        self._advance()
        try:
            await hand.scribe.durable()
        except ClaimLost as lost:
            raise OrderUnsure(written[0].hash) from lost

    async def pass_down(self, order: Order) -> None:
        """Give the child runs that are under way the order that this run got, where it concerns them."""
        if order.request not in _PASSED_DOWN:
            return
        async with asyncio.TaskGroup() as group:
            for child in self._children():
                group.create_task(pass_on(self._runs, self.hand, order.request, child, order))

    async def _cancel_by_itself(self, because: str) -> None:
        """Stop the drill as a person would, for what drd saw. Raises as `order`."""
        order = Order(run=self.hand.claim.run, request=Request.CANCEL, actor=BY_ITSELF, reason=because)
        await self.order(order)
        await self.pass_down(order)

    def _heed(self, note: Note) -> None:
        """Follow what a person adopted; know what they say that a step gave."""
        progress = self.hand.progress
        if note.kind is Kind.STEP_ADOPTED and note.step is not None and self._taken_up:
            self._begin([progress.steps[note.step]])
        elif note.kind is Kind.STEP_DONE and note.step is not None:
            self.hand.note_machines(progress.steps[note.step])

    def _withdraw(self) -> None:
        """End the tasks of steps that an order has settled, or sent back to wait: nothing of theirs is in the air."""
        for step, task in tuple(self._tasks.items()):
            if self.hand.progress.steps[step].state not in IN_FLIGHT:
                del self._tasks[step]
                task.cancel()

    def _children(self) -> list[RunId]:
        steps = (self.hand.progress.steps[step] for step in self._tasks)
        return [RunId(each.child) for each in steps if each.child and each.state is StepState.RECORDED]

    def _advance(self) -> None:
        """Take what is due and start it; end the run when nothing is left."""
        if self._over.is_set():
            return
        try:
            self._take_up()
            if self._hypothesis is not None and self._hypothesis.holds_back:
                return
            self._start_what_is_due()
            if not self._tasks:
                self._end_if_nothing_is_left()
        except ClaimLost:
            self.lost()

    def _take_up(self) -> None:
        """Go on with what was under way when the journal ended, once; not while the run is parked."""
        progress = self.hand.progress
        if not self._taken_up and not progress.parked:
            self._taken_up = True
            self._begin(list(progress.unfinished()))

    def _start_what_is_due(self) -> None:
        hand, progress = self.hand, self.hand.progress
        if progress.undo_wanted and not progress.in_flight and not progress.standstill and not progress.tally.parked:
            hand.scribe.write(Kind.UNDO_STARTED, payload=undo_payload(hand, self._verbs.questions))
        room = hand.options.side_by_side - len(self._tasks)
        self._begin(progress.steps[step.id] for step in progress.take(room))

    def _end_if_nothing_is_left(self) -> None:
        progress = self.hand.progress
        if self._hypothesis is not None and progress.exhausted():
            self._hypothesis.close()
        if progress.exhausted():
            finish(self.hand, self._figures)
            self._over.set()
        elif not progress.holds and not progress.tally.held:
            finish_stuck(self.hand, self._figures)
            self._over.set()

    def _begin(self, steps: Iterable[StepProgress]) -> None:
        if self._group is not None:
            for each in steps:
                self._tasks[each.step.id] = self._group.create_task(self._carry_out(each))

    async def _carry_out(self, each: StepProgress) -> None:
        halting = self.hand.progress.halting
        IN_HAND.set(InHand(self.hand.claim.run, self.hand.plan.tenant, each.step.id))
        try:
            await self._attempts.carry_out(each)
        except Stopping:
            pass
        except ClaimLost:
            self.lost()
        finally:
            if self._tasks.get(each.step.id) is asyncio.current_task():
                del self._tasks[each.step.id]
        if self.hand.progress.halting and not halting:
            # Steps that wait for a retry, a check or a person must hear at once that the run is ending.
            self.hand.alarm.ring()
        self._advance()

    async def _wind_down(self) -> None:
        """Cancel what waits; give requests in the air a little time to come back and be recorded."""
        hand = self.hand
        if hand.stopping and not self._lost:
            loop = asyncio.get_running_loop()
            until = loop.time() + hand.options.stop_grace_seconds
            self._cancel(all_but=hand.acting)
            while hand.acting and loop.time() < until:
                await asyncio.sleep(_LANDING_SECONDS)
                self._cancel(all_but=hand.acting)
        self._cancel(all_but=set())

    def _cancel(self, *, all_but: set[StepId]) -> None:
        own = asyncio.current_task()
        for step, task in self._tasks.items():
            if step not in all_but and task is not own:
                task.cancel()


_LANDING_SECONDS = 0.02
"""Host seconds between two looks at what is still in the air."""

_TOO_OFTEN = (
    "{times} claims in a row ended with their daemon before anything came of them: does this run bring daemons down? "
    "Look into their logs, then resume the run, or cancel it"
)
