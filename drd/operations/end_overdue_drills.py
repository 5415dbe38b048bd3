"""End drills that go on for longer than drills may: what they made must not stand for ever, whatever they wait for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from drd.domain.errors import DrdError, JournalUnavailableError
from drd.domain.lifecycle import ALLOWED, Request, answer
from drd.domain.plan import Mode
from drd.engine.orders import Order
from drd.ports.clock import Clock
from drd.ports.journal import Journal, RunCard, RunFilter

_log = structlog.get_logger(__name__)

ACTOR = "drd"
"""Who ends them, as their journals show it."""

LOOK_SECONDS = 60.0
"""Longest host time between two looks."""

_LEAST_SECONDS = 1.0
_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOverdueDrills:
    """Cancels drills after their time, so that their cleanup runs; they end timed out.

    Attributes:
        control: carries an order out, as the engine does.
        longest: from a drill's acceptance on, in world time.
    """

    journal: Journal
    control: Callable[[Order], Awaitable[object]]
    clock: Clock
    longest: timedelta

    async def __call__(self) -> datetime | None:
        """End what is overdue; gives when the next drill will be.

        Child runs end with their parents. May be called at any time, also by several daemons: a run that is being
        ended already is left alone.

        Raises:
            JournalUnavailableError: it is not known which drills go on.
        """
        runs = await self.journal.runs(RunFilter(active=True, newest=_MOST))
        drills = [card for card in runs if card.mode is Mode.DRILL and card.parent is None]
        now = self.clock.now()
        for card in drills:
            if self._until(card) <= now and answer(card.state, Request.CANCEL) is ALLOWED:
                await self._end(card)
        return min((until for card in drills if (until := self._until(card)) > now), default=None)

    async def serve(self) -> None:
        """End what is overdue until cancelled."""
        while True:
            seconds = LOOK_SECONDS
            try:
                due = await self()
                if due is not None:
                    seconds = min(seconds, self.clock.host_seconds(due - self.clock.now()))
            except JournalUnavailableError as error:
                _log.warning("overdue drills wait for the database", because=str(error))
            await asyncio.sleep(max(seconds, _LEAST_SECONDS))

    def _until(self, card: RunCard) -> datetime:
        return card.accepted_at + self.longest

    async def _end(self, card: RunCard) -> None:
        reason = f"drills may take {self.longest}"
        try:
            await self.control(Order(run=card.id, request=Request.CANCEL, actor=ACTOR, reason=reason))
        except JournalUnavailableError:
            raise
        except DrdError as error:
            # Over meanwhile, damaged, or nobody answers for it: the next look sees.
            _log.warning("an overdue drill was not ended", run=card.id, tenant=card.tenant, because=str(error))
        else:
            _log.warning("a drill took too long and was ended", run=card.id, tenant=card.tenant)
