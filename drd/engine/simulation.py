"""What a plan would do, step by step, in words, and how long it would take. Touches nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from graphlib import TopologicalSorter

from drd.domain.canonical import Json
from drd.domain.errors import DrdError
from drd.domain.ids import StepId
from drd.domain.language import Language
from drd.domain.plan import APPROVE, RUNBOOK, Phase, RecoveryPlan, Step
from drd.ports.catalogue import ActionCatalogue, CheckCatalogue

_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """What one step would do.

    Attributes:
        starts_after: forecast from the run's start to the step's start.
        estimate: how long it is expected to take; zero where nobody knows.
        critical_path: whether a delay of this step delays the run.
        skipped: why it would be left out; empty when it would run.
        children: the steps of the child run that it would start.
    """

    id: StepId
    phase: Phase
    group: str
    uses: str
    sentence: str
    targets: tuple[str, ...] = ()
    destructive: bool = False
    needs: tuple[StepId, ...] = ()
    starts_after: timedelta = _ZERO
    estimate: timedelta = _ZERO
    critical_path: bool = False
    skipped: str = ""
    children: tuple["PlannedStep", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long a plan would take, and which steps decide it.

    Attributes:
        total: from start to end. to_green: from start until the last `after` check could be green.
        critical_path: the chain of steps that decides `total`, in order; only steps that take time.
    """

    total: timedelta
    to_green: timedelta
    critical_path: tuple[StepId, ...]


class Simulator:
    """Simulates plans. Waiting for people and for room in a lane is not forecast."""

    def __init__(self, *, actions: ActionCatalogue, checks: CheckCatalogue) -> None:
        """Take the catalogues."""
        self._actions = actions
        self._checks = checks
        self._questions = frozenset(checks.names())

    def simulate(self, plan: RecoveryPlan, *, graceful: bool = True) -> tuple[PlannedStep, ...]:
        """Say what every step would do, in the plan's order."""
        timetable = _Timetable(plan, graceful=graceful)
        path = frozenset(timetable.critical_path())
        return tuple(
            replace(
                self._planned(step, graceful=graceful),
                starts_after=timetable.starts[step.id],
                estimate=timetable.takes[step.id],
                critical_path=step.id in path,
            )
            for step in plan.steps
        )

    def forecast(self, plan: RecoveryPlan, *, graceful: bool = True) -> Forecast:
        """Say how long the plan would take."""
        return _Timetable(plan, graceful=graceful).forecast()

    def _planned(self, step: Step, *, graceful: bool) -> PlannedStep:
        sentence, targets, destructive = self._words(step)
        return PlannedStep(
            id=step.id,
            phase=step.phase,
            group=step.group,
            uses=step.call.uses,
            sentence=sentence,
            targets=targets,
            destructive=destructive,
            needs=step.needs,
            skipped=step.why_left_out(graceful=graceful),
            children=self.simulate(step.child, graceful=graceful) if step.child else (),
        )

    def _words(self, step: Step) -> tuple[str, tuple[str, ...], bool]:
        uses, values = step.call.uses, step.call.values
        if uses == APPROVE:
            return _approval_words(step), (), False
        if uses == RUNBOOK and step.child is not None:
            return f"starts a run of {step.child.runbook} ({len(step.child.steps)} steps)", (), False
        try:
            if uses in self._questions:
                return self._checks.bind(uses, values).describe(), (), False
            simulation = self._actions.bind(uses, values).simulate(None)
        except DrdError:
            # A value that an earlier step gives is not known yet, so the verb cannot put it in words.
            return _plain_words(step), (), True
        return simulation.sentence, simulation.targets, simulation.destructive


def _approval_words(step: Step) -> str:
    terms = step.approval
    if terms is None:
        return "asks for an approval"
    who = ", ".join(terms.by) or "anybody who may approve"
    return f"asks {terms.minimum} of {who}: {terms.ask.say(Language.EN)}"


def _plain_words(step: Step) -> str:
    on = f" on {step.item}" if step.item else ""
    values = ", ".join(f"{name} {_shown(value)}" for name, value in step.call.values.items())
    return f"{step.call.uses}{on}" + (f" with {values}" if values else "")


def _shown(value: Json) -> str:
    if isinstance(value, str) and value.startswith("${{"):
        return f"as {value.removeprefix('${{').removesuffix('}}').strip()} says"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"({', '.join(_shown(each) for each in value)})"
    return str(value)


class _Timetable:
    """Earliest start of each step, by estimates and needs; phases one after the other."""

    def __init__(self, plan: RecoveryPlan, *, graceful: bool) -> None:
        self.starts: dict[StepId, timedelta] = {}
        self.takes = {step.id: _takes(step, graceful=graceful) for step in plan.steps}
        self._before: dict[StepId, StepId | None] = {}
        self._ends: dict[Phase, tuple[timedelta, StepId | None]] = {}
        begin: tuple[timedelta, StepId | None] = (_ZERO, None)
        for phase in Phase:
            steps = [step for step in plan.steps if step.phase is phase]
            self._place(steps, _joins(plan, steps), begin)
            begin = max([begin, *((self._end(step.id), step.id) for step in steps)], key=lambda end: end[0])
            self._ends[phase] = begin

    def _place(
        self, steps: list[Step], joins: Mapping[StepId, list[StepId]], begin: tuple[timedelta, StepId | None]
    ) -> None:
        graph: dict[StepId, Iterable[StepId]] = {step.id: step.needs for step in steps}
        for point in TopologicalSorter({**graph, **joins}).static_order():
            needs = joins.get(point, graph.get(point, ()))
            reached = [(self._end(need), need) for need in needs if need in self.starts]
            self.starts[point], self._before[point] = max([begin, *reached], key=lambda end: end[0])

    def _end(self, point: StepId) -> timedelta:
        return self.starts[point] + self.takes.get(point, _ZERO)

    def critical_path(self) -> tuple[StepId, ...]:
        """Give the chain that ends last, without points that take no time."""
        path: list[StepId] = []
        point = self._ends[Phase.ALWAYS][1]
        while point is not None:
            if self.takes.get(point, _ZERO):
                path.append(point)
            point = self._before[point]
        return tuple(reversed(path))

    def forecast(self) -> Forecast:
        return Forecast(
            total=self._ends[Phase.ALWAYS][0], to_green=self._ends[Phase.AFTER][0], critical_path=self.critical_path()
        )


def _takes(step: Step, *, graceful: bool) -> timedelta:
    if step.why_left_out(graceful=graceful):
        return _ZERO
    if step.child is not None:
        return step.estimate or _Timetable(step.child, graceful=graceful).forecast().total
    return step.estimate or _ZERO


def _joins(plan: RecoveryPlan, steps: list[Step]) -> dict[StepId, list[StepId]]:
    members: dict[str, list[StepId]] = {}
    for step in steps:
        members.setdefault(step.group, []).append(step.id)
    return {group.join: members[group.id] for group in plan.groups if group.join and group.id in members}
