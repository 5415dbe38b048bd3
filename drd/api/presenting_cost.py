"""From an estimate to its shape on the wire."""

from drd.api.wire.runbooks import ChargeShape, CostShape
from drd.domain.cost import Charge, CostEstimate, money


def cost_shape(cost: CostEstimate) -> CostShape:
    """Present what a drill is estimated to cost."""
    return CostShape(
        currency=cost.currency,
        as_of=cost.as_of.isoformat(),
        total=None if cost.total is None else money(cost.total),
        at_least=money(cost.priced),
        budget=None if cost.budget is None else money(cost.budget),
        over_budget=cost.over_budget,
        charges=tuple(_charge_shape(each) for each in cost.charges),
    )


def _charge_shape(each: Charge) -> ChargeShape:
    return ChargeShape(
        step=each.step,
        what=each.what,
        amount=None if each.amount is None else money(each.amount),
        because=each.because,
    )
