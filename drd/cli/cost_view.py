"""What a drill costs, for people."""

from collections.abc import Iterator

from drd.api.wire.runbooks import CostShape, PlanShape
from drd.cli.words import Words
from drd.domain.plan import Mode


def cost_line(words: Words, plan: PlanShape) -> str:
    """Say what a drill is estimated to cost; unknown is never nothing."""
    cost = plan.cost
    if cost is None:
        return words.say("cost-unknown")
    if cost.total is None:
        missing = sum(charge.amount is None for charge in cost.charges)
        return words.say(
            "cost-at-least", amount=cost.at_least, currency=cost.currency, as_of=cost.as_of, missing=missing
        )
    return words.say("cost-total", amount=cost.total, currency=cost.currency, as_of=cost.as_of)


def cost_facts(words: Words, plan: PlanShape) -> Iterator[tuple[str, str]]:
    """Give the lines about cost among a plan's facts; a failover has none."""
    if plan.mode is not Mode.DRILL:
        return
    yield "cost", cost_line(words, plan)
    if plan.cost is not None and plan.cost.over_budget:
        yield "cost", words.say("cost-over-budget", budget=plan.cost.budget, currency=plan.cost.currency)


def cost_notes(words: Words, cost: CostShape | None) -> tuple[str, ...]:
    """Name what cannot be priced, and why."""
    missing = (charge for charge in (cost.charges if cost else ()) if charge.amount is None)
    return tuple(
        words.say("cost-missing", step=charge.step, what=charge.what, because=charge.because) for charge in missing
    )
