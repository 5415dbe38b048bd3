"""What a network interface is: an address in a subnet. No addresses of ARM here, see `network_interface`."""

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


def build_interface(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    subnet_id: str,
    address: str,
    security_group_id: str = "",
    tags: Mapping[str, str] | None = None,
) -> Resource:
    """Return an interface with one private address."""
    configuration: JsonObject = {
        "name": "ipconfig1",
        "id": f"{id}/ipConfigurations/ipconfig1",
        "type": f"{INTERFACE_TYPE}/ipConfigurations",
        "properties": {
            "privateIPAddress": address,
            "privateIPAllocationMethod": "Static",
            "privateIPAddressVersion": "IPv4",
            "subnet": {"id": subnet_id},
            "primary": True,
            "provisioningState": "Succeeded",
        },
    }
    properties: JsonObject = {"provisioningState": "Succeeded", "ipConfigurations": [configuration]}
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
    taken = {address_of(one) for one in interfaces_in(world, subnet_id)}
    if wanted:
        if not _is_inside(wanted, prefix):
            raise ArmError(400, "PrivateIPAddressNotInSubnet", f"IP address {wanted} is not in subnet {prefix}.")
        if wanted in taken:
            raise ArmError(400, "PrivateIPAddressInUse", f"IP address {wanted} is in use in subnet {prefix}.")
        return wanted
    for place, address in enumerate(prefix.hosts()):
        if place >= _RESERVED - 1 and str(address) not in taken:
            return str(address)
    raise ArmError(400, "SubnetFull", f"Subnet {subnet_id} has no free address.")


def _is_inside(address: str, prefix: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in prefix
    except ValueError:
        return False


def machine_behind(world: World, interface: Resource) -> Resource | None:
    """Return the machine that holds an interface, or None."""
    reference = interface.properties.get("virtualMachine")
    return world.store.get(str(reference["id"])) if reference else None
