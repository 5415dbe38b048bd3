"""The calendar: what is done by itself and when; stop it, let it go on, have it done now."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.schedule_client import Schedules

_MOST_DAYS = 732
_MOST_SLOTS = 500


def list_(*, common: Common = DEFAULT) -> int:
    """List the schedules: when each comes next, how its last slot ended, and who paused it."""
    from drd.cli.output import emit
    from drd.cli.schedule_view import schedules_sheet
    from drd.cli.words import words_of

    with Schedules.of(common) as schedules:
        found = schedules.all()
    emit(common, found, lambda: (schedules_sheet(words_of(common), found),))
    return Exit.OK


def next_(
    schedule: str | None = None,
    *,
    count: Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_SLOTS))] = 5,
    common: Common = DEFAULT,
) -> int:
    """Show the slots that come, and which of them a freeze, a window or a pause keeps from being run.

    Args:
        schedule: its id; left out, all.
        count: how many of each.
    """
    from drd.cli.output import emit
    from drd.cli.schedule_view import coming_sheet
    from drd.cli.words import words_of

    with Schedules.of(common) as schedules:
        found = schedules.coming(schedule, count=count)
        zones = {each.id: each.zone for each in schedules.all()}
    emit(common, found, lambda: (coming_sheet(words_of(common), found, zones),))
    return Exit.OK


def trigger(schedule: str, *, reason: str = "", anyway: bool = False, common: Common = DEFAULT) -> int:
    """Have a schedule's work done now, beside its slots.

    Args:
        schedule: its id.
        reason: why; it is kept with the slot.
        anyway: also in a freeze, or outside its windows.
    """
    from drd.cli.output import emit
    from drd.cli.schedule_view import slot_lines
    from drd.cli.words import words_of

    with Schedules.of(common) as schedules:
        begun = schedules.trigger(schedule, reason=reason, anyway=anyway)
    emit(common, begun, lambda: (slot_lines(words_of(common), schedule, begun),))
    return Exit.OK


def pause(schedule: str, *, reason: str = "", common: Common = DEFAULT) -> int:
    """Stop a schedule until somebody resumes it; slots that are due meanwhile are recorded as missed.

    Args:
        schedule: its id.
        reason: why; it is kept, and stands with each slot that is missed.
    """
    from drd.cli.output import emit
    from drd.cli.schedule_view import schedules_sheet
    from drd.cli.words import words_of

    with Schedules.of(common) as schedules:
        found = schedules.pause(schedule, reason=reason)
    emit(common, found, lambda: (schedules_sheet(words_of(common), found),))
    return Exit.OK


def resume(schedule: str, *, reason: str = "", common: Common = DEFAULT) -> int:
    """Let a schedule go on with its next slot.

    Args:
        schedule: its id.
        reason: why; it is kept.
    """
    from drd.cli.output import emit
    from drd.cli.schedule_view import schedules_sheet
    from drd.cli.words import words_of

    with Schedules.of(common) as schedules:
        found = schedules.resume(schedule, reason=reason)
    emit(common, found, lambda: (schedules_sheet(words_of(common), found),))
    return Exit.OK


def calendar(
    schedule: str | None = None,
    *,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_DAYS))] = 92,
    common: Common = DEFAULT,
) -> int:
    """Print what comes as iCalendar, freezes included, for a file that people subscribe to.

    Args:
        schedule: its id; left out, all that come at most once a day.
        days: how far ahead.
    """
    import sys

    from drd.cli.output import emit

    with Schedules.of(common) as schedules:
        found = schedules.calendar(schedule, days=days)
    if common.output == "table" and common.query is None:
        # As it is, with the line ends that the format wants: it goes into a file.
        sys.stdout.write(found.ics)
    else:
        emit(common, found, tuple)
    return Exit.OK


SCHEDULE = command_group(
    "schedule",
    "The calendar: what is done by itself and when; stop it, let it go on, have it done now.",
    list_,
    next_,
    trigger,
    pause,
    resume,
    calendar,
)
