"""Records, resource groups, and what every provider owes whatever it offers."""

from dataclasses import replace

import pytest

from drd.domain.errors import ConflictError, NotFoundError, RefusedError
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS, RECORDS, InterfaceWish
from drd.ports.replication import REPLICATION
from drd.ports.vaults import VAULTS
from tests.contract.providers.stage import HARNESSES, ROOT, SUBSCRIPTION, Stage
from tests.contract.providers.wishes import MACHINE, NETWORK, TAGS, drill_group, stored

pytestmark = pytest.mark.anyio


def test_every_provider_is_held_against_this_suite() -> None:
    """A folder without a harness would be a provider that nobody tried."""
    folders = {path.parent.name for path in (ROOT / "drd" / "providers").glob("*/provider.py")}

    assert folders == {name.partition("-")[0] for name in HARNESSES}


async def test_a_provider_offers_everything_that_this_house_asks(stage: Stage) -> None:
    """Readiness would find a gap; the sample runbooks have none."""
    wanted = {VAULTS, BACKUPS, CROSS_REGION_BACKUPS, REPLICATION, MACHINES, NETWORKS, RECORDS, GROUPS}

    assert {one.name for one in wanted} <= stage.provider.offered()


async def test_a_provider_may_be_closed_twice(stage: Stage) -> None:
    """Stopping may be asked for by several."""
    await stage.provider.close()
    await stage.provider.close()


async def test_what_is_not_there_is_none(stage: Stage) -> None:
    """Reading never raises for absence where the port says None."""
    nowhere = stage.id("rg-nowhere", MACHINE, "vm-x")

    assert await stage.provider.capability(MACHINES).get(nowhere) is None
    assert await stage.provider.capability(MACHINES).disks(nowhere.group_id) == ()
    interface = stage.id("rg-nowhere", "Microsoft.Network/networkInterfaces", "nic-x")
    assert await stage.provider.capability(NETWORKS).interface(interface) is None
    assert await stage.provider.capability(GROUPS).get(nowhere.group_id) is None
    assert await stage.provider.capability(GROUPS).resources(nowhere.group_id) == ()
    with pytest.raises(NotFoundError):
        await stage.provider.capability(NETWORKS).facts(stage.id("rg-netwerk-neu", NETWORK, "vnet-x"))


async def test_a_record_is_written_over_what_was_read_only(stage: Stage) -> None:
    """A stale or missing tag is a conflict, and an empty set is refused before sending."""
    records = stage.provider.capability(RECORDS)
    zone = stage.id("rg-netwerk-neu", "Microsoft.Network/dnsZones", "voorbeeld.example")
    read = await records.get(zone, "burgerzaken", "A")
    assert read is not None

    wanted = replace(read, values=("10.2.1.41", "10.2.1.42"))
    written = await records.put(wanted, request_id="req-dns")

    assert (written.values, written.ttl_seconds) == (wanted.values, 60)
    assert written.etag != read.etag
    with pytest.raises(ConflictError):
        await records.put(wanted, request_id="req-dns-2")
    with pytest.raises(ConflictError):
        await records.put(replace(wanted, etag=""), request_id="req-dns-3")
    with pytest.raises(RefusedError):
        await records.put(replace(wanted, values=()), request_id="req-dns-4")
    fresh = await records.put(replace(wanted, name="nieuw", etag=""), request_id="req-dns-5")
    alias = await records.get(zone, "www-burgerzaken", "CNAME")
    assert fresh.etag
    assert alias is not None
    assert [value.rstrip(".") for value in alias.values] == ["burgerzaken.voorbeeld.example"]
    assert await records.get(zone, "bestaat-niet", "A") is None


async def test_a_group_comes_tagged_and_goes_whole(stage: Stage) -> None:
    """Made twice, tagged without losing tags, found by tag, deleted with what it holds, and gone."""
    groups = stage.provider.capability(GROUPS)
    group = await drill_group(stage)
    await drill_group(stage)

    tagged = await groups.tag(group, tags={"drd-expires": "later"}, request_id="req-tag")
    listed = await groups.list(SUBSCRIPTION, tag="drd-run", value="run-1")
    operation = await groups.delete(group, request_id="req-delete")
    assert operation is not None
    status = await stage.finish(groups.follow, stored(operation))

    assert dict(tagged.tags) == {**TAGS, "drd-expires": "later"}
    assert [one.id for one in listed] == [group]
    assert len(await groups.list(SUBSCRIPTION)) > 10
    assert status.finished
    assert await groups.get(group) is None
    assert await groups.delete(group, request_id="req-delete-2") is None


async def test_leftovers_are_found_by_their_tag(stage: Stage) -> None:
    """Whatever carries the run's tag is listed, with its creation."""
    groups, networks = stage.provider.capability(GROUPS), stage.provider.capability(NETWORKS)
    group = await drill_group(stage)
    subnet = ArmId(f"{stage.id('rg-netwerk-neu', NETWORK, 'vnet-drill-neu')}/subnets/snet-servers")
    nic = stage.id("rg-drill-1", "Microsoft.Network/networkInterfaces", "nic-1")
    await networks.create_interface(
        InterfaceWish(id=nic, location="northeurope", subnet=subnet, tags=TAGS, request_id="req")
    )

    (left,) = await groups.tagged(SUBSCRIPTION, tag="drd-run", value="run-1")

    assert left.id == nic
    assert left.created_at == stage.clock.now()
    assert [one.id for one in await groups.resources(group)] == [nic]
