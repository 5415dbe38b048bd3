"""Runbooks and plans."""

from typing import Any

from pydantic import Field

from drd.api.wire.shape import Shape
from drd.api.wire.wish import Wish
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


class PlanBody(Wish):
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


class ChargeShape(Shape):
    """One part of what a step costs; `amount` is None where it cannot be priced, and `because` says why."""

    step: str
    what: str
    amount: str | None
    because: str


class CostShape(Shape):
    """What a drill is estimated to cost; amounts are decimal numbers as text.

    `total` is None where part of it cannot be priced: then it is at least `at_least`. `over_budget` is None where there
    is no budget, or it cannot be told.
    """

    currency: str
    as_of: str
    total: str | None
    at_least: str
    budget: str | None
    over_budget: bool | None
    charges: tuple[ChargeShape, ...]


class PlanShape(Shape):
    """A resolved plan.

    Attributes:
        hash: what people approve.
        to_confirm: what must be typed to start it.
        approvers: the contacts who will be asked.
        choices: what was chosen beside the inputs: `only`, `skip`, `recovery-point`.
        cost: of a drill; None where the settings have no prices, which is unknown, and not nothing.
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
    cost: CostShape | None = None
