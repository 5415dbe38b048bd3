"""Resource groups, networks and DNS through Azure's own clients, and what is left of them when a region is lost."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

pytestmark = pytest.mark.anyio

ZONE = ("rg-netwerk-neu", "voorbeeld.example")


async def test_a_group_is_made_found_by_its_tag_and_deleted_with_all_in_it(azure: Any) -> None:
    """Deletion is a long-running operation told by Location alone."""
    groups = azure.resources.resource_groups
    made = await groups.create_or_update("rg-drill-1", {"location": "northeurope", "tags": {"drd-run": "r1"}})
    assert made.properties.provisioning_state == "Succeeded"
    disk = {"location": "northeurope", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 4}}
    await (await azure.compute.disks.begin_create_or_update("rg-drill-1", "d1", disk)).result()

    tagged = [one.name async for one in groups.list(filter="tagName eq 'drd-run' and tagValue eq 'r1'")]
    assert tagged == ["rg-drill-1"]
    await (await groups.begin_delete("rg-drill-1")).result()

    assert 15.0 in azure.time.slept
    with pytest.raises(ResourceNotFoundError):
        await azure.compute.disks.get("rg-drill-1", "d1")
    assert not await groups.check_existence("rg-drill-1")
    assert len(azure.effects("group.delete")) == 1


async def test_tags_are_replaced_by_a_patch(azure: Any) -> None:
    """A PATCH changes tags and nothing else."""
    changed = await azure.resources.resource_groups.update("rg-databank-neu", {"tags": {"drd-expires": "x"}})

    assert (changed.location, changed.tags) == ("northeurope", {"drd-expires": "x"})


async def test_resources_are_listed_by_tag_in_a_group_and_in_the_subscription(azure: Any) -> None:
    """The leak check finds by tag what a run made; disks show their group in capitals."""
    everywhere = [
        one.name
        async for one in azure.resources.resources.list(filter="tagName eq 'service' and tagValue eq 'databank'")
    ]
    in_group = [one async for one in azure.resources.resources.list_by_resource_group("rg-databank")]

    assert everywhere == ["vm-db-1", "vm-db-2"]
    assert {one.id.split("/")[4] for one in in_group} == {"rg-databank", "RG-DATABANK"}


async def test_the_providers_are_registered(azure: Any) -> None:
    """Readiness reads the registration."""
    found = await azure.resources.providers.get("Microsoft.RecoveryServices")

    assert found.registration_state == "Registered"


async def test_the_drill_network_can_be_proven_isolated(azure: Any) -> None:
    """No peerings, and a group on its subnet that denies all but the network itself."""
    network = await azure.network.virtual_networks.get("rg-netwerk-neu", "vnet-drill-neu")
    peerings = [one async for one in azure.network.virtual_network_peerings.list("rg-netwerk-neu", "vnet-drill-neu")]
    group_id = network.subnets[0].network_security_group.id
    group = await azure.network.network_security_groups.get("rg-netwerk-neu", group_id.rsplit("/", 1)[-1])

    assert peerings == []
    denying = {(rule.direction, rule.priority) for rule in group.security_rules if rule.access == "Deny"}
    assert denying == {("Inbound", 4096), ("Outbound", 4096)}


async def test_the_production_networks_are_peered(azure: Any) -> None:
    """A proof of isolation that always succeeds would prove nothing."""
    peerings = [one async for one in azure.network.virtual_network_peerings.list("rg-netwerk-neu", "vnet-neu")]

    assert [one.remote_virtual_network.id.rsplit("/", 1)[-1] for one in peerings] == ["vnet-weu"]


async def test_effective_rules_are_told_for_a_machine_that_runs(azure: Any) -> None:
    """They come through Location alone."""
    poller = await azure.network.network_interfaces.begin_list_effective_network_security_groups(
        "rg-netwerk-neu", "vm-vpn-neu-nic"
    )
    found = await poller.result()

    names = [rule.name for rule in found.value[0].effective_security_rules]
    assert names[0] == "securityRules/allow-offices"
    assert "defaultSecurityRules/DenyAllInBound" in names


async def test_a_record_set_is_switched_under_its_etag(azure: Any) -> None:
    """A second writer with the old ETag is refused, and users go where the record says."""
    records = azure.dns.record_sets
    before = await records.get(*ZONE, "vpn", "A")
    switched = {"ttl": before.ttl, "a_records": [{"ipv4_address": "10.2.1.250"}]}
    after = await records.create_or_update(*ZONE, "vpn", "A", switched, if_match=before.etag)
    assert after.etag != before.etag

    with pytest.raises(HttpResponseError) as refusal:
        await records.create_or_update(*ZONE, "vpn", "A", switched, if_match=before.etag)
    assert refusal.value.status_code == 412
    assert len(azure.effects("dns.write")) == 1
    assert azure.front.ask("vpn.voorbeeld.example", 443, tls=True).machine.endswith("/vm-vpn-neu")


async def test_record_sets_are_patched_listed_and_deleted(azure: Any) -> None:
    """PATCH keeps what it does not name."""
    records = azure.dns.record_sets
    patched = await records.update(*ZONE, "besluitvorming", "A", {"ttl": 60})
    assert (patched.ttl, patched.a_records[0].ipv4_address) == (60, "10.1.1.51")
    names = [one.name async for one in records.list_by_type(*ZONE, "A")]
    assert {"besluitvorming", "burgerzaken", "vpn"} <= set(names)
    await records.delete(*ZONE, "www-burgerzaken", "CNAME")
    left = [one.name async for one in records.list_by_dns_zone(*ZONE)]
    assert "burgerzaken" in left
    assert "www-burgerzaken" not in left


async def test_a_lost_region_refuses_its_resources_and_leaves_the_rest_alone(azure: Any) -> None:
    """Groups and records are global; a change in a group of the lost region is refused wherever the resource is."""
    azure.lose("westeurope")

    for call in (
        azure.compute.virtual_machines.get("rg-databank", "vm-db-1"),
        azure.compute.virtual_machines.begin_start("rg-databank", "vm-db-1"),
        azure.network.virtual_networks.get("rg-netwerk", "vnet-weu"),
        azure.resources.resource_groups.begin_delete("rg-databank"),
    ):
        with pytest.raises(HttpResponseError) as refusal:
            await call
        assert (refusal.value.status_code, refusal.value.error.code) == (503, "ServiceUnavailable")
    groups = [one.name async for one in azure.resources.resource_groups.list()]
    listed = [one.name async for one in azure.resources.resources.list_by_resource_group("rg-databank")]
    assert {"rg-databank", "rg-databank-neu"} <= set(groups)
    assert "vm-db-1" in listed
    assert (await azure.dns.record_sets.get(*ZONE, "vpn", "A")).ttl == 60
    machines = [one.name async for one in azure.compute.virtual_machines.list_all()]
    assert machines == ["vm-vpn-neu"]


async def test_what_was_under_way_in_a_lost_region_ends_when_it_is_back(azure: Any) -> None:
    """The effect is held, not lost and not repeated."""
    await azure.compute.virtual_machines.begin_deallocate("rg-databank", "vm-db-1", polling=False)
    azure.lose("westeurope")
    await azure.time.sleep(3600)
    azure.sandbox.world.regions.up("westeurope")

    view = await azure.compute.virtual_machines.instance_view("rg-databank", "vm-db-1")
    assert view.statuses[-1].code == "PowerState/deallocated"


async def test_a_drill_network_that_is_opened_shows_it(azure: Any) -> None:
    """A peering and a rule made through Azure's clients are seen by the proof of isolation."""
    home = await azure.network.virtual_networks.get("rg-netwerk-neu", "vnet-neu")
    peering = {"properties": {"remoteVirtualNetwork": {"id": home.id}, "allowVirtualNetworkAccess": True}}
    poller = await azure.network.virtual_network_peerings.begin_create_or_update(
        "rg-netwerk-neu", "vnet-drill-neu", "leak", peering
    )
    assert (await poller.result()).provisioning_state == "Succeeded"
    rule = {
        "properties": {
            "priority": 101,
            "direction": "Outbound",
            "access": "Allow",
            "protocol": "*",
            "sourceAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "Internet",
            "destinationPortRange": "443",
        }
    }
    await (
        await azure.network.security_rules.begin_create_or_update("rg-netwerk-neu", "nsg-drill-neu", "leak", rule)
    ).result()

    network = await azure.network.virtual_networks.get("rg-netwerk-neu", "vnet-drill-neu")
    group = await azure.network.network_security_groups.get("rg-netwerk-neu", "nsg-drill-neu")
    assert [one.name for one in network.virtual_network_peerings] == ["leak"]
    assert "leak" in [one.name for one in group.security_rules]
    await (
        await azure.network.virtual_network_peerings.begin_delete("rg-netwerk-neu", "vnet-drill-neu", "leak")
    ).result()
    await (await azure.network.security_rules.begin_delete("rg-netwerk-neu", "nsg-drill-neu", "leak")).result()
    left = [one async for one in azure.network.virtual_network_peerings.list("rg-netwerk-neu", "vnet-drill-neu")]
    assert left == []


