"""How much of the networking quota of a region a subscription uses."""

from collections.abc import Mapping

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.network.interface import INTERFACE_TYPE, NETWORK_TYPE
from drd.sandbox.network.lists import PROVIDER
from drd.sandbox.network.public_address import PUBLIC_ADDRESS_TYPE
from drd.sandbox.network.security_group import SECURITY_GROUP_TYPE
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.wire import JsonObject, Response

_LIMITS: Mapping[str, tuple[str, str, int]] = {
    "VirtualNetworks": (NETWORK_TYPE, "Virtual Networks", 1000),
    "NetworkSecurityGroups": (SECURITY_GROUP_TYPE, "Network Security Groups", 5000),
    "NetworkInterfaces": (INTERFACE_TYPE, "Network Interfaces", 65536),
    "PublicIPAddresses": (PUBLIC_ADDRESS_TYPE, "Public IP Addresses", 1000),
}
"""By name: what is counted, what people call it, and the documented limit of a subscription in a region."""


def list_all(call: Call) -> Response:
    """List the usages of a region."""
    return page(call, [_usage(call, name) for name in _LIMITS])


def _usage(call: Call, name: str) -> JsonObject:
    kind, words, limit = _LIMITS[name]
    place = fold(call.params["location"])
    used = sum(fold(one.location) == place for one in call.world.store.each(kind, subscription=call.subscription))
    return {
        "id": f"{call.arm_id()}/{name}",
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": {"value": name, "localizedValue": words},
    }


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=PROVIDER + "/locations/{location}/usages",
        handler=list_all,
        operation="Microsoft.Network/locations/usages/read",
        regions=lambda call: (call.params["location"].lower(),),
    ),
)
