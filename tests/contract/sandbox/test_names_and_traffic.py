"""Public zones, private zones and Traffic Manager through Azure's own clients, and what users see of them."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.privatedns.aio import PrivateDnsManagementClient
from azure.mgmt.trafficmanager.aio import TrafficManagerManagementClient

from tests.contract.sandbox.clients import body_of, client_of
from tests.contract.sandbox.conftest import ROOT
from tests.contract.sandbox.examples import missing

pytestmark = pytest.mark.anyio

GROUP, PUBLIC, PRIVATE = "rg-netwerk-neu", "voorbeeld.example", "intern.voorbeeld.example"
NETWORK = f"{ROOT}/{GROUP}/providers/Microsoft.Network"
PROFILE, EXTERNAL = "tm-e-loket", "ExternalEndpoints"
HOST = "e-loket.voorbeeld.example"


async def test_public_zones_hold_four_types_of_records_and_their_apex(azure: Any) -> None:
    """Others are refused clearly, an alias stands alone, and the apex cannot be taken away."""
    zones, records = azure.dns.zones, azure.dns.record_sets
    made = await zones.create_or_update(GROUP, "nieuw.example", {"location": "global"})
    assert made.number_of_record_sets == 2
    for kind, body in (
        ("AAAA", {"ttl": 60, "aaaa_records": [{"ipv6_address": "2001:db8::1"}]}),
        ("TXT", {"ttl": 60, "txt_records": [{"value": ["a", "b"]}]}),
    ):
        await records.create_or_update(GROUP, "nieuw.example", "www", kind, body)
    alias = {"ttl": 60, "cname_record": {"cname": "elders.example"}}
    with pytest.raises(HttpResponseError, match="has its name for itself"):
        await records.create_or_update(GROUP, "nieuw.example", "www", "CNAME", alias)
    with pytest.raises(HttpResponseError, match="holds no record sets of type"):
        await records.create_or_update(GROUP, "nieuw.example", "www", "SRV", {"ttl": 60, "srv_records": []})
    with pytest.raises(HttpResponseError, match="cannot be deleted"):
        await records.delete(GROUP, "nieuw.example", "@", "NS")
    authority = await records.get(GROUP, "nieuw.example", "@", "SOA")
    assert authority.soa_record.serial_number == 1
    assert [one.name async for one in zones.list()] == [PUBLIC, "nieuw.example"]
    await (await zones.begin_delete(GROUP, "nieuw.example")).result()
    with pytest.raises(ResourceNotFoundError):
        await zones.get(GROUP, "nieuw.example")
    record = await body_of(azure, f"{NETWORK}/dnsZones/{PUBLIC}/CNAME/www-burgerzaken", "2018-05-01")
    assert missing(record, "network", "GetCNAMERecordset") == []
    listed = await body_of(azure, f"{NETWORK}/dnsZones", "2018-05-01")
    assert missing(listed, "network", "ListZonesByResourceGroup") == []


async def test_a_private_name_is_known_in_linked_networks_only(azure: Any) -> None:
    """Zones and links take their time; record sets do not, and are written under their ETag."""
    private = client_of(azure, PrivateDnsManagementClient)
    zone = "geheim.example"
    made = await (await private.private_zones.begin_create_or_update(GROUP, zone, {"location": "global"})).result()
    assert made.provisioning_state == "Succeeded"
    wish = {"properties": {"ttl": 60, "aRecords": [{"ipv4Address": "10.2.1.99"}]}}
    record = await private.record_sets.create_or_update(GROUP, zone, "A", "Kluis", wish)
    assert (record.name, record.fqdn) == ("kluis", "kluis.geheim.example.")
    assert azure.front.resolve("kluis.geheim.example") == ()

    body = {"location": "global", "properties": {"virtualNetwork": {"id": f"{NETWORK}/virtualNetworks/vnet-neu"}}}
    linking = await private.virtual_network_links.begin_create_or_update(GROUP, zone, "neu", body)
    assert azure.front.resolve("kluis.geheim.example") == ()
    assert (await linking.result()).virtual_network_link_state == "Completed"
    assert azure.front.resolve("kluis.geheim.example") == ("10.2.1.99",)
    assert azure.front.resolve("kluis.geheim.example", drill=True) == ()

    with pytest.raises(HttpResponseError) as refusal:
        await private.record_sets.create_or_update(
            GROUP, zone, "A", "kluis", wish, etag="elders", match_condition=MatchConditions.IfNotModified
        )
    assert refusal.value.status_code == 412
    with pytest.raises(HttpResponseError, match="nested resources exist"):
        await private.private_zones.begin_delete(GROUP, zone)
    await (await private.virtual_network_links.begin_delete(GROUP, zone, "neu")).result()
    await (await private.private_zones.begin_delete(GROUP, zone)).result()
    assert zone not in [one.name async for one in private.private_zones.list()]


async def test_private_zones_answer_what_their_examples_hold(azure: Any) -> None:
    """Zone, record set and links."""
    zone = f"{NETWORK}/privateDnsZones/{PRIVATE}"
    shown = await body_of(azure, zone, "2024-06-01")
    assert missing(shown, "network", "PrivateZoneGet") == []
    assert shown["properties"]["numberOfVirtualNetworkLinks"] == 2
    assert missing(await body_of(azure, f"{zone}/A/poort", "2024-06-01"), "network", "RecordSetAGet") == []
    links = await body_of(azure, f"{zone}/virtualNetworkLinks", "2024-06-01")
    assert missing(links, "network", "VirtualNetworkLinkList") == []


async def test_users_follow_the_traffic_manager(azure: Any) -> None:
    """The alias leads to the profile, the profile to the endpoint that is up, by priority."""
    traffic = client_of(azure, TrafficManagerManagementClient)
    profile = await traffic.profiles.get(GROUP, PROFILE)
    assert (profile.dns_config.fqdn, profile.monitor_config.profile_monitor_status) == (
        "e-loket-voorbeeld.trafficmanager.net",
        "Online",
    )
    assert azure.front.resolve(HOST) == ("10.1.1.81",)
    changed = await traffic.endpoints.update(
        GROUP, PROFILE, EXTERNAL, "noord", {"properties": {"endpointStatus": "Enabled"}}
    )
    assert changed.endpoint_monitor_status == "CheckingEndpoint"
    azure.time.now += timedelta(minutes=2)
    seen = await traffic.endpoints.get(GROUP, PROFILE, EXTERNAL, "noord")
    assert seen.endpoint_monitor_status == "Degraded"
    assert azure.front.resolve(HOST) == ("10.1.1.81",)
    shown = await body_of(azure, f"{NETWORK}/trafficmanagerprofiles/{PROFILE}", "2022-04-01")
    assert missing(shown, "network", "Profile-GET-WithEndpoints") == []


async def test_an_endpoint_in_a_lost_region_is_degraded_after_its_tolerated_failures(azure: Any) -> None:
    """Every 30 seconds a probe, three failures tolerated; with nothing else up it is answered all the same."""
    traffic = client_of(azure, TrafficManagerManagementClient)
    statuses = []
    azure.time.now += timedelta(seconds=1)
    azure.lose("westeurope")
    for _ in range(6):
        azure.time.now += timedelta(seconds=30)
        endpoint = await traffic.endpoints.get(GROUP, PROFILE, EXTERNAL, "west")
        statuses.append(endpoint.endpoint_monitor_status)
    assert statuses == ["Online", "Online", "Online", "Degraded", "Degraded", "Degraded"]
    assert azure.front.resolve(HOST) == ("10.1.1.81",)
    azure.sandbox.world.regions.up("westeurope")
    azure.time.now += timedelta(seconds=30)
    endpoint = await traffic.endpoints.get(GROUP, PROFILE, EXTERNAL, "west")
    assert endpoint.endpoint_monitor_status == "Online"


@pytest.mark.parametrize("method", ["Weighted", "Performance", "Geographic"])
async def test_profiles_route_by_other_methods_and_nest(azure: Any, method: str) -> None:
    """A profile in a profile counts while enough of its endpoints are up."""
    traffic = client_of(azure, TrafficManagerManagementClient)
    inner = (await traffic.profiles.get(GROUP, PROFILE)).id
    monitor = {"protocol": "TCP", "port": 443, "intervalInSeconds": 10, "toleratedNumberOfFailures": 1}
    nested = {
        "name": "binnen",
        "type": "Microsoft.Network/trafficManagerProfiles/nestedEndpoints",
        "properties": {"targetResourceId": inner, "minChildEndpoints": 1, "weight": 5, "geoMapping": ["WORLD"]},
    }
    body = {
        "location": "global",
        "properties": {
            "trafficRoutingMethod": method,
            "dnsConfig": {"relativeName": "buiten", "ttl": 30},
            "monitorConfig": monitor,
            "endpoints": [nested],
        },
    }
    made = await traffic.profiles.create_or_update(GROUP, "tm-buiten", body)
    assert made.endpoints[0].endpoint_monitor_status == "Online"
    assert azure.front.resolve("buiten.trafficmanager.net") == ("10.1.1.81",)
    with pytest.raises(HttpResponseError, match="already used"):
        await traffic.profiles.create_or_update(GROUP, "tm-ander", body)
    with pytest.raises(HttpResponseError, match="is an endpoint of profile"):
        await traffic.profiles.delete(GROUP, PROFILE)
    await traffic.profiles.update(GROUP, "tm-buiten", {"properties": {"profileStatus": "Disabled"}})
    off = await traffic.profiles.get(GROUP, "tm-buiten")
    assert (off.monitor_config.profile_monitor_status, off.endpoints[0].endpoint_monitor_status) == (
        "Disabled",
        "Inactive",
    )
    assert azure.front.resolve("buiten.trafficmanager.net") == ()
    await traffic.endpoints.delete(GROUP, "tm-buiten", "NestedEndpoints", "binnen")
    await traffic.profiles.delete(GROUP, "tm-buiten")
    assert [one.name async for one in traffic.profiles.list_by_subscription()] == [PROFILE]


async def test_an_azure_endpoint_is_a_public_address_with_a_name(azure: Any) -> None:
    """Users reach the machine whose interface holds the address."""
    traffic = client_of(azure, TrafficManagerManagementClient)
    wish = {"location": "northeurope", "properties": {"dnsSettings": {"domainNameLabel": "vb-vpn"}}}
    addresses, interfaces = azure.network.public_ip_addresses, azure.network.network_interfaces
    address = await (await addresses.begin_create_or_update(GROUP, "ip-vpn", wish)).result()
    interface = await interfaces.get(GROUP, "vm-vpn-neu-nic")
    interface.ip_configurations[0].public_ip_address = {"id": address.id}
    await (await interfaces.begin_create_or_update(GROUP, "vm-vpn-neu-nic", interface)).result()
    put = {"properties": {"targetResourceId": address.id, "priority": 3}}
    made = await traffic.endpoints.create_or_update(GROUP, PROFILE, "AzureEndpoints", "poort", put)
    assert made.target == "vb-vpn.northeurope.cloudapp.azure.com"
    azure.time.now += timedelta(seconds=30)
    seen = await traffic.endpoints.get(GROUP, PROFILE, "AzureEndpoints", "poort")
    assert seen.endpoint_monitor_status == "Online"
    await traffic.endpoints.update(GROUP, PROFILE, EXTERNAL, "west", {"properties": {"endpointStatus": "Disabled"}})
    assert azure.front.resolve(HOST) == ("10.2.1.250",)
