"""What a calendar is made of, as people wrote it: schedules, and the windows and freezes that bound them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from drd.domain.canonical import Json
from drd.domain.ids import TenantId
from drd.domain.language import Text

LONGEST_FREEZE = timedelta(days=92)
"""A quarter: each service is drilled at least so often, and nothing in the settings may make that impossible."""


class CatchUp(StrEnum):
    """What becomes of slots that passed while nobody was there, or free."""

    LATEST = "latest"
    """Only the newest is run, late; older ones are recorded as missed."""
    ALL = "all"
    """All are run, late, one after the other, the oldest first."""
    NONE = "none"
    """All are recorded as missed."""


class Oddity(StrEnum):
    """What the clocks make of a local time."""

    NONE = ""
    TWICE = "twice"
    """It happens twice; the slot is the first of the two."""
    NEVER = "never"
    """It does not happen; the slot is due when the hour that is left out would have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time on the line: from `begins`, up to but without `ends`. `name` says what it is, for people."""

    begins: datetime
    ends: datetime
    name: str = ""

    def holds(self, instant: datetime) -> bool:
        """Say whether an instant lies in it."""
        return self.begins <= instant < self.ends


def pieces(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch or overlap; in order. A piece keeps the name of what begins it."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.begins, each.ends)):
        if found and span.begins <= found[-1].ends:
            last = found[-1]
            found[-1] = Span(begins=last.begins, ends=max(last.ends, span.ends), name=last.name)
        else:
            found.append(span)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDay:
    """A day that the installation keeps besides the public holidays; each year, where no year is given."""

    month: int
    day: int
    name: Text
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeTerms:
    """When nothing that touches the world may begin.

    Attributes:
        span: from when until when; or None.
        holidays: `public`, `bank` and `own` days, whole, in the calendar's zone.
        ics: the text of an iCalendar file, whose events are the freeze; empty for none.
    """

    id: str
    name: Text
    span: Span | None = None
    holidays: tuple[str, ...] = ()
    ics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTerms:
    """When the schedules that name it may begin something.

    Attributes:
        days: of the week, Monday is 0.
        opens: local time. closes: local time; not after `opens` means the next day.
        ics: the text of an iCalendar file, whose events are the window; empty for none.
    """

    id: str
    days: frozenset[int] = frozenset()
    opens: time = time(0)
    closes: time = time(0)
    ics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTerms:
    """When something is done by itself.

    Attributes:
        does: the word of the work. values: what the work is told.
        cron: five fields in the zone; or None, and `every` counts.
        tolerance: how late a slot may begin and still count as on time.
        jitter: slots begin up to so long after they are due, each always the same.
        windows: ids; none means always. freezes: ids; None means all, unless the work only looks.
    """

    id: str
    does: str
    zone: str
    values: Mapping[str, Json] = field(default_factory=dict)
    tenant: TenantId | None = None
    cron: str | None = None
    every: timedelta | None = None
    catch_up: CatchUp = CatchUp.LATEST
    tolerance: timedelta = timedelta(minutes=1)
    jitter: timedelta = timedelta(0)
    windows: tuple[str, ...] = ()
    freezes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarTerms:
    """Everything that the settings say about when. `zone` is that of windows, days and schedules without their own."""

    zone: str
    days: tuple[OwnDay, ...] = ()
    freezes: tuple[FreezeTerms, ...] = ()
    windows: tuple[WindowTerms, ...] = ()
    schedules: tuple[ScheduleTerms, ...] = ()
