"""Two daemons on one database in one process: what both see is one world, one journal and one letter box."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from drd.engine.engine import Engine, EngineOptions, EngineParts
from drd.ports.capabilities import Provider
from drd.store.opening import DaemonWish, Store, open_beside, open_store
from drd.store.terms import LeaseTerms
from tests.fakes.engine_house import SilentReach
from tests.fakes.scripted_world import ScriptedActions, ScriptedChecks, World
from tests.fakes.virtual_clock import VirtualClock

PATIENT = LeaseTerms(length=timedelta(seconds=60), poll=timedelta(seconds=0.02))
"""Leases that do not end while a test lasts."""


class TwoDaemons:
    """The engines of two daemons. `first` serves; `second` takes orders, and serves when it is told to."""

    def __init__(self, world: World, clock: VirtualClock, stores: tuple[Store, Store]) -> None:
        """Put an engine on each store."""
        self.world, self.clock = world, clock
        self.stores = stores
        self.first, self.second = (self._engine(store) for store in stores)

    def _engine(self, store: Store) -> Engine:
        reach = SilentReach()
        return Engine(
            EngineParts(
                journal=store.journal,
                dispatcher=store.dispatcher,
                ledger=store.ledger,
                orders=store.orders,
                actions=ScriptedActions(self.world),
                checks=ScriptedChecks(self.world),
                provider=Provider("fake", ()),
                reach=reach,
                drill_reach=reach,
                clock=self.clock,
                options=EngineOptions(stop_grace_seconds=0.3, follow_seconds=0.05, order_patience_seconds=0.6),
            )
        )


@asynccontextmanager
async def two_daemons(terms: LeaseTerms = PATIENT) -> AsyncIterator[TwoDaemons]:
    """Open a database in memory for both, and close it."""
    wish, clock = DaemonWish(terms=terms), VirtualClock()
    one = await open_store("sqlite://", daemon="d-1", wish=wish)
    two = await open_beside(one, daemon="d-2", wish=wish)
    try:
        yield TwoDaemons(World(clock), clock, (one, two))
    finally:
        await two.close()
        await one.close()
