"""What is known of vaults, and how old it is: nothing that is too old is shown as known."""

from datetime import timedelta

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import NotFoundError
from drd.domain.estate import Mechanism
from drd.operations.list_inventory import Freshness, InventoryRow, ListInventory
from drd.ports.inventory import VaultFacts, VaultList
from drd.ports.vault_lists import Listed, ListKind
from drd.ports.vaults import VaultPosture
from tests.fakes.busy_house import NOW, item_facts
from tests.fakes.small_estate import HOME_VAULT, TENANT, FixedServices, MemoryInventory, item, service, tenant
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

VIEWER = Actor(name="an", roles=frozenset({Role.VIEWER}))
FRESH, BACKUP = timedelta(minutes=45), Mechanism.BACKUP
OLD = NOW - FRESH - timedelta(seconds=1)
JOB = Listed(name="vm-app", state="Failed", about="Backup", at=NOW)


class House:
    """The use case, on an inventory of two backed-up items."""

    def __init__(self) -> None:
        """Know nothing."""
        self.inventory = MemoryInventory()
        services = FixedServices(tenant(service("a", item("vm-app", BACKUP), item("vm-sql", BACKUP))))
        self.listing = ListInventory(services=services, inventory=self.inventory, clock=SteppingClock(NOW), fresh=FRESH)

    async def rows(self) -> dict[str, InventoryRow]:
        """Give the rows by what they tell of."""
        return {row.what: row for row in await self.listing.list(VIEWER)}


async def test_what_was_never_seen_is_never_and_not_none() -> None:
    """Each kind of fact has its row before anything was collected."""
    rows = await House().rows()

    assert rows.keys() == {"items", "policies", "jobs", "points"}
    assert {row.freshness for row in rows.values()} == {Freshness.NEVER}
    assert (rows["points"].total, rows["points"].missing, rows["items"].seen_at) == (0, 2, None)


async def test_what_is_too_old_is_unknown_and_keeps_its_age() -> None:
    """To the second, each kind by itself; points are as old as the oldest item's."""
    house = House()
    jobs = VaultList(
        tenant=TENANT, vault=HOME_VAULT, mechanism=BACKUP, kind=ListKind.JOBS, asked_at=NOW, seen_at=OLD,
        trouble="not allowed", entries=(JOB,), total=1,
    )  # fmt: skip
    items = VaultList(
        tenant=TENANT, vault=HOME_VAULT, mechanism=BACKUP, kind=ListKind.ITEMS, asked_at=NOW, seen_at=NOW - FRESH
    )
    await house.inventory.put_lists((jobs, items))
    await house.inventory.put_items(
        (item_facts("vm-app", BACKUP, points_seen_at=NOW - timedelta(hours=9)), item_facts("vm-sql", BACKUP))
    )
    await house.inventory.put_vaults(
        (VaultFacts(tenant=TENANT, posture=VaultPosture(id=HOME_VAULT, location="westeurope"), seen_at=OLD),)
    )

    rows = await house.rows()

    assert {what: row.freshness for what, row in rows.items()} == {
        "items": Freshness.FRESH,
        "jobs": Freshness.UNKNOWN,
        "points": Freshness.FRESH,
        "policies": Freshness.NEVER,
        "posture": Freshness.UNKNOWN,
    }
    assert (rows["jobs"].trouble, rows["jobs"].seen_at, rows["jobs"].entries) == ("not allowed", OLD, (JOB,))
    assert (rows["points"].seen_at, rows["points"].total) == (NOW - timedelta(hours=9), 2)


async def test_points_of_some_items_only_are_not_all_points() -> None:
    """One of two is stale: what the vault holds is not known."""
    house = House()
    await house.inventory.put_items((item_facts("vm-app", BACKUP), item_facts("vm-sql", BACKUP, seen_at=OLD)))

    points = (await house.rows())["points"]

    assert (points.freshness, points.total, points.missing) == (Freshness.UNKNOWN, 1, 1)


async def test_a_vault_is_shown_by_its_name_or_its_id() -> None:
    """In whatever case it is typed; who is not there is not found."""
    listing = House().listing

    by_name = await listing.show(VIEWER, "RSV-weu")
    by_id = await listing.show(VIEWER, str(HOME_VAULT).upper())

    assert len(by_name) == len(by_id) == 4
    with pytest.raises(NotFoundError):
        await listing.show(VIEWER, "rsv-elsewhere")
