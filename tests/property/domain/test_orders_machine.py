"""Steps end as they like, people order what they like, the process dies when it likes: the fold keeps its promises."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from drd.domain.errors import DrdError
from drd.domain.events import GENESIS, Event, Kind
from drd.domain.going_back import due_again
from drd.domain.ids import RunId, StepId
from drd.domain.language import Text
from drd.domain.lifecycle import Request, RunState, StepState, answer
from drd.domain.plan import ApprovalTerms, OnFailure, Phase, RecoveryPlan, Ungraceful
from drd.domain.progress import Progress, fold
from drd.domain.tally import Tally
from drd.engine.controls import decide
from drd.engine.orders import Order
from drd.engine.verbs import Verbs
from tests.fakes.engine_house import plan, step
from tests.fakes.scripted_world import ScriptedActions, World
from tests.fakes.virtual_clock import EPOCH, VirtualClock

RUN = RunId("r-1")
VERBS = Verbs(actions=ScriptedActions(World(VirtualClock())), questions=frozenset({"check.it"}))
TERMS = ApprovalTerms(ask=Text(nl="?"), by=())
FOUND = {"kind": "fake", "target": "a"}
IN_TURN = {
    StepState.TAKEN: (Kind.STEP_INTENT, Kind.STEP_SKIPPED),
    StepState.INTENDED: (Kind.STEP_RECORDED, Kind.STEP_DONE, Kind.STEP_FAILED, Kind.STEP_PARKED),
    StepState.RECORDED: (Kind.STEP_DONE, Kind.STEP_FAILED, Kind.STEP_PARKED),
    StepState.RETRYING: (Kind.STEP_INTENT,),
    StepState.WAITING: (Kind.STEP_FAILED,),
}
"""What drd itself may write of a step that is under way."""


@st.composite
def plans(draw: st.DrawFn) -> RecoveryPlan:
    """Draw a plan with phases, needs, lanes, graces, questions, and every way to fail."""
    phases = sorted(draw(st.lists(st.sampled_from(list(Phase)), min_size=2, max_size=8)), key=list(Phase).index)
    steps = []
    for number, phase in enumerate(phases):
        earlier = [other for other in range(number) if phases[other] is phase]
        needs = draw(st.sets(st.sampled_from(earlier), max_size=2)) if earlier else set()
        uses = draw(st.sampled_from(["put", "put", "check.it", "approve"]))
        lane = draw(st.sampled_from(["", "one"]))
        steps.append(
            step(
                f"s{number}",
                uses,
                phase=phase,
                needs=tuple(f"s{need}" for need in sorted(needs)),
                lane=lane,
                parallel=1 if lane else 0,
                critical=draw(st.booleans()),
                ungraceful=draw(st.sampled_from(list(Ungraceful))),
                on_failure=draw(st.sampled_from(list(OnFailure))),
                approval=TERMS if uses == "approve" else None,
            )
        )
    return plan(*steps)


class Orders(RuleBasedStateMachine):
    """One run, from its acceptance to its end, in the hands of chance."""

    @initialize(drawn=plans(), graceful=st.booleans())
    def accept(self, drawn: RecoveryPlan, graceful: bool) -> None:
        """Begin."""
        self.progress = Progress(drawn)
        self.events: list[Event] = []
        self.tell(Kind.RUN_ACCEPTED, graceful=graceful)

    def tell(self, kind: Kind, name: StepId | None = None, *, attempt: int = 0, **payload: Any) -> None:
        """Write an event and fold it."""
        number = len(self.events) + 1
        event = Event(
            run=RUN, sequence=number, kind=kind, at=EPOCH + timedelta(seconds=number), step=name, attempt=attempt,
            payload=payload, actor="an", reason="why",
        ).sealed(self.events[-1].hash if self.events else GENESIS)  # fmt: skip
        self.events.append(event)
        self.progress.apply(event)

    @property
    def going(self) -> list[StepId]:
        """Name the steps under way."""
        return [each.step.id for each in self.progress.unfinished()]

    @rule(most=st.integers(1, 3))
    def claim_and_take(self, most: int) -> None:
        """Hand out what is due."""
        if not self.progress.claimed:
            self.tell(Kind.RUN_CLAIMED, daemon="d")
        for taken in self.progress.take(most):
            each = self.progress.steps[taken.id]
            assert not each.held
            assert not self.progress.standstill
            assert not self.progress.halting or taken.phase is Phase.ALWAYS or taken.id.endswith("/undo")
            assert all(self.progress.steps[need].settled for need in taken.needs)

    @precondition(lambda self: self.events and self.going)
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """Let a step that is under way do what it may do next."""
        each = self.progress.steps[data.draw(st.sampled_from(self.going))]
        name, asks = each.step.id, each.step.approval is not None
        if each.state is StepState.TAKEN and not each.step.ungraceful.runs(graceful=self.progress.graceful):
            self.tell(Kind.STEP_SKIPPED, name, because="x", **{"by-plan": True})
            return
        if each.state is StepState.TAKEN and asks:
            self.tell(Kind.APPROVAL_ASKED, name, attempt=each.attempt + 1)
            return
        kind = data.draw(st.sampled_from(IN_TURN[each.state]))
        payloads: dict[Kind, dict[str, Any]] = {
            Kind.STEP_INTENT: {"values": {}},
            Kind.STEP_RECORDED: {"operation": FOUND},
            Kind.STEP_DONE: {"outputs": {}},
            Kind.STEP_SKIPPED: {"because": "cancelled", "by-plan": False},
            Kind.STEP_FAILED: {"failure": {"code": "x"}, "final": asks or data.draw(st.booleans())},
            Kind.STEP_PARKED: {"question": "?", "found": data.draw(st.sampled_from([None, FOUND]))},
        }
        attempt = each.attempt + (kind is Kind.STEP_INTENT)
        before = each.settled
        self.tell(kind, name, attempt=attempt, **payloads[kind])
        assert not before

    @precondition(lambda self: self.events and self.progress.undo_wanted and not self.progress.in_flight)
    @rule()
    def begin_to_undo(self) -> None:
        """Take back what can be."""
        steps = [each.step.id for each in self.progress.undoable()]
        calls = {name: {"uses": "put", "with": {"name": name}} for name in steps}
        self.tell(Kind.UNDO_STARTED, steps=steps, calls=calls)

    @rule(request=st.sampled_from(list(Request)), data=st.data(), onwards=st.booleans())
    def order(self, request: Request, data: st.DataObject, onwards: bool) -> None:
        """Order anything of anything: it is carried out, or refused with a reason and a hint, and nothing happens."""
        name = data.draw(st.sampled_from(list(self.progress.steps)))
        wish = Order(run=RUN, request=request, step=name, actor=data.draw(st.sampled_from("ab")), onwards=onwards)
        state, settled = self.progress.state, [each.settled for each in self.progress.steps.values()]
        try:
            notes = decide(self.progress, wish, VERBS)
        except DrdError as error:
            refused = bool(error.message and error.hint)
            assert refused, f"{request} was refused without a reason or a hint"
            assert settled == [each.settled for each in self.progress.steps.values()]
            return
        assert answer(state, request) is None
        for note in notes:
            self.tell(note.kind, note.step, attempt=note.attempt, **note.payload)
        if request in {Request.GRACEFUL, Request.UNGRACEFUL}:
            assert due_again(self.progress, graceful=self.progress.graceful) == ()

    @rule()
    def die(self) -> None:
        """Lose everything but the journal."""
        self.progress = fold(self.progress.plan, self.events)

    @precondition(lambda self: self.events and self.progress.exhausted() and self.progress.final is None)
    @rule()
    def finish(self) -> None:
        """End the run; nothing can be ordered any more."""
        state, _ = self.progress.outcome()
        assert state.final
        self.tell(Kind.RUN_FINISHED, state=state.value)
        for request in Request:
            assert answer(self.progress.state, request) is not None

    @invariant()
    def counts_are_right(self) -> None:
        """What is counted along the way is what a recount gives."""
        again = Tally()
        for each in self.progress.steps.values():
            again.enter(each)
        assert vars(again) == vars(self.progress.tally)
        own = [each for each in self.progress.steps.values() if not each.step.id.endswith("/undo")]
        assert self.progress.due.left == sum(not each.settled for each in own)

    @invariant()
    def the_journal_tells_it_all(self) -> None:
        """A fold from the beginning stands where this one does; what was only handed out is pending there."""
        again = fold(self.progress.plan, self.events)
        for name, each in self.progress.steps.items():
            other = again.steps[name]
            state = StepState.PENDING if each.state is StepState.TAKEN else each.state
            assert (other.state, other.settled, other.held, other.attempt) == (
                state,
                each.settled,
                each.held,
                each.attempt,
            )
        assert self._handed_out() or again.exhausted() == self.progress.exhausted()
        assert _due(again) - self._handed_out() == _due(self.progress)

    def _handed_out(self) -> set[StepId]:
        return {each.step.id for each in self.progress.steps.values() if each.state is StepState.TAKEN}

    @invariant()
    def it_never_hangs_unseen(self) -> None:
        """Something is under way, due, or waits for a person; or the run can end (P2)."""
        run = self.progress
        waits = run.holds or run.tally.held or run.undo_wanted or run.state is RunState.QUEUED
        fresh = fold(run.plan, self.events)
        assert run.final or run.exhausted() or run.in_flight or waits or fresh.take(1)

    @invariant()
    def nothing_is_attempted_twice_at_once(self) -> None:
        """An attempt begins only when the one before is known to be over, or a person said so."""
        open_attempts: Counter[StepId | None] = Counter()
        for event in self.events:
            if event.kind is Kind.STEP_INTENT:
                open_attempts[event.step] += 1
                assert open_attempts[event.step] == 1
            elif event.kind in {Kind.STEP_DONE, Kind.STEP_FAILED, Kind.STEP_SKIPPED, Kind.STEP_PARKED, Kind.STEP_RETRY}:
                open_attempts[event.step] = 0


def _due(run: Progress) -> set[StepId]:
    """Name what would be handed out now, lanes aside."""
    if run.final is not None or run.standstill or (run.holds and not run.halting) or run.halting:
        return set()
    return {
        each.step.id
        for each in run.steps.values()
        if each.state is StepState.PENDING and not each.held and _open(run, each.step.id)
    }


def _open(run: Progress, name: StepId) -> bool:
    order = list(Phase)
    own = run.steps[name].step
    before = (one for one in run.steps.values() if order.index(one.step.phase) < order.index(own.phase))
    return all(run.steps[need].settled for need in own.needs) and all(one.settled for one in before)


Orders.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=timedelta(seconds=20))
TestOrders = Orders.TestCase
