"""What the sandbox tells of itself: the same for the same calls, where resources come from, and what is left over."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest

from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from tests.unit.sandbox.conftest import ROOT, Bench

DISK = "rg-databank/providers/Microsoft.Compute/disks"
VM = "rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"
NEW_DISK = {
    "location": "westeurope",
    "tags": {"drd-run": "r1"},
    "properties": {"diskSizeGB": 8, "creationData": {"createOption": "Empty"}},
}


def played(seed: int, *, named: str = "one") -> str:
    """Play a mix of calls in a fresh world, some of them struck by chance, and return the journal's hash."""
    bench = Bench()
    bench.sandbox = build_sandbox(clock=CalledClock(tell=lambda: bench.now), seed=seed)
    bench.token = bench.built.world.identities.token_for("sandbox-owner")
    bench.send("POST", "/_sandbox/faults", {"kind": "throttle", "probability": 0.4})
    bench.send("POST", f"{VM}/deallocate?api-version=2026-04-01")
    for number in range(8):
        bench.now += timedelta(seconds=9)
        bench.send("PUT", f"{DISK}/extra-{number}?api-version=2026-03-02", NEW_DISK)
        bench.send("GET", f"{VM}?api-version=2026-04-01", x_ms_client_request_id=f"{named}-{number}")
    return bench.built.world.journal.digest()


def test_the_same_seed_and_the_same_calls_give_the_same_journal() -> None:
    """Ten times of ten, whatever ids the callers make up; another seed gives another one."""
    found = {played(7, named=f"caller-{number}") for number in range(10)}

    assert len(found) == 1
    assert played(8) not in found


@pytest.fixture
def owner(bench: Bench) -> Bench:
    """A bench whose caller may do everything."""
    bench.token = bench.built.world.identities.token_for("sandbox-owner")
    return bench


def test_what_was_made_and_is_still_there_is_left_over(owner: Bench) -> None:
    """With who made it, when, and its tags; what is deleted again is not."""
    assert owner.send("GET", "/_sandbox/leftovers").json() == {"leftovers": [], "open-test-failovers": []}
    for name in ("kept", "gone"):
        owner.advance(minutes=1)
        owner.send("PUT", f"{DISK}/{name}?api-version=2026-03-02", NEW_DISK)
    owner.advance(minutes=1)
    owner.send("DELETE", f"{DISK}/gone?api-version=2026-03-02")
    owner.advance(minutes=1)

    found = owner.send("GET", "/_sandbox/leftovers").json()["leftovers"]

    assert [(one["id"], one["created-by"], one["tags"]) for one in found] == [
        (f"{ROOT}/{DISK}/kept", "sandbox-owner", {"drd-run": "r1"})
    ]
    assert found[0]["created-at"] == "2026-11-20T09:01:00.000000Z"


def test_a_test_failover_that_nobody_cleaned_up_is_open(owner: Bench) -> None:
    """Its machine is left over too, although Azure made it."""
    vault = f"{ROOT}/rg-recovery-neu/providers/Microsoft.RecoveryServices/vaults/rsv-neu"
    item = (
        f"{vault}/replicationFabrics/asr-a2a-westeurope/replicationProtectionContainers/asr-a2a-westeurope-container"
        "/replicationProtectedItems/vm-db-1"
    )
    body = {
        "properties": {
            "failoverDirection": "PrimaryToRecovery",
            "networkType": "VmNetworkAsInput",
            "networkId": f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-drill-neu",
            "providerSpecificDetails": {"instanceType": "A2A"},
        }
    }
    assert owner.send("POST", f"{item}/testFailover?api-version=2025-08-01", body).status == 202
    owner.advance(minutes=10)

    told = owner.send("GET", "/_sandbox/leftovers").json()

    assert [one["item"].rsplit("/", 1)[-1] for one in told["open-test-failovers"]] == ["vm-db-1"]
    machine = told["open-test-failovers"][0]["machine"]
    assert machine.casefold() in {one["id"].casefold() for one in told["leftovers"]}


def test_a_resource_tells_its_history_and_its_history_outlives_it(owner: Bench) -> None:
    """Made, changed and deleted, by whom and when; what never was is not found."""
    owner.send("PUT", f"{DISK}/short?api-version=2026-03-02", NEW_DISK)
    owner.advance(minutes=1)
    owner.send("DELETE", f"{DISK}/short?api-version=2026-03-02")
    owner.advance(minutes=1)

    told = owner.send("GET", f"/_sandbox/resources?id={ROOT}/{DISK}/short").json()

    assert told["resource"] is None
    assert told["history"][0]["verb"] == "created"
    assert told["history"][-1]["verb"] == "deleted"
    assert {line["by"] for line in told["history"]} >= {"sandbox-owner"}
    assert owner.send("GET", f"/_sandbox/resources?id={ROOT}/{DISK}/never").status == 404


def test_the_journals_hash_is_told(owner: Bench) -> None:
    """And of how many entries it is."""
    owner.send("GET", f"{VM}?api-version=2026-04-01")

    told = owner.send("GET", "/_sandbox/journal/digest").json()

    assert told == {"digest": owner.built.world.journal.digest(), "entries": 1}


def test_a_cloud_tells_of_itself_before_anybody_signs_in(bench: Bench) -> None:
    """Clients with a custom cloud ask where its parts are: an old form, a list, and the one cloud that is asked."""
    bench.token = ""

    old = bench.send("GET", "/metadata/endpoints?api-version=2015-01-01").json()
    listed = bench.send("GET", "/metadata/endpoints?api-version=2019-05-01").json()
    alone = bench.send("GET", "/metadata/endpoints?api-version=2022-09-01").json()

    assert old["authentication"]["loginEndpoint"] == alone["resourceManager"] == "http://sandbox"
    assert listed == [alone]


def test_a_token_tells_its_claims_to_who_takes_it_apart(owner: Bench) -> None:
    """As the Azure command line does, to learn in which tenant it is signed in."""
    world = owner.built.world
    text = world.identities.token_for("sandbox-owner").split(".")[1]

    claims = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    (subscription,) = owner.send("GET", "/subscriptions?api-version=2022-12-01").json()["value"]
    assert subscription["tenantId"] == claims["tid"]
    assert claims["oid"] == world.identities.known["sandbox-owner"].object_id
    assert claims["exp"] > claims["nbf"]
