"""Where a run stands: a fold over its events, and which steps are due next. No input, no output, no clock."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drd.domain.canonical import Json
from drd.domain.durations import parse_instant
from drd.domain.events import Event, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import OnFailure, Phase, RecoveryPlan, Step

_SETTLED = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED})
_IN_FLIGHT = frozenset({StepState.TAKEN, StepState.INTENDED, StepState.RECORDED, StepState.RETRYING, StepState.WAITING})
_UNDO = "/undo"


def undo_id(step: StepId) -> StepId:
    """Name the pseudo step that takes a step back."""
    return StepId(step + _UNDO)


@dataclass(slots=True)
class StepProgress:
    """Where one step stands.

    Attributes:
        attempt: 1 for the first; 0 before any.
        settled: True when nothing more happens by itself and dependents may go on. A failed step is settled only when
            its failure does not hold the run.
        intent: payload of the last intent; operation: what was recorded after it.
    """

    step: Step
    state: StepState = StepState.PENDING
    attempt: int = 0
    settled: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    retry_at: datetime | None = None
    intent: Mapping[str, Json] | None = None
    operation: Mapping[str, Json] | None = None
    outputs: Mapping[str, Json] = field(default_factory=dict)
    failure: Mapping[str, Json] | None = None
    because: str = ""
    question: str = ""
    approvals: tuple[tuple[str, datetime], ...] = ()
    child: str = ""


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
        self.final: RunState | None = None
        self.paused = False
        self.cancelled = False
        self.halted = False
        self.undoing: list[StepId] = []
        self._ready = _Ready(plan)
        self._held = _Held()

    @property
    def state(self) -> RunState:
        """Where the run stands, as people see it."""
        if self.final is not None:
            return self.final
        if self.accepted is None or self.sequence == 1:
            return RunState.QUEUED
        if self.halted or self.cancelled:
            return RunState.STOPPING
        if self._held.parked:
            return RunState.PARKED
        if self.paused or self._held.failed:
            return RunState.PAUSED
        if self._held.waiting and self._held.waiting == self._held.in_flight and not self._ready.any():
            return RunState.WAITING
        return RunState.RUNNING

    @property
    def holds(self) -> bool:
        """Say whether no new step may start: paused, parked, or a failed step waits for a person."""
        return bool(self.paused or self._held.parked or self._held.failed)

    @property
    def halting(self) -> bool:
        """Say whether only what always runs is still to come: cancelled, stopped by a failure, or undoing."""
        return self.halted or self.cancelled

    @property
    def in_flight(self) -> int:
        """How many steps are under way."""
        return self._held.in_flight

    def apply(self, event: Event) -> None:
        """Take the next event.

        Raises:
            ValueError: if it is not the next one: the journal has a gap or was mixed up.
        """
        if event.sequence != self.sequence + 1:
            raise ValueError(f"event {event.sequence} of run {event.run} after {self.sequence}")
        self.sequence = event.sequence
        _APPLY[event.kind](self, event)

    def take(self, most: int) -> list[Step]:
        """Hand out at most so many steps that are due now; they count as under way from here on."""
        taken: list[Step] = []
        if self.final is not None or (self.holds and not self.halting):
            return taken
        while len(taken) < most:
            step = self._next()
            if step is None:
                break
            self._move(self.steps[step.id], StepState.TAKEN)
            taken.append(step)
        return taken

    def _next(self) -> Step | None:
        if not self.halting:
            return self._ready.pop(self.steps)
        if self._held.in_flight:
            return None
        if self.undoing:
            return self.steps[self.undoing[0]].step
        return self._ready.pop_always(self.steps)

    def unfinished(self) -> Iterator[StepProgress]:
        """Give the steps that were under way when the journal ended: in doubt, recorded, retrying, or waiting."""
        return (each for each in self.steps.values() if each.state in _IN_FLIGHT)

    def exhausted(self) -> bool:
        """Say whether nothing is left to do, so that the run can be finished."""
        if self._held.in_flight or self.undoing:
            return False
        if self.halting:
            return not self._ready.always_left
        return not self.holds and not self._ready.left

    def outcome(self) -> tuple[RunState, str]:
        """Say how an exhausted run ends, and why."""
        if self.cancelled:
            return RunState.CANCELLED, "cancelled by a person"
        failed = [each.step.id for each in self.steps.values() if each.state is StepState.FAILED and self._counts(each)]
        if failed:
            return RunState.FAILED, f"failed: {', '.join(failed[:5])}{' ...' if len(failed) > 5 else ''}"  # noqa: PLR2004 - as many names as fit a line
        return (RunState.FAILED, "stopped") if self.halted else (RunState.SUCCEEDED, "every step is done")

    def _counts(self, each: StepProgress) -> bool:
        if not each.step.critical:
            return False
        group = next((group for group in self.plan.groups if group.id == each.step.group), None)
        if group is None or group.minimum_success == 100 or each.step.child is None:  # noqa: PLR2004 - percent
            return True
        children = [one for one in self.steps.values() if one.step.group == group.id and one.step.child is not None]
        good = sum(one.state is StepState.DONE for one in children)
        return good * 100 < group.minimum_success * len(children)

    def undoable(self) -> list[StepId]:
        """Give the done steps in the order in which they are taken back: newest first."""
        done = [each for each in self.steps.values() if each.state is StepState.DONE and each.step.phase is Phase.MAIN]
        done.sort(key=lambda each: each.ended_at.timestamp() if each.ended_at else 0.0, reverse=True)
        return [each.step.id for each in done if not each.step.id.endswith(_UNDO)]

    def _move(self, each: StepProgress, state: StepState) -> None:
        self._held.leave(each)
        each.state = state
        self._held.enter(each)

    def _settle(self, each: StepProgress) -> None:
        if each.settled:
            return
        each.settled = True
        if each.step.id in self.undoing:
            self.undoing.remove(each.step.id)
        else:
            self._ready.settled(each.step)

    def _on_failed(self, event: Event) -> None:
        each = self.steps[_step(event)]
        failure = event.payload["failure"]
        each.failure = failure if isinstance(failure, Mapping) else None
        if not event.payload["final"]:
            retry_at = event.payload.get("retry-at")
            each.retry_at = parse_instant(retry_at) if isinstance(retry_at, str) else event.at
            self._move(each, StepState.RETRYING)
            return
        each.ended_at = event.at
        rule = each.step.on_failure
        goes_on = rule is not OnFailure.PAUSE or not each.step.critical or self.halting
        each.settled = False
        self._held.leave(each)
        each.state = StepState.FAILED
        if goes_on:
            self._settle(each)
        self._held.enter(each)
        if each.step.critical and rule in {OnFailure.STOP, OnFailure.UNDO} and each.step.phase is not Phase.ALWAYS:
            self.halted = True

    def _on_settled(self, event: Event, state: StepState) -> None:
        each = self.steps[_step(event)]
        each.ended_at = event.at
        each.because = str(event.payload.get("because", ""))
        outputs = event.payload.get("outputs")
        each.outputs = outputs if isinstance(outputs, Mapping) else {}
        self._move(each, state)
        self._settle(each)

    def _on_undo(self, event: Event) -> None:
        steps = event.payload["steps"]
        self.halted = True
        for name in steps if isinstance(steps, list | tuple) else ():
            undone = self.steps[StepId(str(name))].step
            pseudo = _undo_step(undone)
            if pseudo is not None:
                self.steps[pseudo.id] = StepProgress(pseudo)
                self.undoing.append(pseudo.id)


def _undo_step(step: Step) -> Step | None:
    call = step.undo
    if call is None:
        return None
    return Step(
        id=undo_id(step.id),
        call=call,
        phase=step.phase,
        group=step.group,
        item=step.item,
        timeout=step.timeout,
        retry=step.retry,
        critical=False,
        on_failure=OnFailure.CONTINUE,
        source=step.source,
    )


class _Held:
    """Counts of steps by what they mean for the run, kept while states change, because a run may hold 10,000 steps."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.waiting = 0
        self.parked = 0
        self.failed = 0

    def enter(self, each: StepProgress) -> None:
        self._count(each, 1)

    def leave(self, each: StepProgress) -> None:
        self._count(each, -1)

    def _count(self, each: StepProgress, by: int) -> None:
        self.in_flight += by * (each.state in _IN_FLIGHT)
        self.waiting += by * (each.state is StepState.WAITING)
        self.parked += by * (each.state is StepState.PARKED)
        self.failed += by * (each.state is StepState.FAILED and not each.settled)


