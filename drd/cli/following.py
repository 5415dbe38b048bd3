"""Follows a run and the runs it started, by asking again: one follower for screen, lines and JSON."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from drd.api.wire.runs import EventShape, RunDetailShape
from drd.cli.client import NO_DAEMON, Daemon
from drd.cli.faults import CommandError
from drd.cli.outcome import family, is_over

PATIENCE_SECONDS = 60.0
"""Host time for which a daemon that answered before may be silent: a restart takes a few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a command waits between two questions. Host time: the daemon's may run faster.

    Attributes:
        wait: waits so many seconds; gives True when it was told to stop instead.
        elapsed: seconds of a clock that only goes forward.
    """

    wait: Callable[[float], bool] = field(default_factory=lambda: threading.Event().wait)
    elapsed: Callable[[], float] = time.monotonic
    every_seconds: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look at a run saw.

    Attributes:
        now: the daemon's world time.
        fresh: events that no look before this one saw, of the run and of those it started, in order of time.
    """

    now: datetime
    run: RunDetailShape
    fresh: tuple[EventShape, ...]


class Stopped(Exception):
    """The wait was ended from outside; the run goes on."""


class Follower:
    """Looks at one run until it is over, and a drill until it has its verdict. Every event is given once."""

    def __init__(
        self, daemon: Daemon, run: str, pace: Pace, *, silent: Callable[[CommandError], None] | None = None
    ) -> None:
        """Take the run, by its id or the beginning of it; `silent` hears once when the daemon stops answering."""
        self._silent = silent
        self._daemon = daemon
        self._run = run
        self._pace = pace
        self._seen: dict[str, int] = {}

    def look(self) -> Sight:
        """Look once."""
        now = self._daemon.state().now
        run = self._daemon.run(self._run)
        fresh = [event for each in family(run) if not each.damage for event in self._fresh(each.run.id)]
        fresh.sort(key=lambda event: (event.at, event.run, event.sequence))
        return Sight(now=now, run=run, fresh=tuple(fresh))

    def _fresh(self, run: str) -> list[EventShape]:
        events = self._daemon.events(run, self._seen.get(run, 0))
        if events:
            self._seen[run] = events[-1].sequence
        return events

    def _patient_look(self) -> Sight:
        """Look, and where the daemon is silent, as while it starts again, look on for a while."""
        began, told = self._pace.elapsed(), False
        while True:
            try:
                return self.look()
            except CommandError as error:
                is_new = not self._seen
                late = self._pace.elapsed() - began >= PATIENCE_SECONDS
                if error.problem.code != NO_DAEMON or is_new or late:
                    raise
                if self._silent is not None and not told:
                    self._silent(error)
                told = True
            if self._pace.wait(self._pace.every_seconds):
                raise Stopped

    def sights(self, *, seconds: float | None = None) -> Iterator[Sight]:
        """Look again and again until the run is over, or so many seconds of host time have passed.

        Raises:
            Stopped: the pace was told to stop.
            CommandError: the daemon refuses, or was silent for too long.
        """
        until = None if seconds is None else self._pace.elapsed() + seconds
        while True:
            sight = self._patient_look()
            if is_over(sight.run) and not sight.fresh:
                # Asked once more after the end, so that the last events of children are in.
                yield sight
                return
            yield sight
            if until is not None and self._pace.elapsed() >= until:
                return
            if self._pace.wait(0.0 if is_over(sight.run) else self._pace.every_seconds):
                raise Stopped
