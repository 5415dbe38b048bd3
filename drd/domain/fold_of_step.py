"""What each event about one step changes in the fold. Part of `drd.domain.progress`."""

from collections.abc import Callable, Mapping

from drd.domain.durations import parse_instant
from drd.domain.events import BY_HAND, BY_PLAN, IN_DOUBT, Event, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import StepState
from drd.domain.plan import OnFailure, Phase
from drd.domain.standing import Standing
from drd.domain.step_progress import StepProgress, is_undo

UNKNOWN_OUTCOMES = frozenset({"deadline-passed", "in-doubt"})
"""Codes of failures after which something may still be under way at the other side."""


def _intent(run: Standing, each: StepProgress, event: Event) -> None:
    each.attempt, each.intent, each.operation = event.attempt, event.payload, None
    each.tries += 1
    each.started_at = each.started_at or event.at
    each.attempt_at = event.at
    each.doubt_since = each.doubt_since or event.at
    each.retry_at = None
    run.move(each, StepState.INTENDED)


def _recorded(run: Standing, each: StepProgress, event: Event) -> None:
    operation = event.payload["operation"]
    each.operation = operation if isinstance(operation, Mapping) else None
    run.move(each, StepState.RECORDED)


def _adopted(run: Standing, each: StepProgress, event: Event) -> None:
    """A person knows whose it is; it gets the step's whole time, from here on."""
    each.question, each.found, each.attempt_at = "", None, event.at
    _recorded(run, each, event)


def _done(run: Standing, each: StepProgress, event: Event) -> None:
    each.by_hand = event.actor if event.payload.get(BY_HAND) else ""
    _ended(run, each, event, StepState.DONE)


def _skipped(run: Standing, each: StepProgress, event: Event) -> None:
    each.by_plan = bool(event.payload.get(BY_PLAN))
    _ended(run, each, event, StepState.SKIPPED)


def _ended(run: Standing, each: StepProgress, event: Event, state: StepState) -> None:
    each.ended_at, each.settled_by, each.doubt_since = event.at, event.sequence, None
    each.because, each.question, each.found = str(event.payload.get("because", "")), "", None
    outputs = event.payload.get("outputs")
    each.outputs = outputs if isinstance(outputs, Mapping) else {}
    run.move(each, state)
    run.settle(each)


def _failed(run: Standing, each: StepProgress, event: Event) -> None:
    failure = event.payload["failure"]
    each.failure = failure if isinstance(failure, Mapping) else None
    known = each.failure is None or each.failure.get("code") not in UNKNOWN_OUTCOMES
    if known and not event.payload.get(IN_DOUBT):
        each.doubt_since = None
    if event.payload["final"]:
        _failed_for_good(run, each, event)
        return
    retry_at = event.payload.get("retry-at")
    each.retry_at = parse_instant(retry_at) if isinstance(retry_at, str) else event.at
    run.move(each, StepState.RETRYING)


def _failed_for_good(run: Standing, each: StepProgress, event: Event) -> None:
    each.ended_at, each.settled_by = event.at, event.sequence
    step = each.step
    tolerated = run.tolerance.bears(step)
    run.tally.leave(each)
    each.state = StepState.FAILED
    if step.on_failure is not OnFailure.PAUSE or not step.critical or run.halting or tolerated:
        run.settle(each)
    run.tally.enter(each)
    if not step.critical or step.phase is Phase.ALWAYS or tolerated:
        return
    if step.on_failure in {OnFailure.STOP, OnFailure.UNDO}:
        run.undo_wanted = run.undo_wanted or (step.on_failure is OnFailure.UNDO and not run.halting)
        run.halted = True
        run.give_up()


def _parked(run: Standing, each: StepProgress, event: Event) -> None:
    found = event.payload.get("found")
    each.question = str(event.payload.get("question", ""))
    each.found = found if isinstance(found, Mapping) else None
    if event.payload.get(IN_DOUBT) is False:
        each.doubt_since = None
    each.given_up = each.doubt_since is None and not run.may_act(each.step)
    run.move(each, StepState.PARKED)


def _retry(run: Standing, each: StepProgress, event: Event) -> None:
    again = event.payload.get("again")
    others = again if isinstance(again, list | tuple) else ()
    _anew(each)
    if each.settled or others:
        # Only where a person goes back to an earlier step: what waits for it has to wait again.
        for one in (each, *(run.steps[StepId(str(name))] for name in others)):
            _anew(one)
            run.reopen(one)
        run.queue_anew()
        return
    run.move(each, StepState.PENDING)
    if not is_undo(each.step.id):
        run.due.again(each.step)


def _anew(each: StepProgress) -> None:
    each.failure, each.ended_at, each.question, each.found, each.approvals = None, None, "", None, ()
    each.tries = 0


def _held(run: Standing, each: StepProgress, _event: Event) -> None:
    """Handed out is not begun: it goes back, and stays."""
    run.tally.leave(each)
    each.state, each.held = StepState.PENDING, True
    run.tally.enter(each)
    run.due.release(each.step)


def _released(run: Standing, each: StepProgress, _event: Event) -> None:
    run.tally.leave(each)
    each.held = False
    run.tally.enter(each)
    run.due.let_go(each.step)


def _asked(run: Standing, each: StepProgress, event: Event) -> None:
    each.started_at = each.started_at or event.at
    each.attempt_at = event.at
    each.intent = event.payload
    each.attempt = event.attempt
    run.move(each, StepState.WAITING)


def _given(_run: Standing, each: StepProgress, event: Event) -> None:
    each.approvals = (*each.approvals, (event.actor, event.at))


def _denied(_run: Standing, _each: StepProgress, _event: Event) -> None:
    return


def _child(run: Standing, each: StepProgress, event: Event) -> None:
    each.child = str(event.payload["run"])
    each.started_at = each.started_at or event.at
    run.move(each, StepState.RECORDED)


OF_STEP: Mapping[Kind, Callable[[Standing, StepProgress, Event], None]] = {
    Kind.STEP_INTENT: _intent,
    Kind.STEP_RECORDED: _recorded,
    Kind.STEP_DONE: _done,
    Kind.STEP_FAILED: _failed,
    Kind.STEP_SKIPPED: _skipped,
    Kind.STEP_PARKED: _parked,
    Kind.STEP_ADOPTED: _adopted,
    Kind.STEP_RETRY: _retry,
    Kind.STEP_HELD: _held,
    Kind.STEP_RELEASED: _released,
    Kind.APPROVAL_ASKED: _asked,
    Kind.APPROVAL_GIVEN: _given,
    Kind.APPROVAL_DENIED: _denied,
    Kind.CHILD_STARTED: _child,
}
"""By kind; every kind is either here or in `drd.domain.fold_of_run.OF_RUN`."""
