"""Networks, security groups and interfaces through Azure's own client, with the refusals of the service."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.contract.sandbox.clients import body_of
from tests.contract.sandbox.conftest import ROOT
from tests.contract.sandbox.examples import missing

pytestmark = pytest.mark.anyio

GROUP = "rg-netwerk-neu"
NETWORK = f"{ROOT}/{GROUP}/providers/Microsoft.Network/virtualNetworks"


async def ended(poller: Any) -> Any:
    """Wait for an operation's end."""
    return await (await poller).result()


async def refused(poller: Any) -> str:
    """Give the code of a refusal."""
    with pytest.raises(HttpResponseError) as refusal:
        await ended(poller)
    assert refusal.value.error is not None
    return str(refusal.value.error.code)


def network(prefix: str, **subnets: str) -> dict[str, Any]:
    """Make the body of a network."""
    named = [{"name": name, "properties": {"addressPrefix": one}} for name, one in subnets.items()]
    space = {"addressPrefixes": [prefix]}
    return {"location": "northeurope", "properties": {"addressSpace": space, "subnets": named}}


async def test_a_network_is_made_changed_tagged_and_deleted(azure: Any) -> None:
    """Its ETag is weak and changes with it; a body without subnets keeps those that are there."""
    networks = azure.network.virtual_networks
    made = await ended(networks.begin_create_or_update(GROUP, "vnet-a", network("10.50.0.0/16", one="10.50.1.0/24")))
    assert made.etag.startswith('W/"')
    body = {"location": "northeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.50.0.0/15"]}}}
    grown = await ended(networks.begin_create_or_update(GROUP, "vnet-a", body))
    tagged = await networks.update_tags(GROUP, "vnet-a", {"tags": {"a": "b"}})

    assert [one.name for one in grown.subnets] == ["one"]
    assert grown.etag != made.etag
    assert tagged.tags == {"a": "b"}
    assert "vnet-a" in [one.name async for one in networks.list_all()]
    assert "vnet-a" in [one.name async for one in networks.list(GROUP)]
    await ended(networks.begin_delete(GROUP, "vnet-a"))
    assert "vnet-a" not in [one.name async for one in networks.list(GROUP)]


async def test_what_a_network_refuses(azure: Any) -> None:
    """Subnets outside or across each other, other places, and being deleted while something stands in it."""
    networks, subnets = azure.network.virtual_networks, azure.network.subnets
    wide = network("10.50.0.0/16", one="10.60.1.0/24")
    across = network("10.50.0.0/16", one="10.50.1.0/24", two="10.50.1.128/25")
    moved = {**network("10.2.0.0/16"), "location": "westeurope"}

    assert await refused(networks.begin_create_or_update(GROUP, "vnet-a", wide)) == "NetcfgInvalidSubnet"
    assert await refused(networks.begin_create_or_update(GROUP, "vnet-a", across)) == "NetcfgSubnetRangesOverlap"
    assert await refused(networks.begin_create_or_update(GROUP, "vnet-neu", moved)) == "InvalidResourceLocation"
    assert await refused(networks.begin_delete(GROUP, "vnet-neu")) == "InUseSubnetCannotBeDeleted"
    assert await refused(subnets.begin_delete(GROUP, "vnet-neu", "snet-servers")) == "InUseSubnetCannotBeDeleted"


async def test_subnets_come_and_go_one_by_one(azure: Any) -> None:
    """Each has an address and an ETag of its own."""
    subnets = azure.network.subnets
    wish = {"properties": {"addressPrefix": "10.2.9.0/24"}}
    made = await ended(subnets.begin_create_or_update(GROUP, "vnet-neu", "snet-x", wish))
    assert (made.address_prefix, made.provisioning_state) == ("10.2.9.0/24", "Succeeded")
    assert [one.name async for one in subnets.list(GROUP, "vnet-neu")] == ["snet-servers", "snet-x"]
    await ended(subnets.begin_delete(GROUP, "vnet-neu", "snet-x"))
    assert [one.name async for one in subnets.list(GROUP, "vnet-neu")] == ["snet-servers"]


async def test_both_sides_of_a_peering_know_each_other(azure: Any) -> None:
    """Initiated alone, connected together, disconnected when the other side goes, and then refused."""
    networks, peerings = azure.network.virtual_networks, azure.network.virtual_network_peerings
    for name, prefix in (("vnet-a", "10.50.0.0/16"), ("vnet-b", "10.60.0.0/16")):
        await ended(networks.begin_create_or_update(GROUP, name, network(prefix)))

    async def peer(own: str, far: str) -> Any:
        body = {"properties": {"remoteVirtualNetwork": {"id": f"{NETWORK}/{far}"}, "allowVirtualNetworkAccess": True}}
        return await ended(peerings.begin_create_or_update(GROUP, own, f"to-{far}", body))

    first = await peer("vnet-a", "vnet-b")
    second = await peer("vnet-b", "vnet-a")
    joined = await peerings.get(GROUP, "vnet-a", "to-vnet-b")
    await ended(peerings.begin_delete(GROUP, "vnet-b", "to-vnet-a"))
    cut = await peerings.get(GROUP, "vnet-a", "to-vnet-b")

    states = [one.peering_state for one in (first, second, joined, cut)]
    assert states == ["Initiated", "Connected", "Connected", "Disconnected"]
    with pytest.raises(HttpResponseError, match="RemotePeeringIsDisconnected"):
        await peer("vnet-b", "vnet-a")
    body = await body_of(azure, f"{NETWORK}/vnet-neu/virtualNetworkPeerings/neu-to-weu", "2024-05-01")
    assert missing(body, "network", "VirtualNetworkPeeringGet") == []


