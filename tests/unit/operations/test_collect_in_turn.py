"""Collecting at scale: points are listed in turn, what is only told is told apart, silence is a finding with an age."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import DrdError, ForbiddenError, NotFoundError, TransientError
from drd.domain.estate import Mechanism
from drd.domain.ids import RunId, TenantId
from drd.operations.points_in_turn import BELIEVED, Room, lists_of
from drd.ports.vault_lists import ListKind
from tests.contract.store.sample import card, plan
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.small_estate import HOME_VAULT, TENANT, item, service, tenant
from tests.fakes.stepping_clock import START
from tests.unit.operations.test_collect import BACKUP, HOME_POINT, House

pytestmark = pytest.mark.anyio

QUARTER = timedelta(minutes=15)
NAMES = tuple(f"vm-{number}" for number in range(6))


def large() -> House:
    """Make a house with six backed-up machines, of which a collection may list the points of two."""
    house = House(tenant(service("a", *(item(name, BACKUP) for name in NAMES))))
    house.home.names = NAMES
    return house


async def test_each_item_has_its_turn() -> None:
    """Of those whose points were never listed nothing is known; then the oldest come first."""
    house = large()

    for number in (2, 4, 6, 6):
        await house.collect(most=2)
        assert len(house.inventory.facts) == number
        house.clock.advance(QUARTER)

    assert house.home.pointed == [*NAMES, *NAMES[:2]]


async def test_a_point_made_since_is_told_before_it_is_listed() -> None:
    """Its time is known from the list of items; it has no id to restore from, and its item comes first."""
    house = large()
    for _ in range(3):
        await house.collect(most=2)
        house.clock.advance(QUARTER)
    house.home.newest = HOME_POINT + timedelta(hours=1)
    house.home.pointed.clear()

    await house.collect(most=2)

    listed, told = house.of("vm-0", BACKUP), house.of("vm-5", BACKUP)
    assert house.home.pointed == ["vm-0", "vm-1"]
    assert [point.id for point in listed.points] == ["p0"]
    assert [(point.id, point.time) for point in told.points] == [("", house.home.newest), ("p0", HOME_POINT)]
    assert listed.seen_at == told.seen_at
    assert told.points_seen_at is not None
    assert told.points_seen_at < told.seen_at


async def test_points_that_nobody_could_list_for_a_day_are_not_believed() -> None:
    """Whatever the list of items says: the item grows old, and is unknown."""
    house = large()
    await house.collect(most=6)
    for name in NAMES:
        house.home.silent[f"points of {name}"] = ForbiddenError("not allowed")
    house.clock.advance(BELIEVED)
    with pytest.raises(TransientError):
        await house.collect(most=6)
    still = house.of("vm-0", BACKUP).seen_at
    house.clock.advance(QUARTER)

    with pytest.raises(TransientError):
        await house.collect(most=6)

    assert still == house.of("vm-0", BACKUP).seen_at == START + BELIEVED


async def test_one_item_without_points_does_not_hide_another() -> None:
    """It was deleted between the list and the question; that says nothing of the vault."""
    house = large()
    house.home.silent["points of vm-0"] = NotFoundError("no such item")

    with pytest.raises(TransientError):
        await house.collect()

    assert {name for _, name, _ in house.inventory.facts} == set(NAMES[1:])
    assert [each.code for each in await house.findings.list()] == ["vault-silent"]


async def test_a_vault_that_stops_answering_is_left_alone() -> None:
    """One question that nobody answers is enough for one collection."""
    house = large()
    house.home.silent["points of vm-2"] = TransientError("no answer")

    with pytest.raises(TransientError):
        await house.collect()

    assert house.home.pointed == list(NAMES[:3])


@pytest.mark.parametrize(
    ("error", "code", "what"),
    [
        (ForbiddenError("the identity may not read"), "vault-not-allowed", "items"),
        (NotFoundError("no such vault"), "vault-not-found", "items"),
        (TransientError("no answer"), "vault-silent", "items, policies of backup, jobs of backup"),
    ],
)
async def test_what_cannot_be_read_is_a_finding_with_an_age(error: DrdError, code: str, what: str) -> None:
    """Never an empty list: what was seen stays, with its age; the finding goes when the vault can be read again."""
    house = House()
    await house.collect()
    house.clock.advance(timedelta(hours=2))
    house.home.silent[str(HOME_VAULT)] = house.paired.silent[str(HOME_VAULT)] = error

    with pytest.raises(TransientError):
        await house.collect()

    (found,) = await house.findings.list(TENANT)
    assert (found.code, found.subject) == (code, str(HOME_VAULT))
    assert found.message == f"{what} of rsv-weu could not be read: {error.message}; what is known of it is 2h old"
    items = house.inventory.lists_seen[TENANT, HOME_VAULT, BACKUP, ListKind.ITEMS]
    assert (items.seen_at, items.total, items.trouble) == (START, 2, str(error))
    house.home.silent.clear()
    await house.collect()
    assert await house.findings.list(TENANT) == ()


async def test_policies_and_jobs_are_missing_each_by_itself() -> None:
    """A right that only lists of jobs would need hides no items."""
    house = House()
    house.telling.silent[str(HOME_VAULT)] = ForbiddenError("not allowed")

    with pytest.raises(TransientError):
        await house.collect()

    (found,) = await house.findings.list(TENANT)
    assert found.message == (
        "policies of backup, jobs of backup of rsv-weu could not be read: not allowed; nothing is known of it yet"
    )
    assert house.of("vm-app", BACKUP).state == "ok"
    jobs = house.inventory.lists_seen[TENANT, HOME_VAULT, Mechanism.BACKUP, ListKind.JOBS]
    assert (jobs.seen_at, jobs.entries, jobs.trouble) == (None, (), "not allowed")


async def test_replication_and_backup_share_what_a_subscription_bears() -> None:
    """By how many items each holds, so that neither waits for the other."""
    house = House(tenant(service("a", *(item(name) for name in ("vm-app", "vm-sql")))))

    await house.collect(most=2)

    assert sorted(mechanism for _, _, mechanism in house.inventory.facts) == ["backup", "site-recovery"]


def test_a_longer_interval_has_room_for_more_lists() -> None:
    """Ten thousand items have their turn within half a day, and within a day beside runs."""
    day, intervals = timedelta(days=1), (QUARTER, timedelta(hours=1))
    assert [lists_of(each, busy=False) * (day // each) for each in intervals] == [28_800, 28_800]
    assert [lists_of(each, busy=True) * (day // each) for each in intervals] == [14_400, 14_400]
    assert lists_of(timedelta(minutes=1), busy=True) == 50


async def test_less_is_asked_while_runs_are_under_way() -> None:
    """A drill asks as the same identity; where the journal cannot say, the same."""
    journal = MemoryJournal()
    room = Room(journal, QUARTER)
    quiet = await room()
    journal.cards[RunId("r-1")] = card("r-1", plan())
    beside = await room()
    journal.cards.clear()
    journal.unavailable = True

    assert (quiet, beside, await room()) == (300, 150, 150)


async def test_a_point_made_since_comes_before_a_chain_that_is_only_older() -> None:
    """Its chain has news; that of a machine that is backed up by the week has none, and waits until it is old."""
    house = House(tenant(service("a", *(item(name, BACKUP) for name in NAMES))))
    house.home.names = NAMES
    await house.collect(most=3)
    house.clock.advance(timedelta(hours=10))
    await house.collect(most=3)
    house.clock.advance(timedelta(hours=4))
    house.home.newest_of["vm-4"] = HOME_POINT + timedelta(hours=12)
    house.home.pointed.clear()

    await house.collect(most=1)

    assert house.home.pointed == ["vm-4"]


async def test_of_items_that_were_never_listed_the_first_tiers_come_first() -> None:
    """On the first day of a large estate, what matters most is known first."""
    services = [replace(service(name, item(f"vm-{tier}", BACKUP)), tier=tier) for name, tier in (("a", 2), ("b", 0))]
    house = House(tenant(*services))
    house.home.names = ("vm-2", "vm-0")

    await house.collect(most=1)

    assert house.home.pointed == ["vm-0"]


async def test_items_that_no_service_names_are_one_finding_a_vault() -> None:
    """However many they are; a neighbour's in a vault that is shared are his."""
    mine, his = tenant(service("a", item("vm-0", BACKUP))), tenant(service("b", item("vm-1", BACKUP)))
    house = House(mine, replace(his, id=TenantId("buur")))
    house.home.names = tuple(f"vm-{number}" for number in range(300))

    await house.collect()

    (found,) = await house.findings.list(TENANT)
    assert (found.code, found.subject) == ("items-without-service", str(HOME_VAULT))
    assert found.message.startswith("298 of the items that rsv-weu protects belong to no service: vm-10, vm-100, ")
    assert len(found.message) < 150
