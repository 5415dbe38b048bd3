"""What could not be done while a region was lost stays undone when it is back."""

from datetime import timedelta

from tests.unit.sandbox.conftest import ROOT, START, Bench

VAULT = f"{ROOT}/rg-recovery-neu/providers/Microsoft.RecoveryServices/vaults/rsv-neu"
POINTS = (
    f"{VAULT}/replicationFabrics/asr-a2a-westeurope/replicationProtectionContainers/asr-a2a-westeurope-container"
    "/replicationProtectedItems/vm-db-1/recoveryPoints?api-version=2025-08-01"
)


def test_a_region_that_came_back_was_still_lost_then(bench: Bench) -> None:
    """It is up now, and an instant within the outage says so."""
    bench.send("POST", "/_sandbox/region-down", {"region": "westeurope"})
    bench.advance(hours=1)
    bench.send("POST", "/_sandbox/region-up", {"region": "westeurope"})
    regions = bench.built.world.regions

    assert regions.lost() == {}
    assert not regions.is_lost("westeurope", bench.now)
    assert regions.is_lost("westeurope", START + timedelta(minutes=30))
    assert not regions.is_lost("westeurope", START - timedelta(minutes=1))
    assert [(one.since, one.until) for one in regions.outages("WestEurope")] == [(START, START + timedelta(hours=1))]


def test_replication_has_no_points_of_an_outage_that_is_over(bench: Bench) -> None:
    """Before and after there are some."""
    token = bench.built.world.identities.token_for("sandbox-owner")
    bench.token = token
    bench.send("POST", "/_sandbox/region-down", {"region": "westeurope"})
    bench.advance(minutes=40)
    bench.send("POST", "/_sandbox/region-up", {"region": "westeurope"})
    bench.advance(minutes=20)

    found = bench.send("GET", POINTS).json()["value"]
    taken = sorted(one["properties"]["recoveryPointTime"][11:16] for one in found)

    # One that is over at 9:40 leaves nothing from 9:00 on until then.
    assert "08:55" in taken
    assert "09:45" in taken
    assert not [at for at in taken if "09:00" <= at < "09:40"]
