"""Which daemon tells of the estate: the holder of a small lease, and never two at the same time."""

import asyncio
import contextlib
from datetime import timedelta

import structlog

from drd.domain.errors import DrdError
from drd.ports.clock import Clock
from drd.ports.lease import Lease
from drd.store.terms import HostTime

EXPORTER = "exporter"

_log = structlog.get_logger(__name__)

_PARTS = 4
_MISSED = 2
"""After so many renewals without an answer, the database counts as silent."""
_RELEASE_SECONDS = 1.0


class Exporting:
    """Holds the exporter lease for one daemon, for as long as it may.

    A daemon that was frozen, or whose database says nothing, stops telling by itself when its lease has ended in the
    time of its own host: somebody else may hold it by then.
    """

    def __init__(self, lease: Lease, *, holder: str, length: timedelta, seconds: HostTime, clock: Clock) -> None:
        """Hold nothing yet.

        Args:
            lease: where the daemons agree.
            holder: this daemon's name.
            length: of the lease, in host time; it is renewed four times as often.
            seconds: the host's time that no clock change moves.
            clock: waits, in host time.
        """
        self._lease = lease
        self._holder = holder
        self._length = length
        self._seconds = seconds
        self._clock = clock
        self._until = 0.0
        self._answered = seconds()
        self._refused = False

    @property
    def silent(self) -> bool:
        """Say whether the database does not answer, so that this daemon cannot know who tells of the estate."""
        return self._refused or self._seconds() - self._answered >= self._length.total_seconds() / _PARTS * _MISSED

    @property
    def holds(self) -> bool:
        """Say whether this daemon tells of the estate, this instant."""
        return self._seconds() < self._until

    async def turn(self) -> None:
        """Take or renew the lease. A database that is away takes it."""
        # The lease ends so long after the database wrote it, which is later than now.
        began = self._seconds()
        try:
            held = await self._lease.hold(EXPORTER, holder=self._holder, length=self._length)
            self._answered, self._refused = self._seconds(), False
        except DrdError as error:
            held, self._refused = False, True
            _log.warning("lease not renewed", lease=EXPORTER, error=str(error))
        self._until = began + self._length.total_seconds() if held else 0.0

    async def rest(self) -> None:
        """Wait until the lease is to be renewed."""
        await self._clock.sleep(self._length / _PARTS)

    async def release(self) -> None:
        """Give the lease back, so that nobody waits for its end. Where the database is silent, it ends by itself."""
        if not self.holds:
            return
        self._until = 0.0
        with contextlib.suppress(DrdError, TimeoutError):
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self._lease.release(EXPORTER, holder=self._holder)
