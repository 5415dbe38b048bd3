"""Failover, test failover, commit and cancel through azure-mgmt-recoveryservicessiterecovery, traps included."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.compute.machine import as_of, is_running, lineage_of
from drd.sandbox.faults import Fault
from drd.sandbox.network.interface import address_of, subnet_id_of
from tests.contract.sandbox_recovery_services.site_recovery_bodies import (
    DISK,
    FAILOVER,
    ITEM,
    NIC,
    ROOT,
    TEST,
    VAULT,
    VM,
    jobs_of,
)

pytestmark = pytest.mark.anyio
_NAMES = ["id-1", "id-2", "db-1", "db-2", "bz-sql-1", "bz-app-1", "bz-app-2", "sh-sql-1", "sh-app-1"]


async def test_a_failover_brings_the_machine_up_in_the_recovery_region(azure: Any) -> None:
    """With home lost: same name, recovery group, recovery address, running, with the newest point's data."""
    lost_at = azure.lose("westeurope", ago=timedelta(minutes=10))
    await azure.move("unplanned_failover", "vm-bz-app-1", FAILOVER)
    machine = azure.resource("rg-burgerzaken-neu", VM, "vm-bz-app-1")
    interface = azure.resource("rg-burgerzaken-neu", NIC, "vm-bz-app-1-nic")
    world = azure.sandbox.world
    assert machine.location == "northeurope"
    assert is_running(world, machine, azure.time.now)
    assert lineage_of(world, machine) == f"{ROOT}/rg-burgerzaken/providers/{VM}/vm-bz-app-1"
    assert timedelta(0) <= lost_at - as_of(world, machine) < timedelta(minutes=5)
    assert address_of(interface) == "10.2.1.41"
    assert subnet_id_of(interface).endswith("/virtualNetworks/vnet-neu/subnets/snet-servers")
    assert azure.resource("rg-burgerzaken-neu", DISK, "vm-bz-app-1-os").hidden["lineage"].endswith("/vm-bz-app-1")


async def test_the_operation_runs_until_the_machine_runs(azure: Any) -> None:
    """139.3 s after processing the latest point: the item is busy meanwhile, and nothing is there before the end."""
    seen: list[Any] = []
    await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM,
        "vm-db-1",
        {"properties": FAILOVER},
        polling=False,
        raw_response_hook=lambda exchange: seen.append(exchange.http_response),
    )
    [response] = seen
    assert (response.status_code, response.headers["retry-after"]) == (202, "30")
    status = response.headers["azure-asyncoperation"].split("?")[0].removeprefix("http://sandbox")
    azure.time.advance(seconds=159.7)
    running = (await azure.rest("GET", status, "2025-08-01")).json()
    assert running == {
        "error": None,
        "id": None,
        "name": status.rsplit("/", 1)[-1],
        "properties": None,
        "status": "InProgress",
        "startTime": "2026-11-20T10:17:23.000000Z",
        "endTime": None,
        "percentComplete": None,
    }
    item = await azure.item("vm-db-1")
    assert (item.allowed_operations, item.active_location) == ([], "Primary")
    assert azure.resource("rg-databank-neu", VM, "vm-db-1") is None
    azure.time.advance(seconds=0.3)
    done = (await azure.rest("GET", status, "2025-08-01")).json()
    assert (done["status"], done["endTime"]) == ("Succeeded", "2026-11-20T10:20:03.000000Z")
    assert azure.resource("rg-databank-neu", VM, "vm-db-1") is not None


async def test_without_polling_the_result_is_an_error_of_the_client_though_the_failover_runs(azure: Any) -> None:
    """The client wants JSON of an empty 202; the headers are to be had by a hook only."""
    poller = await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-db-1", {"properties": FAILOVER}, polling=False
    )
    with pytest.raises(ValueError, match="Expecting value"):
        await poller.result()
    assert len(azure.effects("asr.failover")) == 1


async def test_the_default_pollers_result_is_junk_named_like_the_operation(azure: Any) -> None:
    """The last GET goes to Location, whose body is no item; whoever wants the item asks for it again."""
    poller = await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-db-1", {"properties": FAILOVER}
    )
    junk = await poller.result()
    assert junk.name != "vm-db-1"
    assert junk.properties is None
    assert (await azure.item("vm-db-1")).active_location == "Recovery"


