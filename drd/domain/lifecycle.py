"""The states of a run, and what a person may ask of it in each. A table, so that nothing is decided in passing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands. Only the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    PARKED = "parked"
    STOPPING = "stopping"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Say whether nothing will ever happen in this run again."""
        return self in {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED}


class StepState(StrEnum):
    """Where a step stands.

    INTENDED means that an intent is durable and nothing is recorded after it: after a crash it is in doubt.
    """

    PENDING = "pending"
    TAKEN = "taken"
    INTENDED = "intended"
    RECORDED = "recorded"
    RETRYING = "retrying"
    WAITING = "waiting"
    PARKED = "parked"
    FAILED = "failed"
    DONE = "done"
    SKIPPED = "skipped"


class Request(StrEnum):
    """What a person may ask of a run."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    SKIP = "skip"
    HOLD = "hold"
    RELEASE = "release"
    RESOLVE = "resolve"
    ADOPT = "adopt"
    UNDO = "undo"
    GRACEFUL = "graceful"
    UNGRACEFUL = "ungraceful"
    NOTE = "note"
    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not legal now, and what is."""

    reason: str
    hint: str = ""


ALLOWED = None
"""What `answer` gives for a request that is legal."""

_OVER = Refusal("the run is over", "its journal ends with its last event; start a new run")
_STOPPING = Refusal("the run is stopping already", "wait until it has ended; `drd run pause` keeps it from going on")
_NOT_PAUSED = Refusal("the run is not paused", "`drd run show` tells what it does")
_NOTHING_ASKED = Refusal("no approval is being asked", "`drd approval list` shows what is")
_NOTHING_BEGAN = Refusal("no step has begun", "`drd run cancel` ends the run before it does anything")
_NOTHING_FOUND = Refusal("no step is parked", "only what was found for a parked step can be adopted")
_GOES_ON = Refusal("the run goes on", "pause it first: `drd run pause`")
_IN_DOUBT = Refusal("a step is in doubt", "adopt, resolve, retry or skip it first; see `drd run show`")

_ACTIVE: Mapping[Request, Refusal | None] = {
    Request.PAUSE: ALLOWED,
    Request.RESUME: _NOT_PAUSED,
    Request.CANCEL: ALLOWED,
    Request.RETRY: ALLOWED,
    Request.SKIP: ALLOWED,
    Request.HOLD: ALLOWED,
    Request.RELEASE: ALLOWED,
    Request.RESOLVE: ALLOWED,
    Request.ADOPT: _NOTHING_FOUND,
    Request.UNDO: _GOES_ON,
    Request.GRACEFUL: ALLOWED,
    Request.UNGRACEFUL: ALLOWED,
    Request.NOTE: ALLOWED,
    Request.APPROVE: ALLOWED,
    Request.DENY: ALLOWED,
}
_FINAL: Mapping[Request, Refusal | None] = dict.fromkeys(Request, _OVER)

TABLE: Mapping[RunState, Mapping[Request, Refusal | None]] = {
    RunState.QUEUED: {
        **_ACTIVE,
        Request.RETRY: _NOTHING_BEGAN,
        Request.UNDO: _NOTHING_BEGAN,
        Request.APPROVE: _NOTHING_ASKED,
        Request.DENY: _NOTHING_ASKED,
    },
    RunState.RUNNING: _ACTIVE,
    RunState.WAITING: _ACTIVE,
    RunState.PAUSED: {**_ACTIVE, Request.RESUME: ALLOWED, Request.ADOPT: ALLOWED, Request.UNDO: ALLOWED},
    RunState.PARKED: {**_ACTIVE, Request.RESUME: ALLOWED, Request.ADOPT: ALLOWED, Request.UNDO: _IN_DOUBT},
    RunState.STOPPING: {**_ACTIVE, Request.CANCEL: _STOPPING, Request.ADOPT: ALLOWED, Request.UNDO: ALLOWED},
    RunState.SUCCEEDED: _FINAL,
    RunState.FAILED: _FINAL,
    RunState.CANCELLED: _FINAL,
}
"""Every state x request has its row: None where the request is legal, else the refusal.

Legal means that the run's state does not forbid it; the step's own state may (`drd.engine.deciding_on_steps`).
"""


def answer(state: RunState, request: Request) -> Refusal | None:
    """Give None where the request is legal in this state, else why not."""
    return TABLE[state][request]
