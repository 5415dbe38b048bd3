"""Windows and freezes: holidays, own days, lengths of time, hours of the week, and files that others keep."""

from datetime import UTC, datetime, time, timedelta

import pytest

from drd.domain.language import Text
from drd.domain.timetable import CalendarTerms, FreezeTerms, OwnDay, ScheduleTerms, Span, WindowTerms, pieces
from drd.scheduling.bounds import Bounds
from drd.scheduling.timetable import Timetable
from tests.fakes.stepping_clock import SteppingClock

ZONE = "Europe/Brussels"
HOUR = timedelta(hours=1)
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
SUMMARY:Onderhoud
DTSTART;TZID=Europe/Brussels:20261006T200000
DTEND;TZID=Europe/Brussels:20261006T220000
RRULE:FREQ=MONTHLY;BYDAY=1TU
EXDATE;TZID=Europe/Brussels:20261201T200000
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Verkiezingen
DTSTART;VALUE=DATE:20261010
DTEND;VALUE=DATE:20261012
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Zwevend
DTSTART:20261102T090000
DURATION:PT2H
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def bounds(*parts: FreezeTerms | WindowTerms, days: tuple[OwnDay, ...] = ()) -> Bounds:
    """Make the bounds of a calendar in Brussels."""
    freezes = tuple(each for each in parts if isinstance(each, FreezeTerms))
    windows = tuple(each for each in parts if isinstance(each, WindowTerms))
    return Bounds(CalendarTerms(zone=ZONE, days=days, freezes=freezes, windows=windows))


def utc(text: str) -> datetime:
    """Read an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.timeout(20)  # the library of holidays is loaded here
def test_belgian_holidays_and_own_days_are_whole_local_days() -> None:
    """From midnight to midnight in Brussels, summer and winter; 11 July is the settings' own."""
    flanders = OwnDay(month=7, day=11, name=Text(nl="Feest van Vlaanderen"))
    bridge = OwnDay(month=5, day=7, year=2027, name=Text(nl="Brugdag"))
    leap = OwnDay(month=2, day=29, name=Text(nl="Schrikkeldag"))
    free = FreezeTerms(id="f", name=Text(nl="Vrij"), holidays=("public", "own"))
    banks = FreezeTerms(id="b", name=Text(nl="Bank"), holidays=("bank",))
    found = bounds(free, banks, days=(flanders, bridge, leap))

    assert found.frozen(["f"], utc("2026-12-24T22:59:59")) == ""
    assert found.frozen(["f"], utc("2026-12-24T23:00:00")) == "freeze f: Kerstmis"
    assert found.frozen(["f"], utc("2026-12-25T22:59:59")) == "freeze f: Kerstmis"
    assert found.frozen(["f"], utc("2026-12-25T23:00:00")) == ""
    assert found.frozen(["b"], utc("2026-12-26T12:00:00")) == "freeze b: Banksluitingsdag"
    assert found.frozen(["f"], utc("2026-07-10T22:00:00")) == "freeze f: Feest van Vlaanderen"
    assert [bool(found.frozen(["f"], utc(f"{year}-05-07T12:00:00"))) for year in (2026, 2027)] == [False, True]
    assert found.frozen(["f"], utc("2028-02-29T12:00:00")) == "freeze f: Schrikkeldag"
    assert found.frozen(["f"], utc("2027-02-28T12:00:00")) == ""
    assert found.frozen([], utc("2026-12-25T12:00:00")) == ""


def test_events_of_a_file_freeze_by_their_own_zones_and_exceptions() -> None:
    """A repeated event, one that is left out, whole days, and a local time without a zone."""
    found = bounds(FreezeTerms(id="f", name=Text(nl="Vrij"), ics=ICS))
    held = {
        "2026-10-06T17:59:59": "",
        "2026-10-06T18:00:00": "freeze f: Onderhoud",
        "2026-11-03T19:30:00": "freeze f: Onderhoud",
        "2026-12-01T19:30:00": "",
        "2026-10-09T22:00:00": "freeze f: Verkiezingen",
        "2026-10-11T21:59:59": "freeze f: Verkiezingen",
        "2026-10-11T22:00:00": "",
        "2026-11-02T08:30:00": "freeze f: Zwevend",
        "2026-11-02T10:00:00": "",
    }

    assert {instant: found.frozen(["f"], utc(instant)) for instant in held} == held


