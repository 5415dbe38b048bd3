"""People's orders: what is legal now, and which events say that it was ordered. Reads the fold, writes nothing."""

from collections.abc import Callable, Mapping

from drd.domain.durations import format_instant
from drd.domain.events import Kind
from drd.domain.going_back import due_again, has_begun
from drd.domain.lifecycle import Request, StepState, answer
from drd.domain.plan import Phase
from drd.domain.progress import Progress, StepProgress
from drd.domain.step_progress import Remark
from drd.engine.deciding_on_steps import OF_STEP, named
from drd.engine.notes import Note, not_now
from drd.engine.orders import Order
from drd.engine.verbs import Verbs

__all__ = ["Note", "decide"]


def decide(progress: Progress, order: Order, verbs: Verbs) -> tuple[Note, ...]:
    """Give the events that carry an order out.

    Args:
        progress: where the run stands.
        order: what a person asks.
        verbs: what the catalogues know of its steps.

    Raises:
        RefusedError: not legal in the run's or the step's state.
        NotFoundError: the run has no such step.
        ForbiddenError: the actor may not answer this approval.
        InvalidError: the outputs given by hand do not fit, or some are missing.
    """
    refusal = answer(progress.state, order.request)
    if refusal is not None:
        raise not_now(order, refusal.reason, refusal.hint)
    of_run = _OF_RUN.get(order.request)
    return of_run(progress, order) if of_run is not None else OF_STEP[order.request](progress, order, verbs)


def _pause(progress: Progress, order: Order) -> tuple[Note, ...]:
    if progress.paused:
        raise not_now(order, _paused_by(progress.pause), "`drd run resume` goes on")
    return (Note(kind=Kind.RUN_PAUSED),)


def _paused_by(pause: Remark | None) -> str:
    if pause is None:
        return "a person paused the run already"
    why = f": {pause.text}" if pause.text else ""
    return f"{pause.actor} paused the run at {format_instant(pause.at)}{why}"


def _resume(progress: Progress, order: Order) -> tuple[Note, ...]:
    if not progress.paused and not progress.parked:
        why = "a step is in doubt" if progress.tally.parked else "a failed step holds the run, not a person"
        raise not_now(order, why, "retry the step, resolve it, or skip it with a reason; `drd run show` names it")
    return (Note(kind=Kind.RUN_RESUMED),)


def _cancel(progress: Progress, order: Order) -> tuple[Note, ...]:
    if progress.halting:
        raise not_now(order, "the run is stopping already", _how_it_ends(progress))
    return (Note(kind=Kind.RUN_CANCEL),)


def _how_it_ends(progress: Progress) -> str:
    if progress.standstill:
        return "`drd run resume` lets it come to its end"
    return "a step of its clean-up waits for you: adopt, retry, resolve or skip it; `drd run show` names it"


def _undo(progress: Progress, order: Order) -> tuple[Note, ...]:
    if progress.undo_wanted or progress.undone_by or progress.undoing:
        raise not_now(order, "the run is being taken back already", "`drd run watch` follows it")
    if any(_asks(each) for each in progress.steps.values()):
        hint = "pause the run; then adopt, resolve or skip the step, or let a retry find out; see `drd run show`"
        raise not_now(order, "a step is in doubt", hint)
    if any(has_begun(each) for each in progress.steps.values() if each.step.phase is Phase.ALWAYS):
        raise not_now(order, "what always runs at the end has begun", "take back what is left by hand")
    if not progress.undoable() and not progress.in_flight:
        raise not_now(order, "no step of it is done", "cancel the run; there is nothing to take back")
    return (Note(kind=Kind.RUN_UNDO),)


def _asks(each: StepProgress) -> bool:
    """Say whether a person has to tell what became of a step, before what was done is taken back."""
    open_ = not each.settled and each.state in {StepState.FAILED, StepState.PENDING}
    return each.state is StepState.PARKED or (open_ and each.doubt_since is not None)


def _graceful(progress: Progress, order: Order) -> tuple[Note, ...]:
    return _grace(progress, order, graceful=True)


def _ungraceful(progress: Progress, order: Order) -> tuple[Note, ...]:
    return _grace(progress, order, graceful=False)


def _grace(progress: Progress, order: Order, *, graceful: bool) -> tuple[Note, ...]:
    if progress.graceful is graceful:
        raise not_now(order, f"the run is {order.request.value} already", "`drd run show` tells how it runs")
    again = [str(name) for name in due_again(progress, graceful=graceful)]
    return (Note(kind=Kind.RUN_GRACE, payload={"graceful": graceful, "again": again}),)


def _note(progress: Progress, order: Order) -> tuple[Note, ...]:
    step = named(progress, order).step.id if order.step is not None else None
    return (Note(kind=Kind.RUN_NOTE, payload={"step": step}),)


_OF_RUN: Mapping[Request, Callable[[Progress, Order], tuple[Note, ...]]] = {
    Request.PAUSE: _pause,
    Request.RESUME: _resume,
    Request.CANCEL: _cancel,
    Request.UNDO: _undo,
    Request.GRACEFUL: _graceful,
    Request.UNGRACEFUL: _ungraceful,
    Request.NOTE: _note,
}
"""Requests of the run as a whole; all others are in `drd.engine.deciding_on_steps.OF_STEP`."""
