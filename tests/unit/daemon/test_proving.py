"""The work `prove` of a schedule: what it is told, and what it says it did."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from drd.daemon.catalogue import faults_of_values
from drd.daemon.proving import Proving, proof_terms
from drd.daemon.works import GENTLE, WORDS
from drd.domain.actor import Role
from drd.domain.errors import ConflictError
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ItemId, TenantId
from drd.domain.ladder import Rung
from drd.domain.timetable import CalendarTerms, ScheduleTerms
from drd.operations.sample_backups import Sampled, SampleOrder, Turn
from drd.ports.slots import Slot
from drd.scheduling.timetable import Timetable
from drd.settings.calendar_file import default_schedules
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
SLOT = Slot(schedule="prove", wall="2026-11-22T21:00", due_at=NOW)
STARTED: Any = SimpleNamespace(id="r-1")
ONE = Sampled(
    tenant=TenantId("v"), item=ItemId("vm-a"), point=RecoveryPoint(id="p", time=NOW), because="tier 0", run=STARTED
)
OTHER = replace(ONE, item=ItemId("vm-b"), run=None, refused="it is verified")


@dataclass
class Asked:
    """Answers as the use case does, and remembers the order."""

    chosen: tuple[Sampled, ...] = (ONE, OTHER)
    left: int = 0
    orders: list[SampleOrder] = field(default_factory=list)

    async def turn(self, order: SampleOrder) -> Turn:
        """Give what a test chose."""
        self.orders.append(order)
        return Turn(chosen=self.chosen, left=self.left)


async def _prove(asked: Asked, **told: Any) -> str:
    async def terms() -> None:
        """Find nothing."""

    weekly = ScheduleTerms(id="prove", does="prove", zone="UTC", cron="0 20 * * sun", tenant=TenantId("v"))
    timetable = Timetable(CalendarTerms(zone="UTC", schedules=(weekly,)), gentle=GENTLE, clock=SteppingClock(NOW))
    proofs: Any = SimpleNamespace(sample_backups=asked)
    plugged: Any = terms
    work = Proving(proofs=proofs, terms=plugged, timetable=timetable, clock=SteppingClock(NOW))
    (schedule,), parsed = timetable.schedules(), WORDS["prove"].told.model_validate(told)
    return await work(schedule, SLOT, parsed)  # type: ignore[arg-type]  # the word's own shape


async def test_a_slot_proves_what_is_due_within_its_budget_under_its_own_name_and_key() -> None:
    """And says what it started and why, and what it left."""
    asked = Asked(left=3)
    said = await _prove(asked, **{"to": "L5", "restores": 2, "core-hours": 8})

    [order] = asked.orders
    assert said == ("verifies vm-a up to L4 (r-1): tier 0; vm-b: it is verified; 3 more had to wait for the budget")
    assert (order.budget.restores, order.budget.core_hours, order.to) == (2, 8, Rung.L5)
    assert (order.actor.name, order.actor.roles) == ("schedule:prove", frozenset({Role.OPERATOR}))
    assert order.key == "schedule/prove/2026-11-22T21:00"
    assert order.due_by == NOW + timedelta(days=7)


async def test_nothing_that_is_due_is_said_and_nothing_that_could_be_started_is_a_failure() -> None:
    """A slot that proved nothing it wanted to is not green."""
    asked = Asked(chosen=())
    assert await _prove(asked, **{"restores": 1, "only-due": False}) == "no proof is due"
    assert asked.orders[0].due_by is None
    with pytest.raises(ConflictError, match="vm-b: it is verified"):
        await _prove(Asked(chosen=(OTHER,)), restores=1)


@pytest.mark.parametrize("told", [{}, {"restores": -1}, {"restores": 1, "to": "L1"}, {"restores": 1, "core-hours": -1}])
def test_what_is_no_budget_is_refused_when_the_settings_are_read(told: dict[str, Any]) -> None:
    """Not at night."""
    assert faults_of_values("prove", WORDS["prove"].told, told)


def test_backups_are_restored_to_be_proven_without_anybody_asking_for_it() -> None:
    """By the schedules of whoever writes none: up to L3, within a budget."""
    schedules = tuple(
        ScheduleTerms(id=each.id, does=each.does, zone="UTC", cron=each.cron, every=each.every, values=each.values)
        for each in default_schedules()
    )
    calendar = CalendarTerms(zone="UTC", schedules=schedules)
    [terms] = proof_terms(Timetable(calendar, gentle=GENTLE, clock=SteppingClock(NOW)))

    assert (terms.schedule, terms.tenant, terms.to, terms.budget.nothing) == ("prove", None, Rung.L3, False)
    assert terms.budget.core_hours is not None
    assert terms.budget.quota_cores is not None
