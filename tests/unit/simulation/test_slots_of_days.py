"""Which slots a proof of many days wants to find, and what it says of those that are not as they should be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from drd.domain.timetable import ScheduleTerms
from drd.ports.slots import Slot, SlotState
from proofs.days.slots import expected, wrong

BEGIN = datetime(2026, 10, 24, 3, 0, tzinfo=UTC)
END = BEGIN + timedelta(days=4)
NIGHTLY = ScheduleTerms(id="prove", does="prove", zone="Europe/Brussels", cron="0 20 * * *")


def _slot(due: datetime) -> Slot:
    return Slot(schedule="prove", wall=due.isoformat(), due_at=due, state=SlotState.RAN, ended_at=due)


def test_a_cron_line_keeps_its_local_hour_when_the_clocks_change() -> None:
    """T12: eight in the evening in Brussels is an hour later in UTC from 25 October on."""
    assert [due.hour for due in expected(NIGHTLY, BEGIN, END)] == [18, 19, 19, 19]
    weekly = replace(NIGHTLY, cron="0 10 * * tue")
    assert [due.isoformat() for due in expected(weekly, BEGIN, END)] == ["2026-10-27T09:00:00+00:00"]
    yearly = replace(NIGHTLY, cron="0 9 8-14 3,9 thu")
    assert expected(yearly, BEGIN, END) == []


def test_an_interval_counts_every_turn() -> None:
    """Four an hour, the last instant included and the first one not."""
    often = ScheduleTerms(id="collect", does="collect", zone="Europe/Brussels", every=timedelta(minutes=15))

    dues = expected(often, BEGIN, BEGIN + timedelta(hours=2))

    assert (len(dues), dues[0] - BEGIN, dues[-1] - BEGIN) == (8, timedelta(minutes=15), timedelta(hours=2))


def test_slots_that_are_lost_double_or_without_end_or_reason_are_told() -> None:
    """P6: none passes silently; one that a person asked for is no slot of the calendar."""
    dues = expected(NIGHTLY, BEGIN, END)
    good = [_slot(due) for due in dues]
    assert list(wrong(NIGHTLY, [*good, replace(good[0], actor="jan")], BEGIN, END)) == []

    bad = [
        replace(good[0], state=SlotState.CLAIMED),
        replace(good[1], state=SlotState.MISSED),
        good[2],
        replace(good[2], wall="again"),
    ]
    said = list(wrong(NIGHTLY, bad, BEGIN, END))
    assert [each.partition(":")[2][:18] for each in said[:2]] == [" 1 slots are nowhe", " 1 slots are there"]
    assert ["never ended" in said[2], "without a reason" in said[3], len(said)] == [True, True, 4]
