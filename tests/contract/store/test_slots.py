"""What every calendar of slots keeps, on every database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import NotFoundError
from drd.ports.slots import Slot, SlotState
from drd.store.opening import Store
from tests.contract.store.conftest import Site
from tests.contract.store.sample import NOON

pytestmark = pytest.mark.anyio
SLOT = Slot(schedule="collect", wall="2026-10-25T02:30", due_at=NOON)


async def test_one_wins_a_slot(store: Store) -> None:
    """Among many that ask at the same time, and for ever."""
    won = await asyncio.gather(*(store.slots.claim(SLOT) for _ in range(20)))

    assert won.count(True) == 1
    assert not await store.slots.claim(replace(SLOT, due_at=NOON + timedelta(hours=1)))


async def test_a_slot_ends_and_is_listed_newest_first(store: Store) -> None:
    """With how it ended, and when."""
    slots = [replace(SLOT, wall=f"w{n}", due_at=NOON + timedelta(minutes=n)) for n in range(3)]
    for slot in (slots[1], slots[0], slots[2]):
        await store.slots.claim(slot)
    ended = replace(slots[2], state=SlotState.RAN_LATE, ended_at=NOON + timedelta(hours=1), because="was down")
    await store.slots.end(ended)

    assert await store.slots.recent("collect") == (ended, slots[1], slots[0])
    assert await store.slots.recent("collect", newest=1) == (ended,)
    assert await store.slots.last("collect") == ended
    assert await store.slots.last("nothing") is None


async def test_a_slot_that_nobody_claimed_cannot_end(store: Store) -> None:
    """It would hide that it passed in silence."""
    with pytest.raises(NotFoundError):
        await store.slots.end(SLOT)


async def test_a_slot_ends_once(store: Store) -> None:
    """A daemon that was taken for dead must not write over what the others made of its slot."""
    await store.slots.claim(SLOT)
    died = replace(SLOT, state=SlotState.FAILED, ended_at=NOON, because="its daemon died")
    await store.slots.end(died)

    with pytest.raises(NotFoundError):
        await store.slots.end(replace(SLOT, state=SlotState.RAN, ended_at=NOON))
    assert await store.slots.last("collect") == died


async def test_a_slot_whose_daemon_lives_is_not_abandoned(store: Store) -> None:
    """Its work may take as long as it likes."""
    await store.slots.claim(SLOT)

    assert await store.slots.abandoned() == ()


async def test_the_slots_of_a_daemon_that_is_gone_are_abandoned(durable: Site) -> None:
    """Until somebody ends them."""
    first = await durable.open(daemon="first")
    await first.slots.claim(SLOT)
    await first.slots.claim(replace(SLOT, wall="ended"))
    await first.slots.end(replace(SLOT, wall="ended", state=SlotState.RAN, ended_at=NOON))
    await first.daemons.leave()
    await first.close()

    second = await durable.open(daemon="second")
    assert await second.slots.abandoned() == (SLOT,)
    await second.slots.end(replace(SLOT, state=SlotState.FAILED, ended_at=NOON))
    assert await second.slots.abandoned() == ()
    await second.close()


async def test_a_schedule_is_known_from_its_first_day_on(durable: Site) -> None:
    """Whichever daemon asks, and however late."""
    first = await durable.open()
    assert await first.slots.since("collect", at=NOON) == NOON
    await first.daemons.leave()
    await first.close()

    second = await durable.open()
    assert await second.slots.since("collect", at=NOON + timedelta(days=1)) == NOON
    assert await second.slots.since("other", at=NOON + timedelta(days=1)) == NOON + timedelta(days=1)
    await second.close()
