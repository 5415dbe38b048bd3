"""The calendar of an installation: drills begin by themselves, run to their end, and keep out of a freeze."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from drd.domain.language import Text
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.timetable import CalendarTerms, FreezeTerms, ScheduleTerms, Span
from drd.operations.show_run import RunView
from drd.ports.journal import RunFilter
from drd.ports.slots import Slot, SlotState
from proofs.stage import EPOCH, Stage, sample_configuration, virtually_with

ZONE = "Europe/Brussels"
LOOK_SECONDS = 60.0


def _calendar() -> CalendarTerms:
    """Drill two due services at 04:10 in Brussels, and again each hour; from 06:00 on a freeze holds."""
    drills = ScheduleTerms(id="drills", does="drill", zone=ZONE, cron="10 4-6 * * *", values={"due": "services"})
    looks = ScheduleTerms(id="looks", does="collect", zone=ZONE, cron="10 6 * * *")
    begins = EPOCH + timedelta(hours=2)
    freeze = FreezeTerms(id="kerst", name=Text(nl="Kerst"), span=Span(begins=begins, ends=begins + timedelta(hours=9)))
    return CalendarTerms(zone=ZONE, freezes=(freeze,), schedules=(drills, looks))


def test_drills_that_are_due_begin_by_themselves_and_a_freeze_is_kept() -> None:
    """Two at a time, each service once, green to the end; what a freeze bars is recorded with its name."""

    async def play(stage: Stage) -> tuple[list[RunView], list[Slot], list[Slot]]:
        ticker, clock, slots = stage.world.installation.ticker, stage.world.clock, stage.world.store.slots
        while clock.now() < EPOCH + timedelta(hours=2, minutes=30):
            await ticker.tick()
            await asyncio.sleep(LOOK_SECONDS)
        await ticker.stop()
        cards = await stage.world.store.journal.runs(RunFilter())
        views = [await stage.until_settled(card.id) for card in cards if card.parent is None]
        return views, list(await slots.recent("drills")), list(await slots.recent("looks"))

    configuration = sample_configuration()
    ours = replace(configuration, settings=replace(configuration.settings, calendar=_calendar()))
    views, drills, looks = virtually_with(ours, play)

    assert [slot.state for slot in reversed(drills)] == [SlotState.RAN, SlotState.RAN, SlotState.MISSED]
    assert drills[0].because == "freeze kerst: Kerst"
    assert [slot.state for slot in looks] == [SlotState.RAN]
    assert {(view.card.mode, view.card.state) for view in views} == {(Mode.DRILL, RunState.SUCCEEDED)}
    services = [view.card.service for view in views]
    assert len(services) == len(set(services)) == 4
    assert all(view.card.id in f"{drills[1].because} {drills[2].because}" for view in views)
