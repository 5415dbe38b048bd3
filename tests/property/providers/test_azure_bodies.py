"""Whatever Azure, or something on the way, answers: it is read or refused in our own words, and never a crash."""

import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drd.domain.errors import DrdError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation
from drd.providers.azure import groups, machines, networks, points, replicated, vaults
from drd.providers.azure.adoption import job_of, job_told
from drd.providers.azure.errors import LONGEST_WAIT, Doing, parse_object, read_error, read_refusal, retry_after
from drd.providers.azure.instant import real_instant
from drd.providers.azure.isolation import lets_through
from drd.providers.azure.operations import Operations
from drd.providers.azure.rest import Reply, Rest
from drd.providers.azure.transport import Guard, shown
from tests.fakes.stepping_clock import SteppingClock
from tests.unit.providers.azure.samples import backup_item, backup_job, replicated_item, replication_job

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SUB = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-1"
ID = ArmId(f"{SUB}/providers/Microsoft.Compute/virtualMachines/vm-1")
OPERATION = Operation(kind="x", target=str(ID), started_at=NOW, details={"resource-group": SUB})

WORDS = [
    "id", "name", "location", "tags", "properties", "value", "error", "code", "message", "status", "type",
    "provisioningState", "instanceView", "statuses", "vmAgent", "displayStatus", "storageProfile",
    "osDisk", "dataDisks", "managedDisk", "networkProfile", "networkInterfaces", "timeCreated", "osType",
    "ipConfigurations", "subnet",
    "privateIPAddress", "networkSecurityGroup", "securityRules", "direction", "access", "priority", "protocol",
    "sourceAddressPrefix", "sourceAddressPrefixes", "destinationAddressPrefix", "destinationPortRange",
    "recoveryPointTime", "recoveryPointType", "recoveryPointTierDetails", "recoveryPointProperties", "expiryTime",
    "extendedInfo", "propertyBag", "Target resource group", "Recovery point time ", "progressPercentage", "operation",
    "entityFriendlyName", "startTime", "endTime", "errorDetails", "errorString", "jobId", "jobIds", "state", "errors",
    "serviceErrorDetails", "customDetails", "protectedItemDetails", "providerSpecificDetails", "fabricObjectId",
    "rpoInSeconds", "lastRpoCalculatedTime", "currentScenario", "scenarioName", "allowedOperations", "healthErrors",
    "sourceResourceId", "friendlyName", "securitySettings", "softDeleteSettings", "softDeleteRetentionPeriodInDays",
]  # fmt: skip
VALUES = [
    "Inbound", "Outbound", "Allow", "Deny", "*", "10.0.0.0/8", "::/0", "Completed", "Failed", "InProgress", "Succeeded",
    "PowerState/running", "2026-11-20T09:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59-10:00",
    "0001-01-01T00:00:00+10:00", "11/20/2026 1:41:36 AM", str(ID), SUB, f"{ID}/backupFabrics/a/b",
]  # fmt: skip

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(VALUES) | st.text(max_size=8)
    | st.integers(min_value=-(10**30), max_value=10**30)
)  # fmt: skip
objects = st.recursive(
    st.dictionaries(st.sampled_from(WORDS), leaves, max_size=6),
    lambda inner: st.dictionaries(
        st.sampled_from(WORDS), leaves | inner | st.lists(leaves | inner, max_size=3), min_size=1, max_size=8
    ),
    max_leaves=25,
)

DOING = Doing(what="start the machine", target=str(ID))
STATUSES = Operations(rest=cast("Rest", None), clock=SteppingClock())

READERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "vault": lambda body: vaults._posture(body, ID),
    "backed-up item": lambda body: points.read_item(body, ID),
    "points": lambda body: points.read_points([body], region="", now=NOW),
    "backup job": lambda body: points.job_status(points.read_job(body), body),
    "restore": lambda body: job_told(OPERATION, body),
    "job of a status": job_of,
    "replicated item": replicated.read_item,
    "replication points": lambda body: replicated.read_points([body]),
    "replication job": lambda body: replicated.job_status(body, OPERATION),
    "job's owner": lambda body: replicated.is_of(body, item="vm-1", machine="vm-1", scenario="Commit"),
    "machine": lambda body: machines._machine(body, ID),
    "disk": machines._disk,
    "script": machines._script,
    "interface": lambda body: networks._interface(body, ID),
    "security group": lambda body: lets_through(body, ("10.0.0.0/8",)),
    "group": lambda body: groups._group(body, ID),
    "resources": lambda body: groups._resources([body]),
    "error": read_error,
    "status of an operation": lambda body: STATUSES._by_status(Reply(status=200, body=body), DOING),
}


@pytest.mark.parametrize("reader", sorted(READERS))
@given(body=objects)
def test_any_object_is_read_or_refused(reader: str, body: dict[str, Any]) -> None:
    """Missing, null, of another type, out of range: nothing of it raises what is not ours."""
    read = READERS[reader]
    for whole in (body, {"properties": body}):
        with contextlib.suppress(DrdError):
            read(whole)


