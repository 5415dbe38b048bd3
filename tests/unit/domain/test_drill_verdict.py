"""The verdict on a drill: from its own journal, from two listings after its end, and from the runs that it started."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.drill_claims import claims_of_run, copies_of
from drd.domain.drill_verdict import (
    AGAIN,
    APART,
    PATIENCE,
    DrillVerdict,
    Judgement,
    Listing,
    claim_of_listings,
    claims_of_child,
    due_at,
    judged,
)
from drd.domain.durations import format_instant
from drd.domain.events import Event, Kind
from drd.domain.ids import ArmId, RunId, StepId
from drd.domain.plan import Mode, Phase, RecoveryGroup
from tests.fakes.engine_house import check, machine, plan, step
from tests.fakes.virtual_clock import EPOCH

V = DrillVerdict
ONE = machine("vm-1")
COPY = "/subscriptions/s/resourceGroups/rg-r/providers/Microsoft.Compute/virtualMachines/vm-1-test"
DRILL = plan(
    step("restore", item=ONE.id),
    step("extra", critical=False),
    check("web"),
    step("clean", phase=Phase.ALWAYS),
    mode=Mode.DRILL,
    items=(ONE,),
)
LONGEST = timedelta(hours=4)
Told = tuple[Kind, str, dict[str, Any]]

POINT = {"recovery-point-time": format_instant(EPOCH - timedelta(minutes=10)), "machine": COPY}
RESTORED: Told = (Kind.STEP_DONE, "restore", {"outputs": POINT})
OLD: Told = (
    Kind.STEP_DONE, "restore", {"outputs": POINT | {"recovery-point-time": format_instant(EPOCH - LONGEST)}},
)  # fmt: skip
EXTRA: Told = (Kind.STEP_DONE, "extra", {"outputs": {}})
GREEN: Told = (Kind.STEP_DONE, "web", {"outputs": {"green": True}})
CLEANED: Told = (Kind.STEP_DONE, "clean", {"outputs": {}})
GOOD = (RESTORED, EXTRA, GREEN, CLEANED)
CANCEL: Told = (Kind.RUN_CANCEL, "", {})


def failed(name: str, code: str = "check-red") -> Told:
    """Let a step fail for good."""
    return Kind.STEP_FAILED, name, {"failure": {"code": code, "message": "it did not"}, "final": True}


def story(*told: Told, state: str, minutes: int = 1, left: tuple[str, ...] = ()) -> list[Event]:
    """Tell a drill, some minutes from one event to the next; `an` ends it where somebody does."""
    ended: Told = (Kind.RUN_FINISHED, "", {"state": state, "because": "stopped", "leftovers": list(left)})
    return [
        Event(
            run=RunId("r-1"), sequence=number, kind=kind, at=EPOCH + timedelta(minutes=minutes * (number - 1)),
            step=StepId(name) if name else None, payload=payload, attempt=1, actor="an", reason="enough",
        )
        for number, (kind, name, payload) in enumerate([(Kind.RUN_ACCEPTED, "", {}), *told, ended], start=1)
    ]  # fmt: skip


def verdict(*told: Told, state: str = "succeeded", **others: Any) -> Judgement:
    """Judge a drill by its journal alone."""
    return judged(claims_of_run(DRILL, story(*told, state=state, **others), longest=LONGEST))


@pytest.mark.parametrize(
    ("expected", "told", "others"),
    [
        (V.PASSED, GOOD, {}),
        (V.PASSED, (RESTORED, failed("extra"), GREEN, CLEANED), {}),
        (V.OBJECTIVE_MISSED, (OLD, EXTRA, GREEN, CLEANED), {}),
        (V.OBJECTIVE_MISSED, GOOD, {"minutes": 45}),
        (V.INCONCLUSIVE, (EXTRA, (Kind.STEP_DONE, "restore", {"outputs": {}}), GREEN, CLEANED), {}),
        (V.INCONCLUSIVE, (RESTORED, EXTRA, GREEN, (Kind.STEP_DONE, "clean", {"by-hand": True})), {}),
        (V.INCONCLUSIVE, (RESTORED, EXTRA, (Kind.STEP_SKIPPED, "web", {"because": "no"}), CLEANED), {}),
        (V.ABORTED, (RESTORED, CANCEL, CLEANED), {"state": "cancelled"}),
        (V.ABORTED, (RESTORED, (Kind.RUN_UNDO, "", {}), CLEANED), {"state": "failed"}),
        (V.ABORTED, (RESTORED, CANCEL, failed("web"), CLEANED), {"state": "cancelled"}),
        (V.TIMED_OUT, GOOD, {"minutes": 60}),
        (V.TIMED_OUT, (RESTORED, CANCEL, CLEANED), {"state": "cancelled", "minutes": 60}),
        (V.TIMED_OUT, (failed("restore", "deadline-passed"), CLEANED), {"state": "failed"}),
        (V.FAILED, (RESTORED, EXTRA, failed("web"), CLEANED), {"state": "failed"}),
        (V.FAILED, (RESTORED, failed("web"), CANCEL, CLEANED), {"state": "cancelled"}),
        (V.FAILED, (failed("restore", "deadline-passed"), failed("web"), CLEANED), {"state": "failed"}),
        (V.FAILED, (RESTORED,), {"state": "failed"}),
        (V.LEFTOVER, (RESTORED, EXTRA, failed("web"), failed("clean")), {"state": "failed", "left": ("rg-1",)}),
        (V.LEFTOVER, GOOD, {"left": ("rg-1",)}),
    ],
)
def test_a_journal_says_what_a_drill_was_worth(expected: V, told: tuple[Told, ...], others: dict[str, Any]) -> None:
    """Each verdict, and which of two comes first."""
    judgement = verdict(*told, **others)

    assert judgement.verdict is expected
    assert judgement.because


def test_every_reason_is_told_the_worst_first() -> None:
    """Whoever looks at what was left also sees that a check failed before."""
    judgement = verdict(RESTORED, failed("web"), CANCEL, failed("clean"), state="cancelled", left=("rg-1",))

    parts = judgement.because.split("; ")
    assert ["rg-1" in parts[0], "web" in parts[1], "by an: enough" in parts[2]] == [True] * 3


def test_a_failure_that_the_plan_bears_does_not_count() -> None:
    """A group of child runs that reached its minimum."""
    steps = [step(name, "runbook", group="g", child=plan(mode=Mode.DRILL)) for name in ("a", "b")]
    parent = plan(*steps, groups=[RecoveryGroup(id="g", minimum_success=50)], mode=Mode.DRILL, objectives=None)
    events = story((Kind.STEP_DONE, "a", {"outputs": {}}), failed("b"), state="succeeded")

    assert judged(claims_of_run(parent, events, longest=LONGEST)).verdict is V.PASSED


def test_a_run_that_goes_on_has_no_verdict() -> None:
    """Nobody judges what is not over, and nobody without having looked."""
    with pytest.raises(ValueError, match="not over"):
        claims_of_run(DRILL, story(*GOOD, state="succeeded")[:-1], longest=LONGEST)
    with pytest.raises(ValueError, match="without a claim"):
        judged(())


def test_copies_are_what_steps_named_and_never_production() -> None:
    """A step that gives the machine at home made none."""
    at_home: Told = (Kind.STEP_DONE, "restore", {"outputs": {"machine": str(ONE.resource)}})

    assert copies_of(DRILL, story(*GOOD, state="succeeded")) == {ArmId(COPY)}
    assert copies_of(DRILL, story(at_home, state="succeeded")) == frozenset()


def looks(*seen: tuple[float, str]) -> list[Listing]:
    """Make listings, so many minutes after the end: `empty`, `blind`, or what was found."""
    return [
        Listing(
            at=EPOCH + timedelta(minutes=minutes),
            found=() if what in {"empty", "blind"} else (what,),
            impossible="no right" if what == "blind" else "",
        )
        for minutes, what in seen
    ]


def test_the_end_is_looked_at_at_once_and_again_minutes_later() -> None:
    """A look that was impossible is tried again soon, and the first empty one keeps its place."""
    assert due_at(EPOCH, []) == EPOCH
    assert due_at(EPOCH, looks((0, "empty"))) == EPOCH + APART
    assert due_at(EPOCH, looks((0, "blind"))) == EPOCH + AGAIN
    assert due_at(EPOCH, looks((0, "empty"), (5, "blind"))) == EPOCH + timedelta(minutes=5) + AGAIN
    assert due_at(EPOCH, looks((0, "empty"), (2, "empty"))) == EPOCH + APART
    assert due_at(EPOCH, looks((0, "empty"), (300, "empty"))) is None


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        (V.PASSED, [(0, "empty"), (5, "empty")]),
        (V.PASSED, [(0, "blind"), (1, "empty"), (6, "blind"), (7, "empty")]),
        (V.LEFTOVER, [(0, "rg-1")]),
        (V.LEFTOVER, [(0, "empty"), (5, "vm-1")]),
        (V.INCONCLUSIVE, [(minute, "blind") for minute in range(11)]),
        (V.INCONCLUSIVE, [(0, "empty"), *((minute, "blind") for minute in range(5, 16))]),
        (None, []),
        (None, [(0, "empty")]),
        (None, [(0, "empty"), (4.9, "empty")]),
        (None, [(0, "blind"), (5, "empty"), (11, "blind")]),
    ],
)
def test_two_empty_looks_minutes_apart_or_nothing_is_shown(expected: V | None, seen: list[tuple[float, str]]) -> None:
    """What was found counts at once; what cannot be seen for long is unknown, and never empty."""
    claim = claim_of_listings(looks(*seen))

    assert (claim.verdict if claim else None) is expected
    assert due_at(EPOCH, looks(*seen)) is None or claim is None
    assert timedelta(minutes=10) == PATIENCE


@pytest.mark.parametrize(
    ("verdict", "succeeded", "claims"),
    [
        (V.PASSED, True, []),
        (V.OBJECTIVE_MISSED, True, [V.OBJECTIVE_MISSED]),
        (V.INCONCLUSIVE, True, [V.INCONCLUSIVE]),
        (V.LEFTOVER, False, [V.LEFTOVER]),
        (V.FAILED, False, []),
        (V.ABORTED, False, []),
    ],
)
def test_a_parent_is_no_better_than_its_children(verdict: V, succeeded: bool, claims: list[V]) -> None:
    """But whether a child may fail is for the plan to say."""
    assert [each.verdict for each in claims_of_child("burgerzaken", verdict, succeeded=succeeded)] == claims
