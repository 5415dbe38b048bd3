"""Microsoft.Network: virtual networks and peerings, security groups, interfaces and public DNS.

It imports the kernel only.
"""

from drd.sandbox.network import dns_record, dns_zone, network_interface, security_group, virtual_network
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *virtual_network.ROUTES,
    *security_group.ROUTES,
    *network_interface.ROUTES,
    *dns_zone.ROUTES,
    *dns_record.ROUTES,
)
