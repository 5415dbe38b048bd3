"""What a plan would do, step by step, in words, and how long it would take. Touches nothing."""

from dataclasses import dataclass
from datetime import timedelta

from drd.domain.ids import StepId
from drd.domain.plan import Phase, RecoveryPlan
from drd.ports.catalogue import ActionCatalogue, CheckCatalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """What one step would do.

    Attributes:
        starts_after: forecast from the run's start to the step's start.
        estimate: how long it is expected to take.
        critical_path: whether a delay of this step delays the run.
        skipped: why it would be left out; empty when it would run.
        children: the steps of the child run that it would start.
    """

    id: StepId
    phase: Phase
    group: str
    uses: str
    sentence: str
    targets: tuple[str, ...] = ()
    destructive: bool = False
    needs: tuple[StepId, ...] = ()
    starts_after: timedelta = timedelta(0)
    estimate: timedelta = timedelta(0)
    critical_path: bool = False
    skipped: str = ""
    children: tuple["PlannedStep", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long a plan would take, and which steps decide it."""

    total: timedelta
    to_green: timedelta
    critical_path: tuple[StepId, ...]


class Simulator:
    """Simulates plans."""

    def __init__(self, *, actions: ActionCatalogue, checks: CheckCatalogue) -> None:
        """Take the catalogues."""
        self._actions = actions
        self._checks = checks

    def simulate(self, plan: RecoveryPlan, *, graceful: bool = True) -> tuple[PlannedStep, ...]:
        """Say what every step would do, in the plan's order."""
        raise NotImplementedError

    def forecast(self, plan: RecoveryPlan, *, graceful: bool = True) -> Forecast:
        """Say how long the plan would take."""
        raise NotImplementedError
