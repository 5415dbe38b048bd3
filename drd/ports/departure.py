"""The last word before a change leaves, asked where nothing stands between a request and the wire.

Between an action's decision to send and the wire there may be waits: for a token, for a connection, for room in a
budget of requests. A person may have pressed stop meanwhile, or the run's claim may have ended.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DEPARTURE: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("departure", default=None)
"""What a change that is about to leave must pass, in this task; None where nobody asks."""


class Stayed(BaseException):
    """Nothing was sent, and nothing is to be sent now."""


@contextmanager
def only_reading() -> Iterator[None]:
    """Let a question pass that is sent like a change: it changes nothing, so nobody needs to be asked."""
    token = DEPARTURE.set(None)
    try:
        yield
    finally:
        DEPARTURE.reset(token)


async def may_leave() -> None:
    """Pass when a change may leave now. Providers call it right before each change, and never for what reads.

    Raises:
        BaseException: it may not; nothing was sent. Whoever called the action knows what it means.
    """
    check = DEPARTURE.get()
    if check is not None:
        await check()