async def test_rules_have_a_place_of_their_own(azure: Any) -> None:
    """Priority and direction are one rule's; priorities lie from 100 to 4096; default rules are told apart."""
    groups, rules = azure.network.network_security_groups, azure.network.security_rules
    await ended(groups.begin_create_or_update(GROUP, "nsg-a", {"location": "northeurope"}))
    rule = {
        "priority": 100,
        "direction": "Inbound",
        "access": "Deny",
        "protocol": "Tcp",
        "sourceAddressPrefixes": ["10.0.0.0/8", "Internet"],
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
    }
    made = await ended(rules.begin_create_or_update(GROUP, "nsg-a", "no", {"properties": rule}))
    assert made.source_address_prefixes == ["10.0.0.0/8", "Internet"]
    assert (
        await refused(rules.begin_create_or_update(GROUP, "nsg-a", "x", {"properties": rule})) == "SecurityRuleConflict"
    )
    early = {"properties": {**rule, "priority": 99}}
    assert await refused(rules.begin_create_or_update(GROUP, "nsg-a", "x", early)) == "SecurityRuleInvalidPriority"
    defaults = [one.name async for one in azure.network.default_security_rules.list(GROUP, "nsg-a")]
    assert len(defaults) == 6
    await ended(rules.begin_delete(GROUP, "nsg-a", "no"))
    assert [one async for one in rules.list(GROUP, "nsg-a")] == []
    await ended(groups.begin_delete(GROUP, "nsg-a"))
    assert await refused(groups.begin_delete(GROUP, "nsg-servers-neu")) == "InUseNetworkSecurityGroupCannotBeDeleted"
    body = await body_of(
        azure, f"{ROOT}/{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-servers-neu", "2024-05-01"
    )
    assert missing(body, "network", "NetworkSecurityGroupGet") == []


async def test_an_interface_with_a_public_address_tells_all_of_itself(azure: Any) -> None:
    """The address goes with the interface and cannot be deleted before it; quotas count both."""
    addresses, interfaces = azure.network.public_ip_addresses, azure.network.network_interfaces
    wish = {"location": "northeurope", "properties": {"dnsSettings": {"domainNameLabel": "e-loket"}}}
    address = await ended(addresses.begin_create_or_update(GROUP, "ip-a", wish))
    assert address.dns_settings.fqdn == "e-loket.northeurope.cloudapp.azure.com"
    guard = f"{ROOT}/{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-servers-neu"
    configuration = {
        "subnet": {"id": f"{NETWORK}/vnet-neu/subnets/snet-servers"},
        "publicIPAddress": {"id": address.id},
        "privateIPAllocationMethod": "Dynamic",
    }
    held = {"name": "ipconfig1", "properties": configuration}
    body = {
        "location": "northeurope",
        "properties": {"ipConfigurations": [held], "networkSecurityGroup": {"id": guard}},
    }
    made = await ended(interfaces.begin_create_or_update(GROUP, "nic-a", body))
    assert made.ip_configurations[0].private_ip_address == "10.2.1.4"
    assert await refused(addresses.begin_delete(GROUP, "ip-a")) == "PublicIPAddressCannotBeDeleted"
    usages = {one.name.value: one.current_value async for one in azure.network.usages.list("northeurope")}
    assert usages["PublicIPAddresses"] == 1
    shown = await body_of(azure, f"{ROOT}/{GROUP}/providers/Microsoft.Network/networkInterfaces/nic-a", "2024-05-01")
    lacking = missing(shown, "network", "NetworkInterfaceGet")
    assert lacking == ["properties.virtualMachine.id"]
    gateway = f"{ROOT}/{GROUP}/providers/Microsoft.Network/networkInterfaces/vm-vpn-neu-nic"
    attached = await body_of(azure, gateway, "2024-05-01")
    assert "properties.virtualMachine.id" not in missing(attached, "network", "NetworkInterfaceGet")


async def test_the_routes_of_a_running_machine_name_its_peers(azure: Any) -> None:
    """They come through Location alone, like the rules."""
    found = await ended(azure.network.network_interfaces.begin_get_effective_route_table(GROUP, "vm-vpn-neu-nic"))
    hops = {prefix: route.next_hop_type for route in found.value for prefix in route.address_prefix}
    assert hops["10.2.0.0/16"] == "VnetLocal"
    assert hops["10.1.0.0/16"] == "VNetGlobalPeering"
    assert hops["0.0.0.0/0"] == "Internet"
