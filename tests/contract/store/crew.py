"""Several daemons on one database, which can be killed, frozen, woken and drained."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.ports.dispatcher import Claim, DispatcherEars
from drd.store.desk import Desk
from drd.store.opening import DaemonWish, Store, open_beside
from drd.store.terms import LeaseTerms, Limits
from tests.contract.store.by_hand import pass_time
from tests.contract.store.conftest import Site
from tests.contract.store.sample import Pen, card, plan

TERMS = LeaseTerms(
    length=timedelta(seconds=1.5),
    renew=timedelta(seconds=0.25),
    margin=timedelta(seconds=0.3),
    proven=timedelta(seconds=60),
    poll=timedelta(seconds=0.02),
)
"""Short enough to wait for, and long enough for a host that has other things to do."""

PROVEN = replace(TERMS, proven=timedelta(seconds=0.2))
"""Claims prove themselves while a test lasts."""

PATIENT = replace(TERMS, length=timedelta(seconds=60), renew=timedelta(seconds=15))
"""Leases that do not end while a test lasts."""

LIMIT = 10.0


class Hand:
    """One daemon. Its moves last until they are let go, or their claims are lost."""

    def __init__(self, store: Store, *, serve: bool = True) -> None:
        """Serve at once, or later."""
        self.store = store
        self.claims: list[Claim] = []
        self.lost: list[RunId] = []
        self.given_back: list[RunId] = []
        self._ends: dict[RunId, asyncio.Event] = {}
        if serve:
            self.serve()

    def serve(self) -> None:
        """Begin."""
        ears = DispatcherEars(lost=self._lose, give_back=self._give_back, heads=lambda _heads: ())
        self.serving = asyncio.ensure_future(self.store.dispatcher.serve(self._move, ears))

    @property
    def holding(self) -> set[str]:
        """Say which runs are being moved here."""
        return set(self._ends)

    def end(self, run: str) -> None:
        """Let a move return."""
        self._ends[RunId(run)].set()

    async def claimed(self, run: str, *, times: int = 1) -> Claim:
        """Wait until a run was claimed here so often; gives the newest claim."""
        await until(lambda: sum(claim.run == run for claim in self.claims) >= times)
        return next(claim for claim in reversed(self.claims) if claim.run == run)

    def kill(self) -> None:
        """End like a process that is killed: nothing is given back."""
        self.serving.cancel()

    def freeze(self) -> None:
        """Hold everything up that this daemon would do with the database, as if its process were stopped."""
        self._thaw = asyncio.Event()
        for name in ("change", "read"):
            setattr(self.store.dispatcher._desk, name, self._frozen(getattr(Desk, name)))

    def wake(self) -> None:
        """Let it go on."""
        for name in ("change", "read"):
            delattr(self.store.dispatcher._desk, name)
        self._thaw.set()

    def _frozen(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def later(*args: Any) -> Any:
            await self._thaw.wait()
            return await work(self.store.dispatcher._desk, *args)

        return later

    async def drain(self) -> None:
        """End like a process that is told to."""
        await self.store.dispatcher.drain()
        for run in self.holding:
            self.end(run)
        await self.serving

    async def _move(self, claim: Claim) -> None:
        self.claims.append(claim)
        self._ends[claim.run] = asyncio.Event()
        try:
            await self._ends[claim.run].wait()
        finally:
            del self._ends[claim.run]

    def _lose(self, run: RunId) -> None:
        self.lost.append(run)
        self.end(run)

    def _give_back(self, run: RunId) -> None:
        self.given_back.append(run)
        self.end(run)


class Crew:
    """The daemons of one database."""

    def __init__(self, site: Site) -> None:
        """Begin with nobody."""
        self._site = site
        self._stores: list[Store] = []
        self._hands: list[Hand] = []
        self._root: Store | None = None
        self.pens: dict[str, Pen] = {}

    @staticmethod
    def wish(*, name: str = "", terms: LeaseTerms = TERMS, limits: Limits | None = None) -> DaemonWish:
        """Say how a daemon takes part."""
        return DaemonWish(host=f"host-{name}", version="1", terms=terms, limits=limits or Limits())

    async def hire(
        self, name: str, *, terms: LeaseTerms = TERMS, limits: Limits | None = None, serve: bool = True
    ) -> Hand:
        """Start a daemon."""
        hand = Hand(await self.open(name, self.wish(name=name, terms=terms, limits=limits)), serve=serve)
        self._hands.append(hand)
        return hand

    def adopt(self, hand: Hand) -> None:
        """Take a daemon that somebody else started."""
        self._hands.append(hand)
        self._stores.append(hand.store)

    async def open(self, name: str, wish: DaemonWish) -> Store:
        """Open the database for a daemon that does not serve yet."""
        if isinstance(self._site.place, str) and self._site.place.startswith("postgresql"):
            store = await self._site.open(daemon=name, wish=wish)
        elif self._root is None:
            store = self._root = await self._site.open(daemon=name, wish=wish, threads=False)
        else:
            store = await open_beside(self._root, daemon=name, wish=wish)
        self._stores.append(store)
        return store

    async def accept(self, run: str, *, priority: int = 100, tenant: str = "", parent: str = "") -> Pen:
        """Accept a run on a service of its own, and make it known."""
        of, pen = plan(f"dienst-{run}"), Pen(run)
        store = self._stores[0]
        known = card(run, of, priority=priority)
        changes = {"tenant": tenant or known.tenant, "parent": RunId(parent) if parent else None}
        await store.journal.accept(replace(known, **changes), of, pen.write(Kind.RUN_ACCEPTED))
        await store.dispatcher.submit(RunId(run))
        self.pens[run] = pen
        return pen

    async def write(self, store: Store, run: str) -> None:
        """Write an event of a run."""
        await store.journal.append(self.pens[run].many(1), state=RunState.RUNNING)

    async def finish(self, hand: Hand, run: str) -> None:
        """Bring a run to its end where it is moved."""
        pen = self.pens[run]
        pen.token = (await hand.claimed(run)).token
        await hand.store.journal.append([pen.write(Kind.RUN_FINISHED)], state=RunState.SUCCEEDED)
        hand.end(run)

    async def age(self) -> None:
        """Let as much of the database's time pass as a lease lasts."""
        await pass_time(self._stores[0], TERMS.length.total_seconds())

    async def settle(self) -> None:
        """Let everybody look a few times."""
        await asyncio.sleep(TERMS.poll.total_seconds() * 5)

    async def dismiss(self) -> None:
        """End everything."""
        for hand in self._hands:
            hand.kill()
        await asyncio.gather(*(hand.serving for hand in self._hands), return_exceptions=True)
        for store in reversed(self._stores):
            await store.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait until something has come about."""
    async with asyncio.timeout(LIMIT):
        while not true():  # noqa: ASYNC110 - looks from outside at what others do
            await asyncio.sleep(0.005)
