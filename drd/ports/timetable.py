"""The calendar: which schedules there are, when they come, and what keeps a slot from being run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from drd.domain.ids import TenantId
from drd.domain.timetable import CalendarTerms, CatchUp, Oddity
from drd.ports.parameters import Fault
from drd.ports.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCard:
    """What a list of schedules shows.

    Attributes:
        does: the word of its work. rhythm: the cron line, or `every` and a length.
        zone: the name of its time zone.
        runbook: the one that it names; empty where it names none.
    """

    id: str
    does: str
    tenant: TenantId | None
    rhythm: str
    zone: str
    catch_up: CatchUp
    windows: tuple[str, ...] = ()
    freezes: tuple[str, ...] = ()
    runbook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A slot that is to come.

    Attributes:
        starts_at: when it begins: when it is due, and the schedule's jitter.
        barred: the window or freeze that keeps it from being run, in words; empty when nothing does.
    """

    schedule: str
    wall: str
    due_at: datetime
    starts_at: datetime
    oddity: Oddity = Oddity.NONE
    barred: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IcsWish:
    """Which part of the calendar is wanted as iCalendar.

    Attributes:
        schedules: in order. alone: one was asked for by name, so it is shown however often it comes.
        paused: why a schedule is stopped, by its id.
    """

    schedules: tuple[str, ...]
    alone: bool
    paused: dict[str, str]
    begins: datetime
    length: timedelta


class Timetable(Protocol):
    """Tells the time and touches nothing."""

    def cards(self) -> tuple[ScheduleCard, ...]:
        """Give every schedule, in the settings' order."""
        ...

    def coming(self, schedule: str, *, after: datetime) -> Iterator[Coming]:
        """Give slots that begin after an instant, in order, without end. Raises NotFoundError."""
        ...

    def following(self, schedule: str) -> Coming | None:
        """Give the next slot that no freeze or window bars; None where none is in sight. Raises NotFoundError."""
        ...

    def barred(self, schedule: str, instant: datetime) -> str:
        """Say which window or freeze keeps a schedule from beginning at an instant; empty for none."""
        ...

    def ics(self, wish: IcsWish) -> str:
        """Write slots and freezes as iCalendar. Raises RefusedError for more slots than a calendar may hold."""
        ...


class Turns(Protocol):
    """Runs schedules."""

    async def trigger(self, schedule: str, *, actor: str, reason: str) -> Slot:
        """Begin a schedule's work now, as a slot of its own; returns when it has begun.

        Raises:
            NotFoundError: there is no such schedule.
            ConflictError: it is at work, here or elsewhere.
        """
        ...


class CalendarRules(Protocol):
    """Knows what is wrong in a calendar, for validation at load."""

    def faults(self, terms: CalendarTerms) -> tuple[Fault, ...]:
        """Give what cannot be used; paths are the settings' own, such as `("schedules", 2, "cron")`."""
        ...

    def findings(self, terms: CalendarTerms) -> tuple[Fault, ...]:
        """Give what can be used and may surprise, such as a slot in an hour that the clocks leave out."""
        ...
