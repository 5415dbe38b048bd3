"""One daemon tells of the estate: its lease moves, and nobody tells beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from drd.daemon.clock import HostClock
from drd.daemon.exporting import EXPORTER, Exporting
from drd.domain.errors import JournalUnavailableError
from drd.store.lease import StoredLease
from drd.store.opening import open_store

pytestmark = pytest.mark.anyio

LENGTH = timedelta(seconds=20)


@dataclass
class Link:
    """The lease, at the end of a connection that may be gone."""

    lease: StoredLease
    away: bool = False

    async def hold(self, name: str, *, holder: str, length: timedelta) -> bool:
        """Take or renew it."""
        if self.away:
            raise JournalUnavailableError("the server is away", target=name, hint="it comes back")
        return await self.lease.hold(name, holder=holder, length=length)

    async def release(self, name: str, *, holder: str) -> None:
        """Give it back."""
        await self.lease.release(name, holder=holder)

    async def held(self) -> dict[str, str]:
        """Give the holders."""
        return await self.lease.held()


@dataclass
class Host:
    """Two daemons of one host, whose time stands still until it is moved on."""

    lease: Link
    now: float = 100.0
    daemons: dict[str, Exporting] = field(default_factory=dict)

    def daemon(self, name: str) -> Exporting:
        """Give one of them."""
        made = Exporting(self.lease, holder=name, length=LENGTH, seconds=lambda: self.now, clock=HostClock())
        return self.daemons.setdefault(name, made)

    def telling(self) -> list[str]:
        """Name those who tell of the estate."""
        return [name for name, each in self.daemons.items() if each.holds]


@asynccontextmanager
async def host() -> AsyncIterator[Host]:
    """Open a store in memory."""
    told: list[Host] = []
    store = await open_store("sqlite://", daemon="d-1", host=lambda: told[0].now if told else 100.0)
    told.append(Host(Link(store.lease)))
    try:
        yield told[0]
    finally:
        await store.close()


async def test_a_frozen_daemon_stops_telling_before_another_begins() -> None:
    """It cannot know that its lease was taken; it knows that it has ended."""
    async with host() as here:
        oost, west = here.daemon("oost"), here.daemon("west")
        await oost.turn()
        await west.turn()
        assert here.telling() == ["oost"]

        here.now += LENGTH.total_seconds()
        assert here.telling() == []
        await west.turn()
        assert here.telling() == ["west"]
        await oost.turn()
        assert here.telling() == ["west"]


async def test_a_daemon_that_stops_hands_over_at_once() -> None:
    """Nobody waits for a lease that was given back; giving it back twice takes it from nobody."""
    async with host() as here:
        oost, west = here.daemon("oost"), here.daemon("west")
        await oost.turn()
        await oost.release()
        await west.turn()
        await oost.release()

        assert here.telling() == ["west"]
        assert await here.lease.held() == {EXPORTER: "west"}


async def test_a_daemon_whose_database_is_away_tells_nothing() -> None:
    """Another one may reach it."""
    async with host() as here:
        oost = here.daemon("oost")
        await oost.turn()
        here.lease.away = True
        assert not oost.silent
        await oost.turn()
        assert here.telling() == []
        assert oost.silent

        here.lease.away = False
        await oost.turn()
        assert here.telling() == ["oost"]
        assert not oost.silent


async def test_a_database_that_says_nothing_is_noticed_before_the_lease_ends() -> None:
    """Whoever waits for its answer cannot say that there is none."""
    async with host() as here:
        west = here.daemon("west")
        await west.turn()
        here.now += LENGTH.total_seconds() / 2

        assert west.silent
        assert here.telling() == ["west"]
