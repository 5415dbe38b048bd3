"""Estimate what a drill will cost, from its plan, its forecast and the price table. Touches nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from drd.domain.cost import Charge, CostEstimate, PriceTable, estimate, makers
from drd.domain.errors import RefusedError
from drd.domain.ids import StepId
from drd.domain.plan import Mode, RecoveryPlan
from drd.engine.simulation import Simulator


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateCost:
    """Estimates drills. What a step makes is taken to stand from the step's start to the end of its run."""

    prices: PriceTable | None
    simulator: Simulator

    def __call__(self, plan: RecoveryPlan, *, graceful: bool = True) -> CostEstimate | None:
        """Give the estimate, with those of child runs; None where there is no price table, or the plan is no drill."""
        if self.prices is None or plan.mode is not Mode.DRILL:
            return None
        charges = tuple(self._charges(plan, self.prices, graceful=graceful))
        return CostEstimate(
            currency=self.prices.currency, as_of=self.prices.as_of, charges=charges, budget=self.prices.drill_budget
        )

    def check(self, plan: RecoveryPlan, *, graceful: bool) -> None:
        """Pass where the drill may cost what it costs at least.

        Raises:
            RefusedError: with the code `over-budget`: what can be priced of it is more than the budget.
        """
        found = self(plan, graceful=graceful)
        if found is None or found.over_budget is not True:
            return
        raise RefusedError(
            f"the drill costs at least {found.priced:.2f} {found.currency}, and may cost {found.budget:.2f}",
            target=plan.runbook,
            hint="leave out steps with --skip, or raise prices.drill-budget in the settings; "
            "`drd runbook plan` shows what costs what",
            code="over-budget",
        )

    def _charges(self, plan: RecoveryPlan, prices: PriceTable, *, graceful: bool) -> Iterator[Charge]:
        yield from estimate(plan, prices, self._lengths(plan, graceful=graceful)).charges
        for step in plan.children():
            if step.child is not None and not step.why_left_out(graceful=graceful):
                for charge in self._charges(step.child, prices, graceful=graceful):
                    yield replace(charge, step=StepId(f"{step.id}/{charge.step}"))

    def _lengths(self, plan: RecoveryPlan, *, graceful: bool) -> Mapping[StepId, timedelta | None]:
        total = self.simulator.forecast(plan, graceful=graceful).total
        starts = {each.id: each.starts_after for each in self.simulator.simulate(plan, graceful=graceful)}
        due = (step for step in makers(plan) if not step.why_left_out(graceful=graceful))
        return {step.id: (total - starts[step.id]) or None for step in due}
