"""How a run stands, as its events left it: what the folds change and everybody else reads."""

from collections import deque
from datetime import datetime, timedelta

from drd.domain.due import Due
from drd.domain.events import Event
from drd.domain.ids import StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Phase, RecoveryPlan, Step
from drd.domain.step_progress import Remark, StepProgress, is_undo
from drd.domain.tally import IN_FLIGHT, Tally
from drd.domain.tolerance import Tolerance


class Standing:
    """State of one run. Only the folds (`fold_of_run`, `fold_of_step`) and handing out change it."""

    def __init__(self, plan: RecoveryPlan) -> None:
        """Start with nothing done."""
        self.plan = plan
        self.steps: dict[StepId, StepProgress] = {step.id: StepProgress(step) for step in plan.steps}
        self.graceful = True
        self.accepted: Event | None = None
        self.claimed = False
        self.sequence = 0
        self.newest_hash = ""
        self.token = 0
        self.final: RunState | None = None
        self.paused = False
        self.pause: Remark | None = None
        self.parked = ""
        self.was_parked = False
        self.still_since: datetime | None = None
        self.stood: list[tuple[datetime, datetime]] = []
        self.cancelled = False
        self.cancelled_by = ""
        self.refused = False
        self.halted = False
        self.undo_wanted = False
        self.undone_by = ""
        self.graced_at: datetime | None = None
        self.remarks: list[Remark] = []
        self.orders: set[str] = set()
        self.undoing: deque[StepId] = deque()
        self.due = Due(plan)
        self.tally = Tally()
        self.tolerance = Tolerance(plan)

    @property
    def halting(self) -> bool:
        """Say whether only what always runs is still to come: cancelled, stopped by a failure, or undoing."""
        return self.halted or self.cancelled

    @property
    def standstill(self) -> bool:
        """Say whether nothing at all is sent: a person paused the run, or it is parked as a whole."""
        return bool(self.paused or self.parked)

    def stand_still(self, at: datetime) -> None:
        """Begin to send nothing at all."""
        self.still_since = self.still_since or at

    def go_on(self, at: datetime) -> None:
        """End what keeps the run from sending."""
        if self.still_since is not None:
            self.stood.append((self.still_since, at))
        self.paused, self.pause, self.parked, self.still_since = False, None, "", None

    def stood_still(self, since: datetime, until: datetime) -> timedelta:
        """Say how long, between two instants, nothing was sent because a person was awaited."""
        spans = [*self.stood, (self.still_since, until)] if self.still_since is not None else self.stood
        over = (min(end, until) - max(begin, since) for begin, end in spans)
        return sum((each for each in over if each > timedelta(0)), timedelta(0))

    def may_act(self, step: Step) -> bool:
        """Say whether a step may still send something: in a halting run only what always runs, and undo."""
        return not self.halting or step.phase is Phase.ALWAYS or is_undo(step.id)

    def move(self, each: StepProgress, state: StepState) -> None:
        """Change a step's state and keep the counts."""
        self.tally.move(each, state)
        if each.step.lane and state in IN_FLIGHT:
            self.due.occupy(each.step)

    def give_up(self) -> None:
        """Wait no longer for answers about parked steps that would send nothing any more.

        Those in doubt are given up with the run by a person only: who cancels it has read the question.
        """
        for each in self.steps.values():
            in_doubt = each.doubt_since is not None and not self.cancelled
            if each.state is StepState.PARKED and not self.may_act(each.step) and not in_doubt:
                self.tally.leave(each)
                each.given_up = True
                self.tally.enter(each)

    def settle(self, each: StepProgress) -> None:
        """Let dependents go on."""
        if each.settled:
            return
        each.settled = True
        self.tolerance.settled(each.step, each.state)
        if is_undo(each.step.id):
            self.undoing.remove(each.step.id)
        else:
            self.due.settled(each.step)

    def reopen(self, each: StepProgress) -> None:
        """Make a step that was over pending again; `queue_anew` must follow."""
        self.tally.leave(each)
        each.state, each.settled, each.ended_at, each.settled_by = StepState.PENDING, False, None, 0
        each.outputs, each.because, each.by_plan, each.by_hand = {}, "", False, ""
        self.tally.enter(each)

    def queue_anew(self) -> None:
        """Work out anew what is due, because what was over no longer is. Walks over the plan."""
        self.due, self.tolerance = Due(self.plan), Tolerance(self.plan)
        own = [each for each in self.steps.values() if not is_undo(each.step.id)]
        for each in sorted(own, key=lambda each: each.settled_by):
            if each.settled:
                self.tolerance.settled(each.step, each.state)
                self.due.settled(each.step)
            elif each.state in IN_FLIGHT:
                self.due.occupy(each.step)
