"""Drills are told by their verdicts."""

from dataclasses import replace

import pytest

from drd.domain.drill_verdict import DrillVerdict
from drd.domain.ids import RunbookId
from drd.domain.plan import Mode
from tests.fakes.busy_house import RUNBOOK, BusyHouse, busy_figures, recovery
from tests.fakes.small_estate import TENANT

pytestmark = pytest.mark.anyio
V = DrillVerdict


async def test_drills_are_counted_once_they_have_a_verdict() -> None:
    """What counts only ever grows; verifications count as one whatever the item."""
    drills = {
        (TENANT, RUNBOOK, V.PASSED): 3,
        (TENANT, RUNBOOK, V.UNCONFIRMED): 1,
        (TENANT, RunbookId("verify-vm-a"), V.LEFTOVER): 1,
        (TENANT, RunbookId("verify-vm-b"), V.LEFTOVER): 2,
    }
    last = (recovery(mode=Mode.DRILL, verdict=V.UNCONFIRMED),)
    page = await BusyHouse(replace(busy_figures(), drills=drills, last=last)).text()

    assert sorted(line for line in page.splitlines() if line.startswith("drd_drills_total")) == [
        f'drd_drills_total{{runbook="{RUNBOOK}",tenant="{TENANT}",verdict="passed"}} 3.0',
        f'drd_drills_total{{runbook="verify",tenant="{TENANT}",verdict="leftover"}} 3.0',
    ]
    one = [line for line in page.splitlines() if line.startswith("drd_service_drill_verdict") and line.endswith(" 1.0")]
    assert len(one) == 1
    assert 'verdict="unconfirmed"' in one[0]
