"""What every calendar of slots keeps, on every database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError, NotFoundError
from drd.ports.slots import Pause, Slot, SlotState
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
        await store.slots.end(replace(slot, state=SlotState.RAN_LATE, ended_at=NOON, because="was down"))
    first, second, third = (
        replace(slot, state=SlotState.RAN_LATE, ended_at=NOON, because="was down") for slot in slots
    )

    assert await store.slots.recent("collect") == (third, second, first)
    assert await store.slots.recent("collect", newest=1) == (third,)
    assert await store.slots.recent("nothing") == ()


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
    assert await store.slots.recent("collect") == (died,)


async def test_a_slot_whose_daemon_lives_is_not_abandoned(store: Store) -> None:
    """Its work may take as long as it likes."""
    await store.slots.claim(SLOT)

    assert await store.slots.abandoned() == ()


async def test_the_slots_of_a_daemon_that_is_gone_are_abandoned(durable: Site) -> None:
    """Until somebody ends them."""
    first = await durable.open(daemon="first")
    await first.slots.claim(replace(SLOT, wall="ended"))
    await first.slots.end(replace(SLOT, wall="ended", state=SlotState.RAN, ended_at=NOON))
    await first.slots.claim(SLOT)
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
    assert (await first.slots.standing("collect", at=NOON)).after == NOON
    await first.daemons.leave()
    await first.close()

    second, later = await durable.open(), NOON + timedelta(days=1)
    assert (await second.slots.standing("collect", at=later)).after == NOON
    assert (await second.slots.standing("other", at=later)).after == later
    await second.close()


async def test_of_one_schedule_one_slot_is_at_work(store: Store) -> None:
    """Among many that come at the same time, and until it ends; another schedule is not held up."""
    slots = [replace(SLOT, wall=f"w{n}", due_at=NOON + timedelta(minutes=n)) for n in range(10)]
    won = await asyncio.gather(*(store.slots.claim(slot) for slot in slots))
    assert won.count(True) == 1
    assert await store.slots.claim(replace(SLOT, schedule="other"))

    (working,) = await store.slots.recent("collect")
    assert (await store.slots.standing("collect", at=NOON)).at_work == working
    await store.slots.end(replace(working, state=SlotState.RAN, ended_at=NOON))
    standing = await store.slots.standing("collect", at=NOON)
    assert (standing.at_work, standing.after) == (None, working.due_at)
    assert await store.slots.claim(replace(SLOT, wall="next"))


async def test_slots_that_nobody_works_on_are_recorded_once(store: Store) -> None:
    """More of them than one statement holds, by daemons that come at the same time; none is written over."""
    await store.slots.standing("collect", at=NOON)
    missed = replace(SLOT, state=SlotState.MISSED, ended_at=NOON + timedelta(days=1), because="nobody")
    slots = [replace(missed, wall=f"w{n}", due_at=NOON + timedelta(minutes=n)) for n in range(1200)]
    await store.slots.claim(replace(slots[7], state=SlotState.CLAIMED))
    ours, theirs = await asyncio.gather(store.slots.record(slots[:600]), store.slots.record(slots))

    assert {slot.wall for slot in (*ours, *theirs)} == {slot.wall for slot in slots} - {"w7"}
    assert len(ours) + len(theirs) == 1199
    assert (await store.slots.standing("collect", at=NOON)).after == slots[-1].due_at
    (figures,) = (await store.readings.figures()).schedules
    assert figures.ended == {
        SlotState.RAN: 0,
        SlotState.RAN_LATE: 0,
        SlotState.FAILED: 0,
        SlotState.MISSED: 1199,
    }
    assert figures.last_missed_at == NOON + timedelta(days=1)
    assert await store.slots.record(()) == ()


async def test_a_slot_that_a_person_asked_for_moves_the_calendar_not_on(store: Store) -> None:
    """Slots that are due meanwhile must not be passed over."""
    await store.slots.standing("collect", at=NOON)
    asked = replace(SLOT, wall="by hand", due_at=NOON + timedelta(hours=5), actor="an")
    assert await store.slots.claim(asked)
    await store.slots.end(replace(asked, state=SlotState.RAN, ended_at=NOON + timedelta(hours=6)))

    assert (await store.slots.standing("collect", at=NOON)).after == NOON
    assert (await store.slots.recent("collect"))[0].actor == "an"
    (figures,) = (await store.readings.figures()).schedules
    assert (figures.ended[SlotState.RAN], figures.last_success_at) == (1, NOON + timedelta(hours=6))


async def test_a_slot_that_a_person_paused_is_not_one_that_went_missing(store: Store) -> None:
    """It is counted; but who resumes the schedule must not be alarmed by it."""
    pause = Pause(schedule="collect", since=NOON, actor="an", reason="verhuis")
    missed = replace(SLOT, state=SlotState.MISSED, ended_at=NOON, because=str(pause))
    await store.slots.record([missed])
    (paused,) = (await store.readings.figures()).schedules
    await store.slots.record([replace(missed, wall="next", because="nobody was there")])
    (figures,) = (await store.readings.figures()).schedules

    assert (paused.ended[SlotState.MISSED], paused.last_missed_at) == (1, None)
    assert (figures.ended[SlotState.MISSED], figures.last_missed_at) == (2, NOON)


async def test_a_pause_lasts_until_it_is_ended(durable: Site) -> None:
    """With who and why, over a restart; it is told to whoever looks at the time in which it held."""
    first, hour = await durable.open(), timedelta(hours=1)
    await first.slots.standing("collect", at=NOON)
    pause = Pause(schedule="collect", since=NOON + hour, actor="an", reason="verhuis")
    await first.slots.pause(pause)
    with pytest.raises(ConflictError, match="paused already"):
        await first.slots.pause(pause)
    assert (await first.readings.figures()).schedules[0].paused
    await first.daemons.leave()
    await first.close()

    second = await durable.open()
    assert await second.slots.paused() == (pause,)
    await second.slots.resume("collect", at=NOON + 3 * hour, actor="bo", reason="klaar")
    with pytest.raises(ConflictError, match="not paused"):
        await second.slots.resume("collect", at=NOON, actor="bo", reason="nog eens")
    assert await second.slots.paused() == ()
    (ended,) = (await second.slots.standing("collect", at=NOON)).pauses
    assert ended == replace(pause, until=NOON + 3 * hour)
    await second.slots.record([replace(SLOT, due_at=NOON + 4 * hour, state=SlotState.MISSED)])
    assert (await second.slots.standing("collect", at=NOON)).pauses == ()
    await second.slots.pause(replace(pause, since=NOON + 5 * hour))
    await second.close()
