"""Several tenants on one page, and what left the catalogue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.domain.plan import Mode
from tests.fakes.busy_house import NOW, BusyHouse, active_run, busy_figures, item_facts, recovery
from tests.fakes.scraped_series import values_of
from tests.fakes.small_estate import TENANT, item, points, service, tenant

pytestmark = pytest.mark.anyio
ELDERS = TenantId("elders")
OLD, YOUNG = NOW - timedelta(days=3), NOW - timedelta(minutes=1)


def both() -> BusyHouse:
    """Give a house of two tenants whose services, items and runbooks have the same names."""
    figures = busy_figures()
    run = active_run("r-9")
    other = replace(run, card=replace(run.card, tenant=ELDERS))
    facts = tuple(
        item_facts(name, Mechanism.BACKUP, tenant=owner, points=points(at))
        for owner, at in ((TENANT, YOUNG), (ELDERS, OLD))
        for name in ("vm-app", "vm-sql")
    )
    figures = replace(
        figures,
        items=facts,
        last=(recovery(), recovery(tenant=ELDERS, achieved_recovery_time=timedelta(minutes=9))),
        active=(*figures.active, other),
        proven={(ELDERS, ItemId(name), "backup"): OLD for name in ("vm-app", "vm-sql")},
        collections=(*figures.collections, replace(figures.collections[0], tenant=ELDERS, succeeded=True)),
    )
    return BusyHouse(figures, tenants=(tenant(), tenant(name=ELDERS)))


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("drd_service_recovery_point_timestamp_seconds", YOUNG.timestamp(), OLD.timestamp()),
        ("drd_service_proven_recovery_point_timestamp_seconds", 0, OLD.timestamp()),
        ("drd_service_achieved_recovery_time_seconds", 3000, 540),
        ("drd_item_recovery_point_timestamp_seconds", YOUNG.timestamp(), OLD.timestamp()),
        ("drd_run_start_timestamp_seconds", *[(NOW - timedelta(minutes=30)).timestamp()] * 2),
        ("drd_collector_success", 0, 1),
        ("drd_service_info", 1, 1),
    ],
)
async def test_tenants_do_not_share_series(name: str, ours: float, theirs: float) -> None:
    """Though everything of them has the same names."""
    told = await values_of(both(), name, "tenant")

    assert (told[TENANT,], told[ELDERS,]) == (ours, theirs)


@pytest.mark.parametrize(
    "left",
    [
        {"items": (item_facts("vm-app"), item_facts("gone"))},
        {"items": (item_facts("vm-app"), item_facts("vm-app", Mechanism.SNAPSHOT))},
        {"last": (recovery(), recovery(service=ServiceId("gone")), recovery(tenant="gone", mode=Mode.DRILL))},
        {"collections": (replace(busy_figures().collections[0], tenant=TenantId("gone")),)},
        {
            "vaults": (
                replace(
                    busy_figures().vaults[0],
                    posture=replace(busy_figures().vaults[0].posture, id=ArmId("/subscriptions/s/vaults/gone")),
                ),
            )
        },
    ],
    ids=["an item", "a mechanism", "a service", "a tenant", "a vault"],
)
async def test_of_what_left_the_catalogue_no_series_stays(left: dict[str, object]) -> None:
    """The store remembers it, and nobody would ever look at it again."""
    house = BusyHouse(replace(busy_figures(), **left))  # type: ignore[arg-type]  # the cases name the members
    page = await house.text()

    assert '"gone"' not in page
    assert 'mechanism="snapshot"' not in page


async def test_an_item_that_is_there_stays() -> None:
    """Only what left is left out."""
    house = BusyHouse(tenants=(tenant(service("burgerzaken", item("vm-app", Mechanism.SITE_RECOVERY))),))

    assert set(await values_of(house, "drd_item_recovery_points", "item", "mechanism")) == {("vm-app", "site-recovery")}
