"""Recovery plans: their groups in order, the person that a job waits for, and the way back."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.compute.machine import is_running
from drd.sandbox.faults import Fault
from tests.contract.sandbox_recovery_services.site_recovery_bodies import DRILL, ITEM, ROOT, VAULT, VM, jobs_of
from tests.contract.sandbox_recovery_services.site_recovery_bodies import FAILOVER as ONE_ITEM

pytestmark = pytest.mark.anyio

PLAN = "rp-sociaal-huis"
ITEMS = ("vm-sh-sql-1", "vm-sh-app-1")
A2A = {"instanceType": "A2A", "recoveryPointType": "LatestProcessed"}
FAILOVER = {
    "failoverDirection": "PrimaryToRecovery",
    "sourceSiteOperations": "NotRequired",
    "providerSpecificDetails": [A2A],
}
TEST = {
    "failoverDirection": "PrimaryToRecovery",
    "networkType": "VmNetworkAsInput",
    "networkId": DRILL,
    "providerSpecificDetails": [A2A],
}


async def begin(azure: Any, verb: str, properties: dict[str, Any] | None = None) -> str:
    """Send a verb to the plan, and return the path of its operation's status."""
    seen: list[Any] = []
    call = getattr(azure.site_recovery.replication_recovery_plans, f"begin_{verb}")
    body = ({"properties": properties},) if properties is not None else ()
    hook = lambda exchange: seen.append(exchange.http_response)  # noqa: E731 - one line
    await call(*VAULT, PLAN, *body, polling=False, raw_response_hook=hook)
    assert seen[0].status_code == 202
    return str(seen[0].headers["azure-asyncoperation"].split("?")[0].removeprefix("http://sandbox"))


async def status(azure: Any, path: str) -> str:
    """Return how an operation stands."""
    return str((await azure.rest("GET", path, "2025-08-01")).json()["status"])


async def plan(azure: Any) -> Any:
    """Return the plan's properties."""
    return (await azure.site_recovery.replication_recovery_plans.get(*VAULT, PLAN)).properties


async def the_job(azure: Any) -> Any:
    """Return the job that the plan names."""
    name = (await plan(azure)).current_scenario.job_id.rsplit("/", 1)[-1]
    return await azure.site_recovery.replication_jobs.get(*VAULT, name)


async def resume(azure: Any, comments: str = "gedaan") -> None:
    """Resume the plan's job and let a moment pass."""
    job = await the_job(azure)
    body = {"properties": {"comments": comments}}
    await azure.site_recovery.replication_jobs.begin_resume(*VAULT, job.name, body, polling=False)
    azure.time.advance(seconds=5)


async def carried_out(azure: Any, verb: str, properties: dict[str, Any] | None = None) -> str:
    """Carry a verb out to its end, with the manual action in between; return the operation's last status."""
    path = await begin(azure, verb, properties)
    azure.time.advance(minutes=15)
    if (await the_job(azure)).properties.state == "Suspended":
        await resume(azure)
        azure.time.advance(minutes=15)
    return await status(azure, path)


async def test_a_plan_tells_its_groups_and_what_people_do(azure: Any) -> None:
    """Shutdown, failover, and a boot group for each machine."""
    [listed] = [one async for one in azure.site_recovery.replication_recovery_plans.list(*VAULT)]
    found = await plan(azure)
    assert listed.name == PLAN
    assert [group.group_type for group in found.groups] == ["Shutdown", "Failover", "Boot", "Boot"]
    assert [item.id.rsplit("/", 1)[-1] for group in found.groups for item in group.replication_protected_items] == [
        *ITEMS
    ]
    [action] = found.groups[2].end_group_actions
    assert action.action_name == "licentie"
    assert "licentie van de databank" in action.custom_details.description
    assert found.allowed_operations == ["UnplannedFailover", "TestFailover"]
    assert found.current_scenario.scenario_name == "None"


async def test_a_failover_of_a_plan_waits_for_the_person_between_the_groups(azure: Any) -> None:
    """The database runs, the application does not, and the job says who must do what."""
    path = await begin(azure, "unplanned_failover", FAILOVER)
    assert (await plan(azure)).allowed_operations == []
    azure.time.advance(minutes=10)
    job = (await the_job(azure)).properties
    assert (job.state, job.allowed_actions) == ("Suspended", ["Resume", "Cancel"])
    assert await status(azure, path) == "InProgress"
    assert azure.resource("rg-sociaal-huis-neu", VM, "vm-sh-sql-1") is not None
    assert azure.resource("rg-sociaal-huis-neu", VM, "vm-sh-app-1") is None
    group = next(task for task in job.tasks if task.state == "Suspended")
    waiting = next(task for task in group.group_task_custom_details.child_tasks if task.state == "Suspended")
    assert waiting.allowed_actions == ["Resume"]
    assert waiting.custom_details.instance_type == "ManualActionTaskDetails"
    assert "licentie" in waiting.custom_details.instructions
    azure.time.advance(hours=5)
    assert (await the_job(azure)).properties.state == "Suspended"


