"""Child runs: started once whatever happens, or adopted; followed to their end; steered from above."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

import structlog

from drd.domain.canonical import Json
from drd.domain.conductor import Moment
from drd.domain.errors import (
    AmbiguousError,
    ConflictError,
    JournalUnavailableError,
    NotFoundError,
    PermanentError,
)
from drd.domain.events import Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import RecoveryPlan
from drd.domain.progress import Progress, StepProgress
from drd.engine.orders import Order, StartWish
from drd.engine.run_in_hand import RunInHand
from drd.engine.striking import strike
from drd.ports.journal import RunCard

_log = structlog.get_logger(__name__)

_TRIES = 5
"""How often an order is offered to a child run that changes hands; its own daemon, or a person, can still give it."""


class Runs(Protocol):
    """What a parent needs of the engine."""

    async def start(self, plan: RecoveryPlan, wish: StartWish) -> RunCard:
        """Accept and submit a run. Raises ConflictError."""
        ...

    async def control(self, order: Order) -> Progress:
        """Carry out an order."""
        ...

    async def over(self, run: RunId) -> RunCard:
        """Wait until a run is final."""
        ...


def child_run_id(parent: RunId, step: StepId, attempt: int) -> RunId:
    """Name the child run of a step's attempt: the same before and after a crash, so that it is never started twice."""
    return RunId("r-" + sha256(f"{parent}/{step}/{attempt}".encode()).hexdigest()[:12])


@dataclass(frozen=True, slots=True)
class ChildStep:
    """One attempt of a step that is a run of its own. The step's timeout does not end it: its own steps have theirs."""

    hand: RunInHand
    each: StepProgress
    runs: Runs

    async def begin(self) -> None:
        """Start the child run, and follow it.

        Raises:
            ConflictError: the service has another run, of another mode or plan; it is named.
            PermanentError: the child run did not succeed.
        """
        hand, step = self.hand, self.each.step
        await hand.gate(step)
        attempt = self.each.attempt + 1
        child = child_run_id(hand.claim.run, step.id, attempt)
        payload: dict[str, Json] = {
            "operation-id": hand.operation_id(step.id, attempt),
            "values": hand.outputs.resolve(step.call.values),
            "targets": [child],
        }
        hand.scribe.write(Kind.STEP_INTENT, step=step.id, attempt=attempt, payload=payload)
        await hand.scribe.durable()
        await strike(hand, step.id, Moment.INTENT)
        await self._start(child)

    async def resume(self) -> None:
        """Go on after a restart. Raises as `begin`."""
        if self.each.state is StepState.RECORDED:
            await self._follow()
        else:
            await self._start(child_run_id(self.hand.claim.run, self.each.step.id, self.each.attempt))

    async def _start(self, child: RunId) -> None:
        hand, step = self.hand, self.each.step
        run, adopted = child, False
        if await self._exists(child):
            await hand.until_available(lambda: hand.parts.dispatcher.submit(child))
        else:
            run, adopted = await self._start_or_adopt(child)
        await strike(hand, step.id, Moment.SENT)
        payload: dict[str, Json] = {"run": run, "adopted": adopted}
        hand.scribe.write(Kind.CHILD_STARTED, step=step.id, attempt=self.each.attempt, payload=payload)
        await hand.scribe.durable()
        await strike(hand, step.id, Moment.RECORDED)
        await self._follow()

    async def _start_or_adopt(self, child: RunId) -> tuple[RunId, bool]:
        hand, plan = self.hand, _plan(self.each)
        await hand.gate(self.each.step)
        wish = StartWish(
            run=child,
            actor=hand.starter,
            reason=hand.reason,
            graceful=hand.progress.graceful,
            incident_at=hand.incident_at,
            parent=(hand.claim.run, self.each.step.id),
            files=hand.files(plan),
        )
        try:
            await hand.until_available(lambda: self.runs.start(plan, wish))
        except ConflictError as conflict:
            if conflict.other == child:
                return child, False
            other = await self._adoptable(conflict.other, plan)
            if other is None:
                raise ConflictError(
                    f"{plan.service or plan.runbook} has another run: {conflict.other or 'unknown'}",
                    other=conflict.other,
                    target=plan.lock(),
                    hint="wait until it has ended or cancel it, then retry this step",
                ) from conflict
            return other, True
        return child, False

    async def _exists(self, run: RunId) -> bool:
        try:
            card = await self.hand.until_available(lambda: self.hand.parts.journal.run(run))
        except NotFoundError:
            return False
        return card.id == run

    async def _adoptable(self, other: str, plan: RecoveryPlan) -> RunId | None:
        if not other:
            return None
        card = await self.hand.until_available(lambda: self.hand.parts.journal.run(RunId(other)))
        same = card.mode is plan.mode and card.lock == plan.lock() and card.plan_hash == plan.hash()
        return card.id if same else None

    async def _follow(self) -> None:
        child, dispatcher = RunId(self.each.child), self.hand.parts.dispatcher
        # Also one that is adopted: it must not wait for the place among a tenant's runs that its parent holds.
        await self.hand.until_available(lambda: dispatcher.submit(child, awaited=True))
        await self._pass_on_what_was_missed(child)
        card = await self.runs.over(child)
        await strike(self.hand, self.each.step.id, Moment.ENDED)
        finished = await self._finished(card)
        if card.state is not RunState.SUCCEEDED:
            raise PermanentError(
                f"child run {child} ended {card.state.value}: {finished.get('because', '')}",
                target=child,
                hint=f"`drd run show {child}`; a retry starts a new child run",
                code="child-failed",
            )
        outputs = {"run": child, "state": card.state.value, "figures": finished.get("figures")}
        self.hand.done(self.each, outputs)

    async def _finished(self, child: RunCard) -> Mapping[str, Json]:
        if child.abandoned is not None:
            return {"because": f"{child.abandoned.actor} abandoned it: {child.abandoned.damage}"}
        events = await self.hand.until_available(lambda: self.hand.parts.journal.events(child.id))
        return next((event.payload for event in reversed(events) if event.kind is Kind.RUN_FINISHED), {})

    async def _pass_on_what_was_missed(self, child: RunId) -> None:
        """An order may have come while the child was being started, or while nobody moved the parent."""
        progress = self.hand.progress
        if progress.graced_at is not None and not await self._has_own_word(child, progress.graced_at):
            word = Request.GRACEFUL if progress.graceful else Request.UNGRACEFUL
            await pass_on(self.runs, self.hand, word, child)
        if progress.cancelled:
            await pass_on(self.runs, self.hand, Request.CANCEL, child)
        elif progress.undone_by:
            await pass_on(self.runs, self.hand, Request.UNDO, child)
        elif progress.paused:
            await pass_on(self.runs, self.hand, Request.PAUSE, child)

    async def _has_own_word(self, child: RunId, since: datetime) -> bool:
        """Say whether a person told the child itself how to run, after they had told the parent."""
        events = await self.hand.until_available(lambda: self.hand.parts.journal.events(child))
        return any(event.kind is Kind.RUN_GRACE and event.at >= since for event in events)


