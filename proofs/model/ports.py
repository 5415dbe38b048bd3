"""The engine's ports on the model's database, each call over the line of one process."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.canonical import Json
from drd.domain.events import Event
from drd.domain.ids import ArmId, RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan
from drd.domain.trigger import Trigger
from drd.ports.dispatcher import Claim, DispatcherEars
from drd.ports.journal import RunCard, RunFilter
from drd.ports.ledger import Entry
from drd.ports.orders import Hold, PostedOrder
from proofs.model.database import Database, Row
from proofs.model.line import LENGTH, MARGIN, Line

_ORDERS_EVERY = 1.0
_REST = 1.0
_SHORT = 5.0


class ModelClock:
    """World time; it may jump, the loop's time may not."""

    def __init__(self, line: Line, now: Callable[[], datetime]) -> None:
        """Tell the time over a line, so that waits end only in a process that moves."""
        self._line = line
        self.now = now

    async def sleep(self, length: timedelta) -> None:
        """Wait."""
        await asyncio.sleep(max(length.total_seconds(), 0.0))
        await self._line.out()

    def host_seconds(self, length: timedelta) -> float:
        """Give the same length."""
        return length.total_seconds()


@dataclass(frozen=True, slots=True)
class ModelJournal:
    """Answers the port `Journal`."""

    db: Database
    line: Line

    async def accept(
        self, card: RunCard, plan: RecoveryPlan, first: Event, *, trigger: Trigger | None = None
    ) -> RunCard:
        """See the port."""
        await self.line.out()
        accepted = self.db.accept(card, plan, first, trigger)
        await self.line.back()
        return accepted

    async def triggered(self, trigger: Trigger) -> RunCard | None:
        """See the port."""
        await self.line.out()
        return self.db.known(trigger)

    async def append(self, events: Sequence[Event], *, state: RunState) -> None:
        """See the port."""
        await self.line.out()
        self.db.append(events, state)
        await self.line.back()

    async def events(self, run: RunId, *, after: int = 0) -> tuple[Event, ...]:
        """See the port."""
        await self.line.out()
        return tuple(self.db.row(run).events[after:])

    async def plan(self, plan_hash: str) -> RecoveryPlan:
        """See the port."""
        await self.line.out()
        self.db.check()
        return self.db.plans[plan_hash]

    async def run(self, run: RunId) -> RunCard:
        """See the port."""
        await self.line.out()
        return self.db.row(run).card

    async def runs(self, wanted: RunFilter) -> tuple[RunCard, ...]:
        """See the port; gives all."""
        await self.line.out()
        self.db.check()
        return tuple(row.card for row in self.db.rows.values() if wanted.parent in {None, row.card.parent})

    async def holder(self, lock: str) -> RunCard | None:
        """See the port."""
        self.db.check()
        cards = (row.card for row in self.db.rows.values())
        return next((card for card in cards if card.lock == lock and not card.state.final), None)


@dataclass(frozen=True, slots=True)
class ModelLedger:
    """Answers the port `Ledger`: nothing in the model is ever recorded there."""

    async def record(self, entries: tuple[Entry, ...]) -> None:
        """See the port."""

    async def removed(self, run: RunId, resource: ArmId, *, at: datetime) -> None:
        """See the port."""

    async def of_run(self, run: RunId) -> tuple[Entry, ...]:
        """See the port."""
        return ()

    async def open(self) -> tuple[Entry, ...]:
        """See the port."""
        return ()


@dataclass(frozen=True, slots=True)
class ModelOrders:
    """Answers the port `Orders`."""

    db: Database
    line: Line

    async def hold(self, run: RunId) -> Hold:
        """See the port."""
        await self.line.out()
        row = self.db.row(run)
        return Hold(token=row.token, held=row.is_held(asyncio.get_running_loop().time()))

    async def append_unheld(self, events: Sequence[Event], *, state: RunState, after: Hold) -> bool:
        """See the port."""
        await self.line.out()
        row = self.db.row(events[0].run)
        if self.db.has(events):
            return True
        if row.is_held(asyncio.get_running_loop().time()) or row.token != after.token:
            return False
        self.db.append(events, state, raises_token=True)
        self.db.tell()
        await self.line.back()
        return True

    async def post(self, run: RunId, body: Mapping[str, Json]) -> PostedOrder:
        """See the port."""
        await self.line.out()
        self.db.check()
        self.db.orders += 1
        order = PostedOrder(id=f"o-{self.db.orders}", run=run, body=body)
        self.db.posted[order.id] = (order, None)
        self.db.tell_orders()
        return order

    async def waiting(self, runs: Collection[RunId]) -> tuple[PostedOrder, ...]:
        """See the port."""
        await self.line.out()
        self.db.check()
        return tuple(order for order, said in self.db.posted.values() if said is None and order.run in runs)

    async def take(self, order: PostedOrder) -> bool:
        """See the port."""
        await self.line.out()
        self.db.check()
        kept = self.db.posted.get(order.id)
        if kept is None or kept[1] is not None:
            return False
        self.db.taken.add(order.id)
        await self.line.back()
        return True

    async def answer(self, order: PostedOrder, outcome: Mapping[str, Json]) -> None:
        """See the port."""
        await self.line.out()
        self.db.check()
        kept = self.db.posted.get(order.id)
        if kept is not None and kept[1] is None:
            self.db.posted[order.id] = (order, outcome)
        self.db.tell_orders()

    async def outcome(self, order: PostedOrder) -> Mapping[str, Json] | None:
        """See the port."""
        await self.line.out()
        self.db.check()
        return self.db.posted.get(order.id, (order, None))[1]

    async def withdraw(self, order: PostedOrder) -> bool:
        """See the port."""
        await self.line.out()
        self.db.check()
        if order.id in self.db.taken or self.db.posted.get(order.id, (order, None))[1] is not None:
            return False
        self.db.posted.pop(order.id, None)
        return True

    @property
    def seen(self) -> int:
        """See the port."""
        return self.db.told

    def look(self) -> None:
        """See the port."""
        self.db.tell_orders()

    async def news(self, seen: int) -> None:
        """See the port: at once when there is news, and soon where an order is open."""
        if self.db.told != seen:
            return
        waiter = asyncio.get_running_loop().create_future()
        self.db.news.append(waiter)
        some = any(said is None for _, said in self.db.posted.values())
        await asyncio.wait({waiter}, timeout=_ORDERS_EVERY if some else None)
        await self.line.out()


