"""Policies of Azure Backup, read: older and newer ones, for machines and for what is in them.

A policy of which one part is not understood is not understood at all: half a promise would be a wrong one.
"""

from collections.abc import Mapping
from datetime import time

from drd.domain.backup_policy import EVERY_DAY, LAST, BackupPolicy, Keeping, Times
from drd.providers.azure.body import Body, bodies, branch, text, texts, value, whole
from drd.providers.azure.instant import real_instant
from drd.providers.azure.time_zones import iana_zone

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WEEKS: Mapping[str, int] = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": LAST}
_LENGTHS: Mapping[str, int] = {"days": 1, "weeks": 7, "months": 28, "years": 365}
_HOURS_OF_A_DAY = 24


class _UnknownError(Exception):
    """A part that is not understood."""


def read_policy(body: Body) -> BackupPolicy | None:
    """Read what a policy promises; None for one that is not understood."""
    properties = branch(body, "properties")
    parts = [properties, *bodies(properties, "subProtectionPolicy")]
    part = next((each for each in parts if branch(each, "schedulePolicy")), None)
    if part is None:
        return None
    try:
        zone = text(properties, "timeZone") or text(properties, "settings", "timeZone")
        return BackupPolicy(
            times=_times(branch(part, "schedulePolicy"), zone),
            keeps=_keeps(branch(part, "retentionPolicy")),
            instant_days=whole(properties, "instantRpRetentionRangeInDays"),
        )
    except _UnknownError:
        return None


def _times(schedule: Body, written_zone: str) -> Times:
    zone, often = iana_zone(written_zone or "UTC"), text(schedule, "scheduleRunFrequency").casefold()
    if not zone:
        raise _UnknownError
    if often == "hourly":
        return Times(at=_hourly(branch(schedule, "hourlySchedule")), zone=zone)
    # The newer form has a branch for each frequency, the older one says all at the top.
    own = branch(schedule, f"{often}Schedule") or schedule
    at = tuple(sorted({_time_of_day(each) for each in texts(own, "scheduleRunTimes")}))
    if not at or often not in {"daily", "weekly"}:
        raise _UnknownError
    return Times(at=at, zone=zone, weekdays=EVERY_DAY if often == "daily" else _weekdays(own, "scheduleRunDays"))


def _hourly(hourly: Body) -> tuple[time, ...]:
    every, lasts = whole(hourly, "interval") or 0, whole(hourly, "scheduleWindowDuration") or 0
    if every <= 0 or not 0 < lasts <= _HOURS_OF_A_DAY:
        raise _UnknownError
    first = _time_of_day(text(hourly, "scheduleWindowStartTime"))
    hours = {(first.hour + each) % _HOURS_OF_A_DAY for each in range(0, lasts + 1, every)}
    return tuple(sorted(time(hour, first.minute) for hour in hours))


def _time_of_day(written: str) -> time:
    """Read the time of day of an instant whose day means nothing; its zone is the policy's, whatever stands there."""
    instant = real_instant(written)
    if instant is None:
        raise _UnknownError
    return time(instant.hour, instant.minute)


def _keeps(retention: Body) -> tuple[Keeping, ...]:
    if branch(retention, "retentionDuration"):
        return (Keeping(days=_days(retention)),)
    found = [_keeping(name, branch(retention, f"{name}Schedule")) for name in ("daily", "weekly", "monthly", "yearly")]
    keeps = tuple(each for each in found if each is not None)
    if not keeps:
        raise _UnknownError
    return keeps


def _keeping(name: str, rule: Body) -> Keeping | None:
    if not rule:
        return None
    if name == "daily":
        return Keeping(days=_days(rule))
    if name == "weekly":
        return Keeping(days=_days(rule), whole=False, weekdays=_weekdays(rule, "daysOfTheWeek"))
    months = _named(texts(rule, "monthsOfYear"), _MONTHS, 1) if name == "yearly" else frozenset[int]()
    if text(rule, "retentionScheduleFormatType").casefold() == "daily":
        dates = frozenset(_date(each) for each in bodies(rule, "retentionScheduleDaily", "daysOfTheMonth"))
        return Keeping(days=_days(rule), whole=False, dates=_some(dates), months=months)
    weekly = branch(rule, "retentionScheduleWeekly")
    return Keeping(
        days=_days(rule),
        whole=False,
        weekdays=_weekdays(weekly, "daysOfTheWeek"),
        weeks=_some(frozenset(_WEEKS.get(each.casefold(), 0) for each in texts(weekly, "weeksOfTheMonth"))),
        months=months,
    )


def _days(rule: Body) -> int:
    count = whole(rule, "retentionDuration", "count") or 0
    length = _LENGTHS.get(text(rule, "retentionDuration", "durationType").casefold(), 0)
    if count * length <= 0:
        raise _UnknownError
    return count * length


def _date(day: Body) -> int:
    return LAST if value(day, "isLast") is True else whole(day, "date") or 0


def _weekdays(body: Body, name: str) -> frozenset[int]:
    return _named(texts(body, name), _DAYS, 0)


def _named(found: tuple[str, ...], names: tuple[str, ...], first: int) -> frozenset[int]:
    try:
        return _some(frozenset(names.index(each.casefold()) + first for each in found), nothing=None)
    except ValueError:
        raise _UnknownError from None


def _some(found: frozenset[int], *, nothing: int | None = 0) -> frozenset[int]:
    """Give what was found; nothing found, or one that means nothing, is not understood."""
    if not found or nothing in found:
        raise _UnknownError
    return found
