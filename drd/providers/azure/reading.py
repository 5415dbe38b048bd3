"""The one place that asks again: questions only, never changes."""

from collections.abc import AsyncIterable, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import aiohttp
from azure.core.exceptions import AzureError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from drd.domain.errors import NotFoundError, TransientError
from drd.ports.clock import Clock
from drd.ports.departure import only_reading
from drd.providers.azure.errors import Doing, of_exception
from drd.providers.azure.listing import reading_a_list

T = TypeVar("T")

TRIES = 5
LONGEST = timedelta(minutes=2)
"""World time after which a question is given up; a wait that would pass it is not begun."""

FOREIGN = (
    AzureError, aiohttp.ClientError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError,
    OverflowError,
)  # fmt: skip
"""What an SDK call may raise, also over an answer that is not what its model expects."""


class Reader:
    """Asks questions, and asks again when the answer may come later."""

    def __init__(self, clock: Clock) -> None:
        """Take world time, in which all waiting is done."""
        self._clock = clock

    async def read(self, ask: Callable[[], Awaitable[T]], *, what: str, target: str) -> T:
        """Ask until an answer comes, at most five times and two minutes, obeying Retry-After.

        Raises:
            TransientError: with the wait that Azure asked for, when it does not come.
            NotFoundError: there is no such thing.
            ForbiddenError: the identity may not ask.
        """
        doing = Doing(what=what, target=target)
        began = self._clock.now()
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(_may_come_later),
            wait=_wait,
            stop=lambda state: self._is_over(state, began),
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                return await self._once(ask, doing)
        raise TransientError(f"could not {what}", target=target)

    async def find(self, ask: Callable[[], Awaitable[T]], *, what: str, target: str) -> T | None:
        """Ask as `read` does; None when there is no such thing."""
        try:
            return await self.read(ask, what=what, target=target)
        except NotFoundError:
            return None

    async def read_all(self, pages: Callable[[], AsyncIterable[T]], *, what: str, target: str) -> list[T]:
        """Read a list to its end; a page that fails starts the list anew."""

        async def collect() -> list[T]:
            with reading_a_list():
                return [one async for one in pages()]

        return await self.read(collect, what=what, target=target)

    async def _once(self, ask: Callable[[], Awaitable[T]], doing: Doing) -> T:
        try:
            with only_reading():
                return await ask()
        except FOREIGN as error:
            raise of_exception(error, doing, self._clock.now()) from error

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep(timedelta(seconds=seconds))

    def _is_over(self, state: RetryCallState, began: datetime) -> bool:
        passed = self._clock.now() - began
        return state.attempt_number >= TRIES or passed + timedelta(seconds=_wait(state)) > LONGEST


def _may_come_later(error: BaseException) -> bool:
    return isinstance(error, TransientError)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, TransientError) else None
    steps = float(2 ** (state.attempt_number - 1))
    return max(asked.total_seconds(), 0.1) if asked is not None else steps
