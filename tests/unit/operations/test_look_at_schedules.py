"""Schedules that do not do what they should are findings, and what people meant to happen is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.domain.findings import Severity
from drd.domain.language import Text
from drd.domain.timetable import CalendarTerms, FreezeTerms, ScheduleTerms, Span
from drd.operations.look_at_schedules import SCHEDULES, LookAtSchedules
from drd.ports.slots import INTERRUPTED, Pause, Slot, SlotState
from drd.scheduling.timetable import Timetable
from tests.fakes.memory_findings import MemoryFindings
from tests.fakes.memory_slots import MemorySlots
from tests.fakes.served_house import TENANT, FakeServices, FakeShelf, served_calendar
from tests.fakes.virtual_clock import EPOCH, VirtualClock

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


class Watch:
    """A calendar, its slots, and who looks at them."""

    def __init__(self, terms: CalendarTerms | None = None) -> None:
        """Begin with nothing missed."""
        self.slots, self.findings, self.clock = MemorySlots(), MemoryFindings(), VirtualClock()
        timetable = Timetable(terms or served_calendar(), gentle=frozenset({"collect"}), clock=self.clock)
        self.look = LookAtSchedules(
            timetable=timetable,
            slots=self.slots,
            services=FakeServices(),
            runbooks=FakeShelf(),
            findings=self.findings,
            clock=self.clock,
        )

    def slot(self, state: SlotState, *, ago: timedelta = HOUR, because: str = "", schedule: str = "collect") -> None:
        """Write a slot."""
        due = EPOCH - ago
        ended = None if state is SlotState.CLAIMED else due
        slot = Slot(schedule=schedule, wall=str(due), due_at=due, state=state, ended_at=ended, because=because)
        self.slots.rows[schedule, slot.wall] = slot

    async def found(self) -> dict[str, Any]:
        """Look, and give what was found by code."""
        await self.look()
        return {each.code: each for each in await self.findings.list(TENANT)}


async def test_a_missed_slot_is_found_until_a_day_later() -> None:
    """A warning while nothing ran since, then information; the finding goes by itself."""
    watch = Watch()
    for ago in (2, 3):
        watch.slot(SlotState.MISSED, ago=ago * HOUR, because="nobody was there")
    first = (await watch.found())["slot-missed"]
    watch.slot(SlotState.RAN_LATE)
    later = (await watch.found())["slot-missed"]
    await watch.clock.sleep(timedelta(days=2))

    assert (first.severity, first.subject, first.tenant) == (Severity.WARNING, "collect", TENANT)
    assert first.message == "2 in the last day, the last at 2026-11-22T01:00:00.000Z: nobody was there"
    assert (later.severity, later.since) == (Severity.INFO, first.since)
    assert await watch.found() == {}


async def test_what_people_stopped_is_not_missed() -> None:
    """A pause, and a freeze at the time of the slot."""
    watch = Watch()
    watch.slot(SlotState.MISSED, because="paused by an: moving")
    assert await watch.found() == {}
    await watch.clock.sleep(timedelta(days=30))
    frozen = Slot(
        schedule="drills", wall="w", due_at=datetime(2026, 12, 22, 1, tzinfo=UTC), state=SlotState.MISSED, because="x"
    )
    watch.slots.rows["drills", "w"] = frozen

    assert await watch.found() == {}


@pytest.mark.parametrize(
    ("state", "because", "code"),
    [
        (SlotState.FAILED, INTERRUPTED, "slot-interrupted"),
        (SlotState.FAILED, "no such runbook", "slot-failed"),
        (SlotState.CLAIMED, "", "slot-at-work-long"),
    ],
)
async def test_a_slot_that_ended_badly_or_not_at_all_is_found(state: SlotState, because: str, code: str) -> None:
    """Until a newer one ends well."""
    watch = Watch()
    watch.slot(state, ago=7 * HOUR, because=because)
    (found,) = (await watch.found()).values()
    watch.slots.rows = {key: replace(each, state=SlotState.RAN) for key, each in watch.slots.rows.items()}

    assert (found.code, found.severity, because in found.message) == (code, Severity.WARNING, True)
    assert await watch.found() == {}


async def test_a_pause_that_lasts_is_found() -> None:
    """With who stopped it and why; a week is not long."""
    watch = Watch()
    await watch.slots.pause(Pause(schedule="collect", since=EPOCH, actor="an", reason="moving"))
    assert await watch.found() == {}
    await watch.clock.sleep(timedelta(days=8))

    assert "paused by an: moving" in (await watch.found())["schedule-paused-long"].message


@pytest.mark.parametrize(
    ("ends", "told"), [(datetime(2027, 3, 1, tzinfo=UTC), True), (datetime(2027, 1, 4, tzinfo=UTC), False)]
)
async def test_a_freeze_that_lasts_longer_than_a_quarter_is_found(ends: datetime, *, told: bool) -> None:
    """Also where several files of others together make it so; one over the holidays is none."""
    span = Span(begins=EPOCH - HOUR, ends=ends)
    freeze = FreezeTerms(id="bouw", name=Text(nl="Bouw"), span=span)
    drills = ScheduleTerms(id="drills", does="drill", zone="Europe/Brussels", cron="0 10 * * tue")
    watch = Watch(CalendarTerms(zone="Europe/Brussels", freezes=(freeze,), schedules=(drills,)))

    found = await watch.found()
    assert ("schedule-barred-long" in found) is told
    assert not told or "Bouw" in found["schedule-barred-long"].message


async def test_a_freeze_that_never_ends_is_found_without_looking_for_its_end() -> None:
    """Nobody waits for a look at a hundred years."""
    freeze = FreezeTerms(
        id="altijd", name=Text(nl="Altijd"), span=Span(begins=EPOCH, ends=EPOCH + timedelta(days=9999))
    )
    drills = ScheduleTerms(id="drills", does="drill", zone="Europe/Brussels", cron="0 10 * * tue", tenant=TENANT)
    watch = Watch(CalendarTerms(zone="Europe/Brussels", freezes=(freeze,), schedules=(drills,)))

    assert "no slot of the next quarter" in (await watch.found())["schedule-barred-long"].message


@pytest.mark.parametrize(
    ("runbook", "told"),
    [("oefening", ""), ("nergens", "there is no runbook nergens"), ("burgerzaken", "burgerzaken has no mode drill")],
)
async def test_a_schedule_of_a_runbook_that_cannot_be_drilled_is_found_before_its_slot(runbook: str, told: str) -> None:
    """A name typed wrongly would else be told by the first slot, which may be months away."""
    drill = ScheduleTerms(
        id="drill", does="drill", zone="Europe/Brussels", cron="0 10 * * tue", values={"runbook": runbook}
    )
    found = await Watch(CalendarTerms(zone="Europe/Brussels", schedules=(drill,))).found()

    assert [told in each.message for each in found.values()] == ([True] if told else [])
    assert not told or found["schedule-without-runbook"].subject == "drill"


async def test_a_municipality_that_left_keeps_no_findings() -> None:
    """Its scope goes."""
    watch = Watch()
    await watch.findings.put(f"{SCHEDULES}/elders", (), EPOCH)
    await watch.found()

    assert f"{SCHEDULES}/elders" not in await watch.findings.looked()