class _Ready:
    """Which steps have all they need, in the phase that is open, with room in their lane."""

    def __init__(self, plan: RecoveryPlan) -> None:
        self._missing: dict[StepId, int] = {}
        self._dependents: dict[StepId, list[Step]] = {}
        self._lanes: dict[tuple[Phase, str], deque[Step]] = {}
        self._busy: dict[str, int] = {}
        self._open: dict[Phase, int] = dict.fromkeys(Phase, 0)
        self._joins = {group.id: group.join for group in plan.groups if group.join}
        self._in_group: dict[str, int] = {}
        for step in plan.steps:
            self._open[step.phase] += 1
            self._in_group[step.group] = self._in_group.get(step.group, 0) + 1
        empty = {join for group, join in self._joins.items() if not self._in_group.get(group)}
        for step in plan.steps:
            needs = [need for need in dict.fromkeys(step.needs) if need not in empty]
            self._missing[step.id] = len(needs)
            for need in needs:
                self._dependents.setdefault(need, []).append(step)
            if not needs:
                self._queue(step)

    @property
    def left(self) -> int:
        """How many steps are not settled."""
        return sum(self._open.values())

    @property
    def always_left(self) -> int:
        """How many steps that always run are not settled."""
        return self._open[Phase.ALWAYS]

    def any(self) -> bool:
        """Say whether a step could be handed out now; may be wrong the safe way (True) for lanes that are full."""
        phase = self._phase()
        return any(queue for (of, _), queue in self._lanes.items() if of is phase)

    def pop(self, steps: Mapping[StepId, StepProgress]) -> Step | None:
        """Take a step that is due in the open phase."""
        return self._pop(self._phase(), steps)

    def pop_always(self, steps: Mapping[StepId, StepProgress]) -> Step | None:
        """Take a step that always runs, although the phases before it are not done."""
        return self._pop(Phase.ALWAYS, steps)

    def settled(self, step: Step) -> None:
        """Note that a step needs nothing more, so that what waits for it may go on."""
        self._open[step.phase] -= 1
        self.release(step)
        self._reach(step.id)
        self._in_group[step.group] -= 1
        join = self._joins.get(step.group)
        if join is not None and not self._in_group[step.group]:
            self._reach(join)

    def release(self, step: Step) -> None:
        """Give back the room in the step's lane, if it held any."""
        if step.lane and self._busy.get(step.lane):
            self._busy[step.lane] -= 1

    def again(self, step: Step) -> None:
        """Queue a step once more, because a person wants another attempt."""
        self.release(step)
        self._queue(step, first=True)

    def _phase(self) -> Phase:
        return next((phase for phase in Phase if self._open[phase]), Phase.ALWAYS)

    def _pop(self, phase: Phase, steps: Mapping[StepId, StepProgress]) -> Step | None:
        for (of, lane), queue in self._lanes.items():
            if of is not phase:
                continue
            while queue and steps[queue[0].id].state is not StepState.PENDING:
                queue.popleft()
            if queue and (not lane or self._busy.get(lane, 0) < queue[0].parallel):
                step = queue.popleft()
                self._busy[lane] = self._busy.get(lane, 0) + 1
                return step
        return None

    def _reach(self, reached: StepId) -> None:
        for dependent in self._dependents.pop(reached, ()):
            self._missing[dependent.id] -= 1
            if not self._missing[dependent.id]:
                self._queue(dependent)

    def _queue(self, step: Step, *, first: bool = False) -> None:
        queue = self._lanes.setdefault((step.phase, step.lane if step.parallel else ""), deque())
        (queue.appendleft if first else queue.append)(step)