async def test_a_resumed_plan_goes_on_to_its_end_and_names_the_points_that_were_used(azure: Any) -> None:
    """Both machines run; the job holds what the person said and from when each machine is."""
    began = azure.time.now
    path = await begin(azure, "unplanned_failover", FAILOVER)
    azure.time.advance(minutes=10)
    await resume(azure, "licentie 42 staat over")
    azure.time.advance(minutes=5)
    assert await status(azure, path) == "Succeeded"
    job = (await the_job(azure)).properties
    assert job.state == "Succeeded"
    assert job.scenario_name == "RecoveryPlanUnplannedFailover"
    used = {one.name: one.recovery_point_time for one in job.custom_details.protected_item_details}
    assert set(used) == set(ITEMS)
    assert all(timedelta(0) < began + timedelta(minutes=11) - time < timedelta(minutes=17) for time in used.values())
    said = [
        task.custom_details.observation
        for group in job.tasks
        if group.group_task_custom_details is not None
        for task in group.group_task_custom_details.child_tasks
        if task.custom_details.instance_type == "ManualActionTaskDetails"
    ]
    assert said == ["licentie 42 staat over"]
    for name in ITEMS:
        assert is_running(azure.sandbox.world, azure.resource("rg-sociaal-huis-neu", VM, name), azure.time.now)
    assert "Commit" in (await plan(azure)).allowed_operations


async def test_the_jobs_of_a_plans_items_are_parts_of_it_and_in_no_list(azure: Any) -> None:
    """Whoever looks for an item's job by name does not take a part for the whole."""
    await carried_out(azure, "unplanned_failover", FAILOVER)
    assert [job.properties.target_object_name for job in await jobs_of(azure)] == [PLAN]
    item = await azure.item("vm-sh-sql-1")
    assert item.current_scenario.job_id.rsplit("/", 1)[-1] == (await the_job(azure)).name


async def test_a_test_of_a_plan_and_its_cleanup_leave_nothing(azure: Any) -> None:
    """Copies in the isolated network, then none."""
    assert await carried_out(azure, "test_failover", TEST) == "Succeeded"
    for name in ITEMS:
        assert azure.resource("rg-sociaal-huis-neu", VM, f"{name}-test") is not None
        assert (await azure.item(name)).test_failover_state == "WaitingForCompletion"
    assert (await plan(azure)).allowed_operations == ["TestFailoverCleanup"]
    assert await carried_out(azure, "test_failover_cleanup", {"comments": "klaar"}) == "Succeeded"
    for name in ITEMS:
        assert azure.resource("rg-sociaal-huis-neu", VM, f"{name}-test") is None
    assert (await plan(azure)).last_test_failover_time is not None


async def test_a_plan_goes_there_and_back_again(azure: Any) -> None:
    """Failover, commit, reprotect, failback in the other direction, commit, reprotect."""
    world = azure.sandbox.world
    before = {one.key for one in world.store.each() if "/replicationjobs/" not in one.key}
    for direction in ("PrimaryToRecovery", "RecoveryToPrimary"):
        wanted = {**FAILOVER, "failoverDirection": direction, "sourceSiteOperations": "Required"}
        assert await carried_out(azure, "unplanned_failover", wanted) == "Succeeded"
        assert await carried_out(azure, "failover_commit") == "Succeeded"
        assert await carried_out(azure, "reprotect") == "Succeeded"
        azure.time.advance(minutes=55)
        assert (await plan(azure)).allowed_operations == ["UnplannedFailover", "TestFailover"]
    after = {one.key for one in world.store.each() if "/replicationjobs/" not in one.key}
    assert after == before


async def test_a_plan_in_the_wrong_direction_is_refused(azure: Any) -> None:
    """Its items stand at home."""
    with pytest.raises(HttpResponseError) as refused:
        await begin(azure, "unplanned_failover", {**FAILOVER, "failoverDirection": "RecoveryToPrimary"})
    assert (refused.value.status_code, refused.value.error.code) == (400, "InvalidFailoverDirection")


async def test_a_cancelled_plan_stops_where_it_waits_and_what_is_over_stays_over(azure: Any) -> None:
    """The database runs in the recovery region, the application at home."""
    path = await begin(azure, "unplanned_failover", FAILOVER)
    azure.time.advance(minutes=10)
    job = await the_job(azure)
    await azure.site_recovery.replication_jobs.begin_cancel(*VAULT, job.name, polling=False)
    azure.time.advance(seconds=5)
    assert await status(azure, path) == "Canceled"
    assert (await the_job(azure)).properties.state == "Cancelled"
    assert (await azure.item("vm-sh-sql-1")).active_location == "Recovery"
    assert (await azure.item("vm-sh-app-1")).active_location == "Primary"


