"""Microsoft.Network: networks, peerings, security groups, routes, interfaces, addresses, DNS zones and Traffic Manager.

It imports the kernel only.
"""

from drd.sandbox.network import (
    change,
    dns_record,
    dns_zone,
    effective,
    network_interface,
    peering,
    private_link,
    private_record,
    private_zone,
    public_address,
    route_table,
    security_group,
    security_rule,
    subnet,
    traffic_endpoint,
    traffic_manager,
    usage,
    virtual_network,
)
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *virtual_network.ROUTES,
    *subnet.ROUTES,
    *peering.ROUTES,
    *security_group.ROUTES,
    *security_rule.ROUTES,
    *network_interface.ROUTES,
    *effective.ROUTES,
    *public_address.ROUTES,
    *route_table.ROUTES,
    *usage.ROUTES,
    *change.ROUTES,
    *dns_zone.ROUTES,
    *dns_record.ROUTES,
    *private_zone.ROUTES,
    *private_link.ROUTES,
    *private_record.ROUTES,
    *traffic_manager.ROUTES,
    *traffic_endpoint.ROUTES,
)
