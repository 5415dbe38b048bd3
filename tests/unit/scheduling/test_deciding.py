"""Which slot is run, and why others are not: catch-up, pauses, freezes and windows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from drd.domain.timetable import CatchUp
from drd.ports.slots import Pause, Slot
from drd.scheduling.deciding import decide
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DUE = [Slot(schedule="a", wall=str(n), due_at=BEGIN + n * HOUR) for n in range(4)]


def verdict(now: datetime, *pauses: Pause, **terms: object) -> tuple[list[str], str, list[str]]:
    """Give the walls that are missed before, that is wanted, and that are missed after."""
    rhythm = Rhythm(zone=ZoneInfo("UTC"), every=HOUR)
    schedule = Schedule(**{"id": "a", "rhythm": rhythm, **terms})  # type: ignore[arg-type]  # tests name the members
    found = decide(schedule, DUE, pauses, now)
    return (
        [each.wall for each in found.before],
        found.wanted.wall if found.wanted else "",
        [each.wall for each in found.after],
    )


def frozen(*hours: int) -> object:
    """Freeze the hours that begin so long after the first slot."""
    spans = [(BEGIN + hour * HOUR, BEGIN + (hour + 1) * HOUR) for hour in hours]
    return lambda instant: "freeze f" if any(a <= instant < b for a, b in spans) else ""


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (CatchUp.LATEST, (["0", "1", "2"], "3", [])),
        (CatchUp.ALL, ([], "0", [])),
        (CatchUp.NONE, (["0", "1", "2", "3"], "", [])),
    ],
)
def test_slots_that_passed_are_made_up_for_by_the_schedules_policy(
    policy: CatchUp, wanted: tuple[list[str], str, list[str]]
) -> None:
    """Back after three and a half hours."""
    assert verdict(BEGIN + 3.5 * HOUR, catch_up=policy) == wanted


def test_what_is_on_time_is_run_whatever_the_policy() -> None:
    """Within the tolerance nothing has to be made up for."""
    assert verdict(BEGIN + 3 * HOUR, catch_up=CatchUp.NONE) == (["0", "1", "2"], "3", [])


def test_a_slot_in_a_freeze_is_passed_over_and_not_made_up_for() -> None:
    """Neither the newest, nor, where all are made up for, one in the middle."""
    assert verdict(BEGIN + 4.5 * HOUR, barred=frozen(3)) == (["0", "1"], "2", ["3"])
    assert verdict(BEGIN + 4.5 * HOUR, barred=frozen(0, 1), catch_up=CatchUp.ALL) == (["0", "1"], "2", [])
    assert verdict(BEGIN + 4.5 * HOUR, barred=frozen(0, 1, 2, 3)) == (["0", "1", "2", "3"], "", [])


def test_nothing_is_made_up_for_while_a_freeze_holds_or_a_window_is_shut() -> None:
    """Slots were due outside; but now is inside."""
    assert verdict(BEGIN + 4.5 * HOUR, barred=frozen(4)) == (["0", "1", "2", "3"], "", [])


def test_a_slot_of_a_pause_is_not_made_up_for_when_it_is_over() -> None:
    """Also where nobody was there while it held; while it holds, nothing is run."""
    over = Pause(schedule="a", since=BEGIN + 0.5 * HOUR, actor="an", reason="x", until=BEGIN + 3.2 * HOUR)
    held = Pause(schedule="a", since=BEGIN + 3.5 * HOUR, actor="an", reason="x")

    assert verdict(BEGIN + 4.5 * HOUR, over) == ([], "0", ["1", "2", "3"])
    assert verdict(BEGIN + 4.5 * HOUR, over, held)[1] == ""


def test_each_slot_that_is_missed_says_why() -> None:
    """In words that a person can act on."""
    rhythm = Rhythm(zone=ZoneInfo("UTC"), every=HOUR)
    pause = Pause(schedule="a", since=BEGIN + 0.5 * HOUR, actor="an", reason="verhuis", until=BEGIN + 1.5 * HOUR)
    schedule = Schedule(id="a", rhythm=rhythm, barred=frozen(0))  # type: ignore[arg-type]  # a plain function
    found = decide(schedule, DUE, (pause,), BEGIN + 3.5 * HOUR)
    none = decide(Schedule(id="a", rhythm=rhythm, catch_up=CatchUp.NONE), DUE[:1], (), BEGIN + 2 * HOUR)

    assert [each.because for each in found.before] == [
        "freeze f",
        "paused by an: verhuis",
        "a later slot was due already",
    ]
    assert none.before[0].because == "nobody was there, or free; 2h late, and it does not catch up"
