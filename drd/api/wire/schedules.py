"""The calendar: schedules, what comes, and orders to them."""

from drd.api.wire.shape import Instant, Shape
from drd.api.wire.wish import Wish


class SlotShape(Shape):
    """One turn of a schedule and what became of it; `state` is claimed, ran, ran-late, failed or missed."""

    wall: str
    due_at: Instant
    state: str
    ended_at: Instant | None
    because: str
    actor: str


class ComingShape(Shape):
    """A slot that is to come.

    Attributes:
        odd: `twice` or `never`, where the clocks change then.
        barred: why it will not be run; empty when it will.
    """

    schedule: str
    wall: str
    due_at: Instant
    starts_at: Instant
    odd: str
    barred: str


class PauseShape(Shape):
    """Who stopped a schedule, since when, and why."""

    since: Instant
    actor: str
    reason: str


class ScheduleShape(Shape):
    """One schedule as it stands; `next` is the next slot that will be run."""

    id: str
    does: str
    tenant: str | None
    rhythm: str
    zone: str
    catch_up: str
    windows: tuple[str, ...]
    freezes: tuple[str, ...]
    pause: PauseShape | None
    next: ComingShape | None
    last: SlotShape | None
    at_work: SlotShape | None


class CalendarShape(Shape):
    """The calendar as iCalendar (RFC 5545)."""

    ics: str


class SteerBody(Wish):
    """Why it is wanted."""

    reason: str


class TriggerBody(SteerBody):
    """Why it is wanted; `anyway` also in a freeze or outside its windows."""

    anyway: bool = False
