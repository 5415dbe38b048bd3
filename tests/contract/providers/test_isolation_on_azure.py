"""What lets something out of a drill's network, planted in the estate one by one: each is named."""

from collections.abc import Callable
from typing import Any

import pytest

from drd.ports.networks import NETWORKS
from drd.sandbox.network.interface import build_interface
from drd.sandbox.network.peering import build_peering
from drd.sandbox.state import Resource
from tests.contract.providers.stage import Stage
from tests.contract.providers.wishes import NETWORK

pytestmark = pytest.mark.anyio

GROUP = "rg-netwerk-neu"


def _drill(stage: Stage) -> Resource:
    return stage.sandbox.world.store.require(str(stage.id(GROUP, NETWORK, "vnet-drill-neu")))


def _put(stage: Stage, resource: Resource) -> None:
    stage.sandbox.world.store.put(resource, at=stage.clock.now(), by="somebody")


def _on_subnet(stage: Stage, **members: Any) -> None:
    network = _drill(stage)
    subnet = network.properties["subnets"][0]
    changed = {**subnet, "properties": {**subnet["properties"], **members}}
    _put(stage, network.with_properties(subnets=[changed]))


def _table(stage: Stage, hop: str, **members: str) -> str:
    table = str(stage.id(GROUP, "Microsoft.Network/routeTables", "rt-hub"))
    route = {"addressPrefix": "0.0.0.0/0", "nextHopType": hop, **members}
    routes = [{"name": "everything", "properties": route}]
    kind = "Microsoft.Network/routeTables"
    _put(stage, Resource(id=table, type=kind, location="northeurope", properties={"routes": routes}))
    return table


def _peering(stage: Stage) -> None:
    remote = str(stage.id(GROUP, NETWORK, "vnet-neu"))
    _put(stage, build_peering(network_id=_drill(stage).id, name="leak", remote_id=remote))


def _to_firewall(stage: Stage) -> None:
    table = _table(stage, "VirtualAppliance", nextHopIpAddress="10.2.0.4")
    _on_subnet(stage, routeTable={"id": table})


def _to_gateway(stage: Stage) -> None:
    _on_subnet(stage, routeTable={"id": _table(stage, "VirtualNetworkGateway")})


def _to_nobody_knows(stage: Stage) -> None:
    _on_subnet(stage, routeTable={"id": str(stage.id(GROUP, "Microsoft.Network/routeTables", "rt-gone"))})


def _endpoint(stage: Stage) -> None:
    _on_subnet(stage, serviceEndpoints=[{"service": "Microsoft.Storage"}])


def _private_endpoint(stage: Stage) -> None:
    _on_subnet(stage, privateEndpoints=[{"id": str(stage.id(GROUP, "Microsoft.Network/privateEndpoints", "pe-db"))}])


def _public_address(stage: Stage) -> None:
    address = str(stage.id(GROUP, "Microsoft.Network/publicIPAddresses", "pip-forgotten"))
    kind = "Microsoft.Network/publicIPAddresses"
    _put(stage, Resource(id=address, type=kind, location="northeurope", properties={"ipAddress": "198.18.0.9"}))
    subnet = _drill(stage).properties["subnets"][0]["id"]
    nic = str(stage.id(GROUP, "Microsoft.Network/networkInterfaces", "nic-forgotten"))
    made = build_interface(id=nic, location="northeurope", subnet_id=subnet, address="10.99.1.77")
    configuration = made.properties["ipConfigurations"][0]
    held = {**configuration, "properties": {**configuration["properties"], "publicIPAddress": {"id": address}}}
    _put(stage, made.with_properties(ipConfigurations=[held]))


def _gateway(stage: Stage) -> None:
    network = _drill(stage)
    subnet = network.properties["subnets"][0]
    more = {**subnet, "id": f"{network.id}/subnets/GatewaySubnet", "name": "GatewaySubnet"}
    _put(stage, network.with_properties(subnets=[subnet, more]))


PLANTED: dict[str, tuple[Callable[[Stage], None], str]] = {
    "peering": (_peering, "peering leak"),
    "firewall": (_to_firewall, "route snet-servers/everything to 10.2.0.4"),
    "gateway route": (_to_gateway, "route snet-servers/everything to VirtualNetworkGateway"),
    "lost table": (_to_nobody_knows, "route snet-servers/unknown: its table cannot be found"),
    "service endpoint": (_endpoint, "endpoint snet-servers/Microsoft.Storage"),
    "private endpoint": (_private_endpoint, "endpoint snet-servers/pe-db"),
    "public address": (_public_address, "public address pip-forgotten"),
    "gateway": (_gateway, "gateway GatewaySubnet"),
}


@pytest.mark.parametrize("name", PLANTED)
async def test_each_way_out_of_a_drill_network_is_named(stage: Stage, name: str) -> None:
    """Closed before, open after, and told by its own name."""
    networks, network = stage.provider.capability(NETWORKS), stage.id(GROUP, NETWORK, "vnet-drill-neu")
    plant, said = PLANTED[name]
    assert (await networks.facts(network)).isolated

    plant(stage)

    assert said in (await networks.facts(network)).openings


async def test_a_route_to_nowhere_is_no_way_out(stage: Stage) -> None:
    """A table that drops everything closes a network; it does not open it."""
    _on_subnet(stage, routeTable={"id": _table(stage, "None")})

    found = await stage.provider.capability(NETWORKS).facts(stage.id(GROUP, NETWORK, "vnet-drill-neu"))

    assert found.isolated
