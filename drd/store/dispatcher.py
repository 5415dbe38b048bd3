"""Hands runs to this daemon: claims them with leases, keeps the leases alive, and gives back what it moves no more.

One code for both databases. Where only one daemon can use the database (`terms` is None), leases last as long as the
daemon does and nothing beats.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from drd.domain.daemon_state import DaemonState
from drd.domain.errors import ConflictError, JournalUnavailableError, Stopping
from drd.domain.ids import RunId
from drd.ports.dispatcher import Claim, DispatcherEars
from drd.store.allotment import Claimant
from drd.store.daemons import Roll
from drd.store.desk import Desk
from drd.store.held import Held
from drd.store.keeper import Keeper, KeeperEars
from drd.store.leases import Leases, Seen
from drd.store.terms import SHORTEST_WAIT_SECONDS, HostTime, LeaseTerms

_LONGEST_REST = 60
_DEAF = DispatcherEars(lost=lambda _run: None, give_back=lambda _run: None, heads=lambda _heads: ())
_log = structlog.get_logger("drd.store")


@dataclass(slots=True)
class Bells:
    """Wakes every dispatcher of one process on one database."""

    rung: list[asyncio.Event] = field(default_factory=list)

    def ring(self) -> None:
        """Let all of them look."""
        for bell in self.rung:
            bell.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatcherParts:
    """What a dispatcher is built from.

    Attributes:
        terms: None where no other daemon can use the database.
        poll: host time between looks; None to look only when something can have changed (a virtual clock).
        looked: called at each look.
    """

    desk: Desk
    leases: Leases
    roll: Roll
    terms: LeaseTerms | None
    host: HostTime
    bells: Bells
    poll: timedelta | None
    looked: Callable[[], None] = lambda: None


class StoredDispatcher:
    """`drd.ports.dispatcher.Dispatcher` on SQLite or PostgreSQL."""

    def __init__(self, parts: DispatcherParts) -> None:
        """Claim for one daemon."""
        self._desk, self._leases, self._roll, self._host = parts.desk, parts.leases, parts.roll, parts.host
        self._bells, self._looked = parts.bells, parts.looked
        self._alone = parts.terms is None
        self._terms = parts.terms or LeaseTerms()
        self._poll = parts.poll.total_seconds() if parts.poll else None
        self._held = Held(self._host, margin=self._terms.margin.total_seconds())
        self._keeper = Keeper(
            parts.desk, parts.leases, parts.roll, terms=self._terms, host=parts.host, held=self._held,
            ears=KeeperEars(lost=self._lose, wanted=self.told, replaced=self._replaced),
        )  # fmt: skip
        self._wake = asyncio.Event()
        parts.bells.rung.append(self._wake)
        self._draining = False
        self._state = DaemonState.SERVING
        self._ears = _DEAF
        self._failure: ConflictError | None = None
        self._awaited: set[str] = set()
        self._hurried: set[RunId] = set()
        self._resting: dict[RunId, float] = {}
        self._turns: dict[RunId, int] = {}
        self._free_since: dict[str, float] = {}
        self.waiting = 0
        """How many runs nobody moved at the last look: those that found no place, and those of a dead daemon."""
        self._next_end: float | None = None
        self._failed = False
        self._back: list[tuple[Claim, bool]] = []

    async def submit(self, run: RunId, *, awaited: bool = False) -> None:
        """Make an accepted run known. May be called twice, and for a run that is being moved."""
        self._resting.pop(run, None)
        if run in self._held:
            self._hurried.add(run)
        if awaited:
            self._awaited.add(run)
        self._bells.ring()

    async def serve(self, move: Callable[[Claim], Awaitable[None]], ears: DispatcherEars | None = None) -> None:
        """Claim runs that are not final, now and from now on, and move each in a task of its own until `drain`.

        A move that raises is noted and claimed again after a pause that doubles from one look to sixty; alone and
        without polling, what it raises ends serving. When the database cannot be used, claiming is tried again.

        Raises:
            ConflictError: another daemon has taken this one's name.
        """
        self._ears = ears or _DEAF
        async with contextlib.nullcontext() if self._alone else self._keeper.beating():
            async with asyncio.TaskGroup() as moves:
                while not self._draining:
                    self._wake.clear()
                    self._looked()
                    for claim in await self._claims():
                        moves.create_task(self._moved(claim, move), name=f"move {claim.run}")
                    await self._pause()
                if not self._alone and self._failure is None:
                    await self._say(DaemonState.DRAINING)
            await self._last_words()
        if self._failure is not None:
            raise self._failure

    async def drain(self) -> None:
        """Claim no more. May be called twice."""
        self._draining = True
        self._wake.set()

    async def holds(self, claim: Claim) -> bool:
        """Say whether the claim is the newest, its move has not returned, and its lease outlives a request.

        Asks nobody: the lease's end is measured by this host, from before the database was asked for it.
        """
        return self._held.holds(claim)

    async def _claims(self) -> list[Claim]:
        """Claim what there is for this daemon; nothing when the database cannot be used and there is another look."""
        self._failed = False
        try:
            await self._give_back()
            await self._prove()
            async with self._keeper.turn:
                await self._look()
                may = self._free_since and self._state is DaemonState.SERVING and not self._draining
                return await self._claimed() if may else []
        except JournalUnavailableError as error:
            if self._alone and self._poll is None:
                raise
            _log.warning("runs cannot be claimed", because=str(error))
            self._failed = True
            return []

    async def _look(self) -> None:
        seen: Seen = await self._desk.read(self._leases.look)
        now, taken = self._host(), self._taken()
        free = seen.free.difference(taken)
        self._free_since = {run: self._free_since.get(run, now) for run in free}
        self._next_end = seen.next_end
        self.waiting = len(free)
        self._awaited.intersection_update(free)
        if not self._alone:
            mine = {run: head for run, head in seen.heads.items() if run in self._held}
            self._hurried.update(self._ears.heads(mine))

    async def _claimed(self) -> list[Claim]:
        since, taken = self._host(), self._taken()
        # What the daemons whose share it is have left for a whole heartbeat is taken all the same.
        patience = self._terms.renew.total_seconds()
        overdue = {run for run, first in self._free_since.items() if since - first >= patience}

        def claim(connection: Connection) -> list[Claim]:
            others = {} if self._alone else self._roll.others(connection)
            claimant = Claimant(
                boot=self._leases.presence.boot,
                limits=self._leases.limits,
                others=others,
                taken=taken,
                awaited=self._awaited,
                overdue=overdue,
            )
            return self._leases.claim(connection, claimant)

        claims = await self._desk.change(claim)
        for each in claims:
            until = None if self._alone else since + self._terms.length.total_seconds()
            self._held.add(each, since=since, until=until)
            self._free_since.pop(each.run, None)
        self.waiting = len(self._free_since)
        self._keeper.arm()
        return claims

    def _taken(self) -> set[str]:
        return {*self._held, *self._resting}

    async def _pause(self) -> None:
        """Wait until somebody calls, or until something may have changed by itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds()):
                await self._wake.wait()
        now = self._host()
        self._resting = {run: until for run, until in self._resting.items() if until > now}

    def _seconds(self) -> float | None:
        if self._failed:
            # Nobody rings when the database is back; and what was due meanwhile must not make this loop spin.
            return self._terms.poll.total_seconds()
        now = self._host()
        waits = [until - now for until in self._resting.values() if until < math.inf]
        proof = self._held.next_proof(self._terms.proven.total_seconds())
        waits += [wait for wait in (self._poll, self._next_end, proof) if wait is not None]
        if self._free_since and not self._alone:
            waits.append(self._terms.poll.total_seconds())
        return max(min(waits), SHORTEST_WAIT_SECONDS) if waits else None

    async def _moved(self, claim: Claim, move: Callable[[Claim], Awaitable[None]]) -> None:
        turns, clean = 1, True
        try:
            # The daemon is told to stop: what the run was in is left to the journal.
            with contextlib.suppress(Stopping):
                await move(claim)
            # A run that is left unfinished without an error is not taken up in the same breath.
            self._turns.pop(claim.run, None)
        except Exception as error:
            if self._alone and self._poll is None:
                raise
            # One run's trouble must not end the others': it is claimed again, later and later.
            turns, clean = min(self._turns.get(claim.run, 0) * 2 or 1, _LONGEST_REST), False
            self._turns[claim.run] = turns
            _log.warning("moving a run failed", run=claim.run, again_after_looks=turns, error=str(error))
        finally:
            self._held.drop(claim)
        self._rest(claim.run, turns)
        self._back.append((claim, clean))
        self._wake.set()

    def _rest(self, run: RunId, turns: int) -> None:
        if run in self._hurried:
            self._hurried.discard(run)
            return
        look = self._poll or (None if self._alone else self._terms.poll.total_seconds())
        self._resting[run] = self._host() + turns * look if look else math.inf

    async def _give_back(self) -> None:
        """Give back every run whose move has returned; of those that are over there is nothing to give."""
        back, self._back = self._back, []
        for clean in (True, False):
            claims = [claim for claim, well in back if well is clean]
            if not claims:
                continue
            try:
                await self._desk.change(partial(self._leases.release, claims=claims, clean=clean))
            except BaseException:
                self._back += back
                raise
        if back and not self._alone:
            self._bells.ring()

    async def _prove(self) -> None:
        due = self._held.due_for_proof(self._terms.proven.total_seconds())
        if due:
            await self._desk.change(partial(self._leases.prove, runs=due))
            self._held.proved(due)

    async def _say(self, state: DaemonState) -> None:
        try:
            await self._desk.change(partial(self._roll.set_state, state=state))
        except JournalUnavailableError as error:
            _log.warning("the others cannot be told", state=state.value, because=str(error))

    async def _last_words(self) -> None:
        try:
            await self._give_back()
        except JournalUnavailableError as error:
            _log.warning("runs cannot be given back, their leases end by themselves", because=str(error))
        await self._say(DaemonState.GONE)

    def _lose(self, runs: Collection[RunId]) -> None:
        for run in self._held.lose(runs):
            _log.warning("lease lost, the run is left alone until it is claimed again", run=run)
            self._ears.lost(run)

    def told(self, state: DaemonState) -> None:
        """Hear what is wanted of this daemon: to take runs, or to take none and give back those that it has."""
        if self._draining or state is self._state:
            return
        _log.info("told by a person", state=state.value)
        self._state = state
        if state is DaemonState.DRAINING:
            for run in self._held:
                self._ears.give_back(run)
        else:
            self._resting.clear()
        self._wake.set()

    def _replaced(self, error: ConflictError) -> None:
        _log.error("this daemon ends", because=str(error))
        self._failure = error
        self._draining = True
        self._wake.set()
