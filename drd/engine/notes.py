"""What an order comes to: events that are still to be written, or why not now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drd.domain.canonical import Json
from drd.domain.errors import RefusedError
from drd.domain.events import Kind
from drd.domain.ids import StepId
from drd.domain.progress import StepProgress
from drd.engine.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One event that is still to be written."""

    kind: Kind
    step: StepId | None = None
    attempt: int = 0
    payload: Mapping[str, Json] = field(default_factory=dict)


def not_now(order: Order, reason: str, hint: str) -> RefusedError:
    """Say that an order is not legal in the run's state, and what is."""
    return RefusedError(f"cannot {order.request.value}: {reason}", target=order.run, hint=hint, code="not-now")


def not_in_this_state(each: StepProgress, order: Order, hint: str) -> RefusedError:
    """Say that an order is not legal in the step's state, and what is."""
    held = " and held" if each.held else ""
    return not_now(order, f"step {each.step.id} is {each.state.value}{held}", hint)
