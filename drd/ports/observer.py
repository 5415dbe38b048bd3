"""Observers see each durable event, after it is on disk. They may be slow or fail without harming a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from drd.domain.events import Event
from drd.domain.ids import RunId
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


class Historian(Observer, Protocol):
    """An observer that needs the whole of a run, also what happened before this process moved it."""

    def took_up(self, plan: RecoveryPlan, events: Sequence[Event]) -> None:
        """Hear that this process moves a run from here on, and its durable events so far, the accepted one first.

        Comes again whenever the run is taken up again.
        """
        ...

    def left(self, run: RunId) -> None:
        """Hear that this process moves the run no more, whether it is over or another daemon has it."""
        ...
