"""Which rungs an item can climb, told honestly: nothing that cannot be asked is ever due, or shown as proven."""

from dataclasses import replace

import pytest

from drd.domain.climbing import Climb
from drd.domain.estate import ItemKind, Mechanism, ProtectedItem
from drd.domain.ids import RunbookId
from drd.domain.ladder import Rung
from drd.domain.ways_up import ways_up
from tests.fakes.small_estate import item
from tests.unit.domain.test_climbing import APP, OWNER, SERVICE

REPLICATED = item("vm-rep", Mechanism.SITE_RECOVERY)
SHARE = replace(APP, kind=next(each for each in ItemKind if each is not ItemKind.VIRTUAL_MACHINE))


@pytest.mark.parametrize(
    ("subject", "runbook", "told"),
    [
        (APP, "b", "L2, L3, L4, L5, L6 by a restore"),
        (REPLICATED, "b", "L4, L5 by the drill of its runbook; L2, L3, L6 by nothing that is there"),
        (
            item("vm-c", Mechanism.SNAPSHOT),
            "b",
            "L4, L5 by the drill of its runbook; L2, L3, L6 by nothing that is there",
        ),
        (REPLICATED, None, "L2, L3, L4, L5, L6 by nothing that is there"),
        (SHARE, "b", "L4, L5 by the drill of its runbook; L2, L3, L6 by nothing that is there"),
        (item("vm-2", Mechanism.SITE_RECOVERY, Mechanism.BACKUP), None, "L2, L3, L4, L5, L6 by a restore"),
    ],
)
def test_an_item_climbs_as_far_as_something_can_be_asked_of_it(
    subject: ProtectedItem, runbook: str | None, told: str
) -> None:
    """What is only replicated or copied has no disks that anybody looks at before it boots."""
    service = replace(SERVICE, runbook=RunbookId(runbook) if runbook else None)
    ways = ways_up(Climb(tenant=OWNER, service=service, item=subject, to=Rung.L4))

    assert ways.sentence == told
    assert sorted((*ways.restored, *ways.drilled, *ways.never)) == [rung for rung in Rung if rung.restores]
