"""Where Azure's long-running operations, or the SDK's idea of them, mislead."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drd.domain.errors import OperationFailedError, RefusedError, TransientError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS, InterfaceWish
from drd.ports.replication import REPLICATION
from tests.unit.providers.azure.conftest import Bench
from tests.unit.providers.azure.samples import replicated_item, replication_job
from tests.unit.providers.azure.scripted import (
    ENDPOINT,
    GROUP,
    LOCATION,
    STATUS,
    SUB,
    Says,
    accepted,
    machine,
    refusal,
)

pytestmark = pytest.mark.anyio


async def _started(bench: Bench, answer: Says) -> Operation:
    bench.azure.on("POST", "/start", answer)
    operation = await bench.provider.capability(MACHINES).start(bench.machine, request_id="req-1")
    assert operation is not None
    return Operation.from_json(json.loads(json.dumps(operation.to_json())))


async def test_a_202_without_an_address_is_not_finished_until_the_machine_runs(bench: Bench) -> None:
    """The SDK calls it Succeeded at once; the world is asked instead."""
    machines = bench.provider.capability(MACHINES)
    bench.azure.on("GET", "/virtualMachines/vm-1", machine("starting", "Updating"), machine("running"))

    operation = await _started(bench, Says(202))
    first, second = await machines.follow(operation), await machines.follow(operation)

    assert (operation.status_url, operation.location_url) == ("", "")
    assert (first.finished, second.finished) == (False, True)


async def test_a_last_get_on_location_that_fails_does_not_hide_a_success(bench: Bench) -> None:
    """With both addresses only the status is asked."""
    bench.azure.on("GET", "/operations/op-1", Says(200, {"status": "Succeeded"}))
    bench.azure.on("GET", "/results/op-1", refusal(404, "NotFound"))

    operation = await _started(bench, accepted(location=LOCATION))
    status = await bench.provider.capability(MACHINES).follow(operation)

    assert status.finished
    assert [asked for asked in bench.azure.asked if "/results/" in asked.url] == []


async def test_junk_at_the_location_of_a_failover_is_never_read(bench: Bench) -> None:
    """What Site Recovery answers there is an item whose name is the operation's id."""
    bench.azure.on("GET", "/replicationProtectedItems", Says(200, {"value": [replicated_item()]}))
    bench.azure.on("POST", "/unplannedFailover", accepted(status=STATUS, location=LOCATION))
    bench.azure.on("GET", "/operations/op-1", Says(200, {"status": "Succeeded", "properties": None, "error": None}))
    bench.azure.on("GET", "/results/op-1", Says(200, {"id": "op-1", "name": "op-1", "properties": "junk"}))
    bench.azure.on("GET", "/replicationJobs", Says(200, {"value": []}))
    replication = bench.provider.capability(REPLICATION)

    item = await replication.item(bench.vault, "vm-1")
    operation = await replication.fail_over(item, point=None, graceful=False, request_id="req")
    status = await replication.follow(operation)

    assert status.finished
    assert [asked for asked in bench.azure.asked if "/results/" in asked.url] == []


async def test_a_failed_operation_is_told_by_its_code_although_the_poll_was_a_200(bench: Bench) -> None:
    """The HTTP status of the poll says nothing of the operation."""
    failed = {"status": "Failed", "error": {"code": "AllocationFailed", "message": "no capacity\nin zone"}}
    bench.azure.on("GET", "/operations/op-1", Says(200, failed))

    operation = await _started(bench, accepted())
    with pytest.raises(OperationFailedError) as failure:
        await bench.provider.capability(MACHINES).follow(operation)

    assert failure.value.code == "AllocationFailed"
    assert "no capacity in zone" in failure.value.message


async def test_a_cancelled_operation_without_an_error_is_a_failure(bench: Bench) -> None:
    """Canceled is spelled with one l and has no body."""
    bench.azure.on("GET", "/operations/op-1", Says(200, {"status": "Canceled"}))

    operation = await _started(bench, accepted())
    with pytest.raises(OperationFailedError) as failure:
        await bench.provider.capability(MACHINES).follow(operation)

    assert failure.value.code == "Canceled"


async def test_a_refusal_at_the_location_is_the_operations_own(bench: Bench) -> None:
    """Without a status address, Location answers 202 until it answers with the end."""
    bench.azure.on(
        "GET", "/results/op-1", Says(202, None, {"retry-after": "7"}), refusal(409, "OverconstrainedRequest")
    )
    machines = bench.provider.capability(MACHINES)

    operation = await _started(bench, accepted(status="", location=LOCATION))
    first = await machines.follow(operation)
    with pytest.raises(OperationFailedError) as failure:
        await machines.follow(operation)

    assert (first.finished, first.wait_seconds) == (False, 7)
    assert failure.value.code == "OverconstrainedRequest"


