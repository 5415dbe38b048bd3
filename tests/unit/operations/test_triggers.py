"""Identical triggers make one run; a schedule and a person at the same second make one too (T19)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import ConflictError, ForbiddenError, NotFoundError, RefusedError
from drd.domain.events import Kind
from drd.domain.ids import RunbookId, RunId, TenantId
from drd.domain.plan import Mode, RecoveryPlan
from drd.engine.engine import Engine
from drd.operations.start_run import StartOrder, StartRun
from drd.operations.start_scheduled import StartScheduled
from drd.ports.slots import Slot, SlotState
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule
from drd.scheduling.ticker import Ticker
from drd.store.opening import open_store
from tests.fakes.engine_house import House, plan, step
from tests.fakes.memory_slots import MemorySlots
from tests.fakes.small_estate import FixedRunbooks
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

DAY = timedelta(hours=24)


class Desk:
    """The use case on an engine; several desks may share what outlives a daemon."""

    def __init__(self, house: House | None = None, *plans: RecoveryPlan) -> None:
        """Put plans on the shelf."""
        self.house = house or House()
        self.books = FixedRunbooks(*plans)
        self.start = StartRun(runbooks=self.books, engine=self.house.engine, clock=self.house.clock)


def desk_of_two() -> Desk:
    """Give a desk with a drill and a failover of the same service on the shelf."""
    return Desk(None, plan(step("a"), mode=Mode.DRILL), plan(step("a")))


def order(**others: Any) -> StartOrder:
    """Make the order of a drill."""
    terms: dict[str, Any] = {
        "runbook": RunbookId("burgerzaken"), "tenant": None, "mode": Mode.DRILL,
        "actor": Actor(name="an", roles=frozenset({Role.RESPONDER})), "confirm": "burgerzaken", "reason": "why",
        **others,
    }  # fmt: skip
    return StartOrder(**terms)


@pytest.mark.parametrize("value", [1.5, 10**30, {"é": [None, True]}])
async def test_an_order_has_a_digest_whatever_was_typed_as_an_input(value: Any) -> None:
    """Whether a runbook takes it is said when the plan is made, and not by a defect before."""
    same, other = (order(inputs={"x": each}, key="k") for each in (value, "other"))

    assert same.digest() == order(inputs={"x": value}, key="k").digest()
    assert same.digest() != other.digest()


async def test_t19_the_same_order_with_the_same_key_gives_its_run_a_day_later_and_from_another_daemon() -> None:
    """Although the run is over, the service is free, and the runbook is gone from the shelf."""
    first = desk_of_two()
    async with first.house.serving():
        card = await first.start(order(key="k"))
        await first.house.engine.over(card.id)
    await first.house.clock.sleep(DAY)
    first.house.open()
    second = Desk(first.house)
    again = await second.start(order(key="k"))
    assert (again.id, len(second.house.journal.cards), again.state.final) == (card.id, 1, True)
    assert second.house.events(Kind.RUN_ACCEPTED, run=card.id)[0].payload["trigger"] == "k"
    with pytest.raises(NotFoundError):
        await second.start(order(key="another"))


@pytest.mark.parametrize(
    "other",
    [
        {"mode": Mode.FAILOVER},
        {"reason": "another"},
        {"inputs": {"x": 1}},
        {"skip": ("a",)},
        {"recovery_point": "newest"},
        {"graceful": False},
        {"incident_at": "-10m"},
        {"actor": Actor(name="bo", roles=frozenset({Role.ADMIN}))},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_t19_a_key_that_comes_with_another_order_is_refused(other: dict[str, Any]) -> None:
    """A key that is used twice by mistake must not look like a start."""
    desk = desk_of_two()
    await desk.start(order(key="k"))
    with pytest.raises(ConflictError, match="wished for in another way"):
        await desk.start(order(key="k", **other))
    assert len(desk.house.journal.cards) == 1


async def test_a_key_tells_nothing_to_who_may_not_see_the_tenant() -> None:
    """Knowing a key is no right."""
    desk = desk_of_two()
    elsewhere = Actor(name="an", roles=frozenset({Role.OPERATOR}), tenants=frozenset({TenantId("elders")}))
    await desk.start(order(key="k"))
    with pytest.raises(ForbiddenError):
        await desk.start(order(key="k", actor=elsewhere))


@pytest.mark.parametrize("chosen", [{"only": ("a",)}, {"skip": ("a",)}], ids=["only", "skip"])
async def test_leaving_steps_out_needs_a_reason_in_a_drill_too(chosen: dict[str, Any]) -> None:
    """Whoever reads the evidence asks why."""
    desk = desk_of_two()
    with pytest.raises(RefusedError) as refused:
        await desk.start(order(reason=" ", **chosen))
    assert (refused.value.code, len(desk.house.journal.cards)) == ("no-reason", 0)


@pytest.mark.parametrize("first", ["person", "schedule"])
async def test_t19_a_person_and_a_schedule_in_the_same_second_make_one_run(first: str) -> None:
    """The other is told whose run it is: the person at once, the slot in its record."""
    desk, slots, clock = desk_of_two(), MemorySlots(), SteppingClock()
    work = StartScheduled(start_run=desk.start, runbook=RunbookId("burgerzaken"))
    schedule = Schedule(id="drills", rhythm=Rhythm(zone=ZoneInfo("UTC"), every=timedelta(hours=1)))
    ticker = Ticker([schedule], work=lambda _schedule, slot: work(slot), slots=slots, clock=clock)
    clock.advance(timedelta(hours=1))

    async def person() -> str:
        try:
            return (await desk.start(order())).id
        except ConflictError as conflict:
            return conflict.other

    async def calendar() -> None:
        await ticker.tick()
        await ticker.settle()

    both = [person(), calendar()] if first == "person" else [calendar(), person()]
    said = await asyncio.gather(*both)
    (card,) = desk.house.journal.cards.values()
    (slot,) = await slots.recent("drills")
    starter = desk.house.events(Kind.RUN_ACCEPTED, run=card.id)[0]
    assert card.id in said
    if starter.actor == "an":
        assert slot.state is SlotState.FAILED
        assert card.id in slot.because
    else:
        assert (slot.state, starter.actor) == (SlotState.RAN, "schedule:drills")
        assert starter.payload["trigger"] == f"schedule/drills/{slot.wall}"


async def test_t19_a_slot_that_is_worked_on_twice_has_one_run() -> None:
    """By two daemons, or again after a crash."""
    desk = desk_of_two()
    slot = Slot(schedule="drills", wall="2026-11-22T02:30:00", due_at=desk.house.clock.now())
    work = StartScheduled(start_run=desk.start, runbook=RunbookId("burgerzaken"), tenant=TenantId("voorbeeld"))
    assert (await work(slot)).id == (await work(slot)).id
    assert len(desk.house.journal.cards) == 1


async def test_t19_two_runbooks_on_one_service_make_one_run_on_the_real_store() -> None:
    """The lock is the service's, not the runbook's; and it is told what the other run is and how it stands."""
    house = House()
    store = await open_store("sqlite://", daemon="d", threads=False)
    engine = Engine(replace(house.engine._parts, journal=store.journal, dispatcher=store.dispatcher))
    names = [RunbookId("one"), RunbookId("two")]
    books = FixedRunbooks(*(plan(step("a"), runbook=name) for name in names))
    starts = StartRun(runbooks=books, engine=engine, clock=house.clock)
    orders = [order(runbook=name, mode=Mode.FAILOVER, confirm="burgerzaken") for name in names]
    done = await asyncio.gather(*(starts(each) for each in orders), return_exceptions=True)
    (lost,) = [each for each in done if isinstance(each, ConflictError)]
    assert "an started it in mode failover, and it is queued" in lost.message
    await store.close()


async def test_t19_a_child_and_a_run_of_its_service_at_the_same_time_make_one_run() -> None:
    """Whoever comes second: the child adopts the same plan's run, a person is told of the child."""
    house = House()
    databank = plan(step("x", values={"lasts": 60}), runbook=RunbookId("databank"))
    parent = plan(step("databank", "runbook", child=databank), service=None, objectives=None)
    async with house.serving():
        outcomes = await asyncio.gather(
            house.start(parent), house.start(databank, run=RunId("r-2")), return_exceptions=True
        )
        card = await house.engine.over(RunId("r-1"))
    assert card.state.value == "succeeded"
    assert house.world.names_sent() == ["x"]
    assert len(house.journal.cards) == 2
    assert sum(isinstance(each, ConflictError) for each in outcomes) <= 1
