"""Where a run stands: a fold over its events, and which steps are due next. No input, no output, no clock."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.due import Due
from drd.domain.durations import parse_instant
from drd.domain.events import IN_DOUBT, Event, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import OnFailure, Phase, RecoveryPlan, Step
from drd.domain.step_progress import StepProgress, is_undo, undo_id, undo_step
from drd.domain.tally import IN_FLIGHT, Tally
from drd.domain.tolerance import Tolerance

__all__ = ["Progress", "StepProgress", "fold", "is_undo", "undo_id"]

UNKNOWN_OUTCOMES = frozenset({"deadline-passed", "in-doubt"})
"""Codes of failures after which something may still be under way at the other side."""

_NAMES_IN_A_LINE = 5


class Progress:
    """The fold of one run. `apply` takes events in order; `take` hands out steps that are due.

    Not safe for several threads. Taking is a matter of this process: only events last.
    """

    def __init__(self, plan: RecoveryPlan) -> None:
        """Start with nothing done."""
        self.plan = plan
        self.steps: dict[StepId, StepProgress] = {step.id: StepProgress(step) for step in plan.steps}
        self.graceful = True
        self.accepted: Event | None = None
        self.sequence = 0
        self.newest_hash = ""
        self.final: RunState | None = None
        self.paused = False
        self.cancelled = False
        self.halted = False
        self.undo_wanted = False
        self.undoing: deque[StepId] = deque()
        self.due = Due(plan)
        self.tally = Tally()
        self.tolerance = Tolerance(plan)

    @property
    def state(self) -> RunState:
        """Where the run stands, as people see it."""
        if self.final is not None:
            return self.final
        if self.accepted is None or self.sequence == 1:
            return RunState.QUEUED
        if self.halted or self.cancelled:
            return RunState.STOPPING
        if self.tally.parked:
            return RunState.PARKED
        if self.paused or self.tally.failed:
            return RunState.PAUSED
        if self.tally.waiting and self.tally.waiting == self.tally.in_flight and not self.due.any(self.steps):
            return RunState.WAITING
        return RunState.RUNNING

    @property
    def holds(self) -> bool:
        """Say whether no new step may start: paused, parked, or a failed step waits for a person."""
        return bool(self.paused or self.tally.parked or self.tally.failed)

    @property
    def halting(self) -> bool:
        """Say whether only what always runs is still to come: cancelled, stopped by a failure, or undoing."""
        return self.halted or self.cancelled

    @property
    def in_flight(self) -> int:
        """How many steps are under way."""
        return self.tally.in_flight

    def may_act(self, step: Step) -> bool:
        """Say whether a step may still send something: in a halting run only what always runs, and undo."""
        return not self.halting or step.phase is Phase.ALWAYS or is_undo(step.id)

    def apply(self, event: Event) -> None:
        """Take the next event.

        Raises:
            ValueError: if it is not the next one: the journal has a gap or was mixed up.
        """
        if event.sequence != self.sequence + 1:
            raise ValueError(f"event {event.sequence} of run {event.run} after {self.sequence}")
        self.sequence = event.sequence
        self.newest_hash = event.hash
        of_run = _OF_RUN.get(event.kind)
        if of_run is not None:
            of_run(self, event)
            return
        if event.step is None:
            raise ValueError(f"event {event.sequence} of run {event.run} names no step")
        _OF_STEP[event.kind](self, self.steps[event.step], event)

    def take(self, most: int) -> list[Step]:
        """Hand out at most so many steps that are due now; they count as under way from here on."""
        taken: list[Step] = []
        if self.final is not None or (self.holds and not self.halting):
            return taken
        while len(taken) < most:
            step = self._next()
            if step is None:
                break
            self.move(self.steps[step.id], StepState.TAKEN)
            taken.append(step)
        return taken

    def _next(self) -> Step | None:
        if not self.halting:
            return self.due.pop(self.steps)
        if self.tally.in_flight > self.tally.in_flight_always or self.undo_wanted:
            return None
        if self.undoing:
            first = self.steps[self.undoing[0]]
            return first.step if first.state is StepState.PENDING else None
        return self.due.pop_always(self.steps)

    def unfinished(self) -> Iterator[StepProgress]:
        """Give the steps that were under way when the journal ended: in doubt, recorded, retrying, or waiting."""
        return (each for each in self.steps.values() if each.state in IN_FLIGHT)

    def exhausted(self) -> bool:
        """Say whether nothing is left to do, so that the run can be finished."""
        if self.tally.in_flight or self.undoing or self.undo_wanted:
            return False
        if self.halting:
            return not self.due.always_left
        return not self.holds and not self.due.left

    def outcome(self) -> tuple[RunState, str]:
        """Say how an exhausted run ends, and why."""
        if self.cancelled:
            return RunState.CANCELLED, "cancelled by a person"
        failed = [each.step.id for each in self.steps.values() if each.state is StepState.FAILED and self._counts(each)]
        if failed:
            more = " ..." if len(failed) > _NAMES_IN_A_LINE else ""
            return RunState.FAILED, f"failed: {', '.join(failed[:_NAMES_IN_A_LINE])}{more}"
        return (RunState.FAILED, "stopped") if self.halted else (RunState.SUCCEEDED, "every step is done")

    def _counts(self, each: StepProgress) -> bool:
        return each.step.critical and not self.tolerance.enough(each.step)

    def undoable(self) -> list[StepProgress]:
        """Give the done steps of the main phase in the order in which they are taken back: newest first."""
        done = [
            each
            for each in self.steps.values()
            if each.state is StepState.DONE and each.step.phase is Phase.MAIN and not is_undo(each.step.id)
        ]
        return sorted(done, key=lambda each: each.settled_by, reverse=True)

    def move(self, each: StepProgress, state: StepState) -> None:
        """Change a step's state and keep the counts. For the fold only."""
        self.tally.leave(each)
        each.state = state
        self.tally.enter(each)
        if state in IN_FLIGHT:
            self.due.occupy(each.step)

    def settle(self, each: StepProgress) -> None:
        """Let dependents go on. For the fold only."""
        if each.settled:
            return
        each.settled = True
        self.tolerance.settled(each.step, each.state)
        if is_undo(each.step.id):
            self.undoing.remove(each.step.id)
        else:
            self.due.settled(each.step)


