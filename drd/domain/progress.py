"""Where a run stands: a fold over its events, and which steps are due next. No input, no output, no clock."""

from collections.abc import Iterable, Iterator

from drd.domain.events import ORDER, Event
from drd.domain.fold_of_run import OF_RUN
from drd.domain.fold_of_step import OF_STEP, UNKNOWN_OUTCOMES
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Phase, RecoveryPlan, Step
from drd.domain.standing import Standing
from drd.domain.steady import REFUSED
from drd.domain.step_progress import StepProgress, is_undo, undo_id
from drd.domain.tally import IN_FLIGHT

__all__ = ["UNKNOWN_OUTCOMES", "Progress", "StepProgress", "fold", "is_undo", "undo_id"]

_NAMES_IN_A_LINE = 5


class Progress(Standing):
    """The fold of one run. `apply` takes events in order; `take` hands out steps that are due.

    Not safe for several threads. Taking is a matter of this process: only events last.
    """

    @property
    def state(self) -> RunState:
        """Where the run stands, as people see it."""
        if self.final is not None:
            return self.final
        if self.parked or self.tally.parked:
            return RunState.PARKED
        if self.halting:
            return RunState.PAUSED if self.paused else RunState.STOPPING
        if self.paused or self.tally.failed:
            return RunState.PAUSED
        if not self.claimed:
            return RunState.QUEUED
        tally = self.tally
        waits = tally.waiting or tally.held
        if waits and tally.waiting == tally.in_flight and not self.due.any(self.steps):
            return RunState.WAITING
        return RunState.RUNNING

    @property
    def holds(self) -> bool:
        """Say whether no new step may start: paused, parked, or a failed step waits for a person."""
        return bool(self.standstill or self.tally.parked or self.tally.failed)

    @property
    def in_flight(self) -> int:
        """How many steps are under way."""
        return self.tally.in_flight

    def apply(self, event: Event) -> None:
        """Take the next event.

        Raises:
            ValueError: if it is not the next one: the journal has a gap or was mixed up.
        """
        if event.sequence != self.sequence + 1:
            raise ValueError(f"event {event.sequence} of run {event.run} after {self.sequence}")
        self.sequence = event.sequence
        self.newest_hash, self.token = event.hash, event.token
        if ORDER in event.payload:
            self.orders.add(str(event.payload[ORDER]))
        of_run = OF_RUN.get(event.kind)
        if of_run is not None:
            of_run(self, event)
            return
        if event.step is None:
            raise ValueError(f"event {event.sequence} of run {event.run} names no step")
        OF_STEP[event.kind](self, self.steps[event.step], event)

    def take(self, most: int) -> list[Step]:
        """Hand out at most so many steps that are due now; they count as under way from here on."""
        taken: list[Step] = []
        if self.final is not None or self.standstill or (self.holds and not self.halting):
            return taken
        while len(taken) < most:
            step = self._next()
            if step is None:
                break
            self.move(self.steps[step.id], StepState.TAKEN)
            taken.append(step)
        return taken

    def _next(self) -> Step | None:
        if not self.halting:
            return self.due.pop(self.steps)
        if self.tally.in_flight > self.tally.in_flight_always or self.undo_wanted:
            return None
        if self.undoing:
            first = self.steps[self.undoing[0]]
            return first.step if first.state is StepState.PENDING else None
        return self.due.pop_always(self.steps)

    def unfinished(self) -> Iterator[StepProgress]:
        """Give the steps that were under way when the journal ended: in doubt, recorded, retrying, or waiting."""
        return (each for each in self.steps.values() if each.state in IN_FLIGHT)

    def exhausted(self) -> bool:
        """Say whether nothing is left to do, so that the run can be finished."""
        if self.tally.in_flight or self.undoing or self.undo_wanted:
            return False
        if self.halting:
            return not self.standstill and not self.tally.parked and not self.due.always_left
        return not self.holds and not self.due.left

    def outcome(self) -> tuple[RunState, str]:
        """Say how an exhausted run ends, and why."""
        if self.cancelled:
            # A daemon cancels drills only: production did not stay well beside one, or its time is over.
            who = "drd" if self.cancelled_by == "drd" else "a person"
            return RunState.CANCELLED, REFUSED if self.refused else f"cancelled by {who}"
        failed = [each.step.id for each in self.steps.values() if each.state is StepState.FAILED and self._counts(each)]
        if failed:
            more = " ..." if len(failed) > _NAMES_IN_A_LINE else ""
            return RunState.FAILED, f"failed: {', '.join(failed[:_NAMES_IN_A_LINE])}{more}"
        if self.undone_by:
            return RunState.FAILED, f"taken back by {self.undone_by}"
        return (RunState.FAILED, "stopped") if self.halted else (RunState.SUCCEEDED, "every step is done")

    def _counts(self, each: StepProgress) -> bool:
        return each.step.critical and not self.tolerance.enough(each.step)

    def undoable(self) -> list[StepProgress]:
        """Give the done steps of the main phase in the order in which they are taken back: newest first."""
        done = [
            each
            for each in self.steps.values()
            if each.state is StepState.DONE and each.step.phase is Phase.MAIN and not is_undo(each.step.id)
        ]
        return sorted(done, key=lambda each: each.settled_by, reverse=True)


def fold(plan: RecoveryPlan, events: Iterable[Event]) -> Progress:
    """Give where a run stands after these events."""
    progress = Progress(plan)
    for event in events:
        progress.apply(event)
    return progress
