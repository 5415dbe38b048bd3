"""Verifications in metrics: how many there were, and when each item was last proven; 0 for never."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drd.domain.ids import ItemId
from drd.domain.ladder import Outcome, Rung
from drd.ports.readings import VerificationFigures
from tests.fakes.busy_house import NOW, BusyHouse, busy_figures
from tests.fakes.small_estate import TENANT

pytestmark = pytest.mark.anyio
TOTAL = "drd_verifications_total"
LAST = "drd_item_verification_last_success_timestamp_seconds"


def figures(item: str, rung: Rung, outcome: Outcome, *, total: int = 1, ago: int = 1) -> VerificationFigures:
    """Make what the store counted."""
    return VerificationFigures(
        tenant=TENANT, item=ItemId(item), rung=rung, outcome=outcome, total=total, last_at=NOW - timedelta(hours=ago)
    )


async def told(*known: VerificationFigures, items: str = "all") -> dict[tuple[str, ...], float]:
    """Give the series by name and labels."""
    text = await BusyHouse(replace(busy_figures(), verifications=known), items=items).text()
    return {
        (sample.name, *(sample.labels.get(label, "") for label in ("item", "rung", "outcome"))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in {TOTAL, LAST}
    }


async def test_verifications_are_counted_by_rung_and_outcome() -> None:
    """Over all items; what never happened is 0."""
    seen = await told(
        figures("vm-app", Rung.L4, Outcome.PASSED, total=3), figures("vm-sql", Rung.L4, Outcome.PASSED, total=2)
    )

    assert (seen[TOTAL, "", "L4", "passed"], seen[TOTAL, "", "L4", "failed"], seen[TOTAL, "", "L6", "passed"]) == (
        5,
        0,
        0,
    )


async def test_the_last_success_of_an_item_is_told_and_never_is_0() -> None:
    """A failure afterwards does not move it; what left the catalogue has no series."""
    seen = await told(
        figures("vm-app", Rung.L4, Outcome.PASSED, ago=5), figures("vm-app", Rung.L4, Outcome.FAILED),
        figures("gone", Rung.L4, Outcome.PASSED),
    )  # fmt: skip

    assert seen[LAST, "vm-app", "L4", ""] == (NOW - timedelta(hours=5)).timestamp()
    assert (seen[LAST, "vm-app", "L5", ""], seen[LAST, "vm-sql", "L4", ""]) == (0, 0)
    assert not [key for key in seen if key[1] == "gone"]


@pytest.mark.parametrize(("items", "wanted"), [("breaching", {"vm-sql"}), ("none", set())])
async def test_of_a_large_estate_only_items_that_failed_are_told(items: str, wanted: set[str]) -> None:
    """As the settings say; the counts stay."""
    seen = await told(
        figures("vm-app", Rung.L4, Outcome.FAILED, ago=5), figures("vm-app", Rung.L4, Outcome.PASSED),
        figures("vm-sql", Rung.L2, Outcome.FAILED), items=items,
    )  # fmt: skip

    assert {key[1] for key in seen if key[0] == LAST} == wanted
    assert seen[TOTAL, "", "L2", "failed"] == 1
