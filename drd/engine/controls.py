"""People's orders: what is legal now, and which events say that it was ordered. Reads the fold, writes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drd.domain.canonical import Json
from drd.domain.errors import NotFoundError, RefusedError
from drd.domain.events import BY_PLAN, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import Request, StepState, answer
from drd.domain.progress import Progress, StepProgress
from drd.engine.approving import approved, check_may_answer
from drd.engine.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One event that is still to be written."""

    kind: Kind
    step: StepId | None = None
    attempt: int = 0
    payload: Mapping[str, Json] = field(default_factory=dict)


def decide(progress: Progress, order: Order) -> tuple[Note, ...]:
    """Give the events that carry an order out.

    Raises:
        RefusedError: not legal in the run's or the step's state.
        NotFoundError: the run has no such step.
        ForbiddenError: the actor may not answer this approval.
    """
    refusal = answer(progress.state, order.request)
    if refusal is not None:
        raise RefusedError(
            f"cannot {order.request.value}: {refusal.reason}", target=order.run, hint=refusal.hint, code="not-now"
        )
    return _DECISIONS[order.request](progress, order)


def _pause(_progress: Progress, _order: Order) -> tuple[Note, ...]:
    return (Note(kind=Kind.RUN_PAUSED),)


def _resume(progress: Progress, order: Order) -> tuple[Note, ...]:
    if not progress.paused:
        raise RefusedError(
            "cannot resume: a failed step holds the run, not a person",
            target=order.run,
            hint="retry the step, or skip it with a reason; `drd run show` names it",
            code="not-now",
        )
    return (Note(kind=Kind.RUN_RESUMED),)


def _cancel(_progress: Progress, _order: Order) -> tuple[Note, ...]:
    return (Note(kind=Kind.RUN_CANCEL),)


def _retry(progress: Progress, order: Order) -> tuple[Note, ...]:
    each = _step(progress, order)
    failed = each.state is StepState.FAILED and not each.settled
    if not failed and each.state is not StepState.PARKED:
        raise _not_in_this_state(each, order, "only a failed step that holds the run, or a parked one, can be retried")
    if not progress.may_act(each.step):
        raise _not_in_this_state(each, order, "the run is stopping: only what always runs can be retried")
    return (Note(kind=Kind.STEP_RETRY, step=each.step.id, attempt=each.attempt),)


_SKIPPABLE = frozenset({StepState.PENDING, StepState.PARKED, StepState.WAITING, StepState.RETRYING})


def _skip(progress: Progress, order: Order) -> tuple[Note, ...]:
    each = _step(progress, order)
    failed = each.state is StepState.FAILED and not each.settled
    if not failed and each.state not in _SKIPPABLE:
        raise _not_in_this_state(each, order, "a step that is under way or over cannot be skipped")
    because = order.reason or "skipped by a person"
    payload: dict[str, Json] = {"because": because, BY_PLAN: False}
    return (Note(kind=Kind.STEP_SKIPPED, step=each.step.id, attempt=each.attempt, payload=payload),)


def _approve(progress: Progress, order: Order) -> tuple[Note, ...]:
    each = _asked(progress, order)
    given = Note(kind=Kind.APPROVAL_GIVEN, step=each.step.id, attempt=each.attempt)
    outputs = approved(each, order.actor)
    if outputs is None:
        return (given,)
    done = Note(kind=Kind.STEP_DONE, step=each.step.id, attempt=each.attempt, payload={"outputs": outputs})
    return given, done


def _deny(progress: Progress, order: Order) -> tuple[Note, ...]:
    each = _asked(progress, order)
    failure: dict[str, Json] = {
        "code": "denied",
        "message": f"{order.actor} refused: {order.reason}" if order.reason else f"{order.actor} refused",
        "target": each.step.id,
        "hint": "retry the step to ask again, or cancel the run",
        "transient": False,
    }
    payload: dict[str, Json] = {"failure": failure, "final": True}
    return (
        Note(kind=Kind.APPROVAL_DENIED, step=each.step.id, attempt=each.attempt),
        Note(kind=Kind.STEP_FAILED, step=each.step.id, attempt=each.attempt, payload=payload),
    )


def _asked(progress: Progress, order: Order) -> StepProgress:
    each = _step(progress, order)
    if each.state is not StepState.WAITING or each.step.approval is None:
        raise _not_in_this_state(each, order, "the step waits for no approval; `drd approval list` shows which do")
    check_may_answer(progress, each, order)
    return each


def _step(progress: Progress, order: Order) -> StepProgress:
    each = progress.steps.get(order.step) if order.step is not None else None
    if each is None:
        raise NotFoundError(
            f"the run has no step {order.step!r}" if order.step else f"{order.request.value} needs a step",
            target=order.run,
            hint="`drd run show` lists the steps",
        )
    return each


def _not_in_this_state(each: StepProgress, order: Order, hint: str) -> RefusedError:
    return RefusedError(
        f"cannot {order.request.value}: step {each.step.id} is {each.state.value}",
        target=order.run,
        hint=hint,
        code="not-now",
    )


_DECISIONS: Mapping[Request, Callable[[Progress, Order], tuple[Note, ...]]] = {
    Request.PAUSE: _pause,
    Request.RESUME: _resume,
    Request.CANCEL: _cancel,
    Request.RETRY: _retry,
    Request.SKIP: _skip,
    Request.APPROVE: _approve,
    Request.DENY: _deny,
}
