"""The evidence beside the objectives: what recoveries achieved, what is proven, and what is to be expected."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.estate import Mechanism
from drd.domain.ids import ItemId
from tests.fakes.busy_house import NOW, SERVICE, BusyHouse, busy_figures, item_facts
from tests.fakes.scraped_series import values_of
from tests.fakes.small_estate import TENANT, no_figures, points

pytestmark = pytest.mark.anyio
PROVEN = "drd_service_proven_recovery_point_timestamp_seconds"
FORECAST = "drd_service_forecast_recovery_duration_seconds"
BACKUP = "drd_item_backup_last_success_timestamp_seconds"


async def test_a_service_is_proven_up_to_its_oldest_item() -> None:
    """The newest proven point of each item, by whatever mechanism; 0 when an item was never restored."""
    days = {("vm-app", "backup"): 9, ("vm-app", "site-recovery"): 2, ("vm-sql", "backup"): 5}
    proven = {(TENANT, ItemId(name), by): NOW - timedelta(days=ago) for (name, by), ago in days.items()}
    house = BusyHouse(no_figures(proven=proven))

    assert await values_of(house, PROVEN, "service") == {("burgerzaken",): (NOW - timedelta(days=5)).timestamp()}

    del proven[TENANT, ItemId("vm-sql"), "backup"]
    assert await values_of(house, PROVEN, "service") == {("burgerzaken",): 0}


async def test_the_forecast_is_what_recoveries_took() -> None:
    """Half of them at most so long, and nine in ten; a service without any, or that left, has no series."""
    took = tuple(timedelta(minutes=each) for each in (30, 70, 50, 40, 60))
    house = BusyHouse(no_figures(recoveries={(TENANT, SERVICE): took, (TENANT, "gone"): took}))

    assert await values_of(house, FORECAST, "service", "percentile") == {
        ("burgerzaken", "50"): 3000, ("burgerzaken", "90"): 4200,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "ago"),
    [
        ({"note": "Completed", "last_backup_at": NOW - timedelta(hours=1), "points": ()}, timedelta(hours=1)),
        ({"note": "Failed", "last_backup_at": NOW, "points": points(NOW - timedelta(hours=9))}, timedelta(hours=9)),
        ({"note": "", "last_backup_at": None, "points": ()}, None),
        ({"note": "Failed", "last_backup_at": NOW, "points": ()}, None),
    ],
    ids=["it succeeded", "the last one failed", "there was none", "it never succeeded"],
)  # fmt: skip
async def test_a_backup_that_failed_is_no_success(facts: dict[str, object], ago: timedelta | None) -> None:
    """A job that failed ends too; a point is the proof of one that did not. Never is 0."""
    house = BusyHouse(no_figures(items=(item_facts("vm-sql", Mechanism.BACKUP, **facts), item_facts("vm-app"))))

    assert await values_of(house, BACKUP, "item") == {("vm-sql",): (NOW - ago).timestamp() if ago is not None else 0}


async def test_room_is_told_by_what_there_is_and_what_is_needed() -> None:
    """In vCPUs; of a tenant that left nothing stays."""
    room = busy_figures().rooms[0]
    house = BusyHouse(no_figures(rooms=(room, replace(room, tenant="gone"))))

    assert await values_of(house, "drd_recovery_quota_cores", "tenant", "region", "family", "kind") == {
        (TENANT, "northeurope", "cores", kind): value for kind, value in {"limit": 50, "used": 8, "needed": 16}.items()
    }