async def test_a_failed_last_get_hides_a_failover_that_succeeded(azure: Any) -> None:
    """With the default polling an error of Location looks like a failed failover; the item knows better."""
    azure.sandbox.world.faults.add(_fault("operationresults"))
    poller = await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-db-1", {"properties": FAILOVER}
    )
    with pytest.raises(HttpResponseError) as refusal:
        await poller.result()
    assert refusal.value.status_code == 404
    assert (await azure.item("vm-db-1")).active_location == "Recovery"


async def test_final_state_via_the_operation_asks_location_never(azure: Any) -> None:
    """The recipe that the trap leaves."""
    azure.sandbox.world.faults.add(_fault("operationresults"))
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER)
    assert not [entry for entry in azure.sandbox.world.journal.entries if "operationresults" in entry.path]


async def test_after_a_failover_a_commit_is_allowed_and_the_scenario_names_the_job(azure: Any) -> None:
    """The job is not the operation."""
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER)
    item = await azure.item("vm-db-1")
    [effect] = azure.effects("asr.failover")
    assert effect["shut-down"] is False
    assert "Commit" in item.allowed_operations
    assert item.protection_state == "UnplannedFailoverCommitPending"
    assert item.current_scenario.scenario_name == "UnplannedFailover"
    assert item.current_scenario.job_id.rsplit("/", 1)[-1] == effect["job"] != effect["operation"]


async def test_the_failovers_job_tells_the_point_that_was_used_and_the_true_duration(azure: Any) -> None:
    """Start and end of the service's own clock, and the recovery point in the job's details."""
    azure.lose("westeurope", ago=timedelta(minutes=10))
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER)
    name = (await azure.item("vm-db-1")).current_scenario.job_id.rsplit("/", 1)[-1]
    job = (await azure.site_recovery.replication_jobs.get(*VAULT, name)).properties
    assert (job.state, job.scenario_name) == ("Succeeded", "UnplannedFailover")
    assert job.end_time - job.start_time == timedelta(seconds=160)
    assert {task.state for task in job.tasks} == {"Succeeded"}
    [used] = job.custom_details.protected_item_details
    machine = azure.resource("rg-databank-neu", VM, "vm-db-1")
    assert used.recovery_point_time == as_of(azure.sandbox.world, machine)


async def test_the_tasks_of_a_running_job_advance(azure: Any) -> None:
    """Done, in progress, not started."""
    azure.sandbox.world.regions.down("westeurope", azure.time.now)
    await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-db-1", {"properties": FAILOVER}, polling=False
    )
    azure.time.advance(seconds=70)
    [job] = await jobs_of(azure, "JobStatus eq 'InProgress'")
    states = [task.state for task in job.properties.tasks]
    assert states == ["Succeeded", "Succeeded", "InProgress", "NotStarted", "NotStarted"]
    assert job.properties.end_time is None


async def test_a_commit_takes_eight_seconds_and_discards_the_points(azure: Any) -> None:
    """After it the item allows reprotection, and there is nothing left to change to."""
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER)
    before = azure.time.now
    await azure.move("failover_commit", "vm-db-1")
    assert azure.time.now - before < timedelta(seconds=21)
    item = await azure.item("vm-db-1")
    assert item.allowed_operations == ["ReverseReplicate", "DisableProtection"]
    assert item.active_location == "Recovery"
    listing = azure.site_recovery.recovery_points.list_by_replication_protected_items(*ITEM, "vm-db-1")
    assert [point async for point in listing] == []
    jobs = await jobs_of(azure, "JobStatus eq 'Succeeded' and ObjectName eq 'vm-db-1'")
    [job] = [job for job in jobs if job.properties.scenario_name == "CommitFailover"]
    assert job.properties.end_time - job.properties.start_time == timedelta(seconds=8)


async def test_an_ungraceful_failover_leaves_the_machine_at_home_alone(azure: Any) -> None:
    """NotRequired: also when home is up, both run afterwards."""
    await azure.move("unplanned_failover", "vm-bz-app-1", FAILOVER)
    home = azure.resource("rg-burgerzaken", VM, "vm-bz-app-1")
    assert is_running(azure.sandbox.world, home, azure.time.now)


