"""What a drill proved: a pure fold from a run that is over to verifications, the same whoever asks and however often.

What drd did not see itself proves nothing: a step that a person resolved, one that was left out, a failure of the place
where the copy was to stand. Only an answer about the copy is a proof, or the opposite of one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.domain.canonical import Json
from drd.domain.climbing import (
    ANSWERS,
    BOOTS,
    CLEAN,
    GONE,
    GROUP,
    MACHINE,
    NIC,
    PREFIX,
    PROBE,
    PROBE_GROUP,
    READABLE,
    RESTORE,
    SCANNER,
    SCANNER_NIC,
    USEFUL,
    probe_or_step,
    step_of,
)
from drd.domain.durations import parse_instant
from drd.domain.estate import Mechanism, ProtectedItem
from drd.domain.events import Event
from drd.domain.figures import UsedPoint, recovery_figures
from drd.domain.ids import RunId, ServiceId, StepId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Mode, Phase, RecoveryPlan
from drd.domain.points import POINT, POINT_TIME
from drd.domain.progress import Progress, StepProgress, fold
from drd.domain.script_report import reported_figures

_NOT_THE_POINTS_FAULT = frozenset(
    {
        "refused",
        "forbidden",
        "outside-drill",
        "outside-plan",
        "mode-refused",
        "deadline-passed",
        "in-doubt",
        "unexpected",
    }
)
"""Codes of failures that tell nothing of the point: drd, its rights or its patience were in the way."""
_SHOWN = 1000


def verifications_of(plan: RecoveryPlan, events: Sequence[Event]) -> tuple[Verification, ...]:
    """Give what a run proved of recovery points; nothing when it is no drill, or not over.

    Their ids come from the run, so that asking again gives the same ones.
    """
    progress = fold(plan, events)
    if plan.mode is not Mode.DRILL or progress.final is None or not events:
        return ()
    story = _Story(plan=plan, progress=progress, run=events[0].run, ended_at=events[-1].at, reason=events[0].reason)
    if plan.runbook.startswith(PREFIX) and "prove" in plan.choices:
        return tuple(each for item in plan.items for each in _climbed(story, item))
    return tuple(_rehearsed(story, recovery_figures(plan, events).points))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """A run that is over."""

    plan: RecoveryPlan
    progress: Progress
    run: RunId
    ended_at: datetime
    reason: str

    def step(self, step: StepId) -> StepProgress | None:
        return self.progress.steps.get(step)

    @property
    def service(self) -> ServiceId:
        return self.plan.service or ServiceId(str(self.plan.choices.get("of", "")))

    @property
    def cancelled(self) -> bool:
        return self.progress.final is RunState.CANCELLED


@dataclass(frozen=True, slots=True)
class _Word:
    """How one question ended."""

    outcome: Outcome
    because: str
    at: datetime | None
    said: str = ""


def _climbed(story: _Story, item: ProtectedItem) -> Iterator[Verification]:
    for needed, planned in _stages(story, item):
        blocked = _blocked(story, item, needed) if planned else None
        if blocked is not None:
            # A copy that never stood says nothing of what is in it: only that it cannot be read, or does not boot.
            lowest = min((rung for rung, _ in planned if rung is not Rung.L3), key=_height, default=Rung.L2)
            yield _verification(story, item, lowest, blocked)
            return
        reached = True
        for rung, steps in planned:
            word = _word(story, steps)
            if not reached and any(each.state is StepState.PENDING for each in steps):
                return
            reached = word.outcome is Outcome.PASSED
            yield _verification(story, item, rung, word)
        if not reached:
            return


def _height(rung: Rung) -> int:
    return rung.height


_Planned = tuple[tuple[Rung, tuple[StepProgress, ...]], ...]


def _stages(story: _Story, item: ProtectedItem) -> Iterator[tuple[tuple[str, ...], _Planned]]:
    """Give the steps that must have gone well, and the rungs that are asked then: of a scanner, and of the copy."""
    if story.step(step_of(SCANNER, item)) is None:
        inside = ((Rung.L4, BOOTS), (Rung.L2, READABLE), (Rung.L3, CLEAN))
        yield (GROUP, RESTORE, PROBE_GROUP, PROBE, NIC, MACHINE), tuple(_planned(story, item, inside, answers=True))
        return
    outside = ((Rung.L2, READABLE), (Rung.L3, CLEAN))
    yield (
        (GROUP, RESTORE, PROBE_GROUP, PROBE, SCANNER_NIC, SCANNER),
        tuple(_planned(story, item, outside, answers=False)),
    )
    if story.step(step_of(BOOTS, item)) is not None:
        yield (GONE, NIC, MACHINE), tuple(_planned(story, item, ((Rung.L4, BOOTS),), answers=True))


def _planned(
    story: _Story, item: ProtectedItem, asked: Sequence[tuple[Rung, str]], *, answers: bool
) -> Iterator[tuple[Rung, tuple[StepProgress, ...]]]:
    """Give the rungs that the plan wanted, in the order in which it asks, with the steps that answer."""
    for rung, name in asked:
        found = story.step(step_of(name, item))
        if found is not None:
            yield rung, (found,)
    told = tuple(each for each in story.progress.steps.values() if each.step.id.startswith(f"{ANSWERS}["))
    if answers and told:
        yield Rung.L5, told
    useful = story.step(StepId(USEFUL))
    if answers and useful is not None:
        yield Rung.L6, (useful,)


def _blocked(story: _Story, item: ProtectedItem, needed: Sequence[str]) -> _Word | None:
    """Say what kept the copy from standing, or its disks from being looked at; None when nothing did."""
    names = [StepId("isolation"), *(probe_or_step(each, item) for each in needed)]
    for found in (story.step(name) for name in names):
        if found is None or (found.state is StepState.DONE and not found.by_hand):
            continue
        word = _word(story, (found,))
        if found.step.id == step_of(MACHINE, item) and _code(found) == "deadline-passed":
            return _Word(Outcome.FAILED, f"the copy did not come up: {word.because}", word.at)
        if word.outcome is Outcome.FAILED and found.step.id != step_of(RESTORE, item):
            return _Word(Outcome.INCONCLUSIVE, word.because, word.at)
        return word
    return None


def _word(story: _Story, steps: Sequence[StepProgress]) -> _Word:
    """Give the worst of what steps said: an answer about the copy, or that there is none."""
    words = [_of_step(story, each) for each in steps]
    worst = min(words, key=lambda each: _WORST.index(each.outcome))
    if worst.outcome is not Outcome.PASSED or len(words) == 1:
        return worst
    ended = max((each.at for each in words if each.at is not None), default=None)
    return replace(worst, because="; ".join(each.because for each in words), at=ended)


_WORST = (Outcome.FAILED, Outcome.ABORTED, Outcome.INCONCLUSIVE, Outcome.PASSED)


def _of_step(story: _Story, each: StepProgress) -> _Word:
    if each.state is StepState.DONE and not each.by_hand:
        return _Word(Outcome.PASSED, _sentence(each), each.ended_at, str(each.outputs.get("output", "")))
    if each.state is StepState.DONE:
        return _Word(Outcome.INCONCLUSIVE, f"{each.by_hand} said that {each.step.id} is done", each.ended_at)
    if each.state is StepState.FAILED:
        failure = each.failure or {}
        elsewhere = bool(failure.get("transient")) or _code(each) in _NOT_THE_POINTS_FAULT
        outcome = Outcome.INCONCLUSIVE if elsewhere else Outcome.FAILED
        return _Word(outcome, f"{each.step.id}: {failure.get('message', 'failed')}", each.ended_at)
    if story.cancelled:
        return _Word(Outcome.ABORTED, f"cancelled before {each.step.id} had ended", None)
    return _Word(Outcome.INCONCLUSIVE, f"{each.step.id} was not asked", None)


def _code(each: StepProgress) -> str:
    return str((each.failure or {}).get("code", ""))


def _sentence(each: StepProgress) -> str:
    return str(each.outputs.get("sentence") or f"{each.step.id} is done")


def _verification(story: _Story, item: ProtectedItem, rung: Rung, word: _Word) -> Verification:
    restore = story.step(step_of(RESTORE, item))
    outputs: Mapping[str, Json] = restore.outputs if restore is not None else {}
    time = outputs.get(POINT_TIME)
    began = restore.started_at if restore is not None and restore.started_at is not None else story.ended_at
    at = word.at or story.ended_at
    measured: dict[str, Json] = {"said": word.said[-_SHOWN:]} if word.said else {}
    if rung in {Rung.L2, Rung.L3}:
        # Whoever looks from outside sees what hides from the system that was booted: it matters which way it was.
        measured["way"] = "guest" if story.step(step_of(SCANNER, item)) is None else "scanner"
    figures: dict[str, Json] = dict(reported_figures(word.said))
    measured |= {"figures": figures} if figures else {}
    return Verification(
        id=f"{story.run}/{item.id}/{rung.value}",
        tenant=story.plan.tenant,
        service=story.service,
        item=item.id,
        mechanism=Mechanism.BACKUP,
        point=str(outputs.get(POINT, "")) or _wished(story),
        point_time=parse_instant(time) if isinstance(time, str) else None,
        rung=rung,
        outcome=word.outcome,
        at=at,
        took=max(at - began, timedelta(0)),
        because=word.because,
        run=story.run,
        measured=measured | {"chosen": story.reason, "plan": story.plan.hash()},
    )


def _wished(story: _Story) -> str:
    """Give the point that was named, where the restore could not tell which one it took."""
    wanted = str(story.plan.choices.get("recovery-point", ""))
    return "" if wanted.startswith("newest") else wanted


def _rehearsed(story: _Story, points: Sequence[UsedPoint]) -> Iterator[Verification]:
    """Tell what a runbook's drill proved: its copies stand, and the service answered, or did not."""
    answers = [each for each in story.progress.steps.values() if each.step.phase is Phase.AFTER]
    for point in points:
        mechanism, steps = _restored_by(story, point)
        if mechanism is None:
            continue
        words = [(Rung.L4, _word(story, steps))]
        words += [(Rung.L5, _word(story, answers))] if answers else []
        for rung, word in words:
            at = word.at or story.ended_at
            yield Verification(
                id=f"{story.run}/{point.item}/{rung.value}",
                tenant=story.plan.tenant,
                service=story.service,
                item=point.item,
                mechanism=mechanism,
                point="",
                point_time=point.time,
                rung=rung,
                outcome=word.outcome,
                at=at,
                took=max(at - _began(story, steps), timedelta(0)),
                because=word.because,
                run=story.run,
                measured={"chosen": story.reason, "plan": story.plan.hash()},
            )


def _restored_by(story: _Story, point: UsedPoint) -> tuple[Mechanism | None, list[StepProgress]]:
    """Give how a copy came to be, and the steps that saw it stand; no mechanism when nothing saw that."""
    of_item = [each for each in story.progress.steps.values() if each.step.item in {point.item, None}]
    verbs = {each.step.call.uses for each in of_item}
    found = [mechanism for family, mechanism in _FAMILIES if any(verb.startswith(family) for verb in verbs)]
    stands = [each for each in of_item if each.step.call.uses in _STANDS]
    return (found[0], stands) if found and stands else (None, [])


_FAMILIES = (
    ("asr.test-failover", Mechanism.SITE_RECOVERY),
    ("backup.", Mechanism.BACKUP),
    ("disk.create", Mechanism.SNAPSHOT),
)
_STANDS = frozenset({"asr.test-failover", "vm.create", "backup.restore-vm", "check.vm"})
"""What reads back that a machine runs and that its agent is ready."""


def _began(story: _Story, steps: Sequence[StepProgress]) -> datetime:
    return min((each.started_at for each in steps if each.started_at is not None), default=story.ended_at)
