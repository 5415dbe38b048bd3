"""What every lease keeps, on every database."""

from datetime import timedelta

import pytest

from tests.contract.store.conftest import Site

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def test_a_lease_is_held_by_one_until_it_ends_or_is_given_back(site: Site) -> None:
    """Its holder may renew it; the host's time ends it."""
    now = [1000.0]
    store = await site.open(host=lambda: now[0])
    lease = store.lease

    assert await lease.hold("reaper", holder="a", length=MINUTE)
    assert not await lease.hold("reaper", holder="b", length=MINUTE)
    now[0] += 59
    assert await lease.hold("reaper", holder="a", length=MINUTE)
    now[0] += 59
    assert not await lease.hold("reaper", holder="b", length=MINUTE)
    assert await lease.held() == {"reaper": "a"}
    now[0] += 1
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


async def test_a_dead_daemons_leases_are_free_when_the_store_is_opened_again(durable: Site) -> None:
    """Who held them is gone, and the host's time may have begun anew."""
    store = await durable.open(host=lambda: 9e9)
    await store.lease.hold("reaper", holder="dead", length=MINUTE)
    await store.close()
    again = await durable.open(host=lambda: 1.0)

    won = await again.lease.hold("reaper", holder="alive", length=MINUTE)
    await again.close()

    assert won
