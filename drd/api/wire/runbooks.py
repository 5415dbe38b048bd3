"""Runbooks and plans."""

from typing import Any

from pydantic import Field

from drd.api.wire.shape import Shape
from drd.domain.plan import Mode


class RunbookShape(Shape):
    """A runbook on the shelf. One with faults cannot be planned.

    `status`: `verified` (passed a drill exactly as it stands), `changed`, `never-drilled`, `no-drill`, `faulty` or
    `unknown`, which it always is where no daemon was asked.
    """

    id: str
    title: dict[str, str]
    service: str | None
    modes: tuple[Mode, ...]
    path: str
    faults: tuple[str, ...]
    status: str = "unknown"


class PlanBody(Shape):
    """Wish to see a plan. The last three as in `StartBody`."""

    runbook: str
    tenant: str | None = None
    mode: Mode
    inputs: dict[str, Any] = Field(default_factory=dict)
    graceful: bool = True
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    recovery_point: str = ""


class PlannedStepShape(Shape):
    """What a step would do. `skipped` says why it would be left out; `children` are the steps of its child run."""

    id: str
    uses: str
    phase: str
    group: str
    sentence: str
    targets: tuple[str, ...]
    destructive: bool
    needs: tuple[str, ...]
    starts_after_seconds: int
    estimate_seconds: int
    critical_path: bool
    skipped: str
    children: tuple["PlannedStepShape", ...]


class PlanShape(Shape):
    """A resolved plan.

    Attributes:
        hash: what people approve.
        to_confirm: what must be typed to start it.
        approvers: the contacts who will be asked.
        choices: what was chosen beside the inputs: `only`, `skip`, `recovery-point`.
    """

    runbook: str
    title: dict[str, str]
    tenant: str
    service: str | None
    mode: Mode
    hash: str
    to_confirm: str
    graceful: bool
    forecast_seconds: int
    forecast_to_green_seconds: int
    rto_seconds: int | None
    rpo_seconds: int | None
    approvals: int
    approvers: tuple[str, ...]
    choices: dict[str, Any]
    items: tuple[str, ...]
    steps: tuple[PlannedStepShape, ...]
