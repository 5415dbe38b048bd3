"""What a drill costs: by a table, by what stood and how long; what is not known is named, and never nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from drd.domain.cost import CostEstimate, PriceTable, estimate
from drd.domain.durations import format_instant
from drd.domain.evidence_of_cost import cost
from drd.domain.ids import StepId
from drd.domain.plan import Mode, RecoveryPlan
from tests.fakes.engine_house import machine, plan, step

HOUR = timedelta(hours=1)
BEGAN = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ITEM = replace(machine("vm-1"), labels={"size": "Standard_D4s_v5", "disk-gib": "730"})
PRICES = PriceTable(
    currency="EUR",
    as_of=date(2026, 11, 1),
    machine_hours={"Standard_B2ms": Decimal("0.1")},
    vcpu_hours={"Dsv5": Decimal("0.05"), "Eadsv5": Decimal("0.06")},
    disk_gib_month=Decimal("0.08"),
    traffic_gib=Decimal("0.02"),
    operations={"asr.test-failover": Decimal(0)},
)
LEAST: Any = {"unpriced": [], "budget": "not-applicable", "over-budget": "not-applicable"}


def _drill(uses: str = "asr.test-failover", *, labelled: bool = True, **values: Any) -> RecoveryPlan:
    item = ITEM if labelled else machine("vm-1")
    return plan(step("copy", uses, values, item=item.id), step("look", "noop"), mode=Mode.DRILL, items=(item,))


def _of(wanted: RecoveryPlan, prices: PriceTable = PRICES, length: timedelta | None = 2 * HOUR) -> CostEstimate:
    return estimate(wanted, prices, {StepId("copy"): length})


@pytest.mark.parametrize(
    ("size", "hour"),
    [
        ("Standard_B2ms", "0.1"),
        ("Standard_D4s_v5", "0.20"),
        ("Standard_E8-4ads_v5", "0.48"),
        ("Standard_D4s_v4", None),
        ("Basic_A1", None),
    ],
)
def test_a_size_is_priced_by_its_name_or_by_its_family(size: str, hour: str | None) -> None:
    """One with fewer vCPUs switched on is paid whole; one that nobody priced is unknown."""
    assert PRICES.machine_hour(size) == (None if hour is None else Decimal(hour))


def test_a_copy_costs_its_operation_its_machine_and_its_disks_while_it_stands() -> None:
    """Two hours of four vCPUs, and of 730 GiB by a month of 730 hours."""
    found = _of(_drill())
    assert {each.what: each.amount for each in found.charges} == {
        "operation": Decimal(0),
        "machine": Decimal("0.4"),
        "disk": Decimal("0.16"),
    }
    assert found.total == Decimal("0.56")


def test_a_copy_from_another_region_costs_its_traffic_too() -> None:
    """Whole disks: how much of them is empty nobody tells."""
    charges = {each.what: each.amount for each in _of(_drill("backup.cross-region-restore")).charges}
    assert charges["traffic"] == Decimal("14.6")


def test_the_probe_of_a_network_is_paid_for() -> None:
    """It is a machine like any other while it stands; one that names no size is made small."""
    small = replace(PRICES, vcpu_hours={"Bs": Decimal("0.01")})
    assert _of(_drill("network.probe"), small).total == Decimal("0.02")
    assert _of(_drill("network.probe", size="Standard_B2ms")).total == Decimal("0.2")


def test_the_steps_own_size_goes_before_the_items() -> None:
    """A drill may make a smaller machine than the original."""
    assert _of(_drill("vm.create", size="Standard_B2ms")).total == Decimal("0.2")


@pytest.mark.parametrize(
    ("wanted", "prices", "length", "because"),
    [
        (_drill(labelled=False), PRICES, HOUR, "neither the step nor the item's label size tells the size"),
        (_drill("vm.create", size="Standard_M64"), PRICES, HOUR, "the table has no price of Standard_M64"),
        (_drill("disk.create", labelled=False), PRICES, HOUR, "the item has no label disk-gib"),
        (_drill("disk.create"), replace(PRICES, disk_gib_month=None), HOUR, "the table has no disk-gib-month"),
        (_drill("snapshot.copy"), replace(PRICES, traffic_gib=None), HOUR, "the table has no traffic-gib"),
        (_drill(), replace(PRICES, operations={}), HOUR, "the table has no operation asr.test-failover"),
        (_drill("vm.create"), PRICES, None, "nobody knows how long it stands"),
        (_drill("capacity.reserve"), PRICES, HOUR, "reserved places are not priced"),
    ],
)
def test_what_cannot_be_priced_is_named_and_leaves_the_total_unknown(
    wanted: RecoveryPlan, prices: PriceTable, length: timedelta | None, because: str
) -> None:
    """Never counted as nothing."""
    found = _of(wanted, prices, length)
    assert because in [each.because for each in found.unpriced]
    assert found.total is None
    assert found.to_json()["total"] == "unknown"


@pytest.mark.parametrize(
    ("labelled", "budget", "over"),
    [
        (True, None, None),
        (True, "0.55", True),
        (True, "0.56", False),
        (False, "0.56", None),
    ],
)
def test_a_budget_is_judged_by_what_is_known(labelled: bool, budget: str | None, over: bool | None) -> None:
    """Above it is above it, whatever else is unknown; below it may not be."""
    prices = replace(PRICES, drill_budget=None if budget is None else Decimal(budget))
    assert _of(_drill(labelled=labelled), prices).over_budget is over


def _entry(*, gone: timedelta | None, name: str = "copy") -> dict[str, Any]:
    return {
        "step": name,
        "recorded-at": format_instant(BEGAN),
        "removed-at": None if gone is None else format_instant(BEGAN + gone),
    }


def test_a_record_tells_the_cost_by_what_stood_and_how_long() -> None:
    """The last thing of a step that is gone ends its bill; steps that made nothing cost nothing."""
    told = cost(_drill(), [_entry(gone=HOUR), _entry(gone=2 * HOUR), _entry(gone=9 * HOUR, name="look")], PRICES)
    assert told == {
        "currency": "EUR",
        "as-of": "2026-11-01",
        "total": "0.5600",
        "at-least": "0.5600",
        "charges": [
            {"step": "copy", "what": "operation", "amount": "0.0000"},
            {"step": "copy", "what": "machine", "amount": "0.4000"},
            {"step": "copy", "what": "disk", "amount": "0.1600"},
        ],
        **LEAST,
    }


def test_what_still_stands_has_no_price_yet() -> None:
    """Nobody knows how long it will."""
    told = cost(_drill(), [_entry(gone=HOUR), _entry(gone=None)], PRICES)
    assert isinstance(told, dict)
    assert (told["total"], told["at-least"]) == ("unknown", "0.0000")


def test_without_a_table_and_for_what_is_no_drill_the_cost_is_unknown() -> None:
    """A parent's is told by its children."""
    assert cost(_drill(), [], None) == "unknown"
    assert cost(plan(step("a")), [], PRICES) == "unknown"
    assert cost(plan(step("a"), mode=Mode.DRILL, service=None), [], PRICES) == "not-applicable"
