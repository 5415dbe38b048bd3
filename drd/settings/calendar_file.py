"""The shape of the settings' sections `calendar` and `schedules`."""

import re
import zoneinfo
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from drd.domain.durations import parse_instant
from drd.domain.errors import PermanentError
from drd.settings.field import Duration, Line, Name, Strict, Words, refusal, wrong

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DATE = re.compile(r"(?:(?P<year>\d{4})-)?(?P<month>\d{2})-(?P<day>\d{2})")
_LEAP = 2024


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise wrong(
            f'there is no time zone "{value[:60]}"', "write its name, such as Europe/Brussels or UTC"
        ) from error
    return value


def _hour(value: Any) -> time:  # noqa: ANN401 - anything may stand in a file
    found = _HOUR.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise wrong("not a time of day", 'write hours and minutes in quotes, such as "09:30"')
    return time(int(found[1]), int(found[2]))


def _moment(value: Any) -> date | datetime:  # noqa: ANN401 - anything may stand in a file
    if not isinstance(value, str):
        raise wrong("not a day or an instant", "write 2026-12-24, or an instant such as 2026-12-24T17:00:00+01:00")
    try:
        return date.fromisoformat(value) if _DATE.fullmatch(value) else parse_instant(value)
    except PermanentError as error:
        raise refusal(error) from error
    except ValueError as error:
        raise wrong(f'"{value[:40]}" is not a day', "write year, month and day, such as 2026-12-24") from error


def _yearly(value: Any) -> tuple[int | None, int, int]:  # noqa: ANN401 - anything may stand in a file
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is not None:
            year, month, day = (int(part) if part else None for part in found.groups())
            date(year or _LEAP, month or 0, day or 0)
            return year, month or 0, day or 0
    except ValueError as error:
        raise wrong(f'"{value}" is not a day', "write 07-11 for each year, or 2026-07-11 for one") from error
    raise wrong("not a day", 'write "07-11" for each year, or 2026-07-11 for one')


