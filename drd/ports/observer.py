"""Observers see each durable event, after it is on disk. They may be slow or fail without harming a run."""

from dataclasses import dataclass
from typing import Protocol

from drd.domain.events import Event
from drd.domain.plan import RecoveryPlan


@dataclass(frozen=True, slots=True)
class Seen:
    """A durable event with the plan it belongs to."""

    event: Event
    plan: RecoveryPlan


class Observer(Protocol):
    """Called by the engine, in order per run, on the event loop. Must return quickly; what it raises is logged."""

    def saw(self, seen: Seen) -> None:
        """Take note of an event."""
        ...
