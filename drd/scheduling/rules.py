"""Answers `drd.ports.timetable.CalendarRules`: what is wrong in a calendar, all at once and each at its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from drd.domain.canonical import Json
from drd.domain.durations import canonical_duration
from drd.domain.timetable import LONGEST_FREEZE, CalendarTerms, Oddity, ScheduleTerms, Span, pieces
from drd.ports.parameters import Fault
from drd.scheduling.bounds import freeze_source, window_source
from drd.scheduling.days import Source
from drd.scheduling.rhythm import Rhythm, Turn

_AHEAD = timedelta(days=2 * 366)
"""How far a calendar is looked at: every freeze that repeats yearly comes by."""

_SHORTEST = timedelta(minutes=1)
_LOOKED_AT = 60
"""So many slots of a schedule are looked at: those of a year that come each week."""
_CLOSED = timedelta(days=366)

_HOUR = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)

Path = tuple[str | int, ...]
WorkFaults = Callable[[str, Mapping[str, Json]], tuple[Fault, ...] | None]
"""Gives what is wrong with what a work is told; None where there is no such work."""


class Rules:
    """Knows what can be used."""

    def __init__(self, works: Iterable[str], faults: WorkFaults, *, now: datetime) -> None:
        """Take the works' words, who looks at what they are told, and from when on the calendar is looked at."""
        self._works = tuple(sorted(works))
        self._work_faults = faults
        self._now = now

    def faults(self, terms: CalendarTerms) -> tuple[Fault, ...]:
        """Give what cannot be used."""
        return (
            *self._twice(terms),
            *self._freezes(terms),
            *self._windows(terms),
            *(
                fault
                for number, each in enumerate(terms.schedules)
                for fault in self._schedule(("schedules", number), each, terms)
            ),
        )

    def findings(self, terms: CalendarTerms) -> tuple[Fault, ...]:
        """Give what can be used and may surprise. Asked of terms without faults only."""
        return tuple(
            finding for number, each in enumerate(terms.schedules) for finding in self._odd(("schedules", number), each)
        )

    def _twice(self, terms: CalendarTerms) -> Iterator[Fault]:
        lists: tuple[tuple[Path, str, list[str]], ...] = (
            (("schedules",), "schedule", [each.id for each in terms.schedules]),
            (("calendar", "freezes"), "freeze", [each.id for each in terms.freezes]),
            (("calendar", "windows"), "window", [each.id for each in terms.windows]),
        )
        for path, what, names in lists:
            for number, name in enumerate(names):
                if name in names[:number]:
                    yield _fault(
                        (*path, number, "id"), f'the {what} "{name}" stands here twice', "give each its own id"
                    )

    def _freezes(self, terms: CalendarTerms) -> Iterator[Fault]:
        sources: list[Source] = []
        broken = False
        for number, freeze in enumerate(terms.freezes):
            path: Path = ("calendar", "freezes", number)
            try:
                source = freeze_source(freeze, terms.days, ZoneInfo(terms.zone))
                sources.append(source)
                found = list(_endless(self._spans(source) if freeze.span is None else [freeze.span]))
            except ValueError as error:
                broken = True
                yield _fault((*path, "ics"), str(error), "mend the file, or ask who keeps it")
                continue
            broken = broken or bool(found)
            yield from (_fault(path, f'the freeze "{freeze.id}" {each}', _SHORTER) for each in found)
        if not broken:
            together = (span for source in sources for span in self._spans(source))
            for each in _endless(together):
                yield _fault(("calendar", "freezes"), f"the freezes together: one {each}", _SHORTER)

    def _windows(self, terms: CalendarTerms) -> Iterator[Fault]:
        for number, window in enumerate(terms.windows):
            try:
                found = self._spans(window_source(window, ZoneInfo(terms.zone)))
            except ValueError as error:
                hint = "mend the file, or ask who keeps it"
                yield _fault(("calendar", "windows", number, "ics"), str(error), hint)
                continue
            if not found and (window.ics or window.days):
                path: Path = ("calendar", "windows", number)
                yield _fault(path, f'the window "{window.id}" never opens', "give it days and hours that come again")

    def _schedule(self, path: Path, terms: ScheduleTerms, calendar: CalendarTerms) -> Iterator[Fault]:
        yield from self._work(path, terms)
        yield from _named((*path, "windows"), "window", terms.windows, [each.id for each in calendar.windows])
        yield from _named((*path, "freezes"), "freeze", terms.freezes or (), [each.id for each in calendar.freezes])
        if terms.every is not None and terms.every < _SHORTEST:
            yield _fault((*path, "every"), "a schedule comes at most once a minute", "write 1m, or longer")
            return
        try:
            rhythm = Rhythm(zone=ZoneInfo(terms.zone), cron=terms.cron, every=terms.every)
            turns = list(islice(rhythm.after(self._now), _LOOKED_AT))
        except ValueError as error:
            hint = "write minute, hour, day of the month, month, day of the week, such as `0 3 * * tue`"
            yield _fault((*path, "cron"), f"this is no cron line: {error}", hint)
            return
        if not turns:
            yield _fault((*path, "cron"), "this never comes", "name a day that the month has")
        yield from _jitter(path, terms, turns)
        yield from self._open(path, terms, calendar, rhythm)

    def _work(self, path: Path, terms: ScheduleTerms) -> Iterator[Fault]:
        found = self._work_faults(terms.does, terms.values)
        if found is None:
            close = get_close_matches(terms.does, self._works, n=1)
            hint = f'did you mean "{close[0]}"?' if close else f"drd can do: {', '.join(self._works)}"
            yield _fault((*path, "does"), f'there is no work "{terms.does}"', hint)
        for each in found or ():
            yield Fault(path=(*path, "with", *each.path), message=each.message, hint=each.hint)

    def _open(self, path: Path, terms: ScheduleTerms, calendar: CalendarTerms, rhythm: Rhythm) -> Iterator[Fault]:
        named = [each for each in calendar.windows if each.id in terms.windows]
        if not named:
            return
        try:
            sources = [window_source(each, ZoneInfo(calendar.zone)) for each in named]
            spans = pieces(span for each in sources for span in each(self._now, self._now + _CLOSED))
        except ValueError:
            return
        # A slot may begin anywhere within its jitter; it is enough when it may begin at all.
        firsts = ((next(rhythm.after(each.begins - terms.jitter - _INSTANT), None), each.ends) for each in spans)
        if not any(first is not None and first.due_at < ends for first, ends in firsts):
            words = f"outside {'its window' if len(named) == 1 else 'its windows'}: it would never be run"
            yield _fault((*path, "windows"), f"its slots lie {words}", "move one of them")

    def _odd(self, path: Path, terms: ScheduleTerms) -> Iterator[Fault]:
        """Tell of the first slot at a local time that happens twice or not at all, in the coming year."""
        if terms.cron is None:
            return
        rhythm = Rhythm(zone=ZoneInfo(terms.zone), cron=terms.cron)
        told = set[Oddity]()
        some = list(islice(rhythm.after(self._now), _LOOKED_AT))
        # What comes each hour or oftener meets both hours every year, and loses nothing by it.
        if some[-1].due_at - some[0].due_at <= _HOUR * len(some):
            return
        for turn in _until(rhythm, self._now, self._now + _CLOSED):
            if turn.oddity is not Oddity.NONE and turn.oddity not in told:
                told.add(turn.oddity)
                yield _fault((*path, "cron"), f"{turn.wall} {_ODD[turn.oddity]}", "choose another hour to be plain")

    def _spans(self, source: Source) -> list[Span]:
        return list(source(self._now - LONGEST_FREEZE, self._now + _AHEAD))


