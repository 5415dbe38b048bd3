"""Runbooks and plans."""

from typing import Any

from pydantic import Field

from drd.api.wire.shape import Shape
from drd.domain.plan import Mode


class RunbookShape(Shape):
    """A runbook on the shelf. One with faults cannot be planned."""

    id: str
    title: dict[str, str]
    service: str | None
    modes: tuple[Mode, ...]
    path: str
    faults: tuple[str, ...]


class PlanBody(Shape):
    """Wish to see a plan."""

    runbook: str
    tenant: str | None = None
    mode: Mode
    inputs: dict[str, Any] = Field(default_factory=dict)


class PlannedStepShape(Shape):
    """What a step would do. `depth` is 0 for the plan's own steps, 1 for those of its child plans, and so on."""

    id: str
    uses: str
    phase: str
    group: str
    depth: int
    sentence: str
    targets: tuple[str, ...]
    destructive: bool
    needs: tuple[str, ...]
    estimate_seconds: int | None
    ungraceful: str
    critical_path: bool


class PlanShape(Shape):
    """A resolved plan. `hash` is what people approve; `to_confirm` what must be typed to start it."""

    runbook: str
    title: dict[str, str]
    tenant: str
    service: str | None
    mode: Mode
    hash: str
    to_confirm: str
    forecast_seconds: int | None
    approvals: int
    items: tuple[str, ...]
    steps: tuple[PlannedStepShape, ...]
