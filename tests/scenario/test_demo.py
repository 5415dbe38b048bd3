"""`drd demo`, as a stranger types it: two processes of its own, over HTTP, figures that are proven."""

import json
import subprocess
import sys
from typing import Any

import pytest

SERVICES = {"identiteit", "netwerk", "databank", "burgerzaken", "sociaal-huis", "besluitvorming", "e-loket", "werkplek"}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Play the demo once; it must end well."""
    command = [sys.executable, "-m", "drd", "demo", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_service_is_back_and_every_objective_met(told: dict[str, Any]) -> None:
    """The promise of the first screen of the README."""
    assert {each["service"] for each in told["services"]} == SERVICES
    assert [each for each in told["services"] if not each["met"] or each["state"] != "succeeded"] == []


def test_the_figures_are_proven(told: dict[str, Any]) -> None:
    """By the journal exactly, and by the sandbox's own log of what guests were asked within one second of the host."""
    log = told["sandbox_log"]

    assert told["recomputed_from_the_journal"] is True
    assert log["compared"] == len(SERVICES - {"werkplek"})
    assert log["largest_difference_seconds"] <= log["allowed_seconds"]
    assert {each["service"] for each in told["checks"]} == SERVICES


def test_the_incident_is_the_loss_of_the_region(told: dict[str, Any]) -> None:
    """The clock starts when the services went down, not when somebody typed."""
    assert {each["incident_at"] for each in told["services"]} == {told["lost_at"]}


def test_a_second_person_approved(told: dict[str, Any]) -> None:
    """Every question was answered by somebody else than the starter: also that of a recovery plan's manual action."""
    assert {each["by"] for each in told["approvals"]} == {"crisiscel"}
    assert len(told["approvals"]) == 4


def test_monitoring_sees_the_same_figures(told: dict[str, Any]) -> None:
    """Seconds in the metrics are the journal's milliseconds."""
    achieved = {each["service"]: each["achieved_recovery_time_ms"] / 1000 for each in told["services"]}
    shown = {
        service: float(line.rsplit(" ", 1)[1])
        for line in told["metrics"]
        for service in SERVICES
        if line.startswith("drd_service_achieved_recovery_time_seconds") and f'service="{service}"' in line
    }

    assert shown == achieved


def test_it_is_quick_and_small(told: dict[str, Any]) -> None:
    """At most a minute and 300 MiB, sandbox and daemon together."""
    assert told["host_seconds"] <= 60
    assert sum(told["peak_memory_mib"].values()) <= 300
