"""How a run and its steps went, told at their ends: a fold over the journal that keeps only what is under way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from drd.domain.events import BY_HAND, Event, Kind
from drd.domain.evidence_of_steps import CORRELATION
from drd.domain.ids import RunId, StepId
from drd.domain.plan import RecoveryPlan
from drd.domain.step_progress import is_undo, undo_id

_BEGINS = frozenset({Kind.STEP_INTENT, Kind.APPROVAL_ASKED, Kind.CHILD_STARTED})
_OUTCOMES: Mapping[Kind, str] = {Kind.STEP_DONE: "done", Kind.STEP_SKIPPED: "skipped", Kind.STEP_FAILED: "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """How a step ended.

    Attributes:
        course: which course of the step it was; see `drd.domain.trace.step_span_id`.
        outcome: `done`, `failed` or `skipped`.
        began: its first intent of this course; where it never began, the same as `ended`.
        attempts: of this course. attempt: number of the last one since the run began, as in the operation's id.
        operation: drd's id of the last attempt. request: under which Azure was asked. correlation: under which Azure's
            activity log knows it. job: Azure's job. Empty where there is none.
        by_hand: a person said that it is done, or left it out.
        code: of the failure; because: why it was left out.
        child: the run that it started.
    """

    run: RunId
    step: StepId
    action: str
    course: int
    outcome: str
    began: datetime
    ended: datetime
    attempts: int
    attempt: int
    operation: str = ""
    request: str = ""
    correlation: str = ""
    job: str = ""
    by_hand: bool = False
    code: str = ""
    because: str = ""
    child: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended.

    Attributes:
        claims: how often a daemon took it.
        steps: ends of steps by outcome; a step that was begun anew counts at each end.
        figures: as in the journal (`drd.domain.figures`).
        parent, parent_step: which step of which run started it; empty for none.
    """

    run: RunId
    state: str
    because: str
    began: datetime
    ended: datetime
    claims: int
    steps: Mapping[str, int]
    attempts: int
    figures: Mapping[str, Any]
    parent: str = ""
    parent_step: str = ""


@dataclass(slots=True)
class UnderWay:
    """What is kept of a step between its first intent and its end."""

    began: datetime
    attempts: int = 0
    attempt: int = 0
    operation: str = ""
    accepted: Mapping[str, Any] = field(default_factory=dict)
    child: str = ""


class RunCourse:
    """One run, event by event. Not safe for several threads."""

    def __init__(self, plan: RecoveryPlan, events: Iterable[Event] = ()) -> None:
        """Take the plan, and what happened before, the accepted event first."""
        self.plan = plan
        self.sequence = 0
        self.claims = 0
        self._actions = {step.id: step.call.uses for step in plan.steps}
        self._ended: dict[StepId, int] = {}
        self._counts = dict.fromkeys(_OUTCOMES.values(), 0)
        self._attempts = 0
        self._under_way: dict[StepId, UnderWay] = {}
        self._accepted: Event | None = None
        for event in events:
            self.apply(event)

    def action(self, step: StepId) -> str:
        """Name what a step uses; `undo` where nobody said how the step is taken back."""
        return self._actions.get(step, "undo" if is_undo(step) else "")

    def course_of(self, step: StepId) -> int:
        """Say which course of a step is under way, or comes next."""
        return self._ended.get(step, 0) + 1

    def attempt_of(self, step: StepId) -> int:
        """Say which attempt of a step is under way; 0 for none."""
        known = self._under_way.get(step)
        return known.attempt if known else 0

    def apply(self, event: Event) -> StepEnd | RunEnd | None:
        """Take the next event; gives how a step or the run ended, where it says so."""
        self.sequence = event.sequence
        if event.step is not None:
            return self._of_step(event.step, event)
        if event.kind is Kind.RUN_ACCEPTED:
            self._accepted = event
        elif event.kind is Kind.RUN_CLAIMED:
            self.claims += 1
        elif event.kind is Kind.UNDO_STARTED:
            self._undo(event.payload.get("calls"))
        elif event.kind is Kind.RUN_FINISHED:
            return self._run_end(event)
        return None

    def _undo(self, calls: object) -> None:
        for step, call in calls.items() if isinstance(calls, Mapping) else ():
            if isinstance(call, Mapping):
                self._actions[undo_id(StepId(str(step)))] = str(call.get("uses", "undo"))

    def _of_step(self, step: StepId, event: Event) -> StepEnd | None:
        if event.kind in _BEGINS:
            self._begin(step, event)
        elif event.kind in {Kind.STEP_RECORDED, Kind.STEP_ADOPTED} and step in self._under_way:
            accepted = event.payload.get("operation")
            self._under_way[step].accepted = accepted if isinstance(accepted, Mapping) else {}
        elif event.kind in _OUTCOMES and (event.kind is not Kind.STEP_FAILED or event.payload.get("final")):
            return self._step_end(step, event)
        return None

    def _begin(self, step: StepId, event: Event) -> None:
        known = self._under_way.setdefault(step, UnderWay(began=event.at))
        if event.kind is Kind.CHILD_STARTED:
            known.child = str(event.payload.get("run", ""))
            return
        self._attempts += 1
        known.attempts += 1
        known.attempt = event.attempt
        known.operation = str(event.payload.get("operation-id", ""))
        known.accepted = {}

    def _step_end(self, step: StepId, event: Event) -> StepEnd:
        outcome, course = _OUTCOMES[event.kind], self.course_of(step)
        known = self._under_way.pop(step, None) or UnderWay(began=event.at, attempt=event.attempt)
        self._ended[step] = course
        self._counts[outcome] += 1
        details, failure = known.accepted.get("details"), event.payload.get("failure")
        return StepEnd(
            run=event.run,
            step=step,
            action=self.action(step),
            course=course,
            outcome=outcome,
            began=known.began,
            ended=event.at,
            attempts=known.attempts,
            attempt=known.attempt,
            operation=known.operation,
            request=str(known.accepted.get("request-id", "")),
            correlation=str(details.get(CORRELATION, "")) if isinstance(details, Mapping) else "",
            job=str(known.accepted.get("job", "")),
            by_hand=bool(event.payload.get(BY_HAND)) or (outcome == "skipped" and event.actor != "drd"),
            code=str(failure.get("code", "")) if isinstance(failure, Mapping) else "",
            because=str(event.payload.get("because", "")) if outcome == "skipped" else "",
            child=known.child,
        )

    def _run_end(self, event: Event) -> RunEnd:
        payload = event.payload
        figures, above = payload.get("figures"), self._accepted.payload.get("parent") if self._accepted else None
        parent = above if isinstance(above, Mapping) else {}
        return RunEnd(
            run=event.run,
            state=str(payload.get("state", "")),
            because=str(payload.get("because", "")),
            began=self._accepted.at if self._accepted else event.at,
            ended=event.at,
            claims=self.claims,
            steps=dict(self._counts),
            attempts=self._attempts,
            figures=figures if isinstance(figures, Mapping) else {},
            parent=str(parent.get("run", "")),
            parent_step=str(parent.get("step", "")),
        )


def seconds(figures: Mapping[str, Any], name: str) -> float | None:
    """Give a length of the figures in seconds; None where nobody knows it."""
    given = figures.get(f"{name}-ms")
    return given / 1000 if isinstance(given, int) else None