_ODD = {
    Oddity.TWICE: "happens twice; the first one counts",
    Oddity.NEVER: "does not happen; its slot is run when the clocks change",
}
_SHORTER = (
    f"end it after {LONGEST_FREEZE.days} days at the latest: a service is drilled each quarter, and nothing may make"
    " that impossible"
)


def _fault(path: Path, message: str, hint: str) -> Fault:
    return Fault(path=path, message=message, hint=hint)


def _endless(spans: Iterable[Span]) -> Iterator[str]:
    """Tell of the first piece of frozen time that is too long."""
    for piece in pieces(spans):
        if piece.ends - piece.begins > LONGEST_FREEZE:
            days = (piece.ends - piece.begins).days
            yield f"does not end: {days} days without a break from {piece.begins:%Y-%m-%d} on"
            return


def _named(path: Path, what: str, names: Iterable[str], known: list[str]) -> Iterator[Fault]:
    for number, name in enumerate(names):
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f'did you mean "{close[0]}"?' if close else f"the section calendar has: {', '.join(known) or 'none'}"
            yield _fault((*path, number), f'there is no {what} "{name}"', hint)


def _jitter(path: Path, terms: ScheduleTerms, turns: list[Turn]) -> Iterator[Fault]:
    shortest = min((later.due_at - earlier.due_at for earlier, later in pairwise(turns)), default=None)
    if shortest is not None and terms.jitter >= shortest:
        message = f"the jitter is not shorter than {canonical_duration(shortest)}, the time between two slots"
        yield _fault((*path, "jitter"), message, "make it shorter, so that slots keep their order")


def _until(rhythm: Rhythm, after: datetime, until: datetime) -> Iterator[Turn]:
    for turn in rhythm.after(after):
        if turn.due_at > until:
            return
        yield turn
