"""What there is, with labels to join on; and which items are told of a large estate."""

from dataclasses import replace

import pytest

from drd.domain.plan import Mode
from drd.domain.plan_status import StandingPlan
from drd.metrics import items
from drd.metrics.items import items_of
from tests.fakes.busy_house import NOW, RUNBOOK, BusyHouse, busy_figures
from tests.fakes.scraped_series import series_of, values_of
from tests.fakes.small_estate import TENANT, FixedServices, item, no_figures, plan, service, tenant

pytestmark = pytest.mark.anyio


async def test_an_item_is_told_once_for_each_mechanism() -> None:
    """With the service it belongs to, its kind and its regions; one that nobody protects is told too."""
    bare = replace(item("vm-bare"), protection=())
    house = BusyHouse(no_figures(), tenants=(tenant(service("burgerzaken", item("vm-app"), bare)),))
    told = await series_of(house, "drd_item_info")

    assert {(dict(key)["item"], dict(key)["mechanism"]) for key in told} == {
        ("vm-app", "backup"), ("vm-app", "site-recovery"), ("vm-bare", "none"),
    }  # fmt: skip
    assert set(told.values()) == {1}
    assert {("region", "westeurope"), ("recovery_region", "northeurope"), ("service", "burgerzaken"),
            ("kind", "virtual-machine"), ("tenant", TENANT)} <= min(told, key=sorted)  # fmt: skip


async def test_a_runbook_has_one_digest_that_changes_with_any_of_its_plans() -> None:
    """Of all its modes together; empty while it has no plan."""
    house = BusyHouse()

    async def digest(*plans: tuple[Mode, str]) -> str:
        standing = tuple(
            StandingPlan(tenant=TENANT, runbook=RUNBOOK, mode=mode, hash=digest, since=NOW) for mode, digest in plans
        )
        house.readings.figures_now = no_figures(standing=standing)
        ((key, _),) = (await values_of(house, "drd_runbook_info", "runbook", "digest")).items()
        return key[1]

    one, two = (Mode.FAILOVER, "a"), (Mode.DRILL, "b")
    assert await digest() == ""
    assert await digest(one, two) == await digest(two, one)
    assert len({await digest(one), await digest(one, two), await digest((Mode.FAILOVER, "b"), two)}) == 3


async def test_a_runbook_is_told_for_the_tenants_whose_service_it_brings_back() -> None:
    """And one of no service for all: no tenant gets series of another's runbooks."""
    others = tenant(service("website"), name="elders")
    house = BusyHouse(no_figures(), tenants=(tenant(), others), plans=(plan(), plan("alles", parent=True)))
    told = await values_of(house, "drd_runbook_info", "tenant", "runbook", "service")

    assert set(told) == {(TENANT, "burgerzaken", "burgerzaken"), (TENANT, "alles", ""), ("elders", "alles", "")}


@pytest.mark.parametrize(("count", "told"), [(items.MANY - 1, True), (items.MANY, False)])
def test_a_large_estate_tells_what_is_wrong_unless_it_is_said_otherwise(count: int, told: bool) -> None:
    """All of fewer than two thousand; of more, an item with a young point is not told."""
    one = item("vm-app")
    estate = (tenant(service("burgerzaken", *[one] * count)),)
    figures = busy_figures()

    assert items_of(figures, estate, wanted=None, now=NOW).tells(TENANT, "vm-app") is told
    assert items_of(figures, estate, wanted="all", now=NOW).tells(TENANT, "vm-app")
    assert not items_of(figures, estate, wanted="none", now=NOW).tells(TENANT, "vm-app")


def test_an_item_that_was_never_seen_is_wrong() -> None:
    """It has no point that is young enough: nothing is known of it."""
    chosen = items_of(no_figures(), FixedServices().tenants(), wanted="breaching", now=NOW)

    assert chosen.tells(TENANT, "vm-app")
    assert not chosen.tells(TENANT, "gone")
