"""Days on which a municipality rests: Belgian public and bank holidays, and days of its own."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from drd.domain.language import Language
from drd.domain.timetable import OwnDay, Span
from drd.scheduling.rhythm import when

Source = Callable[[datetime, datetime], Iterable[Span]]
"""Gives the spans that overlap a length of time, from the first instant up to the second."""

OWN = "own"
_COUNTRY = "BE"
_DAY = timedelta(days=1)


class RestDays:
    """A source of whole local days."""

    def __init__(self, kinds: Iterable[str], own: Iterable[OwnDay], zone: ZoneInfo) -> None:
        """Take the kinds that count: `public`, `bank`, `own`."""
        self._kinds = tuple(kinds)
        self._own = tuple(own) if OWN in self._kinds else ()
        self._zone = zone
        self._years: dict[int, dict[date, str]] = {}

    def __call__(self, begins: datetime, ends: datetime) -> Iterator[Span]:
        """Give the days that overlap a length of time."""
        for day in days_between(begins, ends, self._zone):
            name = self._year(day.year).get(day)
            if name is not None:
                yield Span(begins=at(day, time(0), self._zone), ends=at(day + _DAY, time(0), self._zone), name=name)

    def _year(self, year: int) -> dict[date, str]:
        if year not in self._years:
            self._years[year] = self._public(year) | self._ours(year)
        return self._years[year]

    def _public(self, year: int) -> dict[date, str]:
        categories = tuple(kind for kind in self._kinds if kind != OWN)
        if not categories:
            return {}
        # The library weighs more than all else in this room; most daemons keep no holidays.
        import holidays  # noqa: PLC0415 - loaded where a calendar names holidays

        found = holidays.country_holidays(_COUNTRY, years=[year], categories=categories, language="nl")
        return dict(found.items())

    def _ours(self, year: int) -> dict[date, str]:
        found = {}
        for each in self._own:
            if each.year in {None, year} and _is_day(year, each.month, each.day):
                found[date(year, each.month, each.day)] = each.name.say(Language.NL)
        return found


def days_between(begins: datetime, ends: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Give the local days that a length of time touches."""
    day, last = begins.astimezone(zone).date(), ends.astimezone(zone).date()
    while day <= last:
        yield day
        day += _DAY


def at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """Give the instant of a local time; one that the clocks leave out is the instant at which they change."""
    return when(datetime.combine(day, hour), zone)[0]


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
