"""Faults and scenarios in snapshots: what they struck, what they count, and what they will strike comes back."""

from datetime import timedelta
from typing import Any

from drd.sandbox.assembly import restore_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.ordering import listed
from drd.sandbox.snapshot import read_snapshot, snapshot_text
from drd.sandbox.wire import Request

VM = "rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"
API = "api-version=2025-04-01"
TOKEN = "/msi/token?api-version=2019-08-01&resource=https://management.azure.com/&client_id=drd-failover"


def trouble(bench: Any) -> None:
    """Order much, and let it strike."""
    bench.send("POST", "/_sandbox/faults", {"kind": "server-error", "probability": 0.4, "resource": "vm-db-1"})
    bench.send("POST", "/_sandbox/faults", {"kind": "operation-fails-late", "skip": 1, "count": 2})
    for _ in range(10):
        bench.send("GET", f"{VM}?{API}")
    for _ in range(3):
        bench.send("POST", f"{VM}/deallocate?{API}")
        bench.advance(minutes=2)
        bench.send("POST", f"{VM}/start?{API}")
        bench.advance(minutes=2)
    bench.send("POST", "/_sandbox/scenarios", {"name": "identity-down"})
    bench.send("GET", f"{VM}?{API}")
    bench.advance(minutes=25)
    bench.token = bench.send("GET", TOKEN, x_identity_header="sandbox-identity").json()["access_token"]
    bench.send("GET", f"{VM}?{API}")


def test_faults_strike_on_after_a_snapshot_as_they_would_have(bench: Any) -> None:
    """Each with its count and its chances."""
    trouble(bench)
    world = bench.built.world
    again = restore_sandbox(
        read_snapshot(snapshot_text(world)), clock=CalledClock(tell=lambda: bench.now + timedelta(days=9))
    )

    assert [entry.strikes for entry in again.world.journal.entries] == [one.strikes for one in world.journal.entries]
    assert listed(again.world) == listed(world)
    request = Request(
        method="GET",
        url=f"http://sandbox/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{VM}?{API}",
        headers={"authorization": f"Bearer {bench.token}"},
    )
    assert [again.answer(request).status for _ in range(9)] == [bench.built.answer(request).status for _ in range(9)]


def test_a_reset_withdraws_all_faults_and_scenarios(bench: Any) -> None:
    """And what they had planned."""
    bench.send("POST", "/_sandbox/scenarios", {"name": "capacity-gone"})
    text = (
        "drd: scenario/v1\ntitle: {nl: Later}\nabout: {nl: Later}\nsteps:\n"
        "  - {at: 5m, region-down: {region: northeurope}}\n"
    )
    bench.send("POST", "/_sandbox/scenarios", {"text": text})
    bench.send("POST", "/_sandbox/reset")
    bench.advance(minutes=10)

    assert bench.send("GET", "/_sandbox/state").json()["regions-lost"] == {}
    assert bench.send("GET", "/_sandbox/faults").json() == {"faults": []}
