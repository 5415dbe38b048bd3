"""Orders and their outcomes as JSON, for daemons that hand them to each other; and what is said of one that is lost."""

from collections.abc import Mapping

from drd.domain.canonical import Json
from drd.domain.errors import (
    AmbiguousError,
    DrdError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PermanentError,
    RefusedError,
)
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request
from drd.engine.orders import Order
from drd.ports.orders import PostedOrder

ORDER_IN_DOUBT = "order-in-doubt"
"""Code of an order of which nobody can say whether it was carried out: who gives it again may give it twice."""

DONE: Mapping[str, Json] = {"done": True}
"""The outcome of an order that was carried out."""

_REFUSALS: Mapping[str, type[DrdError]] = {
    each.__name__: each for each in (RefusedError, NotFoundError, ForbiddenError, AmbiguousError)
}


def order_body(order: Order) -> dict[str, Json]:
    """Write an order."""
    return {
        "request": order.request.value,
        "actor": order.actor,
        "step": order.step,
        "reason": order.reason,
        "contacts": sorted(order.contacts),
        "onwards": order.onwards,
        "outputs": dict(order.outputs),
    }


def order_of(posted: PostedOrder) -> Order:
    """Read an order. Raises ValueError, KeyError for one that this version does not know."""
    body = posted.body
    contacts, outputs, step = body.get("contacts"), body.get("outputs"), body.get("step")
    return Order(
        run=posted.run,
        request=Request(str(body["request"])),
        actor=str(body["actor"]),
        step=StepId(str(step)) if step is not None else None,
        reason=str(body["reason"]),
        contacts=frozenset(str(each) for each in contacts) if isinstance(contacts, list | tuple) else frozenset(),
        onwards=bool(body.get("onwards")),
        outputs={name: str(value) for name, value in outputs.items()} if isinstance(outputs, Mapping) else {},
    )


def order_unknown(posted: PostedOrder) -> RefusedError:
    """Refuse an order that this version cannot read: a daemon of another one left it."""
    return RefusedError(
        f"the daemon that moves the run does not know this order: {posted.body.get('request', 'nothing')!s}",
        target=posted.run,
        hint="it is of another version: `drd daemon list` tells; let it drain, and give the order again",
        code="not-now",
    )


def refusal(error: DrdError) -> dict[str, Json]:
    """Write why an order was not carried out."""
    faults = list(error.faults) if isinstance(error, InvalidError) else []
    return {
        "error": type(error).__name__,
        "message": error.message,
        "target": error.target,
        "hint": error.hint,
        "code": error.code,
        "faults": [str(fault) for fault in faults],
    }


def order_in_doubt(order: Order, because: str) -> AmbiguousError:
    """Say that an order may have been carried out, or may still be: never that nothing was ordered."""
    what = f"{order.request.value} of step {order.step}" if order.step else order.request.value
    return AmbiguousError(
        f"it cannot be told whether {what} was carried out: {because}",
        target=order.run,
        hint=f"it may have been, or may still be: see `drd run show {order.run}` before you give it again",
        code=ORDER_IN_DOUBT,
    )


def order_unread(run: RunId, because: str) -> AmbiguousError:
    """Say that an order was carried out, and that nobody can tell now how its run stands."""
    return AmbiguousError(
        f"the order was carried out, and how the run stands cannot be read now: {because}",
        target=run,
        hint=f"do not give it again; see `drd run show {run}`",
        code=ORDER_IN_DOUBT,
    )


def raise_if_refused(outcome: Mapping[str, Json]) -> None:
    """Raise what the other daemon raised; pass where the order was carried out."""
    if outcome.get("done"):
        return
    message, target, hint, code = (str(outcome.get(name) or "") for name in ("message", "target", "hint", "code"))
    kind, faults = str(outcome.get("error")), outcome.get("faults")
    if kind == InvalidError.__name__ and isinstance(faults, list | tuple):
        raise InvalidError(message, faults=tuple(map(str, faults)), target=target, hint=hint, code=code)
    raise _REFUSALS.get(kind, PermanentError)(message, target=target, hint=hint, code=code)
