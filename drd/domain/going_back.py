"""Which steps that were over become due again: by a change of grace, or because a person goes back to one. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from drd.domain.ids import StepId
from drd.domain.lifecycle import StepState
from drd.domain.plan import Phase, RecoveryPlan, Step
from drd.domain.progress import Progress, StepProgress, is_undo

_BEGINS = frozenset({StepState.PENDING, StepState.TAKEN})


def has_begun(each: StepProgress) -> bool:
    """Say whether anything was done about a step: begun, ended, or left out."""
    return each.state not in _BEGINS


def due_again(progress: Progress, *, graceful: bool) -> tuple[StepId, ...]:
    """Give the steps that the old word left out and that the new word wants, in the plan's order.

    Only as long as nothing that comes after such a step has begun: what went on without it is never overtaken.
    """
    candidates = {
        each.step.id: each
        for each in progress.steps.values()
        if each.state is StepState.SKIPPED
        and each.by_plan
        and progress.may_act(each.step)
        and not each.step.why_left_out(graceful=graceful)
    }
    if not candidates:
        return ()
    passed = _passed(progress, candidates)
    return tuple(name for name in candidates if name not in passed)


def _passed(progress: Progress, candidates: Mapping[StepId, StepProgress]) -> set[StepId]:
    """Give the candidates that something went on without: by needs, or because a later phase has begun."""
    needs, passed, later = _Needs(progress.plan), set[StepId](), False
    for phase in reversed(Phase):
        own = [each for each in progress.steps.values() if each.step.phase is phase and not is_undo(each.step.id)]
        if later:
            passed |= {each.step.id for each in own if each.step.id in candidates}
            continue
        begun = deque(each.step for each in own if has_begun(each) and each.step.id not in candidates)
        later = bool(begun)
        while begun:
            for need in needs.of(begun.popleft()):
                if need in candidates and need not in passed:
                    passed.add(need)
                    begun.append(candidates[need].step)
    return passed


class _Needs:
    """The steps that a step needs, joins taken apart. A join is taken apart once."""

    def __init__(self, plan: RecoveryPlan) -> None:
        self._joins: dict[StepId, list[StepId]] = {group.join: [] for group in plan.groups if group.join}
        of_group = {group.id: self._joins[group.join] for group in plan.groups if group.join}
        for step in plan.steps:
            if step.group in of_group:
                of_group[step.group].append(step.id)

    def of(self, step: Step) -> Iterator[StepId]:
        for need in step.needs:
            yield from self._joins.pop(need, ()) if need in self._joins else (need,)


def onwards(plan: RecoveryPlan, start: Step) -> tuple[StepId, ...]:
    """Give a step and all that depends on it, directly or not, the later phases included; in the plan's order."""
    order = list(Phase)
    after = {step.id for step in plan.steps if order.index(step.phase) > order.index(start.phase)}
    dependents = _dependents(plan)
    reached: set[StepId] = set()
    ahead = deque([start.id])
    while ahead:
        point = ahead.popleft()
        if point not in reached:
            reached.add(point)
            ahead.extend(dependents.get(point, ()))
    return tuple(step.id for step in plan.steps if step.id in reached or step.id in after)


def _dependents(plan: RecoveryPlan) -> Mapping[StepId, Iterable[StepId]]:
    joins = {group.id: group.join for group in plan.groups if group.join}
    found: dict[StepId, list[StepId]] = {}
    for step in plan.steps:
        for need in step.needs:
            found.setdefault(need, []).append(step.id)
        join = joins.get(step.group)
        if join is not None:
            found.setdefault(step.id, []).append(join)
    return found
