"""Show runbooks, and what a plan would do, without touching anything."""

from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.cost import CostEstimate
from drd.domain.plan import RecoveryPlan
from drd.engine.simulation import Forecast, PlannedStep, Simulator
from drd.operations.estimate_cost import EstimateCost
from drd.ports.runbooks import PlanWish, RunbookCard, Runbooks

__all__ = ["Forecast", "PlanView", "PlannedStep", "ShowPlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan, its hash, and what each step would do, in words. `cost`: None where no price table tells it."""

    plan: RecoveryPlan
    hash: str
    steps: tuple[PlannedStep, ...]
    forecast: Forecast
    cost: CostEstimate | None = None


class ShowPlan:
    """Reads runbooks and plans."""

    def __init__(self, *, runbooks: Runbooks, simulator: Simulator, cost: EstimateCost | None = None) -> None:
        """Take what is needed; without `cost` nothing is estimated."""
        self._runbooks = runbooks
        self._simulator = simulator
        self._cost = cost

    def runbooks(self, actor: Actor) -> tuple[RunbookCard, ...]:
        """Give every runbook found, good or faulty."""
        actor.must_have(*Role)
        return self._runbooks.list()

    def plan(self, actor: Actor, wish: PlanWish, *, graceful: bool = True) -> PlanView:
        """Resolve and simulate. Raises NotFoundError, InvalidError with every fault and its place."""
        actor.must_have(*Role)
        plan = self._runbooks.plan(wish)
        return PlanView(
            plan=plan,
            hash=plan.hash(),
            steps=self._simulator.simulate(plan, graceful=graceful),
            forecast=self._simulator.forecast(plan, graceful=graceful),
            cost=self._cost(plan, graceful=graceful) if self._cost else None,
        )
