"""Runs that ended, counted."""

import pytest

from drd.domain.ids import RunbookId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from tests.fakes.busy_house import TENANT, BusyHouse
from tests.fakes.small_estate import no_figures

pytestmark = pytest.mark.anyio


async def test_verifications_are_counted_as_one_whatever_the_item() -> None:
    """There is a plan for each item: a series each would be thousands, for ever."""
    counts = {
        (TENANT, RunbookId(book), Mode.DRILL, RunState.SUCCEEDED): count
        for book, count in {"verify-vm-app": 2, "verify-vm-sql": 3, "burgerzaken": 1}.items()
    }
    told = [
        line
        for line in (await BusyHouse(no_figures(ended=counts)).text()).splitlines()
        if line.startswith("drd_runs_total{")
    ]

    assert sorted(line.split('runbook="')[1].split('"')[0] for line in told) == ["burgerzaken", "verify"]
    assert [line.split()[-1] for line in told if 'runbook="verify"' in line] == ["5.0"]
