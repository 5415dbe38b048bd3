"""The estimate before a drill: from its forecast, with its children; and the budget that keeps it from starting."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.cost import PriceTable
from drd.domain.errors import RefusedError
from drd.domain.ids import RunbookId
from drd.domain.plan import Mode, RecoveryPlan
from drd.engine.simulation import Simulator
from drd.operations.estimate_cost import EstimateCost
from drd.operations.show_plan import ShowPlan
from drd.operations.start_run import StartOrder, StartRun
from drd.ports.runbooks import PlanWish
from drd.settings.settings_file import SettingsFile
from tests.fakes.engine_house import House, plan, step
from tests.fakes.scripted_world import ScriptedActions, ScriptedChecks
from tests.fakes.small_estate import FixedRunbooks

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
RUNBOOK = RunbookId("burgerzaken")
TABLE = {"as-of": "2026-11-01", "machine-hours": {"Standard_B2ms": "0.10"}, "drill-budget": "0.25"}
ACTOR = Actor(name="an", roles=frozenset({Role.OPERATOR}))


def _prices(**others: Any) -> PriceTable:
    file = SettingsFile.model_validate({"drd": "settings/v1", "prices": {**TABLE, **others}})
    assert file.prices is not None
    return file.prices.table()


def _cost(house: House, prices: PriceTable | None) -> EstimateCost:
    simulator = Simulator(actions=ScriptedActions(house.world), checks=ScriptedChecks(house.world))
    return EstimateCost(prices=prices, simulator=simulator)


def _drill(**others: Any) -> RecoveryPlan:
    make = step("make", "vm.create", {"size": "Standard_B2ms"}, estimate=HOUR)
    return plan(make, step("wait", "put", needs=("make",), estimate=2 * HOUR), mode=Mode.DRILL, **others)


def test_prices_are_read_as_they_were_written() -> None:
    """Text or number; no float comes in between, and the currency is the euro where nothing is said."""
    found = _prices(**{"traffic-gib": 0.02})
    assert (found.currency, found.as_of, found.machine_hours) == (
        "EUR",
        date(2026, 11, 1),
        {"Standard_B2ms": Decimal("0.10")},
    )
    assert (found.traffic_gib, found.disk_gib_month) == (Decimal("0.02"), None)


@pytest.mark.parametrize(
    "wrong",
    [{"traffic-gib": "-1"}, {"traffic-gib": "dear"}, {"traffic-gib": "NaN"}, {"as-of": "yesterday"}, {"currency": "€"}],
)
def test_prices_that_are_none_are_refused(wrong: dict[str, str]) -> None:
    """Before anything is started by them."""
    with pytest.raises(ValueError, match="prices"):
        _prices(**wrong)


def test_what_a_step_makes_stands_until_the_end_of_the_forecast() -> None:
    """Three hours of a machine; a child's drill counts in its parent's."""
    cost = _cost(House(), _prices())
    found = cost(_drill())
    parent = plan(step("child", "runbook", child=_drill()), mode=Mode.DRILL, service=None)
    above = cost(parent)
    assert found is not None
    assert above is not None
    assert (found.total, above.total) == (Decimal("0.30"), Decimal("0.30"))
    assert [each.step for each in above.charges] == ["child/make"]


def test_without_a_table_or_for_a_failover_there_is_no_estimate() -> None:
    """Unknown, not nothing."""
    house = House()
    assert _cost(house, None)(_drill()) is None
    assert _cost(house, _prices())(replace(_drill(), mode=Mode.FAILOVER)) is None


def test_a_plan_shows_its_cost() -> None:
    """Beside the forecast."""
    cost = _cost(House(), _prices())
    show = ShowPlan(runbooks=FixedRunbooks(_drill()), simulator=cost.simulator, cost=cost)
    view = show.plan(ACTOR, PlanWish(runbook=RUNBOOK, tenant=None, mode=Mode.DRILL))
    assert view.cost is not None
    assert view.cost.over_budget is True


@pytest.mark.parametrize(("budget", "started"), [("0.25", False), ("0.30", True)])
async def test_a_drill_above_its_budget_is_refused_with_what_it_costs(budget: str, *, started: bool) -> None:
    """The hint says what can be done; nothing was accepted."""
    house = House()
    cost = _cost(house, _prices(**{"drill-budget": budget}))
    start = StartRun(runbooks=FixedRunbooks(_drill()), engine=house.engine, clock=house.clock, cost=cost)
    order = StartOrder(runbook=RUNBOOK, tenant=None, mode=Mode.DRILL, actor=ACTOR)
    if started:
        await start(order)
    else:
        with pytest.raises(RefusedError) as refused:
            await start(order)
        assert refused.value.code == "over-budget"
        assert "0.30 EUR" in str(refused.value)
    assert bool(house.journal.cards) is started
