"""What a network interface is: an address in a subnet. No addresses of ARM here, see `network_interface`."""

import hashlib
import ipaddress
from collections.abc import Mapping

from drd.sandbox.arm import fold
from drd.sandbox.errors import ArmError
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

INTERFACE_TYPE = "Microsoft.Network/networkInterfaces"
NETWORK_TYPE = "Microsoft.Network/virtualNetworks"
_RESERVED = 4  # Azure keeps the first addresses of a subnet for itself
STATIC, DYNAMIC = "Static", "Dynamic"


def build_interface(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    subnet_id: str,
    address: str,
    security_group_id: str = "",
    tags: Mapping[str, str] | None = None,
    method: str = STATIC,
) -> Resource:
    """Return an interface with one private address, chosen by whoever wrote it (`Static`) or by Azure (`Dynamic`)."""
    configuration: JsonObject = {
        "name": "ipconfig1",
        "id": f"{id}/ipConfigurations/ipconfig1",
        "type": f"{INTERFACE_TYPE}/ipConfigurations",
        "properties": {
            "privateIPAddress": address,
            "privateIPAllocationMethod": method,
            "privateIPAddressVersion": "IPv4",
            "subnet": {"id": subnet_id},
            "primary": True,
            "provisioningState": "Succeeded",
        },
    }
    properties: JsonObject = {
        "provisioningState": "Succeeded",
        "ipConfigurations": [configuration],
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": [], "internalDomainNameSuffix": _suffix_of(id)},
        "macAddress": _mac_of(id),
        "enableAcceleratedNetworking": False,
        "enableIPForwarding": False,
        "disableTcpStateTracking": False,
        "vnetEncryptionSupported": False,
        "primary": True,
        "nicType": "Standard",
    }
    if security_group_id:
        properties["networkSecurityGroup"] = {"id": security_group_id}
    return Resource(id=id, type=INTERFACE_TYPE, location=location, properties=properties, tags=dict(tags or {}))


def address_of(interface: Resource) -> str:
    """Return the interface's private address."""
    return str(interface.properties["ipConfigurations"][0]["properties"]["privateIPAddress"])


def subnet_id_of(interface: Resource) -> str:
    """Return the id of the interface's subnet."""
    return str(interface.properties["ipConfigurations"][0]["properties"]["subnet"]["id"])


def network_of_subnet(world: World, subnet_id: str) -> Resource:
    """Return the virtual network of a subnet.

    Raises:
        ArmError: 400 `InvalidResourceReference`, there is no such subnet.
    """
    network = world.store.get(subnet_id.rsplit("/subnets/", 1)[0])
    if network is None or find_subnet(network, subnet_id) is None:
        raise ArmError(
            400, "InvalidResourceReference", f"Resource {subnet_id} referenced by the request was not found."
        )
    return network


def find_subnet(network: Resource, subnet_id: str) -> JsonObject | None:
    """Return a subnet of a network as its body shows it, or None."""
    for subnet in network.properties.get("subnets", []):
        if fold(str(subnet["id"])) == fold(subnet_id):
            found: JsonObject = subnet
            return found
    return None


def interfaces_in(world: World, subnet_id: str) -> list[Resource]:
    """Return the interfaces that have an address in a subnet."""
    return [one for one in world.store.each(INTERFACE_TYPE) if fold(subnet_id_of(one)) == fold(subnet_id)]


def free_address(world: World, subnet_id: str, wanted: str = "") -> str:
    """Return `wanted` when it is free in the subnet, or the first free address when nothing is wanted.

    Raises:
        ArmError: 400, the address is taken or outside the subnet, or the subnet is full.
    """
    subnet = find_subnet(network_of_subnet(world, subnet_id), subnet_id) or {}
    prefix = ipaddress.ip_network(str(subnet["properties"]["addressPrefix"]))
    if wanted:
        return _fit(world, subnet_id, prefix, wanted)
    taken = {address_of(one) for one in interfaces_in(world, subnet_id)}
    for place, address in enumerate(prefix.hosts()):
        if place >= _RESERVED - 1 and str(address) not in taken:
            return str(address)
    raise ArmError(
        400,
        "SubnetIsFull",
        f"Subnet {subnet['name']} with address prefix {prefix} does not have enough capacity for 1 IP addresses.",
    )


def _fit(world: World, subnet_id: str, prefix: ipaddress.IPv4Network | ipaddress.IPv6Network, wanted: str) -> str:
    if not _is_inside(wanted, prefix):
        raise ArmError(
            400,
            "PrivateIPAddressNotInSubnet",
            f"Private static IP address {wanted} does not belong to the range of subnet prefix {prefix}.",
        )
    address = ipaddress.ip_address(wanted)
    if int(address) - int(prefix.network_address) < _RESERVED or address == prefix.broadcast_address:
        raise ArmError(
            400,
            "PrivateIPAddressInReservedRange",
            f"Private static IP address {wanted} falls within reserved IP range of subnet prefix {prefix}.",
        )
    for other in interfaces_in(world, subnet_id):
        if address_of(other) == wanted:
            raise ArmError(
                400,
                "PrivateIPAddressIsAllocated",
                f"IP configuration is using the private IP address {wanted} which is already allocated to resource "
                f"{other.id}.",
            )
    return wanted


def _is_inside(address: str, prefix: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in prefix
    except ValueError:
        return False


def _mac_of(interface_id: str) -> str:
    digest = hashlib.sha256(fold(interface_id).encode()).hexdigest().upper()
    return "-".join(["00", "0D", "3A", *(digest[place : place + 2] for place in (0, 2, 4))])


def _suffix_of(interface_id: str) -> str:
    digest = hashlib.sha256(fold(interface_id.rsplit("/", 1)[0]).encode()).hexdigest()
    return f"{digest[:26]}.bx.internal.cloudapp.net"


def machine_behind(world: World, interface: Resource) -> Resource | None:
    """Return the machine that holds an interface, or None."""
    reference = interface.properties.get("virtualMachine")
    return world.store.get(str(reference["id"])) if reference else None