MACHINE_BODY: dict[str, Any] = {
    "id": str(ID),
    "location": "weu",
    "tags": {"a": "b"},
    "properties": {
        "provisioningState": "Succeeded",
        "timeCreated": "2026-11-20T09:00:00Z",
        "storageProfile": {"osDisk": {"managedDisk": {"id": str(ID)}}, "dataDisks": []},
        "networkProfile": {"networkInterfaces": [{"id": str(ID)}]},
        "instanceView": {
            "statuses": [{"code": "PowerState/running"}],
            "vmAgent": {"statuses": [{"displayStatus": "Ready"}]},
            "executionState": "Succeeded",
            "exitCode": 0,
            "startTime": "2026-11-20T09:00:00Z",
        },
        "ipConfigurations": [{"properties": {"subnet": {"id": str(ID)}, "privateIPAddress": "10.0.0.1"}}],
        "securitySettings": {"softDeleteSettings": {"softDeleteRetentionPeriodInDays": 14}},
        "securityRules": [
            {"properties": {"direction": "Inbound", "access": "Deny", "priority": 1, "sourceAddressPrefix": "*"}}
        ],
        "recoveryPointTime": "2026-11-20T09:00:00Z",
        "recoveryPointTierDetails": [{"type": 1, "status": 1}],
        "recoveryPointProperties": {"expiryTime": "2026-11-20T09:00:00Z"},
    },
}
BAD: list[Any] = [
    None, True, -1, 10**30, 1.5, float("nan"), float("inf"), "", "x", "None", "0001-01-01T00:00:00",
    "9999-12-31T23:59:59-10:00", "1900-01-01T00:00:00+10:00", [], [None], ["x"], {}, {"x": 1}, [{}], [[]],
]  # fmt: skip
SAMPLES = [
    MACHINE_BODY,
    replicated_item(),
    backup_item(),
    backup_job("job-1", status="Completed", group="rg-1"),
    backup_job("job-1", extendedInfo={"progressPercentage": 50, "propertyBag": {}}),
    replication_job(state="Succeeded", customDetails={"protectedItemDetails": [{"recoveryPointTime": "2026-11-20"}]}),
    replication_job(state="Failed", errors=[{"serviceErrorDetails": {"code": 1, "message": "x"}}]),
]


def _places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [path, *(place for name, part in inner for place in _places(part, (*path, name)))]


def _damaged(sample: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a good body with one place of it replaced, for every place and every bad value."""
    for place in _places(sample)[1:]:
        for bad in BAD:
            body: Any = copy.deepcopy(sample)
            part = body
            for name in place[:-1]:
                part = part[name]
            part[place[-1]] = bad
            yield body


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.get("name", "machine")))
def test_a_good_body_with_one_bad_place_is_read_or_refused(sample: dict[str, Any]) -> None:
    """The likelier accident, at every place, for every reader."""
    for body in _damaged(sample):
        for read in READERS.values():
            with contextlib.suppress(DrdError):
                read(body)


@given(body=objects)
def test_what_is_not_a_whole_proof_is_not_isolation(body: dict[str, Any]) -> None:
    """No random group is closed in both directions."""
    assert lets_through({"properties": {"securityRules": [{"properties": body}]}}, ("10.99.0.0/16",)) != ()


@given(text=st.text() | st.sampled_from(VALUES) | st.integers().map(str) | st.floats().map(str))
def test_any_wait_is_none_or_at_most_a_quarter_of_an_hour(text: str) -> None:
    """Whatever the header says."""
    for name in ("Retry-After", "retry-after-ms", "x-ms-retry-after-ms"):
        wait = retry_after({name: text}, NOW)
        assert wait is None or timedelta(0) <= wait <= LONGEST_WAIT


@given(instant=st.datetimes(timezones=st.none() | st.timezones()))
def test_any_instant_is_none_or_in_utc(instant: datetime) -> None:
    """At the edges of the calendar too, where an offset leads out of it."""
    for written in (instant, instant.isoformat()):
        read = real_instant(written)
        assert read is None or (read.tzinfo is UTC and read.year >= 1900)


@given(text=st.text())
def test_any_body_of_a_refusal_gives_its_words(text: str) -> None:
    """JSON or not."""
    assert read_refusal(500, {}, text).words
    assert isinstance(parse_object(text), dict)
    assert isinstance(parse_object(json.dumps([text])), dict)


@given(
    text=st.text(),
    host=st.sampled_from(["evil.example", "management.azure.com.evil", "management.azure.com@evil.example"]),
)
def test_no_url_passes_the_guard_but_those_of_the_endpoint(text: str, host: str) -> None:
    """And none is shown with its query."""
    guard = Guard(origins=frozenset({("https", "management.azure.com", 443)}))

    for url in (text, f"https://{host}/{text}", f"http://management.azure.com/{text}"):
        with pytest.raises(DrdError):
            guard.check(url)
    assert "sig" not in shown(f"https://management.azure.com/x?sig=1&t={text}").replace(text, "")
