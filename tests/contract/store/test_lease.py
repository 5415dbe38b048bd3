"""What every lease keeps, on every database."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.store.by_hand import lease_of, pass_time
from tests.contract.store.conftest import Site

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def test_a_lease_is_held_by_one_until_it_ends_or_is_given_back(site: Site) -> None:
    """Its holder may renew it; the database's time ends it."""
    store = await site.open()
    lease = store.lease

    assert await lease.hold("reaper", holder="a", length=MINUTE)
    assert not await lease.hold("reaper", holder="b", length=MINUTE)
    await pass_time(store, 59)
    assert await lease.hold("reaper", holder="a", length=MINUTE)
    await pass_time(store, 59)
    assert not await lease.hold("reaper", holder="b", length=MINUTE)
    assert await lease.held() == {"reaper": "a"}
    await pass_time(store, 1)
    assert await lease.held() == {}
    assert await lease.hold("reaper", holder="b", length=MINUTE)
    await lease.release("reaper", holder="a")
    assert await lease.held() == {"reaper": "b"}
    for _ in range(2):
        await lease.release("reaper", holder="b")
    assert await lease.hold("reaper", holder="a", length=MINUTE)
    assert await lease.hold("exporter", holder="b", length=MINUTE)
    assert await lease.held() == {"reaper": "a", "exporter": "b"}
    await store.close()


@pytest.mark.parametrize("until", [-1.0, 0.0, 9e18])
async def test_a_lease_whose_end_was_written_by_hand_holds_up_nobody(site: Site, until: float) -> None:
    """One that ends further from now than drd ever writes has ended."""
    store = await site.open()
    await lease_of(store, "reaper", holder="nobody", until=until)

    assert await store.lease.held() == {}
    assert await store.lease.hold("reaper", holder="a", length=MINUTE)
    await store.close()


async def test_a_dead_daemons_leases_are_free_when_its_folder_is_opened_again(tmp_path: Path) -> None:
    """Who held them is gone, and the host's time may have begun anew."""
    site = Site(tmp_path / "data")
    store = await site.open(host=lambda: 9e9)
    await store.lease.hold("reaper", holder="dead", length=MINUTE)
    await store.close()
    again = await site.open(host=lambda: 1.0)

    won = await again.lease.hold("reaper", holder="alive", length=MINUTE)
    await again.close()

    assert won
