"""What is old and replaced leaves the database, some of it in a turn; what anything rests on stays."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from drd.domain.estate import Mechanism
from drd.domain.events import Kind
from drd.domain.ids import ItemId, RunId, ServiceId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.ports.inventory import ItemFacts
from drd.ports.slots import Pause, Slot, SlotState
from drd.store import pruning
from drd.store.inventory_tables import CHAINS_OF_POINTS
from drd.store.opening import Store
from drd.store.pruning import Pruned, Pruning, PruningTerms
from drd.store.upkeep import UpkeepTerms
from tests.contract.store.sample import NOON, TENANT, Pen, card, plan

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
NOW = NOON + 100 * DAY
TERMS = PruningTerms(slots=30 * DAY, verifications=30 * DAY, facts=30 * DAY)


async def prune(store: Store, terms: PruningTerms = TERMS) -> Pruned:
    """Take out what is old."""
    return await Pruning(store._desk).prune(terms, NOW)


def slot(day: int, schedule: str = "collect", *, actor: str = "") -> Slot:
    """Make a slot that ended."""
    at = NOON + day * DAY
    return Slot(
        schedule=schedule, wall=f"{day:03d}{actor}", due_at=at, state=SlotState.RAN, ended_at=at, actor=actor
    )  # fmt: skip


def proof(
    name: str, day: int, *, item: str = "vm-1", outcome: Outcome = Outcome.PASSED, run: str | None = None
) -> Verification:
    """Make a verification."""
    return Verification(
        id=name, tenant=TENANT, service=ServiceId("s"), item=ItemId(item), mechanism=Mechanism.BACKUP, point="p",
        point_time=NOON, rung=Rung.L4, outcome=outcome, at=NOON + day * DAY, took=timedelta(0), because="",
        run=RunId(run) if run else None, measured={},
    )  # fmt: skip


def seen(item: str, day: int) -> ItemFacts:
    """Make what a collection saw of an item."""
    return ItemFacts(
        tenant=TENANT, service=ServiceId("s"), item=ItemId(item), mechanism=Mechanism.BACKUP, state="ok",
        seen_at=NOON + day * DAY, points=(), points_total=0,
    )  # fmt: skip


async def walls(store: Store, schedule: str = "collect") -> list[str]:
    """Name the slots that are there, the oldest first."""
    return [each.wall for each in reversed(await store.slots.recent(schedule))]


async def test_old_slots_leave_and_the_newest_of_each_schedule_stays(store: Store) -> None:
    """A schedule that came last a quarter ago is not looked at from its beginning; counts and work stay."""
    for day, schedule in ((1, "collect"), (2, "collect"), (90, "collect"), (1, "whole"), (3, "whole")):
        await store.slots.record([slot(day, schedule)])
    await store.slots.record([slot(1, actor="an")])
    working = Slot(schedule="stuck", wall="001", due_at=NOON)
    await store.slots.claim(working)
    await store.slots.pause(Pause(schedule="collect", since=NOON, actor="an", reason="x"))
    await store.slots.resume("collect", at=NOON + DAY, actor="an", reason="y")
    await store.slots.pause(Pause(schedule="whole", since=NOON, actor="an", reason="x"))

    assert await prune(store) == Pruned(slots=4)
    assert (await walls(store), await walls(store, "whole"), await walls(store, "stuck")) == (["090"], ["003"], ["001"])
    assert (await store.slots.standing("whole", at=NOW)).after == NOON + 3 * DAY
    assert [each.schedule for each in await store.slots.paused()] == ["whole"]
    assert {each.schedule: each.ended for each in (await store.readings.figures()).schedules}["collect"][
        SlotState.RAN
    ] == 4
    assert await prune(store) == Pruned()


async def test_old_verifications_leave_and_what_is_proven_stays(store: Store) -> None:
    """The newest of each item, rung and outcome, however old; and what a run in the database says."""
    of, pen = plan(mode=Mode.DRILL), Pen("r-1")
    await store.journal.accept(card("r-1", of), of, pen.write(Kind.RUN_ACCEPTED, payload={"plan": of.hash()}))
    proofs = [
        proof("old", 1), proof("held", 2, run="r-1"), proof("left", 3, run="r-0"), proof("newest", 4),
        proof("failed", 1, outcome=Outcome.FAILED), proof("other", 1, item="vm-2"),
    ]  # fmt: skip
    await store.verifications.append(proofs)
    before = await store.verifications.standing()
    done = pen.write(Kind.RUN_FINISHED, payload={"state": "succeeded"})
    await store.journal.append([done], state=RunState.SUCCEEDED)

    assert await prune(store) == Pruned(verifications=2)
    kept = {each.id for each in await store.verifications.standing()}
    assert kept == {each.id for each in before} == {"newest", "failed", "other"}
    assert await prune(store) == Pruned()
    figures = (await store.readings.figures()).verifications
    told = {(each.item, each.outcome.value): (each.total, each.last_at) for each in figures}
    assert (told["vm-1", "passed"], told["vm-1", "failed"][0]) == ((4, NOON + 4 * DAY), 1)


async def test_facts_of_what_nobody_sees_any_more_leave(store: Store) -> None:
    """With its points; an item that is seen stays, though its points were listed long ago."""
    await store.inventory.put_items((seen("gone", 1), seen("there", 1)))
    await store.inventory.put_states((seen("there", 99),))

    assert await prune(store) == Pruned(facts=1)
    assert [each.item for each in await store.inventory.items()] == ["there"]
    left = await store._desk.read(
        lambda connection: connection.scalar(select(func.count()).select_from(CHAINS_OF_POINTS))
    )
    assert left == 1


async def test_nothing_leaves_during_a_failover_nor_without_a_word_in_the_settings(store: Store) -> None:
    """In an incident nobody purges; and left out means for ever."""
    await store.slots.record([slot(1), slot(2)])
    assert await prune(store, PruningTerms()) == Pruned()
    of = plan(mode=Mode.FAILOVER)
    await store.journal.accept(card("r-1", of), of, Pen("r-1").write(Kind.RUN_ACCEPTED, payload={"plan": of.hash()}))

    assert await prune(store) == Pruned()


async def test_a_turn_takes_some_and_the_next_one_goes_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No write waits for long; with nothing left, the next look is an hour later."""
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    await store.slots.record([slot(day) for day in range(4)])
    upkeep = store.upkeep(UpkeepTerms(every=None, archives=tmp_path, old=replace(TERMS, facts=None)))

    async def turn(at: datetime) -> int:
        await upkeep.turn(at)
        return len(await walls(store))

    assert [await turn(NOW), await turn(NOW), await turn(NOW)] == [2, 1, 1]
    await store.slots.record([slot(4)])
    assert [await turn(NOW + timedelta(minutes=1)), await turn(NOW + timedelta(hours=2))] == [2, 1]
