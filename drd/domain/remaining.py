"""How long a run under way still needs until its last check is green, by what its steps took before or should take."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from graphlib import TopologicalSorter

from drd.domain.ids import StepId
from drd.domain.lifecycle import StepState
from drd.domain.plan import APPROVE, OnFailure, Phase, RecoveryPlan, Step

_ZERO = timedelta(0)
_UNTIL_GREEN = (Phase.AFTER, Phase.MAIN, Phase.BEFORE)
"""The phases that end before the recovery time does, the last one first."""
_OVER = frozenset({StepState.DONE, StepState.SKIPPED})
_UNDER_WAY = frozenset({StepState.INTENDED, StepState.RECORDED, StepState.RETRYING, StepState.TAKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What is between now and green.

    Attributes:
        ahead: the longest way that has not begun, which begins now at the earliest; None when nothing is left.
        at: when what is under way will have led to green; when nothing is left, when the last step ended.
    """

    ahead: timedelta | None
    at: datetime | None

    def green_at(self, now: datetime) -> datetime | None:
        """Give the instant at which the last check will be green. What takes longer than expected ends now."""
        if self.ahead is None:
            return self.at
        return max(now + self.ahead, self.at or now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """Where the steps of a run stand: states, when each began, and when the last one ended that leads to green."""

    states: Mapping[str, StepState]
    began: Mapping[str, datetime]
    ended_at: datetime | None
    graceful: bool = True


NOTHING_BEGAN = Stands(states={}, began={}, ended_at=None)


class Way:
    """The way of one plan to green: what follows what, and how long each step is expected to take."""

    def __init__(self, plan: RecoveryPlan, measured: Mapping[str, timedelta] | None = None) -> None:
        """Lay it out.

        Args:
            plan: the run's own.
            measured: what its steps took in an earlier run; what was measured goes before what was estimated.
        """
        self._steps = {step.id: step for step in plan.steps}
        self._takes = {step.id: _takes(step, measured or {}) for step in plan.steps}
        self._phases = [tuple(_backwards(plan, phase)) for phase in _UNTIL_GREEN]
        self._checks = tuple(step for step in plan.steps if step.phase is Phase.AFTER)

    def leads(self, step: str) -> bool:
        """Say whether green waits for a step: what always runs comes after it."""
        found = self._steps.get(StepId(step))
        return found is not None and found.phase in _UNTIL_GREEN

    def green(self, stands: Stands) -> bool:
        """Say whether the service is back, as the run's figures count it: each last check that the plan asks is green.

        Never where the plan asks none, nor where a person skipped one.
        """
        asked = [step.id for step in self._checks if not step.why_left_out(graceful=stands.graceful)]
        return bool(asked) and all(stands.states.get(step) is StepState.DONE for step in asked)

    @property
    def known(self) -> bool:
        """Say whether anything is known of how long it takes; else there is nothing to forecast."""
        return any(self._takes[point] for phase in self._phases for point, _ in phase if point in self._takes)

    def remaining(self, stands: Stands) -> Remaining:
        """Say what remains of it. Waiting for people, and for room beside other steps, is not forecast."""
        tail, ahead, at = _ZERO, None, None
        for phase in self._phases:
            after: dict[StepId, timedelta] = {}
            longest = tail
            for point, followers in phase:
                after[point] = max((self._lasts(each, stands) + after[each] for each in followers), default=tail)
                if point not in self._steps or self._over(point, stands):
                    continue
                ends = self._ends(point, stands)
                if ends is not None:
                    at = max(at or ends, ends + after[point])
                whole = self._lasts(point, stands) + after[point]
                ahead, longest = max(ahead or _ZERO, whole), max(longest, whole)
            tail = longest
        return Remaining(ahead=ahead, at=stands.ended_at if ahead is None else at)

    def _over(self, point: StepId, stands: Stands) -> bool:
        step, state = self._steps[point], stands.states.get(point, StepState.PENDING)
        goes_on = not step.critical or step.on_failure is OnFailure.CONTINUE
        gone = state in _OVER or (state is StepState.FAILED and goes_on)
        return gone or bool(step.why_left_out(graceful=stands.graceful))

    def _ends(self, point: StepId, stands: Stands) -> datetime | None:
        """Give when a step that is under way should end; None for one that is not."""
        began = stands.began.get(point) if stands.states.get(point) in _UNDER_WAY else None
        return None if began is None else began + self._takes[point]

    def _lasts(self, point: StepId, stands: Stands) -> timedelta:
        """Give how long a point takes from now at least: nothing where it is over, or should have ended."""
        if point not in self._steps or self._over(point, stands) or self._ends(point, stands) is not None:
            return _ZERO
        return self._takes[point]


def _takes(step: Step, measured: Mapping[str, timedelta]) -> timedelta:
    if step.call.uses == APPROVE:
        return _ZERO
    if step.id in measured:
        return measured[step.id]
    if step.child is not None and not step.estimate:
        return Way(step.child).remaining(NOTHING_BEGAN).ahead or _ZERO
    return step.estimate or _ZERO


def _backwards(plan: RecoveryPlan, phase: Phase) -> Iterator[tuple[StepId, tuple[StepId, ...]]]:
    """Give the points of a phase with those that follow each; each comes after those that follow it."""
    steps = [step for step in plan.steps if step.phase is phase]
    graph: dict[StepId, Iterable[StepId]] = {step.id: step.needs for step in steps}
    members: dict[str, list[StepId]] = {}
    for step in steps:
        members.setdefault(step.group, []).append(step.id)
    graph |= {group.join: members[group.id] for group in plan.groups if group.join and group.id in members}
    followers: dict[StepId, list[StepId]] = {point: [] for point in graph}
    for point, needs in graph.items():
        for need in needs:
            if need in followers:
                followers[need].append(point)
    order = [point for point in TopologicalSorter(graph).static_order() if point in followers]
    return ((point, tuple(followers[point])) for point in reversed(order))
