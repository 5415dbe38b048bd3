"""Which slots there must be: told from the settings' own lines, not by the code that makes them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from drd.domain.timetable import ScheduleTerms
from drd.ports.slots import Slot, SlotState

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DONE = frozenset({SlotState.RAN, SlotState.RAN_LATE, SlotState.FAILED, SlotState.MISSED})
_SAYS_WHY = frozenset({SlotState.FAILED, SlotState.MISSED})
_DAY = timedelta(days=1)


def expected(terms: ScheduleTerms, begin: datetime, end: datetime) -> list[datetime]:
    """Give the instants at which a schedule of the shipped settings calls for a slot, after `begin`, up to `end`.

    Understands `every` and cron lines of one time a day; the clocks' changes are the zone's.
    """
    if terms.every is not None:
        midnight = datetime.combine(begin.date(), time(0), tzinfo=UTC)
        count = int((end - midnight) / terms.every)
        dues: Iterable[datetime] = (midnight + number * terms.every for number in range(count + 1))
    else:
        dues = _of_cron(str(terms.cron), ZoneInfo(str(terms.zone)), begin, end)
    return [due for due in dues if begin < due <= end]


def _of_cron(line: str, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    minute, hour, dates, months, weekdays = line.split()
    day = begin.astimezone(zone).date() - _DAY
    while day <= end.astimezone(zone).date() + _DAY:
        fits = _fits(dates, day.day) and _fits(months, day.month)
        if fits and (weekdays == "*" or _DAYS[day.weekday()] in weekdays.split(",")):
            yield datetime.combine(day, time(int(hour), int(minute)), tzinfo=zone).astimezone(UTC)
        day += _DAY


def _fits(field: str, value: int) -> bool:
    if field == "*":
        return True
    for part in field.split(","):
        first, _, last = part.partition("-")
        if int(first) <= value <= int(last or first):
            return True
    return False


def wrong(terms: ScheduleTerms, slots: Sequence[Slot], begin: datetime, end: datetime) -> Iterator[str]:
    """Give what is wrong with the slots of a schedule: missing, double, without an end, or without a reason."""
    calendar = [slot for slot in slots if not slot.actor]
    dues = [slot.due_at for slot in calendar]
    known = set(dues)
    lost = [due for due in expected(terms, begin, end) if due not in known]
    if lost:
        yield f"{terms.id}: {len(lost)} slots are nowhere, the first of {lost[0].isoformat()}"
    if len(known) < len(dues):
        yield f"{terms.id}: {len(dues) - len(known)} slots are there twice"
    for slot in calendar:
        if slot.state not in _DONE:
            yield f"{terms.id} {slot.wall}: it never ended ({slot.state.value})"
        elif slot.state in _SAYS_WHY and not slot.because:
            yield f"{terms.id} {slot.wall}: {slot.state.value} without a reason"
