"""Whether a runbook is still what was drilled, in metrics."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.busy_house import BusyHouse, busy_figures

pytestmark = pytest.mark.anyio


async def _told(house: BusyHouse) -> dict[str, float]:
    """Give what is said of each runbook."""
    return {
        sample.labels["runbook"]: sample.value
        for family in text_string_to_metric_families(await house.text())
        for sample in family.samples
        if sample.name == "drd_runbook_changed_since_drill"
    }


async def test_a_runbook_that_was_changed_is_told_and_any_other_is_zero() -> None:
    """So that an alert on it fires, and ends with the next drill."""
    figures = busy_figures()
    found = figures.findings[0]

    assert await _told(BusyHouse(figures)) == {"burgerzaken": 0}
    changed = replace(figures, findings=(replace(found, code="changed-since-drill"),))
    assert await _told(BusyHouse(changed)) == {"burgerzaken": 1}


async def test_a_runbook_that_nobody_looked_at_has_no_series() -> None:
    """Unknown is never told as unchanged."""
    assert await _told(BusyHouse(replace(busy_figures(), looked={}))) == {}
