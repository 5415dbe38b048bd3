"""Orders and their outcomes as JSON, for daemons that hand them to each other."""

from collections.abc import Mapping

from drd.domain.canonical import Json
from drd.domain.errors import (
    DrdError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PermanentError,
    RefusedError,
)
from drd.domain.ids import StepId
from drd.domain.lifecycle import Request
from drd.engine.orders import Order
from drd.ports.orders import PostedOrder

DONE: Mapping[str, Json] = {"done": True}
"""The outcome of an order that was carried out."""

_REFUSALS: Mapping[str, type[PermanentError]] = {
    each.__name__: each for each in (RefusedError, NotFoundError, ForbiddenError)
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
    """Read an order."""
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


def raise_if_refused(outcome: Mapping[str, Json]) -> None:
    """Raise what the other daemon raised; pass where the order was carried out."""
    if outcome.get("done"):
        return
    message, target, hint, code = (str(outcome.get(name) or "") for name in ("message", "target", "hint", "code"))
    kind, faults = str(outcome.get("error")), outcome.get("faults")
    if kind == InvalidError.__name__ and isinstance(faults, list | tuple):
        raise InvalidError(message, faults=tuple(str(each) for each in faults), target=target, hint=hint)
    raise _REFUSALS.get(kind, PermanentError)(message, target=target, hint=hint, code=code)