async def test_a_graceful_failover_shuts_the_machine_at_home_down_and_loses_nothing(azure: Any) -> None:
    """Required: what was written until the shutdown comes along."""
    begun = azure.time.now
    await azure.move("unplanned_failover", "vm-bz-app-1", FAILOVER | {"sourceSiteOperations": "Required"})
    home = azure.resource("rg-burgerzaken", VM, "vm-bz-app-1")
    away = azure.resource("rg-burgerzaken-neu", VM, "vm-bz-app-1")
    assert not is_running(azure.sandbox.world, home, azure.time.now)
    assert as_of(azure.sandbox.world, away) == begun
    assert [effect["shut-down"] for effect in azure.effects("asr.failover")] == [True]


async def test_a_graceful_failover_from_a_lost_region_goes_on_and_says_so(azure: Any) -> None:
    """The job succeeds with a warning that the machine could not be shut down."""
    azure.lose("westeurope")
    await azure.move("unplanned_failover", "vm-bz-app-1", FAILOVER | {"sourceSiteOperations": "Required"})
    [job] = await jobs_of(azure)
    assert job.properties.state == "Succeeded"
    assert job.properties.errors[0].error_level == "Warning"
    assert "unreachable" in job.properties.errors[0].service_error_details.message


async def test_an_older_point_can_be_chosen(azure: Any) -> None:
    """By its id, as the list gives it; one that was pruned is refused."""
    listing = azure.site_recovery.recovery_points.list_by_replication_protected_items(*ITEM, "vm-db-1")
    older = [point async for point in listing][5]
    details = {"instanceType": "A2A", "recoveryPointId": older.id}
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER | {"providerSpecificDetails": details})
    machine = azure.resource("rg-databank-neu", VM, "vm-db-1")
    assert as_of(azure.sandbox.world, machine) == older.properties.recovery_point_time
    gone = {"instanceType": "A2A", "recoveryPointId": "gone"}
    with pytest.raises(HttpResponseError) as refusal:
        await azure.move("unplanned_failover", "vm-db-2", FAILOVER | {"providerSpecificDetails": gone})
    assert refusal.value.error.code == "RecoveryPointNotFound"


async def test_the_point_can_be_changed_before_the_commit(azure: Any) -> None:
    """The machine is made again from the older point."""
    listing = azure.site_recovery.recovery_points.list_by_replication_protected_items(*ITEM, "vm-db-1")
    older = [point async for point in listing][3]
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER)
    details = {"instanceType": "A2A"}
    await azure.move(
        "apply_recovery_point", "vm-db-1", {"recoveryPointId": older.id, "providerSpecificDetails": details}
    )
    machine = azure.resource("rg-databank-neu", VM, "vm-db-1")
    assert as_of(azure.sandbox.world, machine) == older.properties.recovery_point_time


async def test_a_cancelled_failover_removes_the_machine_and_replication_goes_on(azure: Any) -> None:
    """The item is where it was, with points as before."""
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER)
    await azure.move("failover_cancel", "vm-db-1")
    item = await azure.item("vm-db-1")
    assert item.allowed_operations == ["UnplannedFailover", "DisableProtection", "TestFailover"]
    assert item.provider_specific_details.rpo_in_seconds is not None
    assert azure.resource("rg-databank-neu", VM, "vm-db-1") is None


@pytest.mark.parametrize(
    ("first", "verb"),
    [
        (None, "failover_commit"),
        (None, "test_failover_cleanup"),
        (None, "failover_cancel"),
        ("test_failover", "test_failover"),
        ("test_failover", "unplanned_failover"),
        ("unplanned_failover", "unplanned_failover"),
        ("unplanned_failover", "test_failover"),
    ],
)
async def test_what_is_not_among_the_allowed_operations_is_refused(azure: Any, first: str | None, verb: str) -> None:
    """409, nothing started, and the message names what is allowed."""
    bodies = {"test_failover": TEST, "unplanned_failover": FAILOVER, "test_failover_cleanup": {"comments": ""}}
    if first:
        await azure.move(first, "vm-id-1", bodies.get(first))
    before = len(await jobs_of(azure))
    with pytest.raises(HttpResponseError) as refusal:
        await azure.move(verb, "vm-id-1", bodies.get(verb))
    assert (refusal.value.status_code, refusal.value.error.code) == (409, "ProtectedItemOperationNotAllowed")
    assert "Allowed operations" in refusal.value.error.message
    assert len(await jobs_of(azure)) == before


