"""Keeps this daemon's leases alive: a heartbeat for all of them at once, and a watch on their ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from drd.domain.daemon_state import DaemonState
from drd.domain.errors import ConflictError, JournalUnavailableError
from drd.domain.ids import RunId
from drd.store.daemons import Roll
from drd.store.desk import Desk
from drd.store.held import Held
from drd.store.leases import Leases, Renewal
from drd.store.terms import SHORTEST_WAIT_SECONDS, HostTime, LeaseTerms

_RETRY_SECONDS = 1.0
_log = structlog.get_logger("drd.store")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperEars:
    """Who hears what.

    Attributes:
        lost: runs whose leases ended, or come too near their ends.
        wanted: the state that is wanted of this daemon, at each heartbeat.
        replaced: another daemon has this one's name.
    """

    lost: Callable[[Collection[RunId]], None]
    wanted: Callable[[DaemonState], None]
    replaced: Callable[[ConflictError], None]


class Keeper:
    """Renews leases while runs are moved. A heartbeat and a claim never happen at the same time: they share a turn."""

    def __init__(
        self, desk: Desk, leases: Leases, roll: Roll, *, terms: LeaseTerms, host: HostTime, held: Held, ears: KeeperEars
    ) -> None:
        """Keep what is held."""
        self._desk = desk
        self._leases = leases
        self._roll = roll
        self._length = terms.length.total_seconds()
        self._renew = terms.renew.total_seconds()
        self._host = host
        self._held = held
        self._ears = ears
        self._watch: asyncio.TimerHandle | None = None
        self.turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat meanwhile."""
        task = asyncio.get_running_loop().create_task(self._beat_on(), name="heartbeat")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _beat_on(self) -> None:
        try:
            while True:
                well = await self._beaten()
                await asyncio.sleep(self._renew if well else min(self._renew, _RETRY_SECONDS))
        except ConflictError as error:
            self._ears.lost(tuple(self._held))
            self._ears.replaced(error)
        finally:
            self._disarm()

    async def _beaten(self) -> bool:
        """Beat, and go on whatever comes of it: a heart that stopped in silence would let go of every run.

        Raises:
            ConflictError: another daemon has this one's name.
        """
        try:
            return await self._beat()
        except ConflictError:
            raise
        except Exception:  # noqa: BLE001 - the next heartbeat may do; until then the leases run out by themselves
            _log.exception("heartbeat failed")
            return False

    def arm(self) -> None:
        """Watch the nearest end. On waking from a long sleep this rings before anything else can be sent."""
        self._disarm()
        left = self._held.seconds_left()
        if left is not None:
            self._watch = asyncio.get_running_loop().call_later(max(left, SHORTEST_WAIT_SECONDS), self._ring)

    def _disarm(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _ring(self) -> None:
        self._ears.lost(self._held.lapsed())
        self.arm()

    async def _beat(self) -> bool:
        self._ears.lost(self._held.lapsed())
        async with self.turn:
            held = self._held.renewable()
            given_up = [run for run in self._held if run not in held]
            sent = self._host()
            try:
                state, renewal = await self._desk.change(lambda connection: self._renewed(connection, held, given_up))
            except JournalUnavailableError as error:
                _log.warning("leases cannot be renewed", because=str(error))
                return False
            self._held.renewed(renewal.kept, sent + self._length)
        self._ears.lost(renewal.lost)
        self._ears.wanted(state)
        self.arm()
        return True

    def _renewed(
        self, connection: Connection, held: Collection[RunId], given_up: Collection[RunId]
    ) -> tuple[DaemonState, Renewal]:
        state = self._roll.beat(connection)
        renewal = self._leases.renew(connection, held, given_up=given_up)
        if renewal.strays:
            # A claim whose answer was lost: nobody moves the run, so it must not stay with us.
            self._leases.disown(connection, renewal.strays)
        return state, renewal
