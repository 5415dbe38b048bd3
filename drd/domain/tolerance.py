"""How many child runs of a group may fail before the group's `minimum-success` is out of reach."""

from collections.abc import Mapping
from dataclasses import dataclass

from drd.domain.lifecycle import StepState
from drd.domain.plan import RecoveryPlan, Step

_ALL = 100


@dataclass(slots=True)
class _Score:
    minimum: int
    total: int = 0
    good: int = 0
    bad: int = 0


class Tolerance:
    """Counts, per group that does not need all of them, how its critical child runs ended."""

    def __init__(self, plan: RecoveryPlan) -> None:
        """Find the groups that do not need all."""
        self._scores: Mapping[str, _Score] = {
            group.id: _Score(group.minimum_success) for group in plan.groups if group.minimum_success < _ALL
        }
        for step in plan.steps if self._scores else ():
            score = self._score(step)
            if score is not None:
                score.total += 1

    def _score(self, step: Step) -> _Score | None:
        counts = step.child is not None and step.critical and not step.left_out
        return self._scores.get(step.group) if counts else None

    def settled(self, step: Step, state: StepState) -> None:
        """Note how a step ended."""
        score = self._score(step) if self._scores else None
        if score is not None:
            score.good += state is StepState.DONE
            score.bad += state is not StepState.DONE

    def bears(self, step: Step) -> bool:
        """Say whether the group can still reach its minimum when this step fails too."""
        score = self._score(step)
        return score is not None and (score.total - score.bad - 1) * _ALL >= score.minimum * score.total

    def enough(self, step: Step) -> bool:
        """Say whether the step belongs to a group that reached its minimum, so that its failure does not count."""
        score = self._score(step)
        return score is not None and score.good * _ALL >= score.minimum * score.total
