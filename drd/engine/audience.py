"""Those who are told what is durable. What they raise is logged, and harms no run."""

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.ports.observer import Historian, Observer, Seen

_log = structlog.get_logger(__name__)


class Audience:
    """The observers of a process, and among them the historians, who also hear what a run did before."""

    def __init__(self, observers: Sequence[Observer], historians: Sequence[Historian]) -> None:
        """Take who is told, in this order."""
        self._observers = (*observers, *historians)
        self._historians = tuple(historians)

    def took_up(self, plan: RecoveryPlan, events: Sequence[Event]) -> None:
        """Tell that a run moves here from now on."""
        for each in self._historians:
            _tell(each, events[0].run, partial(each.took_up, plan, events))

    def left(self, run: RunId) -> None:
        """Tell that a run moves here no more."""
        for each in self._historians:
            _tell(each, run, partial(each.left, run))

    def saw(self, plan: RecoveryPlan, events: Sequence[Event]) -> None:
        """Tell of durable events of one run, in their order."""
        for each in self._observers:
            for event in events:
                _tell(each, event.run, partial(each.saw, Seen(event, plan)))


def _tell(observer: Observer, run: RunId, what: Callable[[], None]) -> None:
    try:
        what()
    except Exception:  # noqa: BLE001 - an observer never harms a run
        _log.exception("observer failed", observer=type(observer).__name__, run=run)
