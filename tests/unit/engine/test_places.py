"""So many at a time."""

import asyncio

import pytest

from drd.domain.ids import RunId
from drd.engine.places import Doors, Places

pytestmark = pytest.mark.anyio


class Guests:
    """Who was let in, and how many were in at once."""

    def __init__(self, places: Places) -> None:
        """Begin with nobody."""
        self.places = places
        self.came: list[int] = []
        self.inside = self.most = 0
        self.leave = asyncio.Event()

    async def visit(self, number: int) -> None:
        """Come in, stay until told to leave."""
        async with self.places:
            self.came.append(number)
            self.inside += 1
            self.most = max(self.most, self.inside)
            await self.leave.wait()
            self.inside -= 1


async def settle() -> None:
    """Let everything happen that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_no_more_than_there_is_room_for_and_in_order() -> None:
    """Who came first is first."""
    guests = Guests(Places(2))
    async with asyncio.TaskGroup() as group:
        for number in range(7):
            group.create_task(guests.visit(number))
        await settle()
        assert guests.came == [0, 1]
        guests.leave.set()

    assert guests.most == 2
    assert guests.came == list(range(7))


@pytest.mark.parametrize("given_first", [False, True])
async def test_whoever_no_longer_wants_a_place_keeps_none(given_first: bool) -> None:
    """Also when the place comes in the moment of the cancellation."""
    guests = Guests(Places(1))
    first = asyncio.create_task(guests.visit(0))
    await settle()
    second, third = (asyncio.create_task(guests.visit(number)) for number in (1, 2))
    await settle()
    if given_first:
        guests.leave.set()
        # Two turns: the first guest goes and gives the place away; its new owner has not been told yet.
        await asyncio.sleep(0)
    second.cancel()
    guests.leave.set()
    await asyncio.gather(first, third)

    assert second.cancelled()
    assert guests.came == [0, 2]


async def test_a_place_is_given_back_by_who_fails() -> None:
    """Whatever happens inside."""
    places = Places(1)
    with pytest.raises(RuntimeError):
        async with places:
            raise RuntimeError
    async with asyncio.timeout(30), places:
        pass


async def test_a_run_has_one_door_as_long_as_somebody_uses_it() -> None:
    """Another run's is free meanwhile, and nothing is kept for ever."""
    doors = Doors()
    async with doors.of(RunId("a")):
        assert doors.of(RunId("a")).locked()
        assert not doors.of(RunId("b")).locked()

    assert not doors.of(RunId("a")).locked()