async def test_a_group_that_fails_ends_the_plan_and_the_next_group_is_never_begun(azure: Any) -> None:
    """The condition `failover-fails`, on one machine."""
    azure.sandbox.world.faults.add(
        Fault(kind="failover-fails", resource="vm-sh-sql-1", code="FailoverFailed", message="It did not boot.")
    )
    path = await begin(azure, "unplanned_failover", FAILOVER)
    azure.time.advance(minutes=10)
    assert await status(azure, path) == "Failed"
    job = (await the_job(azure)).properties
    assert job.state == "Failed"
    assert job.errors[0].service_error_details.code == "FailoverFailed"
    assert (await azure.item("vm-sh-sql-1")).allowed_operations[0] == "UnplannedFailover"
    assert azure.resource("rg-sociaal-huis-neu", VM, "vm-sh-app-1") is None


async def test_a_plan_that_works_refuses_everything_else(azure: Any) -> None:
    """Another verb, a change, its end."""
    await begin(azure, "unplanned_failover", FAILOVER)
    with pytest.raises(HttpResponseError) as refused:
        await begin(azure, "test_failover", TEST)
    assert (refused.value.status_code, refused.value.error.code) == (409, "OperationInProgressOnRecoveryPlan")
    with pytest.raises(HttpResponseError) as refused:
        await azure.site_recovery.replication_recovery_plans.begin_delete(*VAULT, PLAN, polling=False)
    assert refused.value.status_code == 409


async def test_a_job_that_does_not_wait_cannot_be_resumed_and_none_can_be_restarted(azure: Any) -> None:
    """Nor can jobs be exported here."""
    await begin(azure, "unplanned_failover", FAILOVER)
    job = (await the_job(azure)).name
    jobs = azure.site_recovery.replication_jobs
    for call in (
        lambda: jobs.begin_resume(*VAULT, job, {"properties": {}}, polling=False),
        lambda: jobs.begin_restart(*VAULT, job, polling=False),
        lambda: jobs.begin_export(*VAULT, {}, polling=False),
    ):
        with pytest.raises(HttpResponseError) as refused:
            await call()
        assert refused.value.status_code in {400, 409}


async def test_a_planned_failover_of_a_plan_is_refused(azure: Any) -> None:
    """Its items replicate between regions of Azure."""
    with pytest.raises(HttpResponseError) as refused:
        await begin(azure, "planned_failover", {"failoverDirection": "PrimaryToRecovery"})
    assert refused.value.error.code == "OperationNotSupportedForProvider"


async def test_a_plan_is_made_changed_and_deleted(azure: Any) -> None:
    """Each an operation of its own."""
    plans = azure.site_recovery.replication_recovery_plans
    vault = f"{ROOT}/{VAULT[0]}/providers/Microsoft.RecoveryServices/vaults/{VAULT[1]}"
    item = f"{vault}/replicationFabrics/asr-a2a-westeurope/replicationProtectionContainers/asr-a2a-westeurope-container"
    body = {
        "properties": {
            "primaryFabricId": f"{vault}/replicationFabrics/asr-a2a-westeurope",
            "recoveryFabricId": f"{vault}/replicationFabrics/asr-a2a-northeurope",
            "failoverDeploymentModel": "ResourceManager",
            "groups": [
                {
                    "groupType": "Boot",
                    "replicationProtectedItems": [{"id": f"{item}/replicationProtectedItems/vm-id-1"}],
                    "startGroupActions": [],
                    "endGroupActions": [],
                }
            ],
        }
    }
    await plans.begin_create(*VAULT, "rp-id", body, polling=False)
    azure.time.advance(seconds=5)
    assert (await plans.get(*VAULT, "rp-id")).properties.groups[0].replication_protected_items[0].id.endswith("vm-id-1")
    body["properties"]["groups"][0]["groupType"] = "Lunch"
    with pytest.raises(HttpResponseError) as refused:
        await plans.begin_create(*VAULT, "rp-id", body, polling=False)
    assert refused.value.status_code == 400
    await plans.begin_delete(*VAULT, "rp-id", polling=False)
    azure.time.advance(seconds=5)
    with pytest.raises(HttpResponseError) as refused:
        await plans.get(*VAULT, "rp-id")
    assert refused.value.status_code == 404


async def test_a_running_job_of_an_item_can_be_cancelled(azure: Any) -> None:
    """The item stands where it stood."""
    await azure.site_recovery.replication_protected_items.begin_unplanned_failover(
        *ITEM, "vm-id-1", {"properties": ONE_ITEM}, polling=False
    )
    [job] = await jobs_of(azure)
    await azure.site_recovery.replication_jobs.begin_cancel(*VAULT, job.name, polling=False)
    azure.time.advance(minutes=5)
    item = await azure.item("vm-id-1")
    assert item.allowed_operations == ["UnplannedFailover", "DisableProtection", "TestFailover"]
    assert azure.resource("rg-identiteit-neu", VM, "vm-id-1") is None
    assert [one.properties.state for one in await jobs_of(azure)] == ["Cancelled"]