async def test_a_throttled_poll_does_not_end_the_operation(bench: Bench) -> None:
    """The SDK's poller dies of it; ours waits as it was told and asks again."""
    bench.azure.on(
        "GET", "/operations/op-1", refusal(429, "TooManyRequests", retry_after="9"), Says(200, {"status": "Succeeded"})
    )

    operation = await _started(bench, accepted())
    status = await bench.provider.capability(MACHINES).follow(operation)

    assert status.finished
    assert [wait.total_seconds() for wait in bench.clock.sleeps] == [9.0]


async def test_a_forgotten_operation_is_read_from_the_world(bench: Bench) -> None:
    """Azure forgets operations after a day; a run may be paused longer."""
    bench.azure.on("GET", "/operations/op-1", refusal(404, "NotFound"))
    bench.azure.on("GET", "/virtualMachines/vm-1", machine("running"))

    operation = await _started(bench, accepted())

    assert (await bench.provider.capability(MACHINES).follow(operation)).finished


async def test_a_machine_whose_state_is_failed_is_a_failure(bench: Bench) -> None:
    """Where no address is left, its own state decides."""
    bench.azure.on("GET", "/virtualMachines/vm-1", machine("deallocated", "Failed"))

    operation = await _started(bench, Says(202))
    with pytest.raises(OperationFailedError):
        await bench.provider.capability(MACHINES).follow(operation)


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.2:1/subscriptions/{SUB}/operations/op-1",
        f"http://127.0.0.1:2/subscriptions/{SUB}/operations/op-1",
        f"https://127.0.0.1:1/subscriptions/{SUB}/operations/op-1",
        f"http://127.0.0.1:1@evil.example/subscriptions/{SUB}/operations/op-1",
        f"{ENDPOINT}/subscriptions/{{id}}/operations/op-1",
        "http://[broken",
    ],
)
async def test_the_token_never_follows_a_poll_address_elsewhere(bench: Bench, address: str) -> None:
    """Another host, port or scheme, a user in front, braces: nothing is sent there, and the world is read instead."""
    operation = await _started(bench, accepted(status=address))
    before = len(bench.azure.asked)
    bench.azure.on("GET", "/virtualMachines/vm-1", machine("starting", "Updating"))

    status = await bench.provider.capability(MACHINES).follow(operation)

    assert not status.finished
    assert [each.path for each in bench.azure.asked[before:]] == [str(bench.machine)]
    assert all(each.url.startswith(ENDPOINT) for each in bench.azure.asked)


async def test_the_token_never_follows_a_link_to_a_next_page_elsewhere(bench: Bench) -> None:
    """Links of lists are answers too."""
    page = {"value": [], "nextLink": "http://evil.example/subscriptions?page=2"}
    bench.azure.on("GET", "/resourcegroups", Says(200, page))

    with pytest.raises(RefusedError) as refused:
        await bench.provider.capability(GROUPS).list(SUB)

    assert refused.value.target.startswith("http://evil.example/subscriptions")
    assert len(bench.azure.asked) == 1


async def test_retry_after_zero_does_not_mean_thirty_seconds(bench: Bench) -> None:
    """The SDK takes it for nothing said and waits its default; here it is the shortest wait."""
    bench.azure.on("GET", "/operations/op-1", Says(200, {"status": "InProgress"}, {"retry-after": "0"}))

    operation = await _started(bench, accepted())

    assert (await bench.provider.capability(MACHINES).follow(operation)).wait_seconds == 1


@pytest.mark.parametrize("odd", ["0.5", "soon", "-1", "1e99", "nan"])
async def test_an_odd_retry_after_on_acceptance_is_still_an_acceptance(bench: Bench, odd: str) -> None:
    """The SDK stumbles over it after the change was accepted; that must not look like a failure."""
    operation = await _started(bench, accepted(retry_after=odd))

    assert operation.status_url == STATUS
    assert len(bench.azure.sent("POST")) == 1


async def test_times_are_the_services_own(bench: Bench) -> None:
    """Seven digits after the point, and an end that has not come in year 1."""
    bodies = [
        {"status": "InProgress", "startTime": "2026-11-20T09:00:01.1234567Z", "endTime": "0001-01-01T00:00:00"},
        {"status": "Succeeded", "startTime": "2026-11-20T09:00:01Z", "endTime": "2026-11-20T09:02:20Z"},
    ]
    bench.azure.on("GET", "/operations/op-1", *(Says(200, body) for body in bodies))
    machines = bench.provider.capability(MACHINES)

    operation = await _started(bench, accepted())
    running, ended = await machines.follow(operation), await machines.follow(operation)

    assert running.ended_at is None
    assert running.started_at == datetime(2026, 11, 20, 9, 0, 1, 123456, tzinfo=UTC)
    assert ended.ended_at == datetime(2026, 11, 20, 9, 2, 20, tzinfo=UTC)


