"""Where one step of a run stands, and the pseudo step that takes a done step back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.ids import StepId
from drd.domain.lifecycle import StepState
from drd.domain.plan import OnFailure, Step

_UNDO = "/undo"


def undo_id(step: StepId) -> StepId:
    """Name the pseudo step that takes a step back."""
    return StepId(step + _UNDO)


def is_undo(step: StepId) -> bool:
    """Say whether this names a pseudo step that takes another one back."""
    return step.endswith(_UNDO)


def undo_step(step: Step, call: Call) -> Step:
    """Give the pseudo step that takes a step back. Its own failure is told but stops nothing."""
    return Step(
        id=undo_id(step.id),
        call=call,
        phase=step.phase,
        group=step.group,
        item=step.item,
        timeout=step.timeout,
        retry=step.retry,
        critical=False,
        on_failure=OnFailure.CONTINUE,
        source=step.source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a person noted on a run, or on one of its steps; `step` is empty for the run."""

    at: datetime
    actor: str
    text: str
    step: str = ""


@dataclass(slots=True)
class StepProgress:
    """Where one step stands.

    Attributes:
        attempt: 1 for the first; 0 before any.
        tries: attempts since the first, or since a person asked for another; what the step's retry counts.
        settled: True when nothing more happens by itself and dependents may go on. A failed step is settled only when
            its failure does not hold the run.
        started_at: of the first attempt. attempt_at: of the newest attempt; its deadline counts from here.
        doubt_since: the oldest intent whose outcome was never known; None when nothing is in doubt. A later attempt
            must look for what started since then.
        intent: payload of the last intent; operation: what was recorded after it.
        settled_by: sequence number of the event that settled it, so that undo can go newest first.
        found: an operation that a person may adopt as the parked step's own. held: a person keeps it from starting.
        given_up: parked, and nobody waits for the answer any more: the run is ending, and the step is left as it is.
        by_plan: skipped because the plan leaves it out of such a run. by_hand: who resolved it; empty if drd did it.
    """

    step: Step
    state: StepState = StepState.PENDING
    attempt: int = 0
    tries: int = 0
    settled: bool = False
    started_at: datetime | None = None
    attempt_at: datetime | None = None
    doubt_since: datetime | None = None
    ended_at: datetime | None = None
    retry_at: datetime | None = None
    intent: Mapping[str, Json] | None = None
    operation: Mapping[str, Json] | None = None
    outputs: Mapping[str, Json] = field(default_factory=dict)
    failure: Mapping[str, Json] | None = None
    because: str = ""
    question: str = ""
    approvals: tuple[tuple[str, datetime], ...] = ()
    child: str = ""
    settled_by: int = 0
    found: Mapping[str, Json] | None = None
    held: bool = False
    given_up: bool = False
    by_plan: bool = False
    by_hand: str = ""