def _accepted(progress: Progress, event: Event) -> None:
    progress.accepted = event
    progress.graceful = bool(event.payload.get("graceful", True))


def _claimed(_progress: Progress, _event: Event) -> None:
    return


def _paused(progress: Progress, _event: Event) -> None:
    progress.paused = True


def _resumed(progress: Progress, _event: Event) -> None:
    progress.paused = False


def _cancelled(progress: Progress, _event: Event) -> None:
    progress.cancelled = True
    progress.undo_wanted = False


def _finished(progress: Progress, event: Event) -> None:
    progress.final = RunState(str(event.payload["state"]))


def _undo_started(progress: Progress, event: Event) -> None:
    steps, calls = event.payload["steps"], event.payload["calls"]
    progress.halted, progress.undo_wanted = True, False
    if not isinstance(calls, Mapping) or not isinstance(steps, list | tuple):
        raise TypeError(f"event {event.sequence} of run {event.run} holds no calls")
    for name in steps:
        pseudo = undo_step(progress.steps[StepId(str(name))].step, _call(calls[str(name)]))
        progress.steps[pseudo.id] = StepProgress(pseudo)
        progress.undoing.append(pseudo.id)


def _call(stored: Json) -> Call:
    if isinstance(stored, Mapping):
        values = stored["with"]
        return Call(uses=str(stored["uses"]), values=values if isinstance(values, Mapping) else {})
    raise TypeError("not a call")


def _intent(progress: Progress, each: StepProgress, event: Event) -> None:
    each.attempt, each.intent, each.operation = event.attempt, event.payload, None
    each.tries += 1
    each.started_at = each.started_at or event.at
    each.attempt_at = event.at
    each.doubt_since = each.doubt_since or event.at
    each.retry_at = None
    progress.move(each, StepState.INTENDED)


def _recorded(progress: Progress, each: StepProgress, event: Event) -> None:
    operation = event.payload["operation"]
    each.operation = operation if isinstance(operation, Mapping) else None
    progress.move(each, StepState.RECORDED)


def _done(progress: Progress, each: StepProgress, event: Event) -> None:
    _ended(progress, each, event, StepState.DONE)


def _skipped(progress: Progress, each: StepProgress, event: Event) -> None:
    _ended(progress, each, event, StepState.SKIPPED)


