"""Whatever happens in a run, in whatever order steps end: the fold keeps its promises."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from drd.domain.events import GENESIS, Event, Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import OnFailure, Phase, RecoveryPlan
from drd.domain.plan_json import plan_from_json
from drd.domain.progress import Progress, fold
from tests.fakes.engine_house import plan, step
from tests.fakes.virtual_clock import EPOCH

_ENDS = st.sampled_from(["done", "failed", "retrying", "parked", "skipped"])


@st.composite
def plans(draw: st.DrawFn) -> RecoveryPlan:
    """Draw a plan without cycles."""
    phases = sorted(draw(st.lists(st.sampled_from(list(Phase)), min_size=1, max_size=10)), key=list(Phase).index)
    steps = []
    for number, phase in enumerate(phases):
        earlier = [other for other in range(number) if phases[other] is phase]
        needs = draw(st.sets(st.sampled_from(earlier), max_size=3)) if earlier else set()
        lane = draw(st.sampled_from(["", "one", "two"]))
        steps.append(
            step(
                f"s{number}",
                phase=phase,
                needs=tuple(f"s{need}" for need in sorted(needs)),
                lane=lane,
                parallel=2 if lane else 0,
                critical=draw(st.booleans()),
                on_failure=draw(st.sampled_from([OnFailure.PAUSE, OnFailure.STOP, OnFailure.CONTINUE])),
            )
        )
    return plan(*steps)


class _Run:
    def __init__(self, recovery_plan: RecoveryPlan) -> None:
        self.progress = Progress(recovery_plan)
        self.events: list[Event] = []
        self.tell(Kind.RUN_ACCEPTED)

    def tell(self, kind: Kind, name: StepId | None = None, **payload: object) -> None:
        number = len(self.events) + 1
        event = Event(
            run=RunId("r-1"),
            sequence=number,
            kind=kind,
            at=EPOCH + timedelta(seconds=number),
            step=name,
            payload=payload,  # type: ignore[arg-type]  # JSON, as the kinds want it
        ).sealed(self.events[-1].hash if self.events else GENESIS)
        self.events.append(event)
        self.progress.apply(event)

    def end(self, name: StepId, how: str) -> None:
        if how == "done":
            self.tell(Kind.STEP_DONE, name, outputs={})
        elif how == "skipped":
            self.tell(Kind.STEP_SKIPPED, name, because="x")
        elif how == "parked":
            self.tell(Kind.STEP_PARKED, name, question="?")
        else:
            self.tell(Kind.STEP_FAILED, name, failure={"code": "x"}, final=how == "failed")


def _check_taken(progress: Progress, name: StepId) -> None:
    each = progress.steps[name]
    settled = {other for other, one in progress.steps.items() if one.settled}
    assert set(each.step.needs) <= settled
    if not progress.halting:
        order = list(Phase)
        before = [one for one in progress.steps.values() if order.index(one.step.phase) < order.index(each.step.phase)]
        assert all(one.settled for one in before)
    else:
        assert each.step.phase is Phase.ALWAYS


def _check_lanes(progress: Progress) -> None:
    for lane in ("one", "two"):
        busy = [one for one in progress.steps.values() if one.step.lane == lane and one.state is StepState.TAKEN]
        assert len(busy) <= 2


@settings(max_examples=150, deadline=timedelta(seconds=5))
@given(plans(), st.data())
def test_every_run_comes_to_an_end_with_needs_phases_and_lanes_kept(
    recovery_plan: RecoveryPlan, data: st.DataObject
) -> None:
    """A person answers what holds it; nothing is handed out twice, too early, or never."""
    run = _Run(recovery_plan)
    under_way: list[StepId] = []
    for _ in range(400):
        for taken in run.progress.take(data.draw(st.integers(1, 3))):
            _check_taken(run.progress, taken.id)
            under_way.append(taken.id)
        _check_lanes(run.progress)
        assert len(under_way) == len(set(under_way)) == run.progress.in_flight
        if under_way:
            name = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
            how = data.draw(_ENDS)
            run.end(name, how)
            if how == "retrying":
                under_way.append(name)
        elif run.progress.exhausted():
            break
        else:
            _answer(run, data)
    assert run.progress.exhausted()
    state, _ = run.progress.outcome()
    assert state.final
    again = fold(recovery_plan, run.events)
    assert again.outcome() == run.progress.outcome()
    assert {name: each.state for name, each in again.steps.items()} == {
        name: each.state for name, each in run.progress.steps.items()
    }


def _answer(run: _Run, data: st.DataObject) -> None:
    """Do what a person does with a step that holds the run."""
    assert run.progress.state in {RunState.PAUSED, RunState.PARKED, RunState.STOPPING}
    held = [
        each.step.id
        for each in run.progress.steps.values()
        if each.state is StepState.PARKED or (each.state is StepState.FAILED and not each.settled)
    ]
    assert held
    name = data.draw(st.sampled_from(held))
    if data.draw(st.booleans()) and run.progress.may_act(run.progress.steps[name].step):
        run.tell(Kind.STEP_RETRY, name)
    else:
        run.tell(Kind.STEP_SKIPPED, name, because="x")


@settings(max_examples=50)
@given(plans())
def test_every_plan_reads_back_equal(recovery_plan: RecoveryPlan) -> None:
    """Stored form and back."""
    assert plan_from_json(recovery_plan.to_json()) == recovery_plan
