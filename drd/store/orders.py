"""Orders that wait for the daemon which moves their run, as rows; and orders for runs that nobody moves."""

import asyncio
import contextlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from drd.domain.canonical import Json, canonical_json
from drd.domain.errors import NotFoundError
from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.ports.orders import Hold, PostedOrder
from drd.store.append import Append, Appender, is_there
from drd.store.desk import Desk
from drd.store.leases import Leases
from drd.store.tables import ORDERS, RUNS

POLL_SECONDS = 0.25
"""Host time between looks for orders and answers that other processes left: a stop button has a second."""


@dataclass(slots=True)
class LetterBell:
    """Wakes who waits for orders and answers in this process. Counts, so that no news is missed between two looks."""

    count: int = 0
    waiting: "set[asyncio.Future[None]]" = field(default_factory=set)

    def ring(self) -> None:
        """Say that there is news."""
        self.count += 1
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def after(self, seen: int) -> None:
        """Wait until there is news after `seen`."""
        if self.count != seen:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.add(waiter)
        try:
            await waiter
        finally:
            self.waiting.discard(waiter)


class StoredOrders:
    """`drd.ports.orders.Orders` on SQLite or PostgreSQL."""

    def __init__(self, desk: Desk, leases: Leases, bell: LetterBell, *, poll: float | None) -> None:
        """Share the bell with the daemons of this process; without `poll` only the bell wakes."""
        self._desk = desk
        self._leases = leases
        self._bell = bell
        self._poll = poll
        self._appender: Appender | None = None

    @property
    def seen(self) -> int:
        """Number of the newest news in this process, for `news`."""
        return self._bell.count

    def look(self) -> None:
        """Let who waits for news in this process look again."""
        self._bell.ring()

    async def news(self, seen: int) -> None:
        """Wait until there is news after `seen`, or for a quarter of a second of the host."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._bell.after(seen)

    async def hold(self, run: RunId) -> Hold:
        """Say whether a daemon holds the run now. Raises NotFoundError."""
        return await self._desk.read(lambda connection: self._hold(connection, run))

    async def append_unheld(self, events: Sequence[Event], *, state: RunState, after: Hold) -> bool:
        """Write events of a run that nobody holds, and raise its token so that nobody before can append any more."""
        append = Append.of(events, state)
        return await self._desk.change(lambda connection: self._append(connection, append, after))

    async def post(self, run: RunId, body: Mapping[str, Json]) -> PostedOrder:
        """Leave an order. What is left for runs that are over is thrown away on this occasion."""

        def post(connection: Connection) -> int:
            over = select(RUNS.c.id).where(RUNS.c.ended_at.is_not(None))
            connection.execute(delete(ORDERS).where(ORDERS.c.run.in_(over)))
            values = {"run": run, "body": canonical_json(body)}
            return int(connection.execute(insert(ORDERS).values(values).returning(ORDERS.c.id)).scalar_one())

        number = await self._desk.change(post)
        self._bell.ring()
        return PostedOrder(id=str(number), run=run, body=body)

    async def waiting(self, runs: Collection[RunId]) -> tuple[PostedOrder, ...]:
        """Give the orders for these runs that have no answer yet, oldest first."""
        query = select(ORDERS.c.id, ORDERS.c.run, ORDERS.c.body).where(ORDERS.c.outcome.is_(None)).order_by(ORDERS.c.id)
        rows = await self._desk.read(lambda connection: connection.execute(query).all())
        return tuple(
            PostedOrder(id=str(row.id), run=RunId(row.run), body=_body(row.body)) for row in rows if row.run in runs
        )

    async def take(self, order: PostedOrder) -> bool:
        """Say that an order is about to be carried out. False where it was taken back, or has an answer."""
        statement = update(ORDERS).where(_this(order), ORDERS.c.outcome.is_(None)).values(taken=True)
        return bool(await self._desk.change(lambda connection: connection.execute(statement).rowcount))

    async def answer(self, order: PostedOrder, outcome: Mapping[str, Json]) -> None:
        """Say what became of an order. May be called twice; the first counts."""
        statement = (
            update(ORDERS).where(_this(order), ORDERS.c.outcome.is_(None)).values(outcome=canonical_json(outcome))
        )
        await self._desk.change(lambda connection: connection.execute(statement).rowcount)
        self._bell.ring()

    async def outcome(self, order: PostedOrder) -> Mapping[str, Json] | None:
        """Give what became of an order; None while nobody has said."""
        query = select(ORDERS.c.outcome).where(_this(order))
        told = await self._desk.read(lambda connection: connection.execute(query).scalar())
        return None if told is None else _mapping(json.loads(told))

    async def withdraw(self, order: PostedOrder) -> bool:
        """Take back an order that nobody has taken up. False where somebody has, or it has an answer."""
        statement = delete(ORDERS).where(_this(order), ORDERS.c.outcome.is_(None), ORDERS.c.taken.is_(False))
        gone = await self._desk.change(lambda connection: connection.execute(statement).rowcount)
        if gone:
            return True
        # Thrown away with its run: nobody answers it any more.
        there = select(ORDERS.c.id).where(_this(order))
        return await self._desk.read(lambda connection: connection.execute(there).first()) is None

    def _hold(self, connection: Connection, run: RunId) -> Hold:
        row = connection.execute(_lease_of(run)).one_or_none()
        if row is None:
            raise NotFoundError("there is no such run", target=run, hint="`drd run list` shows the runs")
        held = row.ended_at is None and self._leases.is_held(connection, row.holder, row.until_seconds)
        return Hold(token=row.token, held=held)

    def _append(self, connection: Connection, append: Append, after: Hold) -> bool:
        row = connection.execute(_lease_of(RunId(append.run)).with_for_update()).one_or_none()
        first = append.events[0]
        if row is None:
            return False
        if is_there(connection, append, row.head):
            return True
        if row.ended_at is not None or row.token != after.token:
            return False
        if self._leases.is_held(connection, row.holder, row.until_seconds):
            return False
        if row.head != first.sequence - 1 or row.head_hash != first.previous:
            return False
        connection.execute(update(RUNS).where(RUNS.c.id == append.run).values(token=after.token + 1))
        appender = self._appender = self._appender or Appender(connection.dialect)
        refused = next((each for each in appender.write(connection, [append]) if each is not None), None)
        if refused is not None:
            raise ValueError(f"events were refused that follow the journal: {refused}")
        return True


def _lease_of(run: RunId) -> Any:  # noqa: ANN401 - a select of several columns has no short type
    columns = (RUNS.c.token, RUNS.c.holder, RUNS.c.until_seconds, RUNS.c.ended_at, RUNS.c.head, RUNS.c.head_hash)
    return select(*columns).where(RUNS.c.id == run)


def _this(order: PostedOrder) -> Any:  # noqa: ANN401 - as above
    return ORDERS.c.id == int(order.id)


def _mapping(told: object) -> Mapping[str, Json]:
    return told if isinstance(told, Mapping) else {}


def _body(told: str) -> Mapping[str, Json]:
    """Read an order; what somebody spoiled is an order of nothing, which is refused, and leaves the others alone."""
    try:
        return _mapping(json.loads(told))
    except ValueError:
        return {}