async def test_a_second_failover_while_the_first_runs_is_refused(azure: Any) -> None:
    """The item is busy: one job, one effect in the journal."""
    await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-id-1", {"properties": FAILOVER}, polling=False
    )
    with pytest.raises(HttpResponseError) as refusal:
        await azure.move("unplanned_failover", "vm-id-1", FAILOVER)
    assert refusal.value.error.code == "OperationInProgressOnProtectedItem"
    azure.time.advance(minutes=5)
    assert len(await jobs_of(azure)) == 1
    assert len(azure.effects("asr.failover")) == 1


async def test_a_failover_that_fails_says_so_in_operation_job_and_item(azure: Any) -> None:
    """The group went meanwhile: the SDK raises with the poll's 200, and the item allows another try."""
    await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-db-1", {"properties": FAILOVER}, polling=False
    )
    world = azure.sandbox.world
    group = world.store.delete(f"{ROOT}/rg-databank-neu", at=azure.time.now, by="test")
    azure.time.advance(minutes=3)
    [job] = await jobs_of(azure)
    assert job.properties.state == "Failed"
    assert job.properties.errors[0].service_error_details.code == "RecoveryResourceGroupNotFound"
    item = await azure.item("vm-db-1")
    assert (item.protection_state, item.active_location) == ("Protected", "Primary")
    world.store.put(group, at=azure.time.now, by="test")
    await azure.move("unplanned_failover", "vm-db-1", FAILOVER)
    assert azure.resource("rg-databank-neu", VM, "vm-db-1") is not None


@pytest.mark.parametrize("verb", ["unplanned_failover", "test_failover"])
async def test_an_operation_that_is_made_to_fail_late_fails_its_job_too(azure: Any, verb: str) -> None:
    """The item stands where it stood, and allows another try."""
    azure.sandbox.world.faults.add(Fault(kind="operation-fails-late", resource="vm-db-1", code="InternalError"))
    begin = getattr(azure.site_recovery.replication_protected_items, f"begin_{verb}")
    body = {"properties": TEST if verb == "test_failover" else FAILOVER}
    await begin(*ITEM, "vm-db-1", body, polling=False)
    azure.time.advance(minutes=5)
    [job] = await jobs_of(azure)
    assert (job.properties.state, job.properties.allowed_actions) == ("Failed", [])
    assert job.properties.errors[0].service_error_details.code == "InternalError"
    item = await azure.item("vm-db-1")
    assert (item.protection_state, item.active_location) == ("Protected", "Primary")
    await azure.move(verb, "vm-db-1", body["properties"])
    assert {each.properties.state for each in await jobs_of(azure)} == {"Failed", "Succeeded"}


async def test_a_failed_operation_is_an_error_of_status_200_with_its_code(azure: Any) -> None:
    """Classify on the code, not on the HTTP status."""
    world = azure.sandbox.world
    poller = await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-db-1", {"properties": FAILOVER}
    )
    world.store.delete(f"{ROOT}/rg-databank-neu", at=azure.time.now, by="test")
    with pytest.raises(HttpResponseError) as refusal:
        await poller.result()
    assert refusal.value.status_code == 200
    assert refusal.value.error.code == "RecoveryResourceGroupNotFound"


async def test_all_replicated_machines_fail_over_while_home_is_lost(azure: Any) -> None:
    """Nothing is asked of the lost region."""
    azure.lose("westeurope", ago=timedelta(minutes=10))
    machines = [f"vm-{name}" for name in _NAMES]
    for machine in machines:
        await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
            *ITEM, machine, {"properties": FAILOVER}, polling=False
        )
    azure.time.advance(seconds=161)
    items = [item async for item in azure.site_recovery.replication_protected_items.list(*VAULT)]
    assert {item.properties.active_location for item in items} == {"Recovery"}
    assert len(azure.effects("asr.failover")) == 9


def _fault(path: str) -> Fault:
    return Fault(status=404, code="NotFound", message="gone", method="GET", path_contains=path, count=99)
