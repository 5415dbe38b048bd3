"""What Azure writes is not always what its model says."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.domain.errors import OperationFailedError
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS
from drd.ports.replication import REPLICATION
from drd.ports.vaults import VAULTS
from drd.providers.azure.instant import real_instant
from tests.unit.providers.azure.conftest import Bench
from tests.unit.providers.azure.samples import backup_item, replicated_item, replication_job
from tests.unit.providers.azure.scripted import ENDPOINT, MACHINE, VAULT, Asked, Says, accepted

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OPERATION = f"{ENDPOINT}{VAULT}/backupOperations/op-1?api-version=1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("1753-01-01T01:01:01Z", None),
        (datetime(1, 1, 1), None),  # noqa: DTZ001 - what the SDK makes of it
        (None, None),
        ("", None),
        ("not yet", None),
        ("2026-11-20T09:00:00", NOW),
        ("2026-11-20T09:00:00.0000000Z", NOW),
        ("2026-11-20T10:00:00.5+01:00", NOW + timedelta(seconds=0.5)),
        (NOW.replace(tzinfo=None), NOW),
    ],
)
def test_an_instant_that_only_stands_for_none_is_none(written: object, meant: datetime | None) -> None:
    """Year 1 and 1753 mean "none"; what has no offset is UTC; seven digits after the point are cut."""
    assert real_instant(written) == meant


async def test_a_vault_that_says_nothing_is_unknown_and_never_off(bench: Bench) -> None:
    """Older vaults answer their provisioning state and little else."""
    bench.azure.on(
        "GET",
        "/vaults/rsv-1",
        Says(200, {"id": VAULT, "location": "weu", "properties": {"provisioningState": "Succeeded"}}),
    )

    posture = await bench.provider.capability(VAULTS).get(bench.vault)

    known = {
        name
        for name in ("redundancy", "cross_region_restore", "soft_delete", "immutability", "secure_score")
        if getattr(posture, name) is not None
    }
    assert known == set()


async def _points(bench: Bench, *points: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
    bodies = []
    for number, point in enumerate(points):
        time = f"2026-11-{19 - number:02}T01:00:00Z"
        properties = {"objectType": "IaasVMRecoveryPoint", "recoveryPointTime": time, **point}
        bodies.append({"id": f"{VAULT}/p/{number}", "name": str(number), "properties": properties})
    bench.azure.on("GET", "/recoveryPoints", Says(200, {"value": bodies}))
    bench.azure.on("GET", "/backupProtectedItems", Says(200, {"value": [backup_item()]}))
    backups = bench.provider.capability(BACKUPS)
    (item,) = await backups.items(bench.vault)
    return [(point.id, point.usable, point.consistency) for point in await backups.points(item)]


async def test_numbers_for_words_are_read_as_the_words(bench: Bench) -> None:
    """Older api-versions write 1 for InstantRP and for Valid; the SDK hands the number on."""
    found = await _points(
        bench,
        {"recoveryPointType": "AppConsistent", "recoveryPointTierDetails": [{"type": 1, "status": 1}]},
        {"recoveryPointType": "FileSystemConsistent", "recoveryPointTierDetails": [{"type": 2, "status": 3}]},
        {"recoveryPointType": 3, "recoveryPointTierDetails": [{"type": 3, "status": 1}]},
    )

    assert found == [("0", True, "application"), ("1", False, "file-system"), ("2", False, "unknown")]


async def test_a_point_that_cannot_be_restored_from_is_not_usable(bench: Bench) -> None:
    """Deleted, infected, expired, archived; but a point that says nothing is taken at its word."""
    found = await _points(
        bench,
        {},
        {"recoveryPointProperties": {"isSoftDeleted": True}},
        {"threatStatus": "UnHealthy"},
        {"recoveryPointProperties": {"expiryTime": "2026-11-20T08:00:00Z"}},
        {"recoveryPointTierDetails": [{"type": "ArchivedRP", "status": "Valid"}]},
        {"recoveryPointTierDetails": [{"type": "ArchivedRP", "status": "Rehydrated"}]},
        {"objectType": "SomethingNew", "recoveryPointTierDetails": None},
    )

    assert [usable for _, usable, _ in found] == [True, False, False, False, False, True, True]


async def test_a_point_without_a_time_is_left_out(bench: Bench) -> None:
    """Nothing can be restored from it, and an unknown age must not look young."""
    assert await _points(bench, {"recoveryPointTime": "0001-01-01T00:00:00"}) == []


async def test_ids_compare_without_case(bench: Bench) -> None:
    """Site Recovery shouts `/Subscriptions/` and lower-cases machines."""
    bench.azure.on("GET", "/replicationProtectedItems", Says(200, {"value": [replicated_item()]}))
    replication = bench.provider.capability(REPLICATION)

    by_name, by_source = [await replication.item(bench.vault, name) for name in ("VM-1", "vm-1")]

    assert by_name.source == ArmId(MACHINE)
    assert by_name.id == by_source.id
    assert by_name.last_test_at is None
    assert (by_name.job, by_name.scenario) == ("", "")


async def test_an_item_without_a_reading_has_no_rpo(bench: Bench) -> None:
    """Null until replication is protected; and effective RPO adds what has passed since."""
    body = replicated_item()
    bench.azure.on("GET", "/replicationProtectedItems", Says(200, {"value": [body]}))
    replication = bench.provider.capability(REPLICATION)

    item = await replication.item(bench.vault, "vm-1")
    body["properties"]["providerSpecificDetails"]["rpoInSeconds"] = None
    silent = await replication.item(bench.vault, "vm-1")

    assert item.effective_rpo(NOW) == timedelta(seconds=114 + 267)
    assert silent.effective_rpo(NOW) is None


async def test_a_failover_without_a_point_leaves_the_choice_to_site_recovery(bench: Bench) -> None:
    """An omitted point is the newest processed one; ungraceful asks nothing of the source."""
    bodies: list[dict[str, Any]] = []

    def hear(asked: Asked) -> Says:
        bodies.append(json.loads(asked.body)["properties"])
        return accepted()

    bench.azure.on("GET", "/replicationProtectedItems", Says(200, {"value": [replicated_item()]}))
    bench.azure.scripts["POST", "/unplannedFailover"] = hear
    replication = bench.provider.capability(REPLICATION)
    item = await replication.item(bench.vault, "vm-1")

    await replication.fail_over(item, point=None, graceful=False, request_id="req-a")
    await replication.fail_over(item, point="/p/1", graceful=True, request_id="req-b")

    assert [body["sourceSiteOperations"] for body in bodies] == ["NotRequired", "Required"]
    assert [body["providerSpecificDetails"].get("recoveryPointId") for body in bodies] == [None, "/p/1"]
    assert [one.headers["x-ms-client-request-id"] for one in bench.azure.sent("POST")] == ["req-a", "req-b"]


async def test_a_job_of_site_recovery_is_found_by_scenario_item_and_time(bench: Bench) -> None:
    """Commit is called CommitFailover there; older jobs and other items are not ours."""
    jobs = [
        replication_job("old", startTime="2026-11-20T08:00:00Z", state="Succeeded"),
        replication_job("other", targetObjectId="vm-2", targetObjectName="vm-2"),
        replication_job("commit", scenarioName="CommitFailover"),
        replication_job("ours"),
    ]
    bench.azure.on("GET", "/replicationProtectedItems", Says(200, {"value": [replicated_item()]}))
    bench.azure.on("GET", "/replicationJobs", Says(200, {"value": jobs}))
    replication = bench.provider.capability(REPLICATION)
    item = await replication.item(bench.vault, "vm-1")

    found = [
        await replication.find(item, scenario=name, since=NOW)
        for name in ("UnplannedFailover", "Commit", "TestFailover")
    ]

    assert [one.job if one else None for one in found] == ["ours", "commit", None]


async def test_a_failed_job_of_site_recovery_tells_its_error_and_not_its_warning(bench: Bench) -> None:
    """A source that could not be reached is a warning in every unplanned failover."""
    errors = [
        {"errorLevel": "Warning", "serviceErrorDetails": {"code": "PrimaryNotReachable", "message": "not reached"}},
        {
            "errorLevel": "Error",
            "serviceErrorDetails": {"code": "150173", "message": "no cores", "recommendedAction": "Ask for quota."},
        },
    ]
    bench.azure.on("GET", "/replicationProtectedItems", Says(200, {"value": [replicated_item()]}))
    bench.azure.on("GET", "/replicationJobs/job-1", Says(200, replication_job(state="Failed", errors=errors)))
    bench.azure.on("GET", "/replicationJobs", Says(200, {"value": [replication_job()]}))
    replication = bench.provider.capability(REPLICATION)
    found = await replication.find(await replication.item(bench.vault, "vm-1"), scenario="UnplannedFailover", since=NOW)
    assert found is not None

    with pytest.raises(OperationFailedError) as failure:
        await replication.follow(found)

    assert (failure.value.code, failure.value.hint) == ("150173", "Ask for quota.")
