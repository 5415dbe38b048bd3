"""Collecting while a region does not answer: who waits for it keeps no other waiting, and asks it only once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from drd.domain.errors import DrdError, PermanentError, TransientError
from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId
from drd.operations.side_by_side import side_by_side
from drd.ports.backups import BACKUPS, BackedUpItem
from drd.ports.vault_lists import ListKind
from tests.fakes.small_estate import HOME_VAULT, TENANT, item, service, tenant
from tests.unit.operations.test_collect import BACKUP, OTHER_VAULT, Cloud, House

pytestmark = pytest.mark.anyio

SILENT = TransientError("the region does not answer")


class Hanging(Cloud):
    """One of its vaults does not answer until it is told to."""

    def __init__(self, vault: ArmId) -> None:
        """Begin without an answer."""
        super().__init__()
        self.vault = vault
        self.answers = asyncio.Event()

    async def items(self, vault: ArmId, region: str = "") -> tuple[BackedUpItem, ...]:
        """List what a vault backs up."""
        if vault == self.vault:
            await self.answers.wait()
        return await super().items(vault, region)


async def known_while_it_hangs(house: House, hanging: Hanging) -> set[str]:
    """Collect, and give of which tenants' items something is known before the vault that hangs has answered."""
    house.offers[BACKUPS] = hanging
    collecting = asyncio.create_task(house.collect())
    for _ in range(200):
        await asyncio.sleep(0)
    known = {f"{name}: {each}" for name, each, mechanism in house.inventory.facts if mechanism == BACKUP.value}
    lists = {f"{each[0]}: {each[1]}" for each in house.inventory.lists_seen if each[3] is ListKind.ITEMS}
    assert not collecting.done()
    hanging.answers.set()
    await collecting
    return known | lists


async def test_a_municipality_whose_region_hangs_delays_no_other() -> None:
    """The second one's items are known while the first one's vault still says nothing."""
    first = replace(tenant(service("a", item("vm-app", BACKUP, vault=OTHER_VAULT)), name="aa"), subscriptions=())
    known = await known_while_it_hangs(House(first, tenant(name="zz")), Hanging(OTHER_VAULT))

    assert known >= {"zz: vm-app", "zz: vm-sql"}
    assert [each for each in known if each.startswith("aa: ")] == []


async def test_a_vault_that_hangs_delays_no_other_list_of_items() -> None:
    """Those of one municipality are asked at the same time too."""
    two = tenant(service("a", item("vm-app", BACKUP, vault=OTHER_VAULT), item("vm-sql", BACKUP)))
    known = await known_while_it_hangs(House(two), Hanging(OTHER_VAULT))

    assert f"{TENANT}: {HOME_VAULT}" in known
    assert f"{TENANT}: {OTHER_VAULT}" not in known


@pytest.mark.parametrize("paired", [None, SILENT, PermanentError("it copies nothing to another region")])
async def test_a_vault_that_does_not_answer_is_asked_once(paired: DrdError | None) -> None:
    """Whatever the paired region says: its other lists count as not answered, and keep what was in them."""
    house = House()
    await house.collect()
    seen_at = house.clock.now()
    house.telling.asked.clear()
    house.home.silent[str(HOME_VAULT)] = SILENT
    if paired is not None:
        house.paired.silent[str(HOME_VAULT)] = paired

    assert (await house.failing()).count(SILENT.message) == 1

    assert house.telling.asked == ["rsv-neu: policies of site-recovery", "rsv-neu: jobs of site-recovery"]
    for kind in (ListKind.POLICIES, ListKind.JOBS):
        known = house.inventory.lists_seen[TENANT, HOME_VAULT, BACKUP, kind]
        assert (known.seen_at, known.total, known.trouble) == (seen_at, 1, str(SILENT))


async def test_a_vault_that_stops_answering_between_its_lists_is_asked_no_more() -> None:
    """A right that one list lacks is another matter: the next one is asked for."""
    house = House()
    house.telling.silent[str(HOME_VAULT)] = SILENT
    await house.failing()

    assert [each for each in house.telling.asked if each.startswith("rsv-weu")] == ["rsv-weu: policies of backup"]
    jobs = house.inventory.lists_seen[TENANT, HOME_VAULT, Mechanism.BACKUP, ListKind.JOBS]
    assert (jobs.seen_at, jobs.trouble) == (None, str(SILENT))


async def test_so_many_at_a_time_and_what_they_gave_in_their_order() -> None:
    """What one raises is raised when all others have ended."""
    at_work: list[int] = []
    most = 0

    def work(number: int) -> Callable[[], Awaitable[int]]:
        async def done() -> int:
            nonlocal most
            at_work.append(number)
            most = max(most, len(at_work))
            for _ in range(5 - number):
                await asyncio.sleep(0)
            at_work.remove(number)
            if number == 1:
                raise SILENT
            return number

        return done

    assert await side_by_side([work(number) for number in (0, 2, 3, 4)], most=2) == (0, 2, 3, 4)
    assert most == 2
    with pytest.raises(TransientError):
        await side_by_side([work(number) for number in (1, 0)], most=2)
    assert at_work == []
