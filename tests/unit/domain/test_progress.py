"""The fold: which steps are due, and where the run stands."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.events import GENESIS, Event, Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import OnFailure, Phase, RecoveryGroup, RecoveryPlan
from drd.domain.progress import Progress, fold, is_undo, undo_id
from tests.fakes.engine_house import check, plan, step
from tests.fakes.virtual_clock import EPOCH


class Story:
    """A progress and a pen that writes the next event."""

    def __init__(self, recovery_plan: RecoveryPlan) -> None:
        """Begin with an accepted and claimed run."""
        self.plan = recovery_plan
        self.progress = Progress(recovery_plan)
        self.events: list[Event] = []
        self.tell(Kind.RUN_ACCEPTED, payload={"graceful": True})
        self.tell(Kind.RUN_CLAIMED)

    def tell(self, kind: Kind, step: str | None = None, **others: Any) -> None:
        """Write and fold the next event."""
        number = len(self.events) + 1
        event = Event(
            run=RunId("r-1"),
            sequence=number,
            kind=kind,
            at=EPOCH + timedelta(seconds=number),
            step=StepId(step) if step else None,
            **others,
        ).sealed(self.events[-1].hash if self.events else GENESIS)
        self.events.append(event)
        self.progress.apply(event)

    def take(self, most: int = 99) -> list[str]:
        """Take what is due."""
        return [step.id for step in self.progress.take(most)]

    def done(self, *steps: str) -> None:
        """Let steps be done."""
        for each in steps:
            self.tell(Kind.STEP_DONE, each, payload={"outputs": {}})

    def failed(self, step: str, code: str = "permanent") -> None:
        """Let a step fail for good."""
        self.tell(Kind.STEP_FAILED, step, payload={"failure": {"code": code}, "final": True})


def test_a_run_is_queued_until_somebody_takes_it() -> None:
    """Accepted is not running."""
    progress = Progress(plan(step("a")))
    assert progress.state is RunState.QUEUED
    progress.apply(Story(plan(step("a"))).events[0])
    assert progress.state is RunState.QUEUED


def test_joins_stand_for_their_groups() -> None:
    """A join is reached when the last step of its group is; an empty group's join at once."""
    story = Story(
        plan(
            step("a", group="g"),
            step("b", group="g"),
            step("c", needs=("group:g",)),
            step("d", needs=("group:none",)),
            groups=(
                RecoveryGroup(id="g", join=StepId("group:g")),
                RecoveryGroup(id="none", join=StepId("group:none")),
                RecoveryGroup(id=""),
            ),
        )
    )
    assert story.take() == ["a", "b", "d"]
    story.done("a")
    assert story.take() == []
    story.done("b")
    assert story.take() == ["c"]


def test_no_more_is_taken_than_asked_for() -> None:
    """The rest stays due."""
    story = Story(plan(step("a"), step("b"), step("c")))
    assert story.take(2) == ["a", "b"]
    assert story.take(0) == []
    assert story.take(2) == ["c"]


def test_a_lane_has_room_again_when_a_step_is_settled() -> None:
    """A failed step that holds the run keeps its room until a person decided."""
    story = Story(plan(*(step(f"s{n}", lane="l", parallel=1) for n in range(3)), step("free")))
    assert story.take() == ["free", "s0"]
    story.failed("s0")
    assert story.progress.state is RunState.PAUSED
    story.tell(Kind.STEP_RETRY, "s0")
    assert story.take() == ["s0"]
    story.done("s0")
    assert story.take() == ["s1"]


def test_lanes_keep_their_room_in_a_fold_of_the_journal() -> None:
    """After a restart no more goes side by side than before."""
    story = Story(plan(step("a", lane="l", parallel=1), step("b", lane="l", parallel=1)))
    story.tell(Kind.STEP_INTENT, "a", attempt=1)

    again = fold(story.plan, story.events)
    assert again.take(9) == []
    assert [each.step.id for each in again.unfinished()] == ["a"]


def test_a_run_waits_only_when_nothing_else_can_be_done() -> None:
    """Live and folded alike."""
    story = Story(plan(step("go", "approve"), step("a"), step("b", lane="l", parallel=1)))
    story.take()
    story.tell(Kind.APPROVAL_ASKED, "go", attempt=1)
    assert story.progress.state is RunState.RUNNING
    story.done("a")
    assert story.progress.state is RunState.RUNNING
    assert fold(story.plan, story.events).state is RunState.RUNNING
    story.done("b")
    assert story.progress.state is RunState.WAITING
    assert fold(story.plan, story.events).state is RunState.WAITING


@pytest.mark.parametrize(
    ("rule", "critical", "state"),
    [
        (OnFailure.PAUSE, True, RunState.PAUSED),
        (OnFailure.PAUSE, False, RunState.RUNNING),
        (OnFailure.CONTINUE, True, RunState.RUNNING),
        (OnFailure.STOP, True, RunState.STOPPING),
        (OnFailure.UNDO, True, RunState.STOPPING),
        (OnFailure.STOP, False, RunState.RUNNING),
    ],
)
def test_a_failure_holds_stops_or_is_passed_over(rule: OnFailure, critical: bool, state: RunState) -> None:
    """As the step's rule says, and whether it is critical."""
    story = Story(plan(step("a", on_failure=rule, critical=critical), step("b", needs=("a",))))
    story.take()
    story.failed("a")

    assert story.progress.state is state
    assert story.take() == (["b"] if state is RunState.RUNNING else [])
    assert story.progress.undo_wanted is (rule is OnFailure.UNDO)


