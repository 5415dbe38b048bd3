"""Whatever body reaches whatever address, the sandbox answers with a refusal, never with a failure of its own."""

import itertools
import json
from typing import Any

import pytest

from drd.sandbox.providers import ALL_ROUTES
from drd.sandbox.router import Route
from drd.sandbox.wire import Request

pytestmark = pytest.mark.timeout(30)

SUBNET = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-netwerk-neu/providers/"
    "Microsoft.Network/virtualNetworks/vnet-neu/subnets/snet-servers"
)
NAMES = {
    "subscription": ["00000000-0000-0000-0000-000000000001"],
    "group": ["rg-netwerk-neu"],
    "machine": ["vm-vpn-neu", "new"],
    "disk": ["vm-vpn-neu-os", "new"],
    "zone": ["voorbeeld.example"],
    "type": ["A", "CNAME"],
    "name": ["vpn", "vm-vpn-neu-nic", "nsg-drill-neu", "new"],
    "vault": ["rsv-neu"],
    "network": ["vnet-neu"],
}
PARTS: list[Any] = [
    {"properties": None},
    {"properties": "x"},
    {"location": 5},
    {"tags": 5},
    {"tags": {"a": 1}},
    {"properties": {"storageProfile": None, "networkProfile": None}},
    {"properties": {"storageProfile": {"osDisk": 5}}},
    {"properties": {"storageProfile": {"osDisk": {"managedDisk": {"id": "x"}}, "dataDisks": [{}]}}},
    {"properties": {"storageProfile": {"osDisk": {}}, "networkProfile": {"networkInterfaces": [{"id": 4}]}}},
    {"properties": {"ipConfigurations": 5}},
    {"properties": {"ipConfigurations": [{"properties": {"subnet": {"id": "x"}}}]}},
    {"properties": {"ipConfigurations": [{"properties": {"privateIPAddress": "x", "subnet": {"id": SUBNET}}}]}},
    {"properties": {"creationData": 5}},
    {"properties": {"creationData": {"createOption": "Copy", "sourceResourceId": "x"}}},
    {"properties": {"TTL": "x", "ARecords": 5}},
    {"properties": {"TTL": 60, "ARecords": [{"ipv4Address": "x"}]}},
    {"properties": {"TTL": 60, "CNAMERecord": {}}},
    {"commandId": "RunShellScript", "script": 5},
    {"properties": {"source": {"script": 4}}},
    {"properties": {"remoteVirtualNetwork": {"id": "x"}}},
    {"properties": {"direction": "Inbound", "access": "Deny", "priority": "x"}},
    {"properties": {"providerSpecificDetails": 5, "networkId": 5, "recoveryPointId": []}},
]
BODIES = [json.dumps({**place, **part}).encode() for place in ({}, {"location": "northeurope"}) for part in PARTS]


@pytest.mark.parametrize("route", ALL_ROUTES, ids=lambda route: f"{route.method} {route.template[-60:]}")
def test_an_address_refuses_any_body_that_it_does_not_understand(bench: Any, route: Route) -> None:
    """No status of 500 and above, no exception, and the body of a refusal is Azure's."""
    version = route.versions[0] if route.versions else "2026-04-01"
    names = [segment[1:-1] for segment in route.segments if segment.startswith("{")]
    for values in itertools.product(*(NAMES.get(name, ["x"]) for name in names)):
        path = "/" + route.template.strip("/").format_map(dict(zip(names, values, strict=True)))
        for body in BODIES if route.method not in {"GET", "HEAD"} else [b""]:
            url = f"http://sandbox{path}?api-version={version}"
            headers = {"authorization": f"Bearer {bench.token}"}
            answer = bench.built.answer(Request(method=route.method, url=url, headers=headers, body=body))
            assert answer.status < 500, (path, body)
            if answer.status >= 400:
                assert route.method == "HEAD" or set(answer.json()["error"]) >= {"code", "message"}
