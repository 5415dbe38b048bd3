"""Carries a step from its start to its end: its attempts, its failures, and what is written about them."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.errors import (
    DrdError,
    Failure,
    OperationFailedError,
    PermanentError,
    RefusedError,
    TransientError,
)
from drd.domain.events import BY_PLAN, IN_DOUBT, Kind
from drd.domain.lifecycle import StepState
from drd.domain.plan import APPROVE, RUNBOOK, OnFailure, Phase, Step
from drd.domain.progress import StepProgress, is_undo
from drd.engine.approving import ApprovalStep
from drd.engine.checking import CheckStep
from drd.engine.children import ChildStep, Runs
from drd.engine.holdings import REMOVERS
from drd.engine.protocol import ActionStep
from drd.engine.run_in_hand import RunInHand
from drd.engine.signals import Halted, Parked
from drd.engine.vanished import explained
from drd.ports.capabilities import Operation

_log = structlog.get_logger(__name__)

_RESUMABLE = frozenset({StepState.INTENDED, StepState.RECORDED, StepState.WAITING})


class Attempt(Protocol):
    """One attempt of a step, whatever the step uses."""

    async def begin(self) -> None:
        """Do it from the start."""
        ...

    async def resume(self) -> None:
        """Go on after a restart."""
        ...


@dataclass(frozen=True, slots=True)
class Attempts:
    """Carries out the steps of one run."""

    hand: RunInHand
    runs: Runs
    questions: frozenset[str]

    async def carry_out(self, each: StepProgress) -> None:
        """Bring a step to its end and write how it ended. Raises Stopping and ClaimLost only."""
        hand, step = self.hand, each.step
        because = step.why_left_out(graceful=hand.progress.graceful) if each.state is StepState.TAKEN else ""
        if because:
            self._left_out(each, because, by_plan=True)
            return
        if nothing := self._nothing_to_remove(each):
            self._left_out(each, nothing, by_plan=False)
            return
        try:
            while not await self._attempt(each):
                pass
        except Halted:
            because = "cancelled" if hand.progress.cancelled else "the run is stopping"
            in_doubt = each.state is StepState.RETRYING and each.doubt_since is not None
            if each.state in _UNDER_WAY and (in_doubt or step.id in hand.in_doubt):
                self._parked(each, _asking(each, f"what an earlier attempt sent was not found out about: {because}"))
            elif each.state in _UNDER_WAY:
                self._left_out(each, because, by_plan=False)
        except Parked as parked:
            self._parked(each, parked)

    def _nothing_to_remove(self, each: StepProgress) -> str:
        """Say why a clean-up that is due has nothing to do; empty where it has, or where that is not certain."""
        step = each.step
        if each.state is not StepState.TAKEN or step.phase is not Phase.ALWAYS or step.call.uses not in REMOVERS:
            return ""
        makers = self.hand.outputs.never_begun(step.call.values)
        return f"nothing to remove: {', '.join(makers)} never began" if makers else ""

    async def _attempt(self, each: StepProgress) -> bool:
        """Make one attempt; False when another one is due."""
        try:
            if each.state is StepState.RETRYING and not await self._wait_for_retry(each):
                return True
            attempt = self._of(each)
            await (attempt.resume() if each.state in _RESUMABLE else attempt.begin())
        except DrdError as error:
            return self._failed(each, explained(self.hand, error))
        except Exception as error:  # noqa: BLE001 - a fault in one step must not take the run with it
            _log.exception("step broke", run=self.hand.claim.run, step=each.step.id)
            return self._failed(each, _unexpected(each, error))
        return True

    def _of(self, each: StepProgress) -> Attempt:
        uses = each.step.call.uses
        if uses == APPROVE:
            return ApprovalStep(self.hand, each)
        if uses == RUNBOOK:
            return ChildStep(self.hand, each, self.runs)
        if uses in self.questions:
            return CheckStep(self.hand, each)
        return ActionStep(self.hand, each)

    async def _wait_for_retry(self, each: StepProgress) -> bool:
        """Wait until the next attempt is due; False when a person skipped the step meanwhile."""
        hand = self.hand
        while each.state is StepState.RETRYING:
            hand.check_may_go(each.step)
            left = (each.retry_at or hand.now()) - hand.now()
            if left <= timedelta(0):
                return True
            await hand.alarm.nap(left)
        return False

    def _failed(self, each: StepProgress, error: DrdError) -> bool:
        """Write a failure; False when the step is tried again."""
        step, hand = each.step, self.hand
        if each.state not in _UNDER_WAY:
            return True
        left = each.state in _RESUMABLE and each.tries <= step.retry.times
        again = isinstance(error, TransientError) and left and hand.progress.may_act(step)
        payload: dict[str, Json] = {"failure": asdict(Failure.of(error)), "final": not again}
        if each.attempt:
            payload["operation-id"] = hand.operation_id(step.id, each.attempt)
        if step.id in hand.in_doubt or _in_doubt(each, error):
            if not again and self._is_taken_back(step):
                raise _asking(each, error.message)
            payload[IN_DOUBT] = True
        if again and isinstance(error, TransientError):
            wait = max(step.retry.wait, error.retry_after or timedelta(0))
            payload["retry-at"] = format_instant(hand.now() + wait)
        hand.scribe.write(Kind.STEP_FAILED, step=step.id, attempt=each.attempt, payload=payload)
        return not again

    def _parked(self, each: StepProgress, parked: Parked) -> None:
        payload: dict[str, Json] = {"question": parked.question}
        if parked.found is not None:
            payload["found"] = parked.found.to_json()
        if not parked.in_doubt:
            payload[IN_DOUBT] = False
        self.hand.scribe.write(Kind.STEP_PARKED, step=each.step.id, attempt=each.attempt, payload=payload)

    def _is_taken_back(self, step: Step) -> bool:
        """Say whether this step's failure lets the run begin to take back what it did."""
        progress = self.hand.progress
        if step.phase is Phase.ALWAYS or is_undo(step.id):
            return False
        stops = step.critical and not progress.halting and not progress.tolerance.bears(step)
        return progress.undo_wanted or (stops and step.on_failure is OnFailure.UNDO)

    def _left_out(self, each: StepProgress, because: str, *, by_plan: bool) -> None:
        payload: dict[str, Json] = {"because": because, BY_PLAN: by_plan}
        self.hand.scribe.write(Kind.STEP_SKIPPED, step=each.step.id, attempt=each.attempt, payload=payload)


