"""Answers `drd.ports.timetable.Timetable`: what the settings say about when, as schedules that can tell the time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo

from drd.domain.durations import canonical_duration
from drd.domain.errors import InvalidError, NotFoundError, RefusedError
from drd.domain.timetable import CalendarTerms, Oddity, ScheduleTerms
from drd.ports.clock import Clock
from drd.ports.timetable import Coming, IcsWish, ScheduleCard
from drd.scheduling.bounds import Bounds
from drd.scheduling.ics import Entry, write_ics
from drd.scheduling.rhythm import Rhythm
from drd.scheduling.schedule import Schedule

_MOST_ENTRIES = 2000
_LOOKED_AT = 500
"""So many slots that a freeze or a window bars are passed over to find the next that will be run."""
_SHOWN = timedelta(hours=1)
"""How long a slot is in a calendar: what it starts may take longer or shorter."""
_REFRESH = timedelta(hours=1)
_BETWEEN = timedelta(hours=20)
"""Schedules that come more often than daily would fill a calendar; a day may have 23 hours, and jitter."""

ODD = {
    Oddity.TWICE: "this local time happens twice; the first one counts",
    Oddity.NEVER: "this local time does not happen; it is run when the clocks change",
}


class Timetable:
    """All schedules with their windows and freezes. Touches nothing."""

    def __init__(self, terms: CalendarTerms, *, gentle: frozenset[str], clock: Clock) -> None:
        """Read the terms. `gentle` are the works that only look: no freeze holds them, unless they name it.

        Raises:
            InvalidError: they cannot be used; see `drd.scheduling.rules`, which says at which place and why.
        """
        self._clock = clock
        self._terms = {each.id: each for each in terms.schedules}
        try:
            self._bounds = Bounds(terms)
            self._freezes = {each.id: freezes_of(each, terms, gentle) for each in terms.schedules}
            self._schedules = {each.id: self._schedule(each) for each in terms.schedules}
        except (ValueError, KeyError) as error:
            hint = "`drd config check` says what, and where"
            raise InvalidError(f"the schedules cannot be used: {error}", hint=hint) from error

    def schedules(self) -> tuple[Schedule, ...]:
        """Give every schedule, in the settings' order."""
        return tuple(self._schedules.values())

    def terms(self, schedule: str) -> ScheduleTerms:
        """Give what the settings say of a schedule. Raises NotFoundError."""
        return self._terms[self._known(schedule).id]

    def interval(self, does: str, *, otherwise: timedelta) -> timedelta:
        """Give the time between two slots of the schedule that does a work oftenest; `otherwise` where none does."""
        mine = [each.id for each in self._terms.values() if each.does == does]
        return min((between for each in mine if (between := self._between(each))), default=otherwise)

    def cards(self) -> tuple[ScheduleCard, ...]:
        """Give every schedule for people, in the settings' order."""
        return tuple(
            ScheduleCard(
                id=each.id,
                does=each.does,
                tenant=each.tenant,
                rhythm=each.cron if each.cron is not None else f"every {canonical_duration(each.every or _SHOWN)}",
                zone=each.zone if each.cron is not None else "UTC",
                catch_up=each.catch_up,
                windows=each.windows,
                freezes=self._freezes[each.id],
                runbook=str(each.values.get("runbook") or ""),
            )
            for each in self._terms.values()
        )

    def coming(self, schedule: str, *, after: datetime) -> Iterator[Coming]:
        """Give slots that begin after an instant, in order. Raises NotFoundError."""
        found = self._known(schedule)
        for turn in found.rhythm.after(after - found.jitter):
            begins = found.start_of(turn)
            if begins > after:
                yield Coming(
                    schedule=schedule,
                    wall=turn.wall,
                    due_at=turn.due_at,
                    starts_at=begins,
                    oddity=turn.oddity,
                    barred=found.barred(begins),
                )

    def following(self, schedule: str) -> Coming | None:
        """Give the next slot that no freeze or window bars; None where none is in sight. Raises NotFoundError."""
        coming = islice(self.coming(schedule, after=self._clock.now()), _LOOKED_AT)
        return next((each for each in coming if not each.barred), None)

    def barred(self, schedule: str, instant: datetime) -> str:
        """Say which window or freeze keeps a schedule from beginning at an instant. Raises NotFoundError."""
        return self._known(schedule).barred(instant)

    def ics(self, wish: IcsWish) -> str:
        """Write slots and freezes as iCalendar.

        Unless one is asked for alone, those that come more often than daily are left out.

        Raises RefusedError, NotFoundError.
        """
        ends = wish.begins + wish.length
        entries: list[Entry] = []
        for name in wish.schedules:
            if not wish.alone and self._often(name):
                continue
            for slot in self.coming(name, after=wish.begins):
                if slot.starts_at >= ends:
                    break
                if len(entries) == _MOST_ENTRIES:
                    hint = "ask for fewer days, or for one schedule"
                    raise RefusedError(f"more than {_MOST_ENTRIES} slots lie in this time", hint=hint)
                entries.append(self._entry(slot, wish.paused.get(name, "")))
        entries += self._frozen(wish.begins, ends)
        return write_ics(entries, name="drd", now=self._clock.now(), refresh=_REFRESH)

    def _schedule(self, terms: ScheduleTerms) -> Schedule:
        barred = partial(self._why, terms.windows, self._freezes[terms.id])
        return Schedule(
            id=terms.id,
            rhythm=Rhythm(zone=ZoneInfo(terms.zone), cron=terms.cron, every=terms.every),
            does=terms.does,
            tenant=terms.tenant,
            catch_up=terms.catch_up,
            tolerance=terms.tolerance,
            jitter=terms.jitter,
            barred=barred,
        )

    def _why(self, windows: tuple[str, ...], freezes: tuple[str, ...], instant: datetime) -> str:
        return self._bounds.frozen(freezes, instant) or self._bounds.shut(windows, instant)

    def _known(self, schedule: str) -> Schedule:
        found = self._schedules.get(schedule)
        if found is None:
            raise NotFoundError("there is no such schedule", target=schedule, hint="`drd schedule list` shows all")
        return found

    def _between(self, schedule: str) -> timedelta | None:
        """Give the time between the two slots that come next; None where none or only one comes."""
        found = [turn.due_at for turn in islice(self._known(schedule).rhythm.after(self._clock.now()), 2)]
        return found[1] - found[0] if len(found) > 1 else None

    def _often(self, schedule: str) -> bool:
        between = self._between(schedule)
        return between is not None and between < _BETWEEN

    def _entry(self, slot: Coming, paused: str) -> Entry:
        terms = self._terms[slot.schedule]
        barred = paused or slot.barred
        told = (barred and f"will not run: {barred}", ODD.get(slot.oddity, ""))
        return Entry(
            uid=f"{slot.schedule}/{slot.wall}@drd",
            begins=slot.starts_at,
            ends=slot.starts_at + _SHOWN,
            summary=f"{terms.id} ({terms.does})",
            description="\n".join(each for each in told if each),
            cancelled=bool(barred),
        )

    def _frozen(self, begins: datetime, ends: datetime) -> list[Entry]:
        return [
            Entry(
                uid=f"freeze/{name}/{span.begins:%Y%m%dT%H%M%SZ}@drd",
                begins=span.begins,
                ends=span.ends,
                summary=f"freeze {name}: {span.name}",
                busy=False,
            )
            for name, each in self._bounds.freezes(begins, ends).items()
            for span in each
        ]


def freezes_of(terms: ScheduleTerms, calendar: CalendarTerms, gentle: frozenset[str]) -> tuple[str, ...]:
    """Give the freezes that hold a schedule: those that it names, else none for work that only looks, else all."""
    if terms.freezes is not None:
        return terms.freezes
    return () if terms.does in gentle else tuple(each.id for each in calendar.freezes)
