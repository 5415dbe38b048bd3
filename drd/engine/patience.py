"""Asking until there is an answer, within a deadline that is drd's own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from drd.domain.durations import format_instant
from drd.domain.errors import UNREADABLE, AmbiguousError, DeadlineError, DrdError, ForbiddenError, TransientError
from drd.engine.run_in_hand import RunInHand
from drd.engine.signals import Parked
from drd.ports.action import Pending

T = TypeVar("T")

_DOUBLINGS = 6
_LONGEST_QUESTION = timedelta(minutes=3)
"""How long a provider may go on asking before it gives up a question."""
_LAST_WORD = timedelta(seconds=4)
"""How long the last question, at the deadline, may take."""


@dataclass(slots=True, kw_only=True)
class Patience:
    """How long to go on asking. Nobody changes it; frozen, it would take three times as long to make, twice a step.

    Attributes:
        deadline: world time after which the question failed.
        every: wait where the answer names none.
        what: what is awaited, for the error.
        target: on what, for the error.
        blind: makes the question for a person when for long nothing of what is answered tells anything.
        sent: whether what is asked about may be under way. Being refused an answer then says nothing about it.
    """

    deadline: datetime
    every: timedelta
    what: str
    target: str
    blind: Callable[[DrdError | None], Parked]
    sent: bool


async def patiently(hand: RunInHand, ask: Callable[[], Awaitable[T | Pending]], patience: Patience) -> T:
    """Ask until the answer is not `Pending`. What reads only may fail and be asked again.

    Raises:
        DeadlineError: the deadline passed; never read as success or failure of what was asked about.
        PermanentError: as `ask` raises it; a ForbiddenError only where nothing was sent.
        Parked: for as long as `EngineOptions.blind` every answer told nothing.
    """
    failed = 0
    blind_since: datetime | None = None
    while True:
        last: DrdError | None = None
        try:
            async with hand.calls:
                answer = await _asked(hand, ask, patience.deadline)
        except (TransientError, AmbiguousError, ForbiddenError) as error:
            refused = isinstance(error, ForbiddenError)
            if refused and not patience.sent:
                raise
            failed, last, tells = failed + 1, error, not refused and error.code != UNREADABLE
            wait = _back_off(hand, error, patience.every, failed)
        else:
            if not isinstance(answer, Pending):
                return answer
            failed, tells, wait = 0, answer.known, answer.wait or patience.every
        now = hand.now()
        if now >= patience.deadline:
            raise _late(patience, last) from last
        blind_since = None if tells else blind_since or now
        if blind_since is not None and now - blind_since >= hand.options.blind:
            raise patience.blind(last) from last
        await hand.clock.sleep(min(wait, patience.deadline - now))


async def _asked(hand: RunInHand, ask: Callable[[], Awaitable[T | Pending]], deadline: datetime) -> T | Pending:
    """Ask once. A provider asks again by itself for a while; near the deadline it is not waited for."""
    left = deadline - hand.clock.now()
    if left > _LONGEST_QUESTION:
        return await ask()
    asking = asyncio.ensure_future(ask())
    limit = asyncio.ensure_future(hand.clock.sleep(max(left, _LAST_WORD)))
    try:
        await asyncio.wait({asking, limit}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            raise TransientError("no answer came before the step's deadline", code="answer-lost")
        return asking.result()
    finally:
        asking.cancel()
        limit.cancel()


def _back_off(hand: RunInHand, error: DrdError, every: timedelta, failed: int) -> timedelta:
    asked = error.retry_after if isinstance(error, TransientError) else None
    doubled: timedelta = every * 2 ** min(failed - 1, _DOUBLINGS)
    return max(asked or timedelta(0), min(doubled, hand.options.back_off_most))


def _late(patience: Patience, last: DrdError | None) -> DeadlineError:
    because = f"; the last question failed: {last.message}" if last else ""
    return DeadlineError(
        f"{patience.what} until {format_instant(patience.deadline)} in vain{because}",
        target=patience.target,
        hint="it may still end well at the other side: a retry looks for it before anything is sent",
    )
