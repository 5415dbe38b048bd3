"""What a backup policy promises: when points are made, and how long each is kept."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from drd.domain.canonical import Json

EVERY_DAY = frozenset(range(7))
LAST = -1
"""The last day of a month, or the last week in it."""
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When points are begun.

    Attributes:
        at: times of day in `zone`, earliest first.
        weekdays: 0 is Monday.
        zone: as the IANA names it.
    """

    at: tuple[time, ...]
    zone: str
    weekdays: frozenset[int] = EVERY_DAY

    def back_from(self, until: datetime, days: int) -> Iterator[tuple[datetime, date, bool]]:
        """Give the slots of so many days up to an instant, newest first: when, on which day, whether that day's first.

        In the hour that a zone lacks in spring a slot stands an hour later; of a doubled hour it is the first.
        """
        zone = ZoneInfo(self.zone)
        today = until.astimezone(zone).date()
        for back in range(days + 1):
            day = today - timedelta(days=back)
            for place in reversed(range(len(self.at)) if day.weekday() in self.weekdays else range(0)):
                slot = datetime.combine(day, self.at[place], zone).astimezone(UTC)
                if slot <= until:
                    yield slot, day, place == 0

    @property
    def longest_interval(self) -> timedelta:
        """Give the longest time between two slots that follow each other, the change of clocks left out."""
        minutes = sorted(
            24 * 60 * day + 60 * each.hour + each.minute for day in self.weekdays for each in self.at
        )  # fmt: skip
        later = [*minutes[1:], minutes[0] + 24 * 60 * _WEEK]
        return timedelta(minutes=max(after - before for before, after in zip(minutes, later, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long points of certain days are kept. A day is one that fits everything that is said.

    Attributes:
        days: for how many days; months count 28, so that what is promised is never more than what Azure means.
        whole: whether it is for every point of such a day, or for one of them.
        weekdays: 0 is Monday.
        weeks: of the month, 1 to 4, or the last; empty for all.
        dates: of the month, 1 to 28, or the last; empty for all.
        months: 1 to 12; empty for all.
    """

    days: int
    whole: bool = True
    weekdays: frozenset[int] = EVERY_DAY
    weeks: frozenset[int] = frozenset()
    dates: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()

    def fits(self, day: date) -> bool:
        """Say whether points of a day are kept by this."""
        last = monthrange(day.year, day.month)[1]
        week, date_ = {(day.day - 1) // _WEEK + 1}, {day.day}
        if day.day > last - _WEEK:
            week.add(LAST)
        if day.day == last:
            date_.add(LAST)
        return (
            day.weekday() in self.weekdays
            and (not self.weeks or bool(self.weeks & week))
            and (not self.dates or bool(self.dates & date_))
            and (not self.months or day.month in self.months)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPolicy:
    """A policy as its vault tells it.

    Attributes:
        keeps: at least one.
        instant_days: for how many days a snapshot is kept beside the machine; None where nobody says.
    """

    times: Times
    keeps: tuple[Keeping, ...]
    instant_days: int | None = None

    def kept(self, day: date, *, first: bool) -> Keeping | None:
        """Give what keeps a slot's point longest; None for one that nothing keeps."""
        found = (each for each in self.keeps if (each.whole or first) and each.fits(day))
        return max(found, key=lambda each: each.days, default=None)

    @property
    def longest(self) -> int:
        """Give for how many days a point is kept at most."""
        return max(each.days for each in self.keeps)

    def to_json(self) -> dict[str, Json]:
        """Write it for the inventory."""
        times: dict[str, Json] = {
            "at": [f"{each:%H:%M}" for each in self.times.at],
            "zone": self.times.zone,
            "weekdays": [*sorted(self.times.weekdays)],
        }
        keeps: list[Json] = [
            {
                "days": each.days,
                "whole": each.whole,
                "weekdays": [*sorted(each.weekdays)],
                "weeks": [*sorted(each.weeks)],
                "dates": [*sorted(each.dates)],
                "months": [*sorted(each.months)],
            }
            for each in self.keeps
        ]
        return {"times": times, "keeps": keeps, "instant-days": self.instant_days}


def policy_of(written: Mapping[str, Any]) -> BackupPolicy:
    """Read what `BackupPolicy.to_json` wrote."""
    times = written["times"]
    return BackupPolicy(
        times=Times(
            at=tuple(time.fromisoformat(each) for each in times["at"]),
            zone=times["zone"],
            weekdays=frozenset(times["weekdays"]),
        ),
        keeps=tuple(
            Keeping(
                days=each["days"],
                whole=each["whole"],
                **{name: frozenset(each[name]) for name in ("weekdays", "weeks", "dates", "months")},
            )
            for each in written["keeps"]
        ),
        instant_days=written["instant-days"],
    )
