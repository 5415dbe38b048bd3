"""The cost of a drill as people read it: what is known, what has no price and why, and what is too much."""

from typing import Any

import pytest

from drd.api.wire.runbooks import ChargeShape, CostShape, PlanShape
from drd.cli.cost_view import cost_facts, cost_notes
from drd.cli.words import Words
from drd.domain.language import Language
from drd.domain.plan import Mode

ENGLISH = Words(Language.EN)
MACHINE = ChargeShape(step="copy", what="machine", amount="0.4000", because="")
DISK = ChargeShape(step="copy", what="disk", amount=None, because="the item has no label disk-gib")


def _plan(mode: Mode = Mode.DRILL, *charges: ChargeShape, **others: Any) -> PlanShape:
    missing = any(each.amount is None for each in charges)
    terms: dict[str, Any] = {
        "currency": "EUR",
        "as_of": "2026-11-01",
        "total": None if missing else "0.4000",
        "at_least": "0.4000",
        "budget": None,
        "over_budget": None,
        "charges": charges,
        **others,
    }
    return PlanShape.model_construct(mode=mode, cost=CostShape(**terms) if charges else None)


@pytest.mark.parametrize(
    ("plan", "lines"),
    [
        (_plan(Mode.FAILOVER), []),
        (_plan(), ["unknown; the settings have no prices"]),
        (_plan(Mode.DRILL, MACHINE), ["about 0.4000 EUR (prices of 2026-11-01)"]),
        (
            _plan(Mode.DRILL, MACHINE, DISK, budget="0.3000", over_budget=True),
            [
                "at least 0.4000 EUR (prices of 2026-11-01); 1 parts have no price",
                "More than the budget of 0.3000 EUR: the drill will not start like this",
            ],
        ),
    ],
)
def test_a_plan_says_what_its_drill_costs(plan: PlanShape, lines: list[str]) -> None:
    """Unknown is said, and never nothing; a failover has no such line."""
    assert [line for _, line in cost_facts(ENGLISH, plan)] == lines


def test_what_has_no_price_is_named_with_its_reason() -> None:
    """Under the table of steps."""
    assert cost_notes(ENGLISH, _plan(Mode.DRILL, MACHINE, DISK).cost) == (
        "No price: copy, disk: the item has no label disk-gib",
    )
