"""Drills that are due start by themselves: the longest due first, each once, and no more than wanted."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.errors import ConflictError
from drd.domain.estate import Objectives, Service, Tenant
from drd.domain.events import Kind
from drd.domain.ids import RunbookId, RunId, ServiceId, TenantId
from drd.domain.language import Text
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.start_due_drills import DueWish, StartDueDrills
from drd.operations.start_run import StartRun
from drd.ports.readings import Recovery
from drd.ports.runbooks import RunbookCard
from drd.ports.slots import Slot
from tests.fakes.busy_house import NOW, active_run
from tests.fakes.engine_house import House, plan, step
from tests.fakes.small_estate import TENANT, FixedReadings, FixedServices, no_figures

pytestmark = pytest.mark.anyio

WEEK = timedelta(days=7)
NAMES = ("identiteit", "burgerzaken", "website")


class Shelf:
    """Answers the port `Runbooks`: a drill for each service, and one for the whole."""

    def list(self) -> tuple[RunbookCard, ...]:
        """See the port."""
        both = (Mode.DRILL, Mode.FAILOVER)
        cards = [_card(name, ServiceId(name), both) for name in NAMES]
        return (*cards, _card("alles", None, both), _card("later", None, (Mode.FAILOVER,)))

    def plan(self, wish: Any) -> Any:
        """See the port."""
        return plan(step("a"), mode=Mode.DRILL, service=wish.runbook, runbook=wish.runbook)


def _card(name: str, service: ServiceId | None, modes: tuple[Mode, ...]) -> RunbookCard:
    return RunbookCard(id=RunbookId(name), title=Text(nl=name), service=service, modes=modes, path=f"{name}.yaml")


def _service(name: str, tier: int, every: timedelta | None = timedelta(days=90)) -> Service:
    objectives = Objectives(rpo=None, rto=timedelta(hours=1), drill_every=every)
    return Service(id=ServiceId(name), name=Text(nl=name), tier=tier, objectives=objectives)


def _green(name: str, days: float, mode: Mode = Mode.DRILL) -> Recovery:
    return Recovery(
        run=RunId(f"r-{name}"),
        tenant=TENANT,
        service=ServiceId(name),
        runbook=RunbookId(name),
        mode=mode,
        state=RunState.SUCCEEDED,
        ended_at=NOW - timedelta(days=days),
        achieved_recovery_time=None,
        achieved_recovery_point=None,
    )


class Desk:
    """The use case on an engine, with figures of drills that were."""

    def __init__(self, *drills: Recovery, **figures: Any) -> None:
        """Tell of these drills."""
        self.house = House()
        tiers = (_service("identiteit", 0), _service("burgerzaken", 1), _service("website", 2, None))
        plain = FixedServices().tenants()[0]
        both = (_municipality(plain, TENANT, tiers), _municipality(plain, TenantId("elders"), ()))
        self.start = StartDueDrills(
            start_run=StartRun(runbooks=Shelf(), engine=self.house.engine, clock=self.house.clock),
            runbooks=Shelf(),
            services=FixedServices(*both),
            readings=FixedReadings(no_figures(last_succeeded=drills, **figures)),
        )

    async def slot(self, wall: str = "w", **wish: Any) -> str:
        """Do what a slot calls for."""
        slot = Slot(schedule="drills", wall=wall, due_at=NOW)
        return await self.start(slot, DueWish(**{"until": NOW + WEEK, "most": 9, **wish}))

    @property
    def started(self) -> list[str]:
        """Give the runbooks of the runs that were accepted, in order."""
        return [str(card.runbook) for card in self.house.journal.cards.values()]


def _municipality(plain: Tenant, name: TenantId, services: tuple[Service, ...]) -> Tenant:
    return Tenant(
        id=name,
        name=plain.name,
        home_region=plain.home_region,
        recovery_region=plain.recovery_region,
        subscriptions=(),
        services=services,
    )


async def test_what_would_be_too_old_by_the_next_slot_is_drilled_now() -> None:
    """Else a weekly look would be up to a week late; what is young enough is left alone."""
    desk = Desk(_green("identiteit", 84), _green("burgerzaken", 82), _green("website", 10))

    said = await desk.slot()
    assert desk.started == ["identiteit"]
    assert said.startswith("started identiteit (")
    assert await Desk(*(_green(name, 5) for name in NAMES)).slot() == "no drill is due"


async def test_never_drilled_comes_first_then_what_has_waited_longest() -> None:
    """No more than is wanted at a time; the rest is told, and comes with the next slot."""
    desk = Desk(_green("identiteit", 95), _green("website", 120))

    said = await desk.slot(most=2)
    assert desk.started == ["burgerzaken", "website"]
    assert said.endswith("; 1 more are due")


async def test_a_failover_is_no_drill_and_a_service_at_work_is_left_alone() -> None:
    """Only green drills count; an active run of the service will tell."""
    busy = active_run()
    desk = Desk(_green("burgerzaken", 1, Mode.FAILOVER), _green("identiteit", 1), _green("website", 1), active=(busy,))
    assert (await desk.slot(), desk.started) == ("no drill is due", [])

    free = Desk(_green("burgerzaken", 1, Mode.FAILOVER), _green("identiteit", 1), _green("website", 1))
    await free.slot()
    assert free.started == ["burgerzaken"]


async def test_a_slot_that_comes_twice_starts_no_drill_twice() -> None:
    """By two daemons, or again after a crash; the run says which slot it is of."""
    desk = Desk()
    assert await desk.slot() == await desk.slot()
    assert sorted(desk.started) == sorted(NAMES)
    first = next(iter(desk.house.journal.cards))
    accepted = desk.house.events(Kind.RUN_ACCEPTED, run=first)[0]
    assert (accepted.actor, accepted.payload["trigger"]) == (
        "schedule:drills",
        "schedule/drills/w/voorbeeld/identiteit",
    )


async def test_the_whole_is_drilled_by_its_own_runbooks() -> None:
    """Once for each municipality that is meant; runbooks that cannot drill are passed over."""
    desk = Desk()
    assert (await desk.slot(whole=True, tenant=TENANT)).startswith("started alles (")
    assert desk.started == ["alles"]


async def test_a_slot_whose_drills_are_all_refused_fails_with_the_reasons() -> None:
    """Another run of the service is in the way: the slot names it."""
    desk = Desk(_green("identiteit", 1), _green("website", 1))
    await desk.slot("first")
    with pytest.raises(ConflictError, match="burgerzaken: "):
        await desk.slot("second")
