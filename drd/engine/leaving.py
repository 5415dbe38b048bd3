"""Leaves an order with the daemon that moves its run, and waits for what becomes of it.

Once an order may lie in the letter box, nobody is told that nothing was ordered, unless it was taken out again before
anybody took it up. That the database goes away meanwhile says nothing about it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from drd.domain.errors import ConflictError, JournalUnavailableError
from drd.domain.ids import RunId
from drd.domain.progress import Progress
from drd.engine.letters import order_body, order_in_doubt, raise_if_refused
from drd.engine.orders import Order
from drd.ports.orders import Orders, PostedOrder

_LOOK_SECONDS = 0.25
"""Host time after which a waiting order looks whether the run has changed hands, and asks again where it could not."""


class Leaving:
    """The letter box as somebody sees it who leaves an order and stays for the answer."""

    def __init__(self, orders: Orders, progress: Callable[[RunId], Awaitable[Progress]], *, seconds: float) -> None:
        """Take the box, what folds a run's journal, and for how many seconds of the host an answer is waited for."""
        self._orders = orders
        self._progress = progress
        self._seconds = seconds

    async def leave(self, order: Order) -> bool:
        """Leave an order and wait: True once it is carried out, False when nobody moves the run and nobody has it.

        Raises:
            ConflictError: nobody took it up in time; nothing was ordered.
            AmbiguousError: its answer is lost, or that of the database: it may have been carried out, or still be.
            RefusedError, NotFoundError, ForbiddenError, InvalidError: as the daemon that moves the run said.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        try:
            posted = await self._orders.post(order.run, order_body(order))
        except JournalUnavailableError as error:
            raise order_in_doubt(order, error.message) from error
        while True:
            seen, late = self._orders.seen, loop.time() >= until
            because = "the daemon that moves the run took it up and does not answer"
            try:
                ended = await self._look(order, posted, late=late)
            except JournalUnavailableError as error:
                ended, because = None, error.message
            if ended is not None:
                return ended
            if late:
                raise order_in_doubt(order, because)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._orders.news(seen)

    async def _look(self, order: Order, posted: PostedOrder, *, late: bool) -> bool | None:
        """Look once what became of an order: as `leave`; None while it lies there, or somebody has it in hand."""
        outcome = await self._orders.outcome(posted)
        if outcome is not None:
            raise_if_refused(outcome)
            return True
        if not late and (await self._orders.hold(order.run)).held:
            return None
        withdrawn = await self._orders.withdraw(posted)
        if not withdrawn and not late:
            # Whoever moves the run next finds in its journal whether it was carried out, and answers.
            return None
        if posted.id in (await self._progress(order.run)).orders:
            # Carried out by a daemon that ended before it could answer.
            return True
        if withdrawn and late:
            raise ConflictError(
                "the daemon that moves the run did not take the order",
                target=order.run,
                hint="nothing was ordered; `drd daemon list` tells which daemons are alive",
            )
        return False if withdrawn else None
