"""Reads and writes iCalendar: freezes and windows that others keep, and the calendar that people subscribe to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from drd.domain.timetable import Span
from drd.scheduling.days import at

if TYPE_CHECKING:
    from icalendar import Calendar, Event

_MOST_EVENTS = 1000
_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_FINE = ("BYSECOND", "BYMINUTE", "BYHOUR")
_DAY = timedelta(days=1)


class EventsOf:
    """A source of the events in an iCalendar text."""

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        """Read the text. Times without a zone are local in this one.

        Raises:
            ValueError: it is none, or could not be gone through in a moment.
        """
        self._zone = zone
        self._calendar = _read(text)

    def __call__(self, begins: datetime, ends: datetime) -> Iterator[Span]:
        """Give the events that overlap a length of time."""
        import recurring_ical_events  # noqa: PLC0415 - loaded where a calendar names a file

        # A day more on either side: times without a zone are meant locally, and the library does not know where.
        for event in recurring_ical_events.of(self._calendar).between(begins - _DAY, ends + _DAY):
            first, last = self._instant(event.start), self._instant(event.end)
            if first < ends and begins < last:
                yield Span(begins=first, ends=last, name=str(event.get("SUMMARY", "")))

    def _instant(self, moment: date | datetime) -> datetime:
        if not isinstance(moment, datetime):
            return at(moment, time(0), self._zone)
        if moment.tzinfo is None:
            return at(moment.date(), moment.time(), self._zone)
        return moment.astimezone(UTC)


def _read(text: str) -> "Calendar":
    import icalendar  # noqa: PLC0415 - loaded where a calendar names a file

    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"this is no iCalendar file: {str(error)[:120]}") from error
    events = [event for event in calendar.walk("VEVENT") if str(event.get("STATUS", "")).upper() != "CANCELLED"]
    if not events:
        raise ValueError("there is no event in this file")
    if len(events) > _MOST_EVENTS:
        raise ValueError(f"there are {len(events)} events in this file; at most {_MOST_EVENTS} can be kept")
    for event in events:
        if isinstance(event, icalendar.Event):
            _possible(event)
    calendar.subcomponents = [
        part for part in calendar.subcomponents if part.name != "VEVENT" or any(part is event for event in events)
    ]
    return calendar


def _possible(event: "Event") -> None:
    name = str(event.get("SUMMARY", "") or event.get("UID", "") or "an event")[:60]
    if "DTSTART" not in event:
        raise ValueError(f"{name} has no begin (DTSTART)")
    first = event.decoded("DTSTART")
    if isinstance(first, datetime) and "DTEND" not in event and "DURATION" not in event:
        raise ValueError(f"{name} has neither an end (DTEND) nor a length (DURATION)")
    if event.end <= event.start:
        raise ValueError(f"{name} ends before it begins")
    for rule in (*_listed(event.get("RRULE")), *_listed(event.get("EXRULE"))):
        often = set(map(str, rule.get("FREQ", []))) & _OFTEN
        if often or any(part in rule for part in _FINE):
            raise ValueError(f"{name} repeats within the day; give it one event a day with a longer length")
        if any(int(step) < 1 for step in rule.get("INTERVAL", [])):
            raise ValueError(f"{name} repeats without getting on (INTERVAL)")


def _listed(rules: Any) -> Iterable[Any]:  # noqa: ANN401 - what the library makes of one rule, of several, of none
    if rules is None:
        return ()
    return rules if isinstance(rules, list) else (rules,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event of the calendar that is written.

    Attributes:
        cancelled: it stands in the calendar, and will not take place.
        busy: False for what only surrounds the others.
    """

    uid: str
    begins: datetime
    ends: datetime
    summary: str
    description: str = ""
    cancelled: bool = False
    busy: bool = True


def write_ics(entries: Iterable[Entry], *, name: str, now: datetime, refresh: timedelta) -> str:
    """Write a calendar that people can subscribe to; its programs ask again after `refresh`."""
    import icalendar  # noqa: PLC0415 - loaded where somebody asks for the calendar

    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//drd//schedules//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    calendar.add("REFRESH-INTERVAL", icalendar.vDuration(refresh), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", icalendar.vDuration(refresh))
    for entry in entries:
        event = icalendar.Event()
        event.add("UID", entry.uid)
        event.add("DTSTAMP", now)
        event.add("DTSTART", entry.begins)
        event.add("DTEND", entry.ends)
        event.add("SUMMARY", entry.summary)
        if entry.description:
            event.add("DESCRIPTION", entry.description)
        event.add("STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED")
        event.add("TRANSP", "OPAQUE" if entry.busy else "TRANSPARENT")
        calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")
