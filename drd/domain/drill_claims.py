"""What a drill's own journal claims about it: a pure fold, the same whoever asks and however often."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from drd.domain.drill_verdict import Claim, DrillVerdict, some
from drd.domain.events import Event, Kind
from drd.domain.figures import Verdict, recovery_figures
from drd.domain.ids import ArmId, RunId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import RecoveryPlan
from drd.domain.points import ITEMS, MACHINES
from drd.domain.progress import Progress, fold
from drd.domain.step_progress import StepProgress, is_undo

_LATE = "deadline-passed"
_MACHINE = "machine"


def claims_of_run(plan: RecoveryPlan, events: Sequence[Event], *, longest: timedelta) -> tuple[Claim, ...]:
    """Give what a drill's journal says of it: at least one claim, `passed` only where nothing speaks against it.

    Args:
        plan: what was run.
        events: the whole journal of a run that is over.
        longest: the time limit of drills, from the acceptance to the end; world time.

    Raises:
        ValueError: the run is not over.
    """
    progress = fold(plan, events)
    if progress.final is None or not events:
        raise ValueError("a run that is not over has no verdict")
    claims = [
        *_left(events[-1]),
        *_failures(progress, events),
        *_too_long(events, longest),
        *_ended_by_people(progress, events),
    ]
    if progress.final is RunState.SUCCEEDED:
        claims += [*_unseen(progress), *_objectives(plan, events)]
    elif not claims:
        claims.append(Claim(verdict=DrillVerdict.FAILED, because=str(events[-1].payload.get("because", ""))))
    return tuple(claims) or (Claim(verdict=DrillVerdict.PASSED, because="every step is done"),)


def copies_of(plan: RecoveryPlan, events: Sequence[Event]) -> frozenset[ArmId]:
    """Give the machines that steps said they had made; what stands at home is none of them."""
    named: list[str] = []
    for each in fold(plan, events).steps.values():
        machine, items, machines = (each.outputs.get(name) for name in (_MACHINE, ITEMS, MACHINES))
        if each.step.item is not None and isinstance(machine, str):
            named.append(machine)
        if isinstance(items, list | tuple) and isinstance(machines, list | tuple):
            named += [str(one) for one in machines]
    return frozenset(map(ArmId, named)) - {item.resource for item in plan.items}


def children_of(plan: RecoveryPlan, events: Sequence[Event]) -> tuple[RunId, ...]:
    """Give the runs that a run started or adopted."""
    return tuple(RunId(each.child) for each in fold(plan, events).steps.values() if each.child)


def _left(last: Event) -> Iterator[Claim]:
    left = last.payload.get("leftovers")
    if isinstance(left, list | tuple) and left:
        because = f"at its end nothing showed that these were gone: {some([str(each) for each in left])}"
        yield Claim(verdict=DrillVerdict.LEFTOVER, because=because)


def _failures(progress: Progress, events: Sequence[Event]) -> Iterator[Claim]:
    """Tell the steps that count and failed by themselves, not because somebody had ended the run before."""
    told = _word_of_people(events)
    until = told.sequence if told is not None else events[-1].sequence
    failed = [each for each in _counted(progress) if each.state is StepState.FAILED and each.settled_by < until]
    late = [each for each in failed if _code(each) == _LATE]
    wrong = [each for each in failed if each not in late]
    for verdict, steps in ((DrillVerdict.FAILED, wrong), (DrillVerdict.TIMED_OUT, late)):
        if steps:
            yield Claim(verdict=verdict, because=f"{some([each.step.id for each in steps])}: {_message(steps[0])}")


def _counted(progress: Progress) -> Iterator[StepProgress]:
    for each in progress.steps.values():
        if each.step.critical and not is_undo(each.step.id) and not progress.tolerance.enough(each.step):
            yield each


def _code(each: StepProgress) -> str:
    return str((each.failure or {}).get("code", ""))


def _message(each: StepProgress) -> str:
    return str((each.failure or {}).get("message", "it failed"))


def _too_long(events: Sequence[Event], longest: timedelta) -> Iterator[Claim]:
    if events[-1].at - events[0].at >= longest:
        yield Claim(verdict=DrillVerdict.TIMED_OUT, because=f"it did not end within {longest}")


def _ended_by_people(progress: Progress, events: Sequence[Event]) -> Iterator[Claim]:
    told = _word_of_people(events)
    if told is not None and progress.final is not RunState.SUCCEEDED:
        what = "cancelled" if told.kind is Kind.RUN_CANCEL else "taken back"
        why = f": {told.reason}" if told.reason else ""
        because = told.reason if progress.refused else f"{what} by {told.actor}{why}"
        yield Claim(verdict=DrillVerdict.ABORTED, because=because)


def _word_of_people(events: Sequence[Event]) -> Event | None:
    """Give the first event by which somebody ended the run."""
    return next((event for event in events if event.kind in {Kind.RUN_CANCEL, Kind.RUN_UNDO}), None)


def _unseen(progress: Progress) -> Iterator[Claim]:
    """Tell what a person did or left out in drd's place: nobody knows what would have come of it."""
    by_hand = [each.step.id for each in _counted(progress) if each.by_hand]
    skipped = [each.step.id for each in _counted(progress) if each.state is StepState.SKIPPED and not each.by_plan]
    for what, steps in (("done by hand", by_hand), ("left out by a person", skipped)):
        if steps:
            yield Claim(verdict=DrillVerdict.INCONCLUSIVE, because=f"{what}: {some(steps)}")


def _objectives(plan: RecoveryPlan, events: Sequence[Event]) -> Iterator[Claim]:
    figures = recovery_figures(plan, events)
    verdicts = {"time": figures.recovery_time_verdict, "point": figures.recovery_point_verdict}
    for name, verdict in verdicts.items():
        objective = f"the recovery {name} objective"
        if verdict is Verdict.UNKNOWN:
            yield Claim(verdict=DrillVerdict.INCONCLUSIVE, because=f"nobody knows whether {objective} was kept")
        elif verdict is Verdict.MISSED:
            yield Claim(verdict=DrillVerdict.OBJECTIVE_MISSED, because=f"{objective} was missed")
