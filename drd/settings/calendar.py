"""Turns the sections `calendar` and `schedules` into plain terms, with every fault of them at its place."""

import pathlib
import stat
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from drd.document import Document, Fault, Path
from drd.domain.ids import TenantId
from drd.domain.timetable import (
    CalendarTerms,
    CatchUp,
    FreezeTerms,
    OwnDay,
    ScheduleTerms,
    Span,
    WindowTerms,
)
from drd.ports.timetable import CalendarRules
from drd.settings.calendar_file import WEEK, CalendarModel, FreezeModel, ScheduleModel, WindowModel

_LARGEST = 256 * 1024
_DAY = timedelta(days=1)


class CalendarReader:
    """Reads the two sections, and the files that they name."""

    def __init__(self, document: Document, folder: pathlib.Path) -> None:
        """Take the document, for places, and the folder at which relative paths begin."""
        self._document = document
        self._folder = folder
        self.faults: list[Fault] = []
        """What cannot be used, once the terms were read."""

    def terms(self, calendar: CalendarModel, schedules: list[ScheduleModel]) -> CalendarTerms:
        """Give the terms; what is wrong is in `faults` afterwards, and then the terms are of no use."""
        zone = ZoneInfo(calendar.zone)
        return CalendarTerms(
            zone=calendar.zone,
            days=tuple(
                OwnDay(year=each.date[0], month=each.date[1], day=each.date[2], name=each.name.text())
                for each in calendar.days
            ),
            freezes=tuple(
                self._freeze(("calendar", "freezes", number), each, zone)
                for number, each in enumerate(calendar.freezes)
            ),
            windows=tuple(
                self._window(("calendar", "windows", number), each) for number, each in enumerate(calendar.windows)
            ),
            schedules=tuple(_schedule(each, calendar.zone) for each in schedules),
        )

    def judge(self, terms: CalendarTerms, rules: CalendarRules) -> list[Fault]:
        """Add what the rules find wrong to the faults; gives what may surprise."""
        self.faults += [self._placed(each.path, each.message, each.hint) for each in rules.faults(terms)]
        if self.faults:
            return []
        return [self._placed(each.path, each.message, each.hint) for each in rules.findings(terms)]

    def _freeze(self, path: Path, freeze: FreezeModel, zone: ZoneInfo) -> FreezeTerms:
        span = None
        if freeze.from_ is not None and freeze.until is not None:
            span = Span(begins=_begin(freeze.from_, zone), ends=_end(freeze.until, zone))
            if span.ends <= span.begins:
                self._wrong((*path, "until"), "this freeze ends before it begins", "change one of the two")
        return FreezeTerms(
            id=freeze.id,
            name=freeze.name.text(),
            span=span,
            holidays=tuple(freeze.holidays),
            ics=self._ics((*path, "ics"), freeze.ics),
        )

    def _window(self, path: Path, window: WindowModel) -> WindowTerms:
        return WindowTerms(
            id=window.id,
            days=frozenset(WEEK.index(day) for day in window.days),
            opens=window.from_ or time(0),
            closes=window.until or time(0),
            ics=self._ics((*path, "ics"), window.ics),
        )

    def _ics(self, path: Path, name: str | None) -> str:
        if name is None:
            return ""
        try:
            if not stat.S_ISREG((self._folder / name).stat().st_mode):
                self._wrong(path, f"{name} is not a regular file", "give a file, not a folder or a device")
                return ""
            with (self._folder / name).open(encoding="utf-8", newline="") as file:
                text = file.read(_LARGEST + 1)
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or "it is no text in UTF-8"
            self._wrong(path, f"{name} cannot be read: {said}", "check the path, and who may read it")
            return ""
        if len(text) > _LARGEST:
            self._wrong(path, f"{name} holds more than {_LARGEST // 1024} KiB", "keep only what is still to come")
            return ""
        if not text.strip():
            self._wrong(path, f"{name} is empty", "ask who keeps it, or leave it out")
        return text.strip() and text

    def _wrong(self, path: Path, message: str, hint: str) -> None:
        self.faults.append(self._placed(path, message, hint))

    def _placed(self, path: Path, message: str, hint: str) -> Fault:
        return self._document.fault(path, message, hint)


def _begin(moment: date | datetime, zone: ZoneInfo) -> datetime:
    return moment if isinstance(moment, datetime) else _midnight(moment, zone)


def _end(moment: date | datetime, zone: ZoneInfo) -> datetime:
    return moment if isinstance(moment, datetime) else _midnight(moment + _DAY, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _schedule(model: ScheduleModel, zone: str) -> ScheduleTerms:
    return ScheduleTerms(
        id=model.id,
        does=model.does,
        zone=model.zone or zone,
        values=model.values,
        tenant=TenantId(model.tenant) if model.tenant else None,
        cron=model.cron,
        every=model.every,
        catch_up=CatchUp(model.catch_up),
        tolerance=model.tolerance,
        jitter=model.jitter or timedelta(0),
        windows=tuple(model.windows),
        freezes=None if model.freezes is None else tuple(model.freezes),
    )
