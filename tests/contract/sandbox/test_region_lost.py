"""The whole way from a lost region to a green guest, as a client of Azure walks it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from drd.sandbox.app import Sandbox
from drd.sandbox.front import Front
from drd.sandbox.wire import Request, Response

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
ROOT = f"{SUBSCRIPTION}/resourceGroups"
VAULT = f"{ROOT}/rg-recovery-neu/providers/Microsoft.RecoveryServices/vaults/rsv-neu"
ZONE = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/dnsZones/voorbeeld.example"
DRILL = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-drill-neu"
ASR, DNS, COMPUTE = "2025-08-01", "2018-05-01", "2026-04-01"
NAME = "burgerzaken.voorbeeld.example"


class Client:
    """A client that knows no SDK: method, path, version, body."""

    def __init__(self, sandbox: Sandbox, time: Any) -> None:
        self.sandbox, self.time = sandbox, time
        self.token = sandbox.world.identities.token_for("sandbox-owner")

    def send(self, method: str, path: str, version: str, body: Mapping[str, Any] | None = None) -> Response:
        """Send a request that must be accepted."""
        separator = "&" if "?" in path else "?"
        request = Request(
            method=method,
            url=f"http://sandbox{path}{separator}api-version={version}",
            headers={"authorization": f"Bearer {self.token}"},
            body=json.dumps(body).encode() if body is not None else b"",
        )
        answer = self.sandbox.answer(request)
        assert answer.status < 300, (method, path, answer.body)
        return answer

    def items(self) -> dict[str, str]:
        """Return the ids of the replicated items by the name of their machine."""
        found: dict[str, str] = {}
        path = f"{VAULT}/replicationProtectedItems"
        while path:
            page = self.send("GET", path, ASR).json()
            for one in page["value"]:
                found[one["properties"]["friendlyName"]] = one["id"].replace(";", "%3B")
            path = page.get("nextLink", "").removeprefix("http://sandbox").replace(f"api-version={ASR}&", "")
        return found

    def switch(self, record: str, *addresses: str) -> None:
        """Point a record of the zone to addresses."""
        records = [{"ipv4Address": address} for address in addresses]
        self.send("PUT", f"{ZONE}/A/{record}", DNS, {"properties": {"TTL": 60, "ARecords": records}})

    def passes(self, seconds: float) -> None:
        """Let world time pass."""
        self.time.now += timedelta(seconds=seconds)


@pytest.fixture
def client(sandbox: Sandbox, time: Any) -> Client:
    """A client with a token."""
    return Client(sandbox, time)


def test_a_service_is_failed_over_and_green_behind_its_switched_records(client: Client) -> None:
    """Ten minutes after the loss; the data is from before it, and the machine is in the recovery region."""
    lost_at = client.time.now - timedelta(minutes=10)
    client.sandbox.world.regions.down("westeurope", lost_at)
    front: Any = Front(client.sandbox.world)
    assert "lost" in front.ask(NAME, 443, tls=True).reason

    direction = {"failoverDirection": "PrimaryToRecovery", "sourceSiteOperations": "NotRequired"}
    body = {"properties": {**direction, "providerSpecificDetails": {"instanceType": "A2A"}}}
    items = client.items()
    for name in ("vm-bz-sql-1", "vm-bz-app-1", "vm-bz-app-2"):
        client.send("POST", f"{items[name]}/unplannedFailover", ASR, body)
    client.passes(160 + 26)
    client.switch("burgerzaken", "10.2.1.41", "10.2.1.42")
    half = front.ask(NAME, 443, tls=True, path="/health")
    assert half.status == 503
    client.switch("sql-burgerzaken", "10.2.1.31")

    green = front.ask(NAME, 443, tls=True, path="/health")
    assert green.status == 200
    said = json.loads(green.body)
    assert (said["machine"], said["region"]) == ("vm-bz-app-1", "northeurope")
    assert said["data-as-of"] <= lost_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    effects = client.sandbox.world.journal.effects("asr.failover")
    assert len(effects) == 3


def test_a_test_failover_answers_in_the_drill_and_leaves_production_alone(client: Client) -> None:
    """The copy is found under production's name by the drill front, and is gone after the cleanup."""
    front: Any = Front(client.sandbox.world)
    items = client.items()
    body = {
        "properties": {
            "failoverDirection": "PrimaryToRecovery",
            "networkType": "VmNetworkAsInput",
            "networkId": DRILL,
            "providerSpecificDetails": {"instanceType": "A2A"},
        }
    }
    for name in ("vm-bz-sql-1", "vm-bz-app-1"):
        client.send("POST", f"{items[name]}/testFailover", ASR, body)
    client.passes(180 + 26)

    drill = front.ask(NAME, 443, tls=True, path="/health", drill=True)
    production = front.ask(NAME, 443, tls=True, path="/health")
    assert (drill.status, production.status) == (200, 200)
    assert drill.machine.endswith("/vm-bz-app-1-test")
    assert front.resolve(NAME, drill=True) == ("10.99.1.41",)
    client.send("POST", f"{items['vm-bz-app-1']}/testFailoverCleanup", ASR, {"properties": {"comments": "klaar"}})
    client.passes(61)
    assert front.ask(NAME, 443, tls=True, drill=True).status == 504
