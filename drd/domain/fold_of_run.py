"""What each event about a run as a whole changes in the fold. Part of `drd.domain.progress`."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.events import Event, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.step_progress import Remark, StepProgress, undo_step

if TYPE_CHECKING:
    from drd.domain.progress import Progress


def _accepted(progress: "Progress", event: Event) -> None:
    progress.accepted = event
    progress.graceful = bool(event.payload.get("graceful", True))


def _claimed(_progress: "Progress", _event: Event) -> None:
    return


def _paused(progress: "Progress", _event: Event) -> None:
    progress.paused = True


def _resumed(progress: "Progress", _event: Event) -> None:
    progress.paused, progress.parked = False, ""


def _parked(progress: "Progress", event: Event) -> None:
    progress.parked = str(event.payload["question"])


def _cancelled(progress: "Progress", _event: Event) -> None:
    progress.cancelled = True
    progress.undo_wanted = False


def _grace(progress: "Progress", event: Event) -> None:
    """Take the newest word. What was only handed out begins anew under it; what it makes due again comes back."""
    progress.graceful = bool(event.payload["graceful"])
    again = event.payload.get("again", ())
    if not isinstance(again, list | tuple):
        raise TypeError(f"event {event.sequence} of run {event.run} names no steps")
    for each in progress.steps.values():
        if each.state is StepState.TAKEN:
            progress.move(each, StepState.PENDING)
    for name in again:
        progress.reopen(progress.steps[StepId(str(name))])
    progress.queue_anew()


def _undo(progress: "Progress", event: Event) -> None:
    progress.halted = progress.undo_wanted = True
    progress.undone_by = event.actor


def _note(progress: "Progress", event: Event) -> None:
    step = event.payload.get("step")
    remark = Remark(at=event.at, actor=event.actor, step=str(step or ""), text=event.reason)
    progress.remarks.append(remark)


def _finished(progress: "Progress", event: Event) -> None:
    progress.final = RunState(str(event.payload["state"]))


def _undo_started(progress: "Progress", event: Event) -> None:
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


OF_RUN: Mapping[Kind, Callable[["Progress", Event], None]] = {
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