def _ended(progress: Progress, each: StepProgress, event: Event, state: StepState) -> None:
    each.ended_at, each.settled_by, each.doubt_since = event.at, event.sequence, None
    each.because, each.question = str(event.payload.get("because", "")), ""
    outputs = event.payload.get("outputs")
    each.outputs = outputs if isinstance(outputs, Mapping) else {}
    progress.move(each, state)
    progress.settle(each)


def _failed(progress: Progress, each: StepProgress, event: Event) -> None:
    failure = event.payload["failure"]
    each.failure = failure if isinstance(failure, Mapping) else None
    known = each.failure is None or each.failure.get("code") not in UNKNOWN_OUTCOMES
    if known and not event.payload.get(IN_DOUBT):
        each.doubt_since = None
    if event.payload["final"]:
        _failed_for_good(progress, each, event)
        return
    retry_at = event.payload.get("retry-at")
    each.retry_at = parse_instant(retry_at) if isinstance(retry_at, str) else event.at
    progress.move(each, StepState.RETRYING)


def _failed_for_good(progress: Progress, each: StepProgress, event: Event) -> None:
    each.ended_at, each.settled_by = event.at, event.sequence
    step = each.step
    tolerated = progress.tolerance.bears(step)
    progress.tally.leave(each)
    each.state = StepState.FAILED
    if step.on_failure is not OnFailure.PAUSE or not step.critical or progress.halting or tolerated:
        progress.settle(each)
    progress.tally.enter(each)
    if not step.critical or step.phase is Phase.ALWAYS or tolerated:
        return
    if step.on_failure in {OnFailure.STOP, OnFailure.UNDO}:
        progress.undo_wanted = progress.undo_wanted or (step.on_failure is OnFailure.UNDO and not progress.halting)
        progress.halted = True


def _parked(progress: Progress, each: StepProgress, event: Event) -> None:
    each.question = str(event.payload.get("question", ""))
    progress.move(each, StepState.PARKED)


def _retry(progress: Progress, each: StepProgress, _event: Event) -> None:
    each.failure, each.ended_at, each.question, each.approvals = None, None, "", ()
    each.tries = 0
    progress.move(each, StepState.PENDING)
    if not is_undo(each.step.id):
        progress.due.again(each.step)


def _asked(progress: Progress, each: StepProgress, event: Event) -> None:
    each.started_at = each.started_at or event.at
    each.attempt_at = event.at
    each.intent = event.payload
    each.attempt = event.attempt
    progress.move(each, StepState.WAITING)


def _given(_progress: Progress, each: StepProgress, event: Event) -> None:
    each.approvals = (*each.approvals, (event.actor, event.at))


def _denied(_progress: Progress, _each: StepProgress, _event: Event) -> None:
    return


def _child(progress: Progress, each: StepProgress, event: Event) -> None:
    each.child = str(event.payload["run"])
    each.started_at = each.started_at or event.at
    progress.move(each, StepState.RECORDED)


_OF_RUN: Mapping[Kind, Callable[[Progress, Event], None]] = {
    Kind.RUN_ACCEPTED: _accepted,
    Kind.RUN_CLAIMED: _claimed,
    Kind.RUN_PAUSED: _paused,
    Kind.RUN_RESUMED: _resumed,
    Kind.RUN_CANCEL: _cancelled,
    Kind.RUN_FINISHED: _finished,
    Kind.UNDO_STARTED: _undo_started,
}

_OF_STEP: Mapping[Kind, Callable[[Progress, StepProgress, Event], None]] = {
    Kind.STEP_INTENT: _intent,
    Kind.STEP_RECORDED: _recorded,
    Kind.STEP_DONE: _done,
    Kind.STEP_FAILED: _failed,
    Kind.STEP_SKIPPED: _skipped,
    Kind.STEP_PARKED: _parked,
    Kind.STEP_RETRY: _retry,
    Kind.APPROVAL_ASKED: _asked,
    Kind.APPROVAL_GIVEN: _given,
    Kind.APPROVAL_DENIED: _denied,
    Kind.CHILD_STARTED: _child,
}


def fold(plan: RecoveryPlan, events: Iterable[Event]) -> Progress:
    """Give where a run stands after these events."""
    progress = Progress(plan)
    for event in events:
        progress.apply(event)
    return progress