def test_steps_that_always_run_go_side_by_side_once_the_rest_has_landed() -> None:
    """Also when the run is being cancelled."""
    story = Story(plan(step("a"), step("y", phase=Phase.ALWAYS), step("z", phase=Phase.ALWAYS)))
    story.take()
    story.tell(Kind.RUN_CANCEL, actor="an")
    assert story.take() == []
    story.done("a")
    assert story.take() == ["y", "z"]
    assert not story.progress.exhausted()
    story.done("y", "z")
    assert story.progress.exhausted()
    assert story.progress.outcome() == (RunState.CANCELLED, "cancelled by a person")


def test_a_failed_cleanup_fails_the_run_but_halts_nothing() -> None:
    """The other cleanups still run."""
    story = Story(plan(step("y", phase=Phase.ALWAYS, on_failure=OnFailure.STOP), step("z", phase=Phase.ALWAYS)))
    story.take(1)
    story.failed("y")
    assert story.take() == ["z"]
    story.done("z")
    assert story.progress.outcome() == (RunState.FAILED, "failed: y")


def test_the_outcome_names_a_few_of_the_failed() -> None:
    """As many as fit a line."""
    story = Story(plan(*(step(f"s{n}", on_failure=OnFailure.CONTINUE) for n in range(7))))
    story.take()
    for number in range(7):
        story.failed(f"s{number}")
    assert story.progress.outcome() == (RunState.FAILED, "failed: s0, s1, s2, s3, s4 ...")


def test_undo_goes_newest_first_and_one_by_one() -> None:
    """By the order of ends, not of starts."""
    story = Story(plan(step("a"), step("b"), step("c"), step("bad", on_failure=OnFailure.UNDO), check("ok")))
    story.take()
    story.done("b", "a", "c")
    story.failed("bad")
    assert [each.step.id for each in story.progress.undoable()] == ["c", "a", "b"]
    call = {"uses": "put", "with": {"name": "back"}}
    story.tell(Kind.UNDO_STARTED, payload={"steps": ["c", "a"], "calls": {"c": call, "a": call}})
    assert story.take() == ["c/undo"]
    assert story.take() == []
    story.done("c/undo")
    assert story.take() == ["a/undo"]
    story.failed("a/undo")
    assert story.progress.exhausted()
    assert story.progress.outcome() == (RunState.FAILED, "failed: bad")
    assert is_undo(undo_id(StepId("a")))
    assert fold(story.plan, story.events).steps.keys() == story.progress.steps.keys()


@pytest.mark.parametrize(
    ("code", "kept"), [("deadline-passed", True), ("in-doubt", True), ("permanent", False), ("transient", False)]
)
def test_doubt_outlives_a_failure_whose_outcome_is_unknown(code: str, kept: bool) -> None:
    """The next attempt looks for what started since the oldest intent in doubt."""
    story = Story(plan(step("a")))
    story.take()
    story.tell(Kind.STEP_INTENT, "a", attempt=1)
    first = story.events[-1].at
    story.failed("a", code)
    story.tell(Kind.STEP_RETRY, "a")
    story.tell(Kind.STEP_INTENT, "a", attempt=2)

    assert story.progress.steps[StepId("a")].doubt_since == (first if kept else story.events[-1].at)
    assert story.progress.steps[StepId("a")].tries == 1


def test_a_skipped_step_frees_what_needs_it_once() -> None:
    """Ahead of its turn, and only once."""
    story = Story(plan(step("a"), step("b", needs=("a",)), step("c", needs=("b",))))
    story.take()
    story.tell(Kind.STEP_SKIPPED, "b", payload={"because": "by hand"})
    assert story.take() == ["c"]
    story.done("a")
    assert story.take() == []
    assert story.progress.steps[StepId("b")].because == "by hand"


def test_a_settled_step_is_not_settled_twice() -> None:
    """A late end of a step that was skipped changes its state, and opens nothing anew."""
    story = Story(plan(step("a"), step("b", needs=("a",))))
    story.take()
    story.tell(Kind.STEP_SKIPPED, "a", payload={"because": "x"})
    story.done("a")
    assert story.take() == ["b"]
    assert story.progress.steps[StepId("a")].state is StepState.DONE


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"sequence": 5, "kind": Kind.RUN_PAUSED}, "after 2"),
        ({"sequence": 3, "kind": Kind.STEP_DONE}, "names no step"),
    ],
)
def test_a_gap_or_an_event_without_its_step_is_refused(event: dict[str, Any], why: str) -> None:
    """The journal was mixed up."""
    story = Story(plan(step("a")))
    with pytest.raises(ValueError, match=why):
        story.progress.apply(Event(run=RunId("r-1"), at=EPOCH, **event))


@pytest.mark.parametrize("payload", [{"steps": ["a"], "calls": None}, {"steps": ["a"], "calls": {"a": "put"}}])
def test_an_undo_without_calls_is_refused(payload: dict[str, Any]) -> None:
    """It would take back nobody knows what."""
    story = Story(plan(step("a")))
    with pytest.raises(TypeError):
        story.tell(Kind.UNDO_STARTED, payload=payload)


def test_a_finished_run_hands_out_nothing() -> None:
    """Its state is what its last event says."""
    story = Story(plan(step("a")))
    story.tell(Kind.RUN_FINISHED, payload={"state": "failed", "because": "x"})
    assert story.progress.state is RunState.FAILED
    assert story.take() == []
