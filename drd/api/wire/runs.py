"""Runs, their steps, events and figures."""

from typing import Any, Literal

from pydantic import Field

from drd.api.wire.shape import Instant, Shape
from drd.api.wire.wish import Wish
from drd.domain.events import Kind
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Mode
from drd.domain.trigger import LONGEST_KEY


class KillBody(Wish):
    """Wish that the daemon that moves a drill dies once, hard, and is started again.

    `seed`: draws the step as another run's did; empty for a new draw. `among_others`: also while other drills are under
    way; never while a failover or failback is.
    """

    seed: str = Field(default="", max_length=64)
    among_others: bool = False


class StartBody(Wish):
    """Wish to start a run.

    Attributes:
        incident_at: an instant, or minus a length of time (`-10m`).
        only, skip: steps and groups; what is left out stands in the plan and in its hash.
        recovery_point: for every step that takes one; empty as the runbook says.
        key: chosen by the caller for this one wish; the same wish with the same key gives the same run, always.
        kill: of a drill: it ends the daemon that moves it, once, at a step that is drawn.
    """

    runbook: str
    tenant: str | None = None
    mode: Mode
    graceful: bool = True
    incident_at: str = ""
    inputs: dict[str, Any] = Field(default_factory=dict)
    confirm: str = ""
    reason: str = ""
    plan_hash: str = ""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    recovery_point: str = ""
    key: str = Field(default="", max_length=LONGEST_KEY)
    kill: KillBody | None = None


class ControlBody(Wish):
    """Wish to help a run along, or to end it.

    `onwards`: of a retry: the step and all that depends on it. `outputs`: of a step resolved by hand: what it gave.
    """

    request: Literal[
        "pause",
        "resume",
        "retry",
        "skip",
        "hold",
        "release",
        "resolve",
        "adopt",
        "undo",
        "graceful",
        "ungraceful",
        "note",
        "cancel",
    ]
    step: str | None = None
    reason: str = ""
    confirm: str = ""
    onwards: bool = False
    outputs: dict[str, str] = Field(default_factory=dict)


class AbandonBody(Wish):
    """Wish to end a run whose journal is damaged. `confirm`: its service, or of a parent its tenant."""

    reason: str = ""
    confirm: str = ""


class AbandonedShape(Shape):
    """How a run ended whose journal is damaged; the journal itself says nothing of it.

    `under_way`: what may still go on at the other side, or stand there, as far as journal and ledger could be read.
    """

    at: Instant
    actor: str
    reason: str
    damage: str
    under_way: tuple[str, ...]


class RunShape(Shape):
    """One line of a list of runs. `abandoned`: a person ended it because its journal is damaged.

    `verdict`: of a drill that is over: `passed`, `objective-missed`, `failed`, `aborted`, `timed-out`, `inconclusive`,
    `leftover`; `unconfirmed` before its end was looked at twice. Only the first two are green.
    """

    id: str
    runbook: str
    tenant: str
    service: str | None
    mode: Mode
    state: RunState
    plan_hash: str
    accepted_at: Instant
    ended_at: Instant | None
    parent: str | None
    abandoned: AbandonedShape | None = None
    verdict: str | None = None


class ListingShape(Shape):
    """One look, after a drill's end, for what it made. `impossible`: why not all was seen; empty where it was."""

    at: Instant
    found: tuple[str, ...]
    impossible: str


class DrillShape(Shape):
    """What a drill was worth, why, and how its end was looked at. `due_at`: when it is looked at again."""

    verdict: str
    because: str
    listings: tuple[ListingShape, ...]
    due_at: Instant | None


class PointShape(Shape):
    """The recovery point that a run used for an item."""

    item: str
    time: Instant
    achieved_ms: int


class FiguresShape(Shape):
    """Objectives and what was achieved, recomputed from the journal. Verdicts: met, missed, unknown, none."""

    incident_at: Instant
    green_at: Instant | None
    recovery_time_objective_ms: int | None
    achieved_recovery_time_ms: int | None
    recovery_point_objective_ms: int | None
    achieved_recovery_point_ms: int | None
    recovery_time: str
    recovery_point: str
    met: bool
    points: tuple[PointShape, ...]


class StepShape(Shape):
    """Where one step stands. `ask` is an approval's question, `child` the id of the run that it started.

    `found`: what a person may adopt as the parked step's own. `held`: a person keeps it from starting. `by_hand`: who
    resolved it; empty if drd did it.
    """

    id: str
    uses: str
    phase: str
    group: str
    state: StepState
    attempt: int
    critical: bool
    settled: bool
    item: str | None
    text: dict[str, str] | None
    started_at: Instant | None
    ended_at: Instant | None
    outputs: dict[str, Any]
    operation: dict[str, Any] | None
    failure: dict[str, Any] | None
    because: str
    question: str
    found: dict[str, Any] | None = None
    held: bool = False
    by_hand: str = ""
    ask: dict[str, str] | None
    approvals: tuple[str, ...]
    child: str
    needs: tuple[str, ...]
    estimate_seconds: int | None


class NoteShape(Shape):
    """What a person noted on a run, or on one of its steps; `step` is empty for the run."""

    at: Instant
    actor: str
    step: str
    text: str


class RunDetailShape(Shape):
    """One run, whole, with the runs that it started.

    `pause`: who paused it, when and why. `parked`: why nothing of it begins before a person has looked.
    `damage`: what is wrong with its journal; then there are no steps, and nothing is known of figures and title.
    `drill`: of a drill that is over.
    """

    run: RunShape
    title: dict[str, str]
    graceful: bool
    paused: bool
    pause: NoteShape | None = None
    parked: str = ""
    notes: tuple["NoteShape", ...] = ()
    starter: str
    reason: str
    steps: tuple[StepShape, ...]
    figures: FiguresShape
    children: tuple["RunDetailShape", ...]
    damage: str = ""
    drill: DrillShape | None = None


class EventShape(Shape):
    """One durable fact of a run, with all that its hash covers."""

    format: int
    run: str
    sequence: int
    kind: Kind
    at: Instant
    step: str | None
    attempt: int
    payload: dict[str, Any]
    actor: str
    reason: str
    token: int
    previous: str
    hash: str