_UNDER_WAY = frozenset({StepState.TAKEN, StepState.RETRYING, *_RESUMABLE})


def _in_doubt(each: StepProgress, error: DrdError) -> bool:
    """Say whether what an attempt sent may still stand at the other side, so that the next one must look for it.

    What was recorded stands until it is known to have failed. An attempt that failed before it could find that out
    leaves the doubt that it came with.
    """
    if isinstance(error, OperationFailedError):
        return False
    if each.operation is not None and not isinstance(error, RefusedError):
        return True
    return each.doubt_since is not None and each.attempt_at is not None and each.doubt_since < each.attempt_at


def _asking(each: StepProgress, because: str) -> Parked:
    """Make the question that comes before a run ends or is taken back: what goes on unseen could undo the undoing."""
    found = Operation.from_json(each.operation) if each.operation is not None else None
    answers = ["adopt follows it to its end first"] if found else []
    answers += ["resolve says that it is done, and lets an undo take it back too", "skip leaves it as it is"]
    question = f"{because}. It may still go on, and the run is about to end or to be taken back: what became of it?"
    return Parked(f"{question} Answer: {'; '.join(answers)}", found)


def _unexpected(each: StepProgress, error: Exception) -> PermanentError:
    return PermanentError(
        f"drd itself failed: {type(error).__name__}",
        target=each.step.id,
        hint="the daemon's log has the details; please report it",
        code="unexpected",
    )
