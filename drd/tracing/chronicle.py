"""Follows the runs that this process moves, and tells when a step or a run is over."""

from collections.abc import Sequence
from typing import Protocol

from drd.domain.course import RunCourse, RunEnd, StepEnd
from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.ports.observer import Seen


class Teller(Protocol):
    """Is told by a chronicle, on the event loop, of what is durable. Must return quickly."""

    def went_on(self, course: RunCourse, event: Event) -> None:
        """Hear any event."""
        ...

    def step_ended(self, course: RunCourse, end: StepEnd) -> None:
        """Hear that a step ended; a step that a person lets begin anew ends again."""
        ...

    def run_ended(self, course: RunCourse, end: RunEnd) -> None:
        """Hear that the run is over; comes once, from the daemon that ended it."""
        ...


class Chronicle:
    """Answers the port `Historian`. What was before this process took a run up is known and not told again."""

    def __init__(self) -> None:
        """Begin with nobody to tell."""
        self._tellers: list[Teller] = []
        self._courses: dict[RunId, RunCourse] = {}

    def tells(self, teller: Teller) -> None:
        """Tell this one too, after the others."""
        self._tellers.append(teller)

    def course(self, run: RunId) -> RunCourse | None:
        """Give the course of a run that moves here; None for any other."""
        return self._courses.get(run)

    def took_up(self, plan: RecoveryPlan, events: Sequence[Event]) -> None:
        """See the port."""
        self._courses[events[0].run] = RunCourse(plan, events)

    def left(self, run: RunId) -> None:
        """See the port."""
        self._courses.pop(run, None)

    def saw(self, seen: Seen) -> None:
        """See the port. An event of a run that does not move here, as its acceptance, is heard when it is taken up."""
        course = self._courses.get(seen.event.run)
        if course is None or seen.event.sequence <= course.sequence:
            return
        end = course.apply(seen.event)
        for teller in self._tellers:
            teller.went_on(course, seen.event)
            if isinstance(end, StepEnd):
                teller.step_ended(course, end)
            elif isinstance(end, RunEnd):
                teller.run_ended(course, end)
