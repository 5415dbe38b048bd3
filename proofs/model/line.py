"""A daemon's process as the model sees it: it can be killed or frozen wherever it waits for somebody else."""

import asyncio
from collections.abc import Callable
from random import Random

from drd.domain.ids import RunId

RENEW, LENGTH, MARGIN = 5.0, 20.0, 3.0
"""Seconds of a lease: how often it is renewed, how long it lasts, and how long before its end nothing is sent."""

_LATENCIES = (None, None, None, 0.0, 0.0, 0.002, 0.01, 0.3)
"""Seconds that an answer takes; None: it is there before anything else can happen."""


class Line:
    """What stands between one process and everything else. Each call passes it on the way out and on the way back.

    Attributes:
        held: the runs that the process moves, each with the token of its claim.
        points: how often it was passed.
        renewed_at: when the process last renewed its leases before it, or the database, went out of reach.
        draining_since: since when it was told to stop.
    """

    def __init__(self, who: int, chance: Random, fated: Callable[["Line"], None]) -> None:
        """Begin alive; `fated` is asked at each passing, and may kill or freeze."""
        self.who = who
        self.alive = True
        self.held: dict[RunId, int] = {}
        self.points = 0
        self.renewed_at: float | None = None
        self.draining_since: float | None = None
        self._thaw: asyncio.Event | None = None
        self._chance = chance
        self._fated = fated

    @property
    def frozen(self) -> bool:
        """Whether nothing of the process moves."""
        return self._thaw is not None

    async def out(self) -> None:
        """Pass on the way to somebody else, or never, when this is where the process ends."""
        self._fated(self)
        if self._thaw is not None:
            await self._thaw.wait()
        await self._stay()

    async def back(self) -> None:
        """Pass on the way back, after as long as an answer takes."""
        latency = self._chance.choice(_LATENCIES)
        if latency is not None:
            await asyncio.sleep(latency)
        await self.out()

    async def at_once(self) -> None:
        """Pass without any time in which the process could be frozen; it can be killed."""
        self._fated(self)
        await self._stay()

    async def _stay(self) -> None:
        if not self.alive:
            await asyncio.get_running_loop().create_future()

    def freeze(self) -> None:
        """Stop everything where it is."""
        self._thaw = self._thaw or asyncio.Event()

    def thaw(self) -> None:
        """Let everything go on."""
        if self._thaw is not None:
            self._thaw.set()
            self._thaw = None

    def in_trouble(self, now: float) -> None:
        """Note that leases cannot be renewed from now on; those that are there run out."""
        if self.renewed_at is None:
            self.renewed_at = now - now % RENEW

    def well(self) -> None:
        """Note that leases are renewed again."""
        self.renewed_at = None

    def lease_ends(self, now: float) -> float:
        """Give when the leases of this process end, if nothing changes."""
        return (now if self.renewed_at is None else self.renewed_at) + LENGTH