Zone = Annotated[str, AfterValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Brussels"]})]
Hour = Annotated[time, BeforeValidator(_hour), WithJsonSchema({"type": "string", "pattern": f"^{_HOUR.pattern}$"})]
Moment = Annotated[
    date | datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-12-24", "2026-12-24T17:00:00+01:00"]}),
]
Yearly = Annotated[
    Any,
    BeforeValidator(_yearly),
    WithJsonSchema({"type": "string", "pattern": r"^(\d{4}-)?\d{2}-\d{2}$", "examples": ["07-11", "2026-07-11"]}),
]


class DayModel(Strict):
    """A day that this installation keeps besides Belgium's holidays."""

    date: Yearly
    """`07-11` for each year, or `2026-07-11` for one."""
    name: Words
    """What it is called."""


class FreezeModel(Strict):
    """When nothing that touches the world may begin: a length of time, holidays, or the events of a calendar file."""

    id: Name
    """Unique."""
    name: Words
    """Why, for people."""
    from_: Moment | None = Field(default=None, alias="from")
    """The first day, whole, or an instant."""
    until: Moment | None = None
    """The last day, whole, or an instant. A freeze always ends: after 92 days at the latest."""
    holidays: list[Literal["public", "bank", "own"]] = Field(default=[])
    """Belgium's public holidays, its bank holidays, and the days of this section."""
    ics: Line | None = None
    """An iCalendar file whose events are the freeze; relative to the settings file."""

    @model_validator(mode="after")
    def _one(self) -> "FreezeModel":
        length = self.from_ is not None or self.until is not None
        if length + bool(self.holidays) + (self.ics is not None) != 1:
            raise wrong("a freeze needs `from` and `until`, or `holidays`, or `ics`, and only one of them", "keep one")
        if length and self.until is None:
            raise wrong("this freeze never ends", "write when: `until: 2026-12-31`, after 92 days at the latest")
        if length and self.from_ is None:
            raise wrong("this freeze has no begin", "write when: `from: 2026-12-24`")
        return self


class WindowModel(Strict):
    """When the schedules that name it may begin: hours on days of the week, or the events of a calendar file."""

    id: Name
    """Unique."""
    days: list[Weekday] = Field(default=[])
    """Days of the week."""
    from_: Hour | None = Field(default=None, alias="from")
    """When it opens, local time."""
    until: Hour | None = None
    """When it closes, local time; not after `from` means the next day."""
    ics: Line | None = None
    """An iCalendar file whose events are the window; relative to the settings file."""

    @model_validator(mode="after")
    def _one(self) -> "WindowModel":
        hours = bool(self.days) + (self.from_ is not None) + (self.until is not None)
        if (self.ics is None) != (hours == len(("days", "from", "until"))) or (self.ics and hours):
            raise wrong("a window needs `days`, `from` and `until`, or `ics`", "keep one of the two")
        return self


class CalendarModel(Strict):
    """What bounds schedules: the time zone, own days, freezes and windows."""

    zone: Zone = "Europe/Brussels"
    """The time zone of windows, days, and schedules that name none."""
    days: list[DayModel] = Field(default=[])
    """Own days, for freezes with `holidays: [own]`."""
    freezes: list[FreezeModel] = Field(default=[])
    """When nothing that touches the world may begin."""
    windows: list[WindowModel] = Field(default=[])
    """When the schedules that name them may begin."""


class ScheduleModel(Strict):
    """When something is done by itself."""

    id: Name
    """Unique; slots and runs are remembered under it."""
    does: Line
    """The work, such as `collect` or `drill`."""
    values: dict[str, Any] = Field(default_factory=dict, alias="with")
    """What the work is told; each says which."""
    tenant: Name | None = None
    """The municipality it is for; left out, all of them."""
    cron: Line | None = None
    """Minute, hour, day of the month, month, day of the week (by name); all five must fit."""
    zone: Zone | None = None
    """The time zone of `cron`; left out, the calendar's."""
    every: Duration | None = None
    """Time from one slot to the next, in world time, instead of `cron`."""
    catch_up: Literal["latest", "all", "none"] = "latest"
    """What becomes of slots that passed while nobody was there, or free."""
    tolerance: Duration = timedelta(minutes=1)
    """How late a slot may begin and still be on time."""
    jitter: Duration | None = None
    """Slots begin up to so long after they are due, each always by the same length."""
    windows: list[Name] = Field(default=[])
    """The windows in which it may begin; none means always."""
    freezes: list[Name] | None = None
    """The freezes that hold it; left out, all, unless the work only looks."""

    @model_validator(mode="after")
    def _one(self) -> "ScheduleModel":
        if (self.cron is None) == (self.every is None):
            raise wrong("a schedule needs `cron` or `every`, and only one", "write `every: 15m`, or a cron line")
        if self.every is not None and self.zone is not None:
            raise wrong("`every` counts time and knows no zone", "write a cron line, or leave the zone out")
        return self


def default_schedules() -> list[ScheduleModel]:
    """Give what is done where the settings have no section `schedules`. The shipped settings say the same."""
    return [ScheduleModel.model_validate(each) for each in DEFAULTS]


DEFAULTS: tuple[dict[str, Any], ...] = (
    {"id": "collect", "does": "collect", "every": "15m"},
    {"id": "readiness", "does": "readiness", "every": "15m"},
    {
        "id": "drill-services",
        "does": "drill",
        "cron": "0 10 * * tue",
        "jitter": "15m",
        "with": {"due": "services"},
    },
    {
        "id": "drill-whole",
        "does": "drill",
        "cron": "0 9 8-14 3,9 thu",
        "with": {"due": "whole"},
    },
    {"id": "verify", "does": "verify", "every": "1h"},
    {
        "id": "prove",
        "does": "prove",
        "cron": "0 20 * * *",
        "with": {"to": "L3", "restores": 4, "core-hours": 16, "quota-cores": 16},
    },
)
"""Recovery points, posture and readiness each quarter of an hour, and what points prove by themselves (L0 and L1) each
hour; each evening restores of what is due to be proven readable and clean (L2 and L3: weekly for tier 0 and 1, monthly
else), within a small budget; each Tuesday drills of the services that are due, those first that have been due for
longest; and of the whole on the second Thursday of March and of September."""
