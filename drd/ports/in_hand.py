"""What the present task works on, for whoever tells of it elsewhere: log lines, and spans of requests."""

from contextvars import ContextVar
from dataclasses import dataclass

from drd.domain.ids import RunId, StepId, TenantId


@dataclass(frozen=True, slots=True)
class InHand:
    """A run, or one step of it."""

    run: RunId
    tenant: TenantId
    step: StepId | None = None


IN_HAND: ContextVar[InHand | None] = ContextVar("in_hand", default=None)
"""What this task works on; None where it is no run. The engine sets it; tasks that a step starts have it too."""

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""Id of the request of the API that this task answers; empty for none. A run that it lets begin outlives it."""