class ModelDispatcher:
    """Answers the port `Dispatcher` with leases that need no timer while all is well."""

    def __init__(self, db: Database, line: Line) -> None:
        """Claim over this line."""
        self._db = db
        self._line = line
        self._wake = asyncio.Event()
        self._draining = False
        self._ears: DispatcherEars | None = None
        self.never_lost = False
        db.hears.append(self.wake)

    async def submit(self, run: RunId, *, awaited: bool = False) -> None:
        """See the port."""
        self._db.tell()

    async def serve(self, move: Callable[[Claim], Awaitable[None]], ears: DispatcherEars | None = None) -> None:
        """See the port."""
        self._ears = ears
        async with asyncio.TaskGroup() as moves:
            while not self._draining:
                self._wake.clear()
                await self._line.out()
                for claim in self._claims():
                    moves.create_task(self._moved(claim, move), name=f"move {claim.run}")
                await self._wake.wait()

    def wake(self) -> None:
        """Look for runs to claim."""
        self._wake.set()

    async def drain(self) -> None:
        """See the port."""
        self._draining = True
        self._wake.set()

    async def holds(self, claim: Claim) -> bool:
        """See the port. Asked of this process's own memory and clock: nothing can come between it and what follows."""
        now = asyncio.get_running_loop().time()
        holds = self._line.held.get(claim.run) == claim.token and self._line.lease_ends(now) - now > MARGIN
        return holds or self.never_lost

    def lose_all(self) -> None:
        """Let every move here hear that its lease is about to end."""
        for run in tuple(self._line.held):
            self.lose(run)

    def lose(self, run: RunId) -> None:
        """Let a move hear that its claim is lost."""
        if self._ears is not None:
            self._ears.lost(run)

    def look_around(self) -> None:
        """Renew: find out which runs others have claimed since."""
        for run, token in tuple(self._line.held.items()):
            if self._db.rows[run].token != token or self._db.rows[run].holder is not self._line:
                self.lose(run)
        self._wake.set()

    def _claims(self) -> list[Claim]:
        now = asyncio.get_running_loop().time()
        if self._db.away or self._line.renewed_at is not None or self._draining:
            return []
        claims = []
        for row in self._db.rows.values():
            run = row.card.id
            if row.card.state.final or row.is_held(now) or run in self._line.held:
                continue
            if row.rests_until > now:
                asyncio.get_running_loop().call_at(row.rests_until, self._wake.set)
                continue
            claims.append(self._claim(row, now))
        return claims

    def _claim(self, row: Row, now: float) -> Claim:
        died_soon = row.holder is not None and now - row.claimed_at < LENGTH + _SHORT
        doomed = died_soon and len(row.events) <= row.claimed_head + 1
        row.strikes = row.strikes + 1 if doomed else 0
        row.token += 1
        row.holder, row.claimed_head, row.claimed_at = self._line, len(row.events), now
        self._line.held[row.card.id] = row.token
        return Claim(
            run=row.card.id,
            token=row.token,
            daemon=f"d{self._line.who}",
            resumed=row.token > 1,
            strikes=row.strikes,
        )

    async def _moved(self, claim: Claim, move: Callable[[Claim], Awaitable[None]]) -> None:
        row = self._db.rows[claim.run]
        await move(claim)
        del self._line.held[claim.run]
        await self._line.out()
        if row.holder is self._line and row.token == claim.token and not self._db.away:
            row.holder, row.rests_until = None, asyncio.get_running_loop().time() + _REST
        self._db.tell()
