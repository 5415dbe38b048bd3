"""How many steps of an active run stand where, kept from one look to the next, so that each event is read once."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from drd.domain.events import Kind
from drd.domain.lifecycle import StepState
from drd.domain.remaining import Remaining, Stands, Way
from drd.store.tables import EVENTS

_MEANS = {
    Kind.STEP_INTENT.value: StepState.INTENDED,
    Kind.STEP_RECORDED.value: StepState.RECORDED,
    Kind.STEP_DONE.value: StepState.DONE,
    Kind.STEP_SKIPPED.value: StepState.SKIPPED,
    Kind.STEP_PARKED.value: StepState.PARKED,
    Kind.STEP_RETRY.value: StepState.PENDING,
    Kind.APPROVAL_ASKED.value: StepState.WAITING,
    Kind.CHILD_STARTED.value: StepState.TAKEN,
}
"""Where a step stands after an event. A failure depends on its payload; an approval's answer moves nothing itself."""

_GRACE = (Kind.RUN_ACCEPTED.value, Kind.RUN_GRACE.value)
_ENDS = frozenset({StepState.DONE, StepState.SKIPPED})
_UNDO = "/undo"


@dataclass(slots=True)
class Tally:
    """One run's steps, up to an event."""

    head: int = 0
    steps: dict[str, StepState] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    began: dict[str, datetime] = field(default_factory=dict)
    ended_at: datetime | None = None
    graceful: bool = True
    way: Way | None = None
    remaining: Remaining | None = None
    green: bool = False

    def read(self, connection: Connection, run: str, head: int) -> None:
        """Take the events since the last look."""
        if head == self.head:
            return
        columns = (EVENTS.c.step, EVENTS.c.kind, EVENTS.c.at, EVENTS.c.payload)
        rows = connection.execute(
            select(*columns)
            .where(EVENTS.c.run == run, EVENTS.c.sequence > self.head)
            .where(EVENTS.c.step.is_not(None) | EVENTS.c.kind.in_(_GRACE))
            .order_by(EVENTS.c.sequence)
        )
        for row in rows:
            if row.kind in _GRACE:
                self.graceful = bool(json.loads(row.payload).get("graceful", True))
            else:
                self._take(row)
        self.head = head
        if self.way is not None:
            stands = Stands(states=self.steps, began=self.began, ended_at=self.ended_at, graceful=self.graceful)
            self.green = self.way.green(stands)
            self.remaining = self.way.remaining(stands) if self.way.known else None

    def counts(self, steps: int) -> dict[str, int]:
        """Count by state; what no event names yet is pending."""
        counted = Counter(state.value for step, state in self.steps.items() if not step.endswith(_UNDO))
        counted[StepState.PENDING.value] += max(steps - counted.total(), 0)
        return dict(+counted)

    def approvals(self) -> tuple[tuple[str, datetime], ...]:
        """Give the steps that wait for a person's answer, and since when."""
        waiting = ((step, at) for step, at in self.asked.items() if self.steps.get(step) is StepState.WAITING)
        return tuple(sorted(waiting))

    def operations(self) -> tuple[str, ...]:
        """Give what each operation works on that was recorded for a step and has not ended."""
        return tuple(self.targets.values())

    def _take(self, row: Any) -> None:  # noqa: ANN401 - a row of the four columns above
        state = _MEANS.get(row.kind)
        if row.kind == Kind.STEP_FAILED.value:
            state = StepState.FAILED if json.loads(row.payload)["final"] else StepState.RETRYING
        if state is None or (state is StepState.TAKEN and row.step in self.steps and self._under_way(row.step)):
            return
        self.steps[row.step] = state
        if state is StepState.RECORDED:
            self.targets[row.step] = str((json.loads(row.payload).get("operation") or {}).get("target", ""))
        else:
            self.targets.pop(row.step, None)
        at = datetime.fromisoformat(row.at)
        if state is StepState.WAITING:
            self.asked[row.step] = at
        self._note(row.step, state, at)

    def _note(self, step: str, state: StepState, at: datetime) -> None:
        if state is StepState.PENDING:
            self.began.pop(step, None)
        else:
            self.began.setdefault(step, at)
        if state in _ENDS and self.way is not None and self.way.leads(step):
            self.ended_at = at

    def _under_way(self, step: str) -> bool:
        return self.steps[step] in {StepState.INTENDED, StepState.RECORDED}
