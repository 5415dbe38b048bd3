"""Counts of steps by what they mean for the run, kept while states change, because a run may hold 10,000 steps."""

from drd.domain.lifecycle import StepState
from drd.domain.plan import Phase
from drd.domain.step_progress import StepProgress

IN_FLIGHT = frozenset({StepState.TAKEN, StepState.INTENDED, StepState.RECORDED, StepState.RETRYING, StepState.WAITING})
"""States of a step that is under way."""


class Tally:
    """How many steps are under way, wait for a person, or hold the run.

    `parked` leaves out what was given up with its run: nobody waits for an answer any more.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.in_flight = 0
        self.in_flight_always = 0
        self.waiting = 0
        self.parked = 0
        self.failed = 0
        self.held = 0

    def enter(self, each: StepProgress) -> None:
        """Count a step in the state that it has now."""
        self._count(each, 1)

    def leave(self, each: StepProgress) -> None:
        """Stop counting a step in the state that it has now; call it before the state changes."""
        self._count(each, -1)

    def move(self, each: StepProgress, state: StepState) -> None:
        """Change a step's state: `leave` and `enter` where the state counts at all, as most of a long run's do not."""
        if each.held or each.state is not StepState.PENDING:
            self._count(each, -1)
        each.state = state
        if state is not StepState.DONE:
            self._count(each, 1)

    def _count(self, each: StepProgress, by: int) -> None:
        state = each.state
        if state in IN_FLIGHT:
            self.in_flight += by
            self.in_flight_always += by * (each.step.phase is Phase.ALWAYS)
            self.waiting += by * (state is StepState.WAITING)
        elif state is StepState.PARKED:
            self.parked += by * (not each.given_up)
        elif state is StepState.FAILED and not each.settled:
            self.failed += by
        elif each.held and state is StepState.PENDING:
            self.held += by
