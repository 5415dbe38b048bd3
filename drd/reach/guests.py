"""The one way to guests: allow-list first, then one look at the name, then a connection to exactly that address."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, TypeVar

from drd.domain.errors import TransientError
from drd.ports.reach import HttpAnswer
from drd.reach.rules import AllowList, Target, target_of

T = TypeVar("T")

MOST_BYTES = 64 * 1024
MOST_ADDRESSES = 8


class Connector(Protocol):
    """Opens connections. Knows nothing of what is allowed.

    Raises TransientError when nobody answers.
    """

    @property
    def resolves_itself(self) -> bool:
        """Whether names are handed over as they are, because the other side resolves them."""
        ...

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Give the addresses of a name."""
        ...

    async def connect(self, host: str, port: int) -> None:
        """Open a connection to an address, or to a name where it resolves itself, and close it."""
        ...

    async def get(self, target: Target, address: str) -> HttpAnswer:
        """Ask with GET at this address; host header and certificate are the target's. At most `MOST_BYTES`."""
        ...


class GuestReach:
    """Answers the port `Reach`."""

    def __init__(self, allowed: AllowList, connector: Connector) -> None:
        """Take what is allowed, and what connects."""
        self._allowed = allowed
        self._connector = connector

    async def connect(self, host: str, port: int, *, limit: timedelta) -> None:
        """Open a TCP connection and close it.

        Raises:
            RefusedError: the allow-list does not hold it, or its address is one where no guest stands.
            TransientError: nobody accepted the connection in time.
        """
        plain = self._allowed.check(host, port)

        async def at(address: str) -> None:
            await self._connector.connect(address, port)

        await self._first(plain, port, at, limit)

    async def get(self, url: str, *, limit: timedelta) -> HttpAnswer:
        """Ask with GET. No redirect is followed, and at most 64 KiB are kept. Raises as `connect`."""
        target = target_of(url)
        self._allowed.check(target.host, target.port)

        async def at(address: str) -> HttpAnswer:
            answer = await self._connector.get(target, address)
            return replace(answer, body=answer.body[:MOST_BYTES])

        return await self._first(target.host, target.port, at, limit)

    async def resolve(self, host: str, *, limit: timedelta) -> tuple[str, ...]:
        """Give the addresses that an allowed name has, in textual order. Raises as `connect`."""
        plain = self._allowed.check(host, None)
        return tuple(sorted(await _in_time(self._connector.resolve(plain), plain, limit)))

    async def _first(self, host: str, port: int, ask: Callable[[str], Awaitable[T]], limit: timedelta) -> T:
        """Ask the addresses of a host in order, as a client does; the first that answers counts."""
        return await _in_time(self._in_order(host, port, ask), f"{host}:{port}", limit)

    async def _in_order(self, host: str, port: int, ask: Callable[[str], Awaitable[T]]) -> T:
        error = TransientError("the name has no address", target=host, code="no-address")
        for address in await self._addresses(host, port):
            try:
                return await ask(address)
            except TransientError as found:
                error = found
        raise error

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Look the name up once; one forbidden address spoils it, because nobody's guest has such a neighbour."""
        if self._connector.resolves_itself:
            return (host,)
        found = await self._connector.resolve(host)
        return tuple(self._allowed.check_address(each, port) for each in found[:MOST_ADDRESSES])


async def _in_time(asked: Awaitable[T], what: str, limit: timedelta) -> T:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await asked
    except TimeoutError as error:
        raise silent(what, f"no answer within {limit.total_seconds():g} s") from error


def silent(what: str, why: str) -> TransientError:
    """Say that a guest does not answer."""
    return TransientError(
        f"{what} does not answer: {why}"[:300],
        target=what,
        hint="see whether the machine runs and its network lets drd in",
        code="guest-silent",
    )
