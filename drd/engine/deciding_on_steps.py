"""Orders about one step: legal in which of its states, and as which events. Reads the fold, writes nothing."""

from collections.abc import Callable, Mapping, Sequence

from drd.domain.canonical import Json
from drd.domain.errors import NotFoundError
from drd.domain.events import BY_HAND, BY_PLAN, Kind
from drd.domain.going_back import has_begun, onwards
from drd.domain.lifecycle import Request, StepState
from drd.domain.plan import APPROVE
from drd.domain.progress import Progress, StepProgress, is_undo
from drd.domain.tally import IN_FLIGHT
from drd.engine.approving import approved, check_may_answer
from drd.engine.by_hand import outputs_by_hand
from drd.engine.notes import Note, not_in_this_state, not_now
from drd.engine.orders import Order
from drd.engine.verbs import Verbs

_NAMES_IN_A_LINE = 5


def named(progress: Progress, order: Order) -> StepProgress:
    """Give the step that an order names. Raises NotFoundError."""
    each = progress.steps.get(order.step) if order.step is not None else None
    if each is None:
        raise NotFoundError(
            f"the run has no step {order.step!r}" if order.step else f"{order.request.value} needs a step",
            target=order.run,
            hint="`drd run show` lists the steps",
        )
    return each


def _holds_the_run(each: StepProgress) -> bool:
    return each.state is StepState.FAILED and not each.settled


def _retry(progress: Progress, order: Order, verbs: Verbs) -> tuple[Note, ...]:
    each = named(progress, order)
    if order.onwards:
        return _retry_onwards(progress, order, each, verbs)
    if not _holds_the_run(each) and each.state is not StepState.PARKED:
        hint = "only a failed step that holds the run, or a parked one, can be retried"
        raise not_in_this_state(each, order, hint)
    _must_act(progress, order, each)
    return (Note(kind=Kind.STEP_RETRY, step=each.step.id, attempt=each.attempt),)


def _retry_onwards(progress: Progress, order: Order, each: StepProgress, verbs: Verbs) -> tuple[Note, ...]:
    """Go back to a step. What was done is never done again: only questions may be asked twice."""
    if not has_begun(each):
        raise not_in_this_state(each, order, "it has not begun, so there is nothing to go back to")
    _must_act(progress, order, each)
    steps = [progress.steps[name] for name in onwards(progress.plan, each.step)]
    again = [one for one in steps if has_begun(one) and not one.by_plan]
    busy = [one.step.id for one in again if one.state in IN_FLIGHT]
    if busy:
        raise not_now(order, f"{_names(busy)} under way", "wait until what is under way has ended, then go back")
    done = [one.step.id for one in again if one.state is StepState.DONE and not _changes_nothing(one, verbs)]
    if done or each.by_plan:
        why = f"{_names(done)} done, and never sent again" if done else f"the plan leaves {each.step.id} out"
        raise not_now(order, why, "go back to a later step, or end this run and start a new one")
    others: list[Json] = [one.step.id for one in again if one is not each]
    return (Note(kind=Kind.STEP_RETRY, step=each.step.id, attempt=each.attempt, payload={"again": others}),)


def _names(steps: Sequence[str]) -> str:
    more = " ..." if len(steps) > _NAMES_IN_A_LINE else ""
    return f"{', '.join(steps[:_NAMES_IN_A_LINE])}{more} {'is' if len(steps) == 1 else 'are'}"


def _changes_nothing(each: StepProgress, verbs: Verbs) -> bool:
    """Say whether a step only asks: a person, or a check."""
    return not each.by_hand and verbs.only_asks(each.step)


_SKIPPABLE = frozenset({StepState.PENDING, StepState.TAKEN, StepState.PARKED, StepState.WAITING, StepState.RETRYING})


def _skip(progress: Progress, order: Order, _verbs: Verbs) -> tuple[Note, ...]:
    each = named(progress, order)
    if not _holds_the_run(each) and each.state not in _SKIPPABLE:
        raise not_in_this_state(each, order, "a step that is under way or over cannot be skipped")
    because = order.reason or "skipped by a person"
    payload: dict[str, Json] = {"because": because, BY_PLAN: False}
    return (Note(kind=Kind.STEP_SKIPPED, step=each.step.id, attempt=each.attempt, payload=payload),)


