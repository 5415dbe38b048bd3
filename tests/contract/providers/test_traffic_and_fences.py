"""Traffic managers, fences and private names, as a provider offers them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError, NotFoundError, PermanentError
from drd.ports.networks import NETWORKS, RECORDS
from drd.ports.traffic import FENCES, TRAFFIC, FenceWish
from tests.contract.providers.stage import Stage
from tests.contract.providers.wishes import stored

pytestmark = pytest.mark.anyio


async def test_users_are_led_to_an_endpoint_and_away(stage: Stage) -> None:
    """What its probes say is read back; a switch sent twice is one."""
    traffic = stage.provider.capability(TRAFFIC)
    profile = stage.id("rg-netwerk-neu", "Microsoft.Network/trafficManagerProfiles", "tm-e-loket")
    read = await traffic.profile(profile)
    assert read is not None
    assert (read.host, read.enabled, read.monitor) == ("e-loket-voorbeeld.trafficmanager.net", True, "Online")
    west, noord = read.endpoint("WEST"), read.endpoint("noord")
    assert west is not None
    assert noord is not None
    assert (west.serves, noord.serves, noord.target) == (True, False, "e-loket-neu.voorbeeld.example")
    for _ in range(2):
        await traffic.switch(noord, enabled=True, request_id="req-tm")
    await stage.clock.sleep(timedelta(minutes=3))
    seen = await traffic.profile(profile)
    assert seen is not None
    again = seen.endpoint("noord")
    assert again is not None
    assert (again.enabled, again.monitor, again.serves) == (True, "Degraded", False)
    assert await traffic.profile(stage.id("rg-netwerk-neu", "Microsoft.Network/trafficManagerProfiles", "x")) is None


async def test_a_fence_stands_and_goes(stage: Stage) -> None:
    """By name: put twice it is there once, and removed twice it is gone."""
    fences = stage.provider.capability(FENCES)
    group = stage.id("rg-netwerk", "Microsoft.Network/networkSecurityGroups", "nsg-servers-weu")
    wish = FenceWish(
        group=group,
        name="drd-fence-inbound",
        direction="inbound",
        addresses=("10.1.1.41", "10.1.1.42"),
        priority=100,
        request_id="req-fence",
    )
    for _ in range(2):
        putting = await fences.put(wish)
        assert putting is not None
        await stage.finish(fences.follow, stored(putting))
    first = (await fences.barriers(group))[0]
    assert (first.name, first.denies, first.direction, first.priority) == ("drd-fence-inbound", True, "inbound", 100)
    assert set(first.addresses) == set(wish.addresses)
    removing = await fences.remove(group, wish.name, request_id="req-open")
    assert removing is not None
    await stage.finish(fences.follow, stored(removing))
    assert await fences.remove(group, wish.name, request_id="req-open") is None
    assert "drd-fence-inbound" not in {one.name for one in await fences.barriers(group)}
    with pytest.raises(NotFoundError):
        await fences.barriers(stage.id("rg-netwerk", "Microsoft.Network/networkSecurityGroups", "nsg-x"))


async def test_a_private_name_is_written_over_what_was_read_only(stage: Stage) -> None:
    """As a public one: a stale tag is a conflict."""
    records = stage.provider.capability(RECORDS)
    zone = stage.id("rg-netwerk-neu", "Microsoft.Network/privateDnsZones", "intern.voorbeeld.example")
    read = await records.get(zone, "poort", "A")
    assert read is not None
    assert (read.values, read.ttl_seconds) == (("10.1.1.250",), 60)
    written = await records.put(replace(read, values=("10.2.1.250",)), request_id="req-name")
    assert written.values == ("10.2.1.250",)
    with pytest.raises(ConflictError):
        await records.put(replace(read, values=("10.2.1.9",)), request_id="req-name")
    alias = replace(read, name="weg", kind="CNAME", values=("poort.intern.voorbeeld.example",), etag="")
    assert (await records.put(alias, request_id="req-name")).values == alias.values
    with pytest.raises(ConflictError):
        await records.put(alias, request_id="req-name")
    assert await records.get(zone, "niets", "A") is None


async def test_what_is_not_asked_by_its_id_is_refused(stage: Stage) -> None:
    """The api-versions are ours, so a type without one is a mistake."""
    account = stage.id("rg-netwerk-neu", "Microsoft.Storage/storageAccounts", "stnetwerk")
    with pytest.raises(PermanentError, match="not asked by their id"):
        await stage.provider.capability(NETWORKS).interface(account)