async def test_routes_that_people_write_come_before_azure_s_own(azure: Any) -> None:
    """A table on a subnet, made through Azure's client, shows in what really applies to a machine in it."""
    to_hub = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.2.0.4"}
    route = {"name": "out", "properties": to_hub}
    tables = azure.network.route_tables
    wanted = {"location": "northeurope", "properties": {"routes": [route]}}
    made = await (await tables.begin_create_or_update("rg-netwerk-neu", "rt-hub", wanted)).result()
    assert [one.next_hop_ip_address for one in made.routes] == ["10.2.0.4"]
    subnet = await azure.network.subnets.get("rg-netwerk-neu", "vnet-neu", "snet-servers")
    changed = {
        "properties": {
            "addressPrefix": subnet.address_prefix,
            "routeTable": {"id": made.id},
            "serviceEndpoints": [{"service": "Microsoft.Storage"}],
        }
    }
    await (
        await azure.network.subnets.begin_create_or_update("rg-netwerk-neu", "vnet-neu", "snet-servers", changed)
    ).result()

    found = await (
        await azure.network.network_interfaces.begin_get_effective_route_table("rg-netwerk-neu", "vm-vpn-neu-nic")
    ).result()

    told = [(one.source, one.state, one.next_hop_type) for one in found.value]
    assert ("User", "Active", "VirtualAppliance") in told
    assert ("Default", "Invalid", "Internet") in told
    assert "VirtualNetworkServiceEndpoint" in {hop for _, _, hop in told}
    with pytest.raises(HttpResponseError, match="in use"):
        await (await tables.begin_delete("rg-netwerk-neu", "rt-hub")).result()
