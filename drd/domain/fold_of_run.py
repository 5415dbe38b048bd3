"""What each event about a run as a whole changes in the fold. Part of `drd.domain.progress`."""

from collections.abc import Callable, Mapping

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.events import Event, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.standing import Standing
from drd.domain.steady import REFUSED
from drd.domain.step_progress import Remark, StepProgress, undo_step


def _accepted(run: Standing, event: Event) -> None:
    run.accepted = event
    run.graceful = bool(event.payload.get("graceful", True))


def _claimed(run: Standing, _event: Event) -> None:
    run.claimed = True


def _paused(run: Standing, event: Event) -> None:
    run.paused = True
    run.pause = Remark(at=event.at, actor=event.actor, step="", text=event.reason)
    run.stand_still(event.at)


def _resumed(run: Standing, event: Event) -> None:
    run.go_on(event.at)


def _parked(run: Standing, event: Event) -> None:
    run.parked, run.was_parked = str(event.payload["question"]), True
    run.stand_still(event.at)


def _cancelled(run: Standing, event: Event) -> None:
    """The newest word: what always runs does not wait for a person who had paused the run, or was asked, before."""
    run.cancelled, run.cancelled_by = True, event.actor
    run.refused = event.actor == "drd" and event.reason.startswith(REFUSED)
    run.undo_wanted = False
    run.go_on(event.at)
    run.give_up()


def _grace(run: Standing, event: Event) -> None:
    """Take the newest word. What was only handed out begins anew under it; what it makes due again comes back."""
    run.graceful, run.graced_at = bool(event.payload["graceful"]), event.at
    again = event.payload.get("again", ())
    if not isinstance(again, list | tuple):
        raise TypeError(f"event {event.sequence} of run {event.run} names no steps")
    for each in run.steps.values():
        if each.state is StepState.TAKEN:
            run.move(each, StepState.PENDING)
    for name in again:
        run.reopen(run.steps[StepId(str(name))])
    run.queue_anew()


def _undo(run: Standing, event: Event) -> None:
    run.halted = run.undo_wanted = True
    run.go_on(event.at)
    run.undone_by = event.actor


def _note(run: Standing, event: Event) -> None:
    step = event.payload.get("step")
    remark = Remark(at=event.at, actor=event.actor, step=str(step or ""), text=event.reason)
    run.remarks.append(remark)


def _finished(run: Standing, event: Event) -> None:
    run.final = RunState(str(event.payload["state"]))


def _undo_started(run: Standing, event: Event) -> None:
    steps, calls = event.payload["steps"], event.payload["calls"]
    run.halted, run.undo_wanted = True, False
    if not isinstance(calls, Mapping) or not isinstance(steps, list | tuple):
        raise TypeError(f"event {event.sequence} of run {event.run} holds no calls")
    for name in steps:
        pseudo = undo_step(run.steps[StepId(str(name))].step, _call(calls[str(name)]))
        run.steps[pseudo.id] = StepProgress(pseudo)
        run.undoing.append(pseudo.id)


def _call(stored: Json) -> Call:
    if isinstance(stored, Mapping):
        values = stored["with"]
        return Call(uses=str(stored["uses"]), values=values if isinstance(values, Mapping) else {})
    raise TypeError("not a call")


OF_RUN: Mapping[Kind, Callable[[Standing, Event], None]] = {
    Kind.RUN_ACCEPTED: _accepted,
    Kind.RUN_CLAIMED: _claimed,
    Kind.RUN_PAUSED: _paused,
    Kind.RUN_RESUMED: _resumed,
    Kind.RUN_PARKED: _parked,
    Kind.RUN_CANCEL: _cancelled,
    Kind.RUN_GRACE: _grace,
    Kind.RUN_UNDO: _undo,
    Kind.RUN_NOTE: _note,
    Kind.RUN_FINISHED: _finished,
    Kind.UNDO_STARTED: _undo_started,
}
"""By kind; every kind is either here or in `drd.domain.fold_of_step.OF_STEP`."""
