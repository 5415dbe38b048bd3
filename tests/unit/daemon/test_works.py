"""The works that schedules name: each word has what does it, and what it is told is looked at."""

from datetime import UTC, datetime

import pytest

from drd.daemon.catalogue import faults_of_values
from drd.daemon.works import GENTLE, WORDS, calendar_rules, work_of
from drd.domain.timetable import CalendarTerms, ScheduleTerms
from drd.ports.slots import Slot
from drd.scheduling.timetable import Timetable
from drd.settings.calendar_file import default_schedules
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _timetable() -> Timetable:
    values = {"runbook": "burgerzaken"}
    drill = ScheduleTerms(id="a", does="drill", zone="UTC", cron="0 10 * * tue", values=values)
    return Timetable(CalendarTerms(zone="UTC", schedules=(drill,)), gentle=GENTLE, clock=SteppingClock(NOW))


async def test_a_work_gets_what_its_schedule_tells_it_parsed() -> None:
    """Whatever the word, by one table."""
    timetable, told = _timetable(), []

    async def does(*given: object) -> None:
        told.append(given)

    work = work_of(timetable, dict.fromkeys(WORDS, does))
    (schedule,), slot = timetable.schedules(), Slot(schedule="a", wall="w", due_at=NOW)
    await work(schedule, slot)

    ((first, second, values),) = told
    assert (first, second) == (schedule, slot)
    assert (values.runbook, values.due, values.most) == ("burgerzaken", None, 2)


def test_a_word_without_work_is_a_defect_that_no_start_gets_past() -> None:
    """Else a schedule would fail at its first slot."""
    with pytest.raises(ValueError, match="drill"):
        work_of(_timetable(), {word: lambda *_: None for word in WORDS if word != "drill"})  # type: ignore[misc]  # never called


def test_what_is_done_by_default_can_be_done() -> None:
    """Every word and what it is told; what only looks is not held by a freeze."""
    terms = tuple(
        ScheduleTerms(id=each.id, does=each.does, zone="UTC", cron=each.cron, every=each.every, values=each.values)
        for each in default_schedules()
    )
    assert calendar_rules(NOW).faults(CalendarTerms(zone="UTC", schedules=terms)) == ()
    assert "collect" in GENTLE
    assert "drill" not in GENTLE


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"runbook": "burgerzaken", "kill-conductor": True}, 0),
        ({"due": "services", "most": 1, "kill-conductor": True}, 0),
        ({"due": "services", "kill-conductor": True}, 1),
    ],
)
def test_drills_that_end_their_daemon_come_one_at_a_time(values: dict[str, object], faults: int) -> None:
    """Two of them side by side would each be in the other's way."""
    told = WORDS["drill"].told
    assert len(faults_of_values("drill", told, values)) == faults  # type: ignore[arg-type]  # plain values


@pytest.mark.parametrize(("restores", "hint"), [(-1, "write 0 or more"), (1001, "write 1000 or less")])
def test_a_number_out_of_bounds_is_told_with_its_bound(restores: int, hint: str) -> None:
    """A hint that says nothing helps nobody."""
    assert [each.hint for each in faults_of_values("prove", WORDS["prove"].told, {"restores": restores})] == [hint]
