"""Orders to schedules: a freeze is respected unless somebody says otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import RefusedError
from drd.domain.language import Text
from drd.domain.timetable import CalendarTerms, FreezeTerms, ScheduleTerms, Span
from drd.operations.steer_schedule import SteerSchedule
from drd.ports.slots import Slot
from drd.scheduling.ticker import Ticker
from drd.scheduling.timetable import Timetable
from tests.fakes.memory_slots import MemorySlots
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 12, 25, 12, 0, tzinfo=UTC)
AN = Actor(name="an", roles=frozenset({Role.RESPONDER}))


async def test_work_that_is_asked_for_in_a_freeze_is_refused_unless_it_is_wanted_anyway() -> None:
    """With the freeze's name; a reason is asked for first."""
    freeze = FreezeTerms(
        id="kerst", name=Text(nl="Kerst"), span=Span(begins=NOW - timedelta(days=1), ends=NOW + timedelta(days=1))
    )
    schedule = ScheduleTerms(id="drills", does="drill", zone="UTC", cron="0 10 * * tue")
    clock, slots = SteppingClock(NOW), MemorySlots()
    calendar = CalendarTerms(zone="UTC", freezes=(freeze,), schedules=(schedule,))
    timetable = Timetable(calendar, gentle=frozenset(), clock=clock)
    worked: list[Slot] = []

    async def work(_schedule: object, slot: Slot) -> None:
        worked.append(slot)

    ticker = Ticker(timetable.schedules(), work=work, slots=slots, clock=clock)
    steer = SteerSchedule(timetable=timetable, slots=slots, turns=ticker, clock=clock)

    with pytest.raises(RefusedError, match="needs a reason"):
        await steer.trigger(AN, "drills", reason=" ", anyway=True)
    with pytest.raises(RefusedError, match="freeze kerst: Kerst") as refused:
        await steer.trigger(AN, "drills", reason="nodig")
    assert (refused.value.code, worked) == ("barred", [])
    await steer.trigger(AN, "drills", reason="nodig", anyway=True)
    await ticker.settle()
    assert [(slot.actor, slot.because) for slot in worked] == [("an", "nodig")]