def _hold(progress: Progress, order: Order, _verbs: Verbs) -> tuple[Note, ...]:
    each = named(progress, order)
    if has_begun(each) or each.held or is_undo(each.step.id):
        raise not_in_this_state(each, order, "only a step that has not begun can be held; `drd run pause` holds all")
    return (Note(kind=Kind.STEP_HELD, step=each.step.id, attempt=each.attempt),)


def _release(progress: Progress, order: Order, _verbs: Verbs) -> tuple[Note, ...]:
    each = named(progress, order)
    if not each.held or each.state is not StepState.PENDING:
        raise not_in_this_state(each, order, "only a step that is held can be released")
    return (Note(kind=Kind.STEP_RELEASED, step=each.step.id, attempt=each.attempt),)


_RESOLVABLE = frozenset({StepState.PENDING, StepState.TAKEN, StepState.PARKED, StepState.RETRYING})


def _resolve(progress: Progress, order: Order, verbs: Verbs) -> tuple[Note, ...]:
    each = named(progress, order)
    if each.step.call.uses == APPROVE:
        hint = "who is asked gives it: `drd approval approve`; or skip the step with a reason, in your own name"
        raise not_now(order, f"step {each.step.id} asks people", hint)
    if not _holds_the_run(each) and each.state not in _RESOLVABLE:
        hint = "a step that is under way ends by itself and is recorded; one that is over stays as it is"
        raise not_in_this_state(each, order, hint)
    payload: dict[str, Json] = {"outputs": outputs_by_hand(progress, each.step, order, verbs), BY_HAND: True}
    return (Note(kind=Kind.STEP_DONE, step=each.step.id, attempt=each.attempt, payload=payload),)


def _adopt(progress: Progress, order: Order, _verbs: Verbs) -> tuple[Note, ...]:
    each = named(progress, order)
    if each.state is not StepState.PARKED:
        raise not_in_this_state(each, order, "only what was found for a parked step can be adopted")
    if each.found is None:
        hint = "look at the target: resolve the step if it is done, retry it if it is not, or skip it with a reason"
        raise not_now(order, f"nothing was found that could be step {each.step.id}'s own", hint)
    payload: dict[str, Json] = {"operation": dict(each.found)}
    return (Note(kind=Kind.STEP_ADOPTED, step=each.step.id, attempt=each.attempt, payload=payload),)


def _approve(progress: Progress, order: Order, _verbs: Verbs) -> tuple[Note, ...]:
    each = _asked(progress, order)
    given = Note(kind=Kind.APPROVAL_GIVEN, step=each.step.id, attempt=each.attempt)
    outputs = approved(each, order.actor)
    if outputs is None:
        return (given,)
    done = Note(kind=Kind.STEP_DONE, step=each.step.id, attempt=each.attempt, payload={"outputs": outputs})
    return given, done


def _deny(progress: Progress, order: Order, _verbs: Verbs) -> tuple[Note, ...]:
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
    each = named(progress, order)
    if each.state is not StepState.WAITING or each.step.approval is None:
        raise not_in_this_state(each, order, "the step waits for no approval; `drd approval list` shows which do")
    _must_act(progress, order, each)
    check_may_answer(progress, each, order)
    return each


def _must_act(progress: Progress, order: Order, each: StepProgress) -> None:
    if not progress.may_act(each.step):
        raise not_in_this_state(each, order, "the run is stopping: only what always runs still goes on")


OF_STEP: Mapping[Request, Callable[[Progress, Order, Verbs], tuple[Note, ...]]] = {
    Request.RETRY: _retry,
    Request.SKIP: _skip,
    Request.HOLD: _hold,
    Request.RELEASE: _release,
    Request.RESOLVE: _resolve,
    Request.ADOPT: _adopt,
    Request.APPROVE: _approve,
    Request.DENY: _deny,
}
"""Requests of one step; all others are in `drd.engine.controls`."""