def _step(event: Event) -> StepId:
    if event.step is None:
        raise ValueError(f"event {event.sequence} of run {event.run} names no step")
    return event.step


def _accepted(progress: Progress, event: Event) -> None:
    progress.accepted = event
    progress.graceful = bool(event.payload.get("graceful", True))


def _finished(progress: Progress, event: Event) -> None:
    progress.final = RunState(str(event.payload["state"]))


def _intent(progress: Progress, event: Event) -> None:
    each = progress.steps[_step(event)]
    each.attempt, each.intent, each.operation = event.attempt, event.payload, None
    each.started_at = each.started_at or event.at
    progress._move(each, StepState.INTENDED)  # noqa: SLF001 - this table is part of the fold


def _recorded(progress: Progress, event: Event) -> None:
    each = progress.steps[_step(event)]
    operation = event.payload["operation"]
    each.operation = operation if isinstance(operation, Mapping) else None
    progress._move(each, StepState.RECORDED)  # noqa: SLF001 - this table is part of the fold


def _parked(progress: Progress, event: Event) -> None:
    each = progress.steps[_step(event)]
    each.question = str(event.payload.get("question", ""))
    progress._move(each, StepState.PARKED)  # noqa: SLF001 - this table is part of the fold


def _retry(progress: Progress, event: Event) -> None:
    each = progress.steps[_step(event)]
    each.failure, each.ended_at, each.question = None, None, ""
    progress._move(each, StepState.PENDING)  # noqa: SLF001 - this table is part of the fold
    progress._ready.again(each.step)  # noqa: SLF001 - this table is part of the fold


