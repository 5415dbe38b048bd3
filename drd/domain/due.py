"""Which steps of a plan are due: all they need is settled, their phase is open, their lane has room."""

from collections import deque
from collections.abc import Mapping

from drd.domain.ids import StepId
from drd.domain.lifecycle import StepState
from drd.domain.plan import Phase, RecoveryPlan, Step
from drd.domain.step_progress import StepProgress


class Due:
    """Queues of steps whose needs are met. No operation walks over the plan, except the first."""

    def __init__(self, plan: RecoveryPlan) -> None:
        """Queue what needs nothing."""
        self._missing: dict[StepId, int] = {}
        self._dependents: dict[StepId, list[Step]] = {}
        self._free: dict[Phase, deque[Step]] = {phase: deque() for phase in Phase}
        self._lanes: dict[Phase, dict[str, deque[Step]]] = {phase: {} for phase in Phase}
        self._busy: dict[str, set[StepId]] = {}
        self._open: dict[Phase, int] = dict.fromkeys(Phase, 0)
        self._joins = {group.id: group.join for group in plan.groups if group.join}
        self._in_group: dict[str, int] = {}
        for step in plan.steps:
            self._open[step.phase] += 1
            self._in_group[step.group] = self._in_group.get(step.group, 0) + 1
        empty = {join for group, join in self._joins.items() if not self._in_group.get(group)}
        for step in plan.steps:
            self._expect(step, empty)

    def _expect(self, step: Step, empty: set[StepId]) -> None:
        needs = [need for need in dict.fromkeys(step.needs) if need not in empty]
        self._missing[step.id] = len(needs)
        for need in needs:
            self._dependents.setdefault(need, []).append(step)
        if not needs:
            self._queue(step)

    @property
    def left(self) -> int:
        """How many steps are not settled."""
        return sum(self._open.values())

    @property
    def always_left(self) -> int:
        """How many steps that always run are not settled."""
        return self._open[Phase.ALWAYS]

    def any(self, steps: Mapping[StepId, StepProgress]) -> bool:
        """Say whether a step could be handed out now."""
        phase = self._phase()
        if _next_pending(self._free[phase], steps) is not None:
            return True
        heads = (_next_pending(queue, steps) for queue in self._lanes[phase].values())
        return any(head is not None and self._room(head) for head in heads)

    def pop(self, steps: Mapping[StepId, StepProgress]) -> Step | None:
        """Take a step that is due in the open phase."""
        return self._pop(self._phase(), steps)

    def pop_always(self, steps: Mapping[StepId, StepProgress]) -> Step | None:
        """Take a step that always runs, although the phases before it are not done."""
        return self._pop(Phase.ALWAYS, steps)

    def settled(self, step: Step) -> None:
        """Note that a step needs nothing more, so that what waits for it may go on."""
        self._open[step.phase] -= 1
        self.release(step)
        self._reach(step.id)
        self._in_group[step.group] -= 1
        join = self._joins.get(step.group)
        if join is not None and not self._in_group[step.group]:
            self._reach(join)

    def occupy(self, step: Step) -> None:
        """Take room in the step's lane, because it is under way. May be called again while it is."""
        if step.lane:
            self._busy.setdefault(step.lane, set()).add(step.id)

    def release(self, step: Step) -> None:
        """Give back the room in the step's lane, if it held any."""
        if step.lane:
            self._busy.get(step.lane, set()).discard(step.id)

    def again(self, step: Step) -> None:
        """Queue a step once more, before others, because a person wants another attempt."""
        self.release(step)
        self._queue(step, first=True)

    def let_go(self, step: Step) -> None:
        """Queue a step that was held, if all it needs is settled."""
        if not self._missing.get(step.id, 0):
            self._queue(step)

    def _phase(self) -> Phase:
        for phase, left in self._open.items():
            if left:
                return phase
        return Phase.ALWAYS

    def _pop(self, phase: Phase, steps: Mapping[StepId, StepProgress]) -> Step | None:
        step = _next_pending(self._free[phase], steps)
        if step is not None:
            self._free[phase].popleft()
            return step
        for queue in self._lanes[phase].values():
            step = _next_pending(queue, steps)
            if step is not None and self._room(step):
                queue.popleft()
                return step
        return None

    def _room(self, step: Step) -> bool:
        return len(self._busy.get(step.lane, ())) < step.parallel

    def _reach(self, reached: StepId) -> None:
        for dependent in self._dependents.pop(reached, ()):
            self._missing[dependent.id] -= 1
            if not self._missing[dependent.id]:
                self._queue(dependent)

    def _queue(self, step: Step, *, first: bool = False) -> None:
        limited = bool(step.lane and step.parallel)
        queue = self._lanes[step.phase].setdefault(step.lane, deque()) if limited else self._free[step.phase]
        (queue.appendleft if first else queue.append)(step)


def _next_pending(queue: deque[Step], steps: Mapping[StepId, StepProgress]) -> Step | None:
    while queue:
        each = steps[queue[0].id]
        if each.state is StepState.PENDING and not each.held:
            return queue[0]
        queue.popleft()
    return None
