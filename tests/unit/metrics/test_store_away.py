"""A store that does not tell: nothing that it told before is told again, and a scrape does not wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.errors import JournalUnavailableError
from drd.ports.readings import Figures
from tests.fakes.busy_house import NOW, BusyHouse, busy_figures

AWAY = {
    'drd_collector_success{collector="store",tenant=""} 0.0',
    "drd_store_readable 0.0",
}
TOLD = "drd_service_rto_objective_seconds{"


@dataclass
class SlowReadings:
    """Answers the port `Readings`, when it is let."""

    let: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def figures(self) -> Figures:
        """See the port."""
        self.asked += 1
        await self.let.wait()
        return busy_figures()


def in_virtual_time(story: Callable[[], Awaitable[None]]) -> None:
    """Live a story of which the waits take no time of the host."""
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(story())
    finally:
        loop.close()


def slow_house() -> tuple[BusyHouse, SlowReadings]:
    """Give a house whose store is silent."""
    readings = SlowReadings()
    return BusyHouse(readings=readings), readings


async def _lines(house: BusyHouse) -> set[str]:
    return set((await house.text()).splitlines())


@pytest.mark.anyio
async def test_a_store_that_fails_is_told_and_nothing_of_the_estate() -> None:
    """Not even when it was told a moment ago; when the store was last read stays to be seen."""
    house = BusyHouse()
    assert 'drd_collector_success{collector="store",tenant=""} 1.0' in await _lines(house)

    house.readings.error = JournalUnavailableError("the disk is full")
    page = await house.text()

    assert set(page.splitlines()) >= AWAY
    assert TOLD not in page
    assert 'collector="backup"' not in page
    last = 'drd_collector_last_success_timestamp_seconds{collector="store",tenant=""}'
    assert [float(line.split()[-1]) for line in page.splitlines() if line.startswith(last)] == [NOW.timestamp()]


@pytest.mark.anyio
async def test_who_holds_no_lease_tells_of_a_silent_store_only() -> None:
    """Nobody can know who should tell of the estate; while the store answers, another one does."""
    house = BusyHouse(exports=False)
    assert "drd_store_readable" not in await house.text()

    house.silent = True
    assert await _lines(house) >= AWAY


def test_a_store_that_never_answers_holds_up_no_scrape() -> None:
    """Each is answered within two seconds, and only one of them waits in the store."""

    async def story() -> None:
        house, readings = slow_house()
        for _ in range(3):
            began = asyncio.get_running_loop().time()
            assert await _lines(house) >= AWAY
            assert asyncio.get_running_loop().time() - began < 2
        assert readings.asked == 1

    in_virtual_time(story)


def test_what_was_read_too_late_is_not_told() -> None:
    """The next scrape reads anew."""

    async def story() -> None:
        house, readings = slow_house()
        assert await _lines(house) >= AWAY
        await asyncio.sleep(3600)
        readings.let.set()
        await asyncio.sleep(0)
        assert TOLD in await house.text()
        assert readings.asked == 2

    in_virtual_time(story)


def test_scrapes_that_come_at_once_share_one_reading() -> None:
    """Ten scrapers cost the store as much as one."""

    async def story() -> None:
        house, readings = slow_house()
        pages = [asyncio.create_task(house.text()) for _ in range(10)]
        await asyncio.sleep(1)
        readings.let.set()
        assert all(TOLD in page for page in await asyncio.gather(*pages))
        assert readings.asked == 1

    in_virtual_time(story)
