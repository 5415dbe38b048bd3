"""Several things at the same time, but not all: one that waits for an answer keeps no other from asking."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def side_by_side(works: Iterable[Callable[[], Awaitable[T]]], *, most: int) -> tuple[T, ...]:
    """Do all of these, at most so many at a time, and give what they gave, in their order.

    Raises:
        BaseException: what the first of them raised, in their order; all others have ended by then.
    """
    room = asyncio.Semaphore(most)

    async def done(work: Callable[[], Awaitable[T]]) -> T:
        async with room:
            return await work()

    found: list[T] = []
    for each in await asyncio.gather(*(done(work) for work in works), return_exceptions=True):
        if isinstance(each, BaseException):
            raise each
        found.append(each)
    return tuple(found)