async def test_a_poll_that_is_no_json_is_asked_again_and_then_transient(bench: Bench) -> None:
    """A proxy's page in between is not the operation's end."""
    bench.azure.on("GET", "/operations/op-1", Says(200, b"<html>maintenance</html>"))

    operation = await _started(bench, accepted())
    with pytest.raises(TransientError):
        await bench.provider.capability(MACHINES).follow(operation)

    assert len(bench.azure.sent("GET")) == 5


async def test_a_group_is_deleted_when_it_cannot_be_found(bench: Bench) -> None:
    """The address may say 200 before the group is gone."""
    bench.azure.on("DELETE", "/resourcegroups/rg-1", accepted(status="", location=LOCATION))
    bench.azure.on("GET", "/results/op-1", Says(200))
    there = Says(200, {"id": str(bench.group), "location": "weu", "properties": {"provisioningState": "Deleting"}})
    bench.azure.on("GET", "/resourcegroups/rg-1", there, refusal(404, "ResourceGroupNotFound"))
    groups = bench.provider.capability(GROUPS)

    operation = await groups.delete(bench.group, request_id="req")
    assert operation is not None

    assert [(await groups.follow(operation)).finished for _ in range(2)] == [False, True]


async def test_a_put_with_only_a_location_goes_on(bench: Bench) -> None:
    """A 201 without a body is not done; its Location is asked."""
    bench.azure.on("PUT", "/networkInterfaces/nic-1", Says(201, None, {"location": LOCATION}))
    bench.azure.on("GET", "/results/op-1", Says(202), Says(200))
    networks = bench.provider.capability(NETWORKS)

    operation = await networks.create_interface(_nic(bench))
    assert operation is not None

    assert [(await networks.follow(operation)).finished for _ in range(2)] == [False, True]


async def test_an_interface_without_any_address_is_read_from_the_world(bench: Bench) -> None:
    """Its own state says when it is there, and when it failed."""
    bodies = [
        {"id": f"{GROUP}/n", "properties": {"provisioningState": state}}
        for state in ("Updating", "Succeeded", "Failed")
    ]
    bench.azure.on("PUT", "/networkInterfaces/nic-1", Says(201, bodies[0]))
    bench.azure.on("GET", "/networkInterfaces/nic-1", *(Says(200, body) for body in bodies))
    networks = bench.provider.capability(NETWORKS)

    operation = await networks.create_interface(_nic(bench))
    assert operation is not None

    assert [(await networks.follow(operation)).finished for _ in range(2)] == [False, True]
    with pytest.raises(OperationFailedError):
        await networks.follow(operation)


def _nic(bench: Bench) -> InterfaceWish:
    nic = ArmId(f"{GROUP}/providers/Microsoft.Network/networkInterfaces/nic-1")
    return InterfaceWish(id=nic, location="weu", subnet=ArmId(f"{GROUP}/s"), tags={}, request_id="req")


async def test_a_deleted_machine_without_any_address_is_gone_when_it_is_not_found(bench: Bench) -> None:
    """Absence is read, not assumed."""
    bench.azure.on("DELETE", "/virtualMachines/vm-1", Says(202))
    bench.azure.on("GET", "/virtualMachines/vm-1", machine("running", "Deleting"), refusal(404, "ResourceNotFound"))
    machines = bench.provider.capability(MACHINES)

    operation = await machines.delete(bench.machine, request_id="req")
    assert operation is not None

    assert [(await machines.follow(operation)).finished for _ in range(2)] == [False, True]


async def test_a_failover_whose_status_is_forgotten_is_told_by_its_job(bench: Bench) -> None:
    """Also when no address was given at all."""
    bench.azure.on("GET", "/replicationProtectedItems", Says(200, {"value": [replicated_item()]}))
    bench.azure.on("POST", "/failoverCommit", Says(202))
    done = replication_job(scenarioName="CommitFailover", state="Succeeded", endTime="2026-11-20T09:00:10Z")
    bench.azure.on("GET", "/replicationJobs/job-1", Says(200, done))
    bench.azure.on("GET", "/replicationJobs", Says(200, {"value": []}), Says(200, {"value": [done]}))
    replication = bench.provider.capability(REPLICATION)
    item = replace(await replication.item(bench.vault, "vm-1"), allowed=("Commit",))

    operation = await replication.commit(item, request_id="req")
    statuses = [await replication.follow(operation) for _ in range(2)]

    assert [(status.finished, status.job) for status in statuses] == [(False, ""), (True, "job-1")]
