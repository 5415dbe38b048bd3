"""The gate of one request: asked once more at the very last moment, when it leaves."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from drd.domain.plan import Step
from drd.engine.run_in_hand import RunInHand
from drd.engine.signals import ClaimLost
from drd.ports.departure import DEPARTURE, Stayed

T = TypeVar("T")


async def departing(hand: RunInHand, step: Step, send: Callable[[], Awaitable[T]]) -> T:
    """Let an action send, and keep its request back when a person or the claim's end came between.

    Raises:
        Stayed: a person holds the run; nothing was sent.
        ClaimLost, Stopping, Halted: as the gate before; nothing was sent.
    """
    left = False

    async def check() -> None:
        nonlocal left
        if left:
            # What has begun to leave is not torn apart.
            return
        hand.check_may_go(step)
        if hand.progress.standstill:
            raise Stayed
        if not await hand.until_available(lambda: hand.parts.dispatcher.holds(hand.claim)):
            raise ClaimLost
        left = True

    token = DEPARTURE.set(check)
    try:
        return await send()
    finally:
        DEPARTURE.reset(token)
