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
    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not legal now, and what is."""

    reason: str
    hint: str = ""


ALLOWED = None
"""What `answer` gives for a request that is legal."""

_OVER = Refusal("the run is over", "start a new run")
_STOPPING = Refusal("the run is stopping", "wait until it has ended")
_NOT_PAUSED = Refusal("the run is not paused", "`drd run show` tells what it does")
_NO_FAILED_STEP = Refusal("no step has failed or is parked", "`drd run show` lists the steps")
_NOTHING_ASKED = Refusal("no approval is being asked", "`drd approval list` shows what is")
_ALREADY_PAUSED = Refusal("the run is paused already", "`drd run resume` goes on")
_PARKED = Refusal("a step is in doubt", "retry it or skip it with a reason; see `drd run show`")

_ACTIVE: Mapping[Request, Refusal | None] = {
    Request.PAUSE: ALLOWED,
    Request.RESUME: _NOT_PAUSED,
    Request.CANCEL: ALLOWED,
    Request.RETRY: _NO_FAILED_STEP,
    Request.SKIP: ALLOWED,
    Request.APPROVE: ALLOWED,
    Request.DENY: ALLOWED,
}
_FINAL: Mapping[Request, Refusal | None] = dict.fromkeys(Request, _OVER)

TABLE: Mapping[RunState, Mapping[Request, Refusal | None]] = {
    RunState.QUEUED: {**_ACTIVE, Request.SKIP: ALLOWED, Request.APPROVE: _NOTHING_ASKED, Request.DENY: _NOTHING_ASKED},
    RunState.RUNNING: _ACTIVE,
    RunState.WAITING: _ACTIVE,
    RunState.PAUSED: {**_ACTIVE, Request.PAUSE: _ALREADY_PAUSED, Request.RESUME: ALLOWED, Request.RETRY: ALLOWED},
    RunState.PARKED: {**_ACTIVE, Request.RESUME: _PARKED, Request.RETRY: ALLOWED},
    RunState.STOPPING: {**dict.fromkeys(Request, _STOPPING), Request.RETRY: ALLOWED, Request.SKIP: ALLOWED},
    RunState.SUCCEEDED: _FINAL,
    RunState.FAILED: _FINAL,
    RunState.CANCELLED: _FINAL,
}
"""Every state x request has its row: None where the request is legal, else the refusal."""


def answer(state: RunState, request: Request) -> Refusal | None:
    """Give None where the request is legal in this state, else why not."""
    return TABLE[state][request]
