"""What a daemon tells of itself: as it stands at the scrape, of closed sets of labels, and whoever holds the lease."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.ports.vitals import AnsweredRequest, AuditFigures, Vitals
from tests.fakes.busy_house import NOW, BusyHouse, active_run, busy_vitals
from tests.fakes.scraped_series import values_of
from tests.fakes.small_estate import no_figures

pytestmark = pytest.mark.anyio

RESTORE = "/subscriptions/s/resourceGroups/r/providers/Microsoft.RecoveryServices/vaults/v/backupJobs/j"
MACHINE = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/m"


async def test_every_daemon_tells_how_it_stands() -> None:
    """Also one that does not tell of the estate: that it does not is what its lease says."""
    house = BusyHouse(exports=False)
    house.vitals = replace(busy_vitals(), leases={"exporter": False})

    assert await values_of(house, "drd_lease_held", "lease") == {("exporter",): 0}
    assert await values_of(house, "drd_heartbeat_timestamp_seconds", "loop") == {
        (loop,): (NOW - timedelta(seconds=1)).timestamp() for loop in ("calendar", "dispatch", "leases")
    }
    assert await values_of(house, "drd_queue_depth", "queue") == {("runs",): 2, ("writes",): 1, ("evidence",): 0}
    assert await values_of(house, "drd_config_last_reload_successful") == {(): 1}
    assert await values_of(house, "drd_config_last_reload_success_timestamp_seconds") == {
        (): (NOW - timedelta(days=1)).timestamp()
    }
    assert await values_of(house, "drd_credential_expiry_timestamp_seconds", "credential") == {
        ("failover-certificate",): (NOW + timedelta(days=20)).timestamp()
    }


async def test_a_chain_is_not_told_as_whole_before_anybody_looked() -> None:
    """Unknown is no value: neither good nor bad."""
    house = BusyHouse()
    house.vitals = Vitals()
    unknown = await values_of(house, "drd_audit_chain_valid"), await values_of(house, "drd_audit_entries_total")
    house.vitals = Vitals(audit=AuditFigures(entries=9, valid=False))

    assert unknown == ({}, {})
    assert await values_of(house, "drd_audit_chain_valid") == {(): 0}
    assert await values_of(house, "drd_audit_entries_total") == {(): 9}


async def test_a_credential_that_renews_itself_has_no_series() -> None:
    """A token ends every hour, and an alert on that would never be silent."""
    house = BusyHouse()
    house.vitals = Vitals()

    assert await values_of(house, "drd_credential_expiry_timestamp_seconds") == {}


async def test_answers_are_counted_and_timed_by_route() -> None:
    """In host time, until the answer began."""
    house = BusyHouse()
    for status in (200, 200, 404):
        request = AnsweredRequest(route="/api/v1/runs/{run}", method="GET", status=status, seconds=0.3)
        house.exporter.ears.answered(request)

    assert await values_of(house, "drd_http_requests_total", "route", "method", "code") == {
        ("/api/v1/runs/{run}", "GET", "200"): 2,
        ("/api/v1/runs/{run}", "GET", "404"): 1,
    }
    assert await values_of(house, "drd_http_request_duration_seconds_sum", "route") == {
        ("/api/v1/runs/{run}",): pytest.approx(0.9)
    }


async def test_a_page_tells_how_long_the_pages_before_it_took() -> None:
    """And how long commits took and how late the event loop was, as it was told."""
    house = BusyHouse()
    house.exporter.ears.committed(0.003)
    house.exporter.ears.lagged(0.2)
    first = await values_of(house, "drd_scrape_duration_seconds_count")

    assert first == {(): 0}
    assert await values_of(house, "drd_scrape_duration_seconds_count") == {(): 1}
    assert (await values_of(house, "drd_journal_commit_duration_seconds_bucket", "le"))[("0.005",)] == 1
    assert (await values_of(house, "drd_event_loop_lag_seconds_bucket", "le"))[("0.1",)] == 0
    assert (await values_of(house, "drd_event_loop_lag_seconds_bucket", "le"))[("0.25",)] == 1


async def test_requests_that_were_held_back_are_told_in_seconds() -> None:
    """By resource provider, in world time."""
    house = BusyHouse()
    house.send(f"https://h{MACHINE}", waited_ms=1500)
    house.send(f"https://h{MACHINE}")
    house.send(f"https://h{RESTORE}", waited_ms=250)

    assert await values_of(house, "drd_arm_throttled_seconds_total", "provider") == {
        ("Microsoft.Compute",): 1.5,
        ("Microsoft.RecoveryServices",): 0.25,
    }


async def test_operations_under_way_are_those_of_active_runs() -> None:
    """Counted by who carries them out; nobody's is 0, so that a dashboard has a line."""
    run = replace(active_run(), operations=(RESTORE, RESTORE.lower(), MACHINE))
    told = await values_of(BusyHouse(no_figures(active=(run,))), "drd_arm_operations", "provider")

    assert told.pop(("Microsoft.RecoveryServices",)) == 2
    assert told.pop(("Microsoft.Compute",)) == 1
    assert set(told.values()) == {0}
    assert ("Microsoft.Network",) in told