def _asked(progress: Progress, event: Event) -> None:
    each = progress.steps[_step(event)]
    each.started_at = each.started_at or event.at
    each.intent = event.payload
    each.attempt = event.attempt
    progress._move(each, StepState.WAITING)  # noqa: SLF001 - this table is part of the fold


def _given(progress: Progress, event: Event) -> None:
    each = progress.steps[_step(event)]
    each.approvals = (*each.approvals, (event.actor, event.at))


def _child(progress: Progress, event: Event) -> None:
    each = progress.steps[_step(event)]
    each.child = str(event.payload["run"])
    each.started_at = each.started_at or event.at


def _pause(progress: Progress, _event: Event) -> None:
    progress.paused = True


def _resume(progress: Progress, _event: Event) -> None:
    progress.paused = False


def _cancel(progress: Progress, _event: Event) -> None:
    progress.cancelled = True


def _nothing(_progress: Progress, _event: Event) -> None:
    return


_APPLY: Mapping[Kind, Callable[[Progress, Event], None]] = {
    Kind.RUN_ACCEPTED: _accepted,
    Kind.RUN_CLAIMED: _nothing,
    Kind.RUN_PAUSED: _pause,
    Kind.RUN_RESUMED: _resume,
    Kind.RUN_CANCEL: _cancel,
    Kind.RUN_FINISHED: _finished,
    Kind.STEP_INTENT: _intent,
    Kind.STEP_RECORDED: _recorded,
    Kind.STEP_DONE: lambda progress, event: progress._on_settled(event, StepState.DONE),  # noqa: SLF001 - part of the fold
    Kind.STEP_FAILED: lambda progress, event: progress._on_failed(event),  # noqa: SLF001 - part of the fold
    Kind.STEP_SKIPPED: lambda progress, event: progress._on_settled(event, StepState.SKIPPED),  # noqa: SLF001 - part of the fold
    Kind.STEP_PARKED: _parked,
    Kind.STEP_RETRY: _retry,
    Kind.APPROVAL_ASKED: _asked,
    Kind.APPROVAL_GIVEN: _given,
    Kind.APPROVAL_DENIED: _nothing,
    Kind.CHILD_STARTED: _child,
    Kind.UNDO_STARTED: lambda progress, event: progress._on_undo(event),  # noqa: SLF001 - part of the fold
}


def fold(plan: RecoveryPlan, events: Iterable[Event]) -> Progress:
    """Give where a run stands after these events."""
    progress = Progress(plan)
    for event in events:
        progress.apply(event)
    return progress