async def pass_on(runs: Runs, hand: RunInHand, request: Request, child: RunId, order: Order | None = None) -> None:
    """Give a child run the order that its parent got. An adopted run belongs to somebody else and is left alone."""
    card = await hand.until_available(lambda: hand.parts.journal.run(child))
    if card.parent != hand.claim.run or card.state.final:
        return
    passed = Order(
        run=child,
        request=request,
        actor=order.actor if order else "drd",
        reason=(order.reason if order else "") or f"with its parent {hand.claim.run}",
    )
    if request is Request.UNDO:
        # Only what stands still is taken back.
        await _offer(runs, hand, replace(passed, request=Request.PAUSE))
    if not await _offer(runs, hand, passed) and request is Request.UNDO:
        # Nothing of it is done yet, or it cannot be taken back: then it does no more.
        await _offer(runs, hand, replace(passed, request=Request.CANCEL))


async def _offer(runs: Runs, hand: RunInHand, passed: Order) -> bool:
    """Give an order, and again while the run changes hands; False where it was refused."""
    for _ in range(_TRIES):
        try:
            await runs.control(passed)
        except (ConflictError, JournalUnavailableError, AmbiguousError) as error:
            # Where it may have counted: each of these orders is refused the second time.
            _log.warning("order not passed on yet", run=passed.run, request=passed.request.value, because=str(error))
            await hand.clock.sleep(hand.options.journal_wait)
        except PermanentError as error:
            # Refused, or its journal is damaged: the parent's own order stands, and a person sees to the child.
            _log.info("order not passed on", run=passed.run, request=passed.request.value, because=str(error))
            return False
        else:
            return True
    return False


def _plan(each: StepProgress) -> RecoveryPlan:
    if each.step.child is None:
        raise PermanentError("the step holds no plan for its child run", target=each.step.id, code="no-child-plan")
    return each.step.child
