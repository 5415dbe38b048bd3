"""Windows and freezes: what keeps a schedule from beginning at an instant."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from drd.domain.language import Language
from drd.domain.timetable import CalendarTerms, FreezeTerms, OwnDay, Span, WindowTerms
from drd.scheduling.days import RestDays, Source, at, days_between
from drd.scheduling.ics import EventsOf

_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


class Bounds:
    """All windows and freezes of a calendar, by their ids."""

    def __init__(self, terms: CalendarTerms) -> None:
        """Read them. Raises ValueError for an iCalendar text that cannot be used."""
        zone = ZoneInfo(terms.zone)
        self._freezes = {each.id: _Kept(freeze_source(each, terms.days, zone)) for each in terms.freezes}
        self._names = {each.id: each.name.say(Language.NL) for each in terms.freezes}
        self._windows = {each.id: _Kept(window_source(each, zone)) for each in terms.windows}

    def frozen(self, freezes: Iterable[str], instant: datetime) -> str:
        """Say which of these freezes holds an instant, and what it is; empty for none."""
        for name in freezes:
            for span in _at(self._freezes[name], instant):
                return f"freeze {name}: {span.name or self._names[name]}"
        return ""

    def shut(self, windows: Iterable[str], instant: datetime) -> str:
        """Say that none of these windows is open at an instant; empty when one is, or none is named."""
        named = tuple(windows)
        if not named or any(next(_at(self._windows[name], instant), None) for name in named):
            return ""
        return f"outside {'its window' if len(named) == 1 else 'its windows'} {', '.join(named)}"

    def freezes(self, begins: datetime, ends: datetime) -> Mapping[str, tuple[Span, ...]]:
        """Give the spans of each freeze that overlap a length of time; each span has a name."""
        return {
            name: tuple(
                Span(begins=span.begins, ends=span.ends, name=span.name or self._names[name])
                for span in sorted(source(begins, ends), key=lambda each: each.begins)
            )
            for name, source in self._freezes.items()
        }


def freeze_source(terms: FreezeTerms, own: Iterable[OwnDay], zone: ZoneInfo) -> Source:
    """Make the source of a freeze. Raises ValueError for an iCalendar text that cannot be used."""
    if terms.ics:
        return EventsOf(terms.ics, zone)
    if terms.span is None:
        return RestDays(terms.holidays, own, zone)
    span = terms.span
    return lambda begins, ends: [span] if span.begins < ends and begins < span.ends else []


def window_source(terms: WindowTerms, zone: ZoneInfo) -> Source:
    """Make the source of a window. Raises ValueError for an iCalendar text that cannot be used."""
    return EventsOf(terms.ics, zone) if terms.ics else _Weekly(terms, zone)


class _Weekly:
    """A source of hours on days of the week."""

    def __init__(self, terms: WindowTerms, zone: ZoneInfo) -> None:
        self._terms = terms
        self._zone = zone

    def __call__(self, begins: datetime, ends: datetime) -> Iterator[Span]:
        opens, closes = self._terms.opens, self._terms.closes
        over_night = _DAY if closes <= opens else timedelta(0)
        for day in days_between(begins - _DAY, ends, self._zone):
            if day.weekday() in self._terms.days:
                span = Span(begins=at(day, opens, self._zone), ends=at(day + over_night, closes, self._zone))
                if span.begins < ends and begins < span.ends:
                    yield span


class _Kept:
    """A source that is asked month by month and remembers: a list of a year's slots asks often."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._months: dict[tuple[int, int], tuple[Span, ...]] = {}

    def __call__(self, begins: datetime, ends: datetime) -> Iterator[Span]:
        seen = set[tuple[datetime, datetime]]()
        for first, last in _months(begins.astimezone(UTC), ends.astimezone(UTC)):
            key = (first.year, first.month)
            if key not in self._months:
                self._months[key] = tuple(self._source(first, last))
            for span in self._months[key]:
                if span.begins < ends and begins < span.ends and (span.begins, span.ends) not in seen:
                    seen.add((span.begins, span.ends))
                    yield span


def _months(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    month = begins.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < ends:
        following = (month + 32 * _DAY).replace(day=1)
        yield month, following
        month = following


def _at(source: Source, instant: datetime) -> Iterator[Span]:
    return (span for span in source(instant, instant + _INSTANT) if span.holds(instant))