def test_a_window_is_open_at_its_local_hours_also_over_midnight_and_a_change_of_the_clocks() -> None:
    """One that is named must be open; of several, one is enough."""
    day = WindowTerms(id="dag", days=frozenset({1}), opens=time(8, 30), closes=time(16))
    night = WindowTerms(id="nacht", days=frozenset({5}), opens=time(22), closes=time(4))
    found = bounds(day, night)

    assert found.shut(["dag"], utc("2026-11-24T07:29:59")) == "outside its window dag"
    assert found.shut(["dag"], utc("2026-11-24T07:30:00")) == ""
    assert found.shut(["dag"], utc("2026-07-07T06:30:00")) == ""
    assert found.shut(["dag"], utc("2026-11-24T15:00:00")) == "outside its window dag"
    assert found.shut(["dag", "nacht"], utc("2026-11-25T09:00:00")) == "outside its windows dag, nacht"
    # Saturday night to the Sunday on which the clocks go back: seven hours are open, and they end at 04:00 local time.
    assert found.shut(["nacht"], utc("2026-10-24T20:00:00")) == ""
    assert found.shut(["nacht"], utc("2026-10-25T02:59:59")) == ""
    assert found.shut(["nacht"], utc("2026-10-25T03:00:00")) != ""
    assert found.shut([], utc("2026-11-25T09:00:00")) == ""


def test_a_freeze_over_months_holds_to_its_last_instant() -> None:
    """Whatever month is asked for first."""
    span = Span(begins=utc("2026-11-15T00:00:00"), ends=utc("2027-01-15T00:00:00"))
    found = bounds(FreezeTerms(id="f", name=Text(nl="Verhuis"), span=span))

    assert found.frozen(["f"], span.ends - HOUR) == "freeze f: Verhuis"
    assert found.frozen(["f"], span.ends) == ""
    assert found.frozen(["f"], span.begins) == "freeze f: Verhuis"
    whole = found.freezes(span.begins - HOUR, span.ends + HOUR)
    assert [(each.begins, each.ends, each.name) for each in whole["f"]] == [(span.begins, span.ends, "Verhuis")]


def test_spans_that_touch_are_one_piece() -> None:
    """So that a freeze cannot be made endless by cutting it up."""
    parts = [(4, 6), (0, 2), (2, 3), (5, 9)]
    spans = [Span(begins=utc("2026-01-01") + a * HOUR, ends=utc("2026-01-01") + b * HOUR) for a, b in parts]

    assert [(each.ends - each.begins) / HOUR for each in pieces(spans)] == [3, 5]


def test_only_what_touches_the_world_is_frozen_unless_a_schedule_says_so() -> None:
    """What only looks goes on; the next slot that will be run lies after the freeze."""
    freeze = FreezeTerms(
        id="f", name=Text(nl="Vrij"), span=Span(begins=utc("2026-11-23T00:00:00"), ends=utc("2026-12-07T00:00:00"))
    )
    terms = [
        ScheduleTerms(id="look", does="collect", zone=ZONE, cron="0 10 * * tue"),
        ScheduleTerms(id="held", does="collect", zone=ZONE, cron="0 10 * * tue", freezes=("f",)),
        ScheduleTerms(id="drill", does="drill", zone=ZONE, cron="0 10 * * tue"),
        ScheduleTerms(id="free", does="drill", zone=ZONE, cron="0 10 * * tue", freezes=()),
    ]
    calendar = CalendarTerms(zone=ZONE, freezes=(freeze,), schedules=tuple(terms))
    timetable = Timetable(calendar, gentle=frozenset({"collect"}), clock=SteppingClock(utc("2026-11-22T12:00:00")))
    following = {each.id: timetable.following(each.id) for each in timetable.cards()}

    assert {name: each.starts_at.day for name, each in following.items() if each} == {
        "look": 24,
        "held": 8,
        "drill": 8,
        "free": 24,
    }
    assert timetable.barred("drill", utc("2026-11-24T09:00:00")) == "freeze f: Vrij"
    assert timetable.interval("drill", otherwise=HOUR) == timedelta(days=7)
    assert timetable.interval("nothing", otherwise=HOUR) == HOUR
