"""The calendar, for people: times of slots in the zone of their schedule, as the settings say them."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from drd.api.wire.schedules import ComingShape, ScheduleShape, SlotShape
from drd.cli.ages import at
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words

_TONES = {"failed": "red", "missed": "yellow", "paused": "yellow"}


def schedules_sheet(words: Words, schedules: Sequence[ScheduleShape]) -> Sheet:
    """List them: when each comes next, and how its last slot ended."""
    headings = ("schedule", "does", "rhythm", "next", "last-slot", "ended-as", "because")
    return Sheet(
        tuple(words.say(f"heading-{name}") for name in headings),
        tuple(_row(words, each) for each in schedules),
        tones={words.say(f"slot-{state}"): tone for state, tone in _TONES.items()},
    )


def _row(words: Words, each: ScheduleShape) -> tuple[str, ...]:
    shown = each.at_work or each.last
    told = words.say("paused-by", actor=each.pause.actor, reason=each.pause.reason) if each.pause else ""
    return (
        each.id,
        each.does if each.tenant is None else f"{each.does} {each.tenant}",
        each.rhythm if each.zone == "UTC" else f"{each.rhythm} {each.zone}",
        words.say("slot-paused") if each.pause else _local(each.next.starts_at, each.zone) if each.next else NONE,
        _local(shown.due_at, each.zone) if shown else NONE,
        words.say(f"slot-{shown.state}") if shown else NONE,
        told or (_because(words, shown) if shown else "") or NONE,
    )


def _because(words: Words, slot: SlotShape) -> str:
    asked = words.say("slot-asked-by", actor=slot.actor) if slot.actor else ""
    return "; ".join(each for each in (asked, slot.because) if each)


def coming_sheet(words: Words, coming: Sequence[ComingShape], zones: dict[str, str]) -> Sheet:
    """List slots that are to come, with what keeps them from being run."""
    headings = ("schedule", "begins", "due-at", "will")
    rows = tuple(
        (
            each.schedule,
            _local(each.starts_at, zones.get(each.schedule, "UTC")),
            _local(each.due_at, zones.get(each.schedule, "UTC")),
            "; ".join(told for told in (_will(words, each), each.odd and words.say(f"odd-{each.odd}")) if told),
        )
        for each in coming
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


def _will(words: Words, slot: ComingShape) -> str:
    return words.say("will-not-run", because=slot.barred) if slot.barred else words.say("will-run")


def slot_lines(words: Words, schedule: str, slot: SlotShape) -> Sheet:
    """Say that a schedule's work was begun."""
    return Sheet((), (), notes=(words.say("triggered", schedule=schedule, at=at(slot.due_at)),))


def _local(instant: datetime, zone: str) -> str:
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"
