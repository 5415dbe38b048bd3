"""Requests are counted as Azure counts them, in world time."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drd.sandbox.errors import ArmError
from drd.sandbox.limits import DOCUMENTED, UNLIMITED, documented_limits, read_limits
from drd.sandbox.throttling import Asking, Throttling

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LEFT = "x-ms-ratelimit-remaining-"
MACHINES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines"
VAULT = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}"
GROUPS = "/subscriptions/{subscription}/resourcegroups"


class Counter:
    """Asks for one thing again and again."""

    def __init__(self) -> None:
        self.throttling = Throttling(documented_limits())
        self.now = NOW

    def ask(
        self,
        method: str = "GET",
        template: str = GROUPS,
        operation: str = "Microsoft.Resources/subscriptions/resourceGroups/read",
        actor: str = "somebody",
        name: str = "vm-1",
    ) -> Mapping[str, str]:
        """Count one request and return its headers."""
        path = template.format(subscription="S", group="g", vault="v", machine=name)
        subscription = "S" if "{subscription}" in template else ""
        return self.throttling.charge(
            Asking(
                at=self.now,
                method=method,
                path=path,
                template=template,
                operation=operation,
                subscription=subscription,
                actor=actor,
            )
        )

    def machine(self, verb: str, operation: str, name: str = "vm-1") -> Mapping[str, str]:
        """Count one request to a machine."""
        template = f"{MACHINES}/{{machine}}" + (f"/{verb}" if verb else "")
        return self.ask(
            "POST" if verb else "GET", template, f"Microsoft.Compute/virtualMachines/{operation}", name=name
        )


@pytest.fixture
def counter() -> Counter:
    """Nothing counted yet."""
    return Counter()


def test_each_answer_tells_what_is_left_of_the_caller_s_bucket_and_of_all_callers(counter: Counter) -> None:
    """249 of 250, and 3749 of the 15 times as many that everybody shares: as recorded."""
    assert counter.ask() == {f"{LEFT}subscription-reads": "249", f"{LEFT}subscription-global-reads": "3749"}
    assert counter.ask("PUT") == {f"{LEFT}subscription-writes": "199", f"{LEFT}subscription-global-writes": "2999"}
    assert counter.ask("DELETE") == {f"{LEFT}subscription-deletes": "199", f"{LEFT}subscription-global-deletes": "2999"}
    assert counter.ask(actor="another")[f"{LEFT}subscription-reads"] == "249"
    assert counter.ask(template="/subscriptions") == {f"{LEFT}tenant-reads": "249"}


def test_an_empty_bucket_refuses_and_refills_in_world_time(counter: Counter) -> None:
    """25 reads come back each second; what is refused costs nothing."""
    for _ in range(250):
        counter.ask()
    with pytest.raises(ArmError) as refusal:
        counter.ask()

    assert (refusal.value.status, refusal.value.code) == (429, "SubscriptionRequestsThrottled")
    assert refusal.value.retry_after == 1
    assert refusal.value.headers == {f"{LEFT}subscription-reads": "0"}
    assert "Number of 'read' requests for subscription 'S' actor 'somebody' exceeded" in refusal.value.message
    counter.ask("PUT")
    counter.now += timedelta(seconds=1)
    assert counter.ask()[f"{LEFT}subscription-reads"] == "24"


def test_many_callers_share_what_the_subscription_bears(counter: Counter) -> None:
    """The sixteenth caller is refused although its own bucket is full."""
    for caller in range(15):
        for _ in range(250):
            counter.ask(actor=str(caller))

    with pytest.raises(ArmError, match="SubscriptionRequestsThrottled"):
        counter.ask(actor="sixteenth")


def test_recovery_services_has_a_small_window_of_its_own(counter: Counter) -> None:
    """It counts down while a job is polled, in the place of Resource Manager's figures."""
    first = counter.ask(template=f"{VAULT}/backupJobs", operation="Microsoft.RecoveryServices/vaults/backupJobs/read")
    assert first == {f"{LEFT}subscription-resource-requests": "209"}
    for _ in range(209):
        counter.ask("POST", f"{VAULT}/backupJobs", "Microsoft.RecoveryServices/vaults/backupJobs/read")
    counter.now += timedelta(seconds=200)
    with pytest.raises(ArmError) as refusal:
        counter.ask(template=f"{VAULT}/backupJobs")

    assert (refusal.value.code, refusal.value.retry_after) == ("SubscriptionRequestsThrottled", 100)
    assert "'GET/SUBSCRIPTIONS/RESOURCEGROUPS/PROVIDERS/MICROSOFT.RECOVERYSERVICES" in refusal.value.message
    counter.ask()
    counter.now += timedelta(seconds=100)
    assert counter.ask(template=f"{VAULT}/backupJobs") == {f"{LEFT}subscription-resource-requests": "209"}


@pytest.mark.parametrize(
    ("verb", "operation", "left"),
    [
        ("", "read", "LowCostGet3Min;3999,Microsoft.Compute/LowCostGet30Min;31999"),
        ("start", "start/action", "UpdateVM3Min;239,Microsoft.Compute/UpdateVM30Min;1199"),
        ("deallocate", "deallocate/action", "DeleteVM3Min;599,Microsoft.Compute/DeleteVM30Min;2999"),
        ("runCommand", "runCommand/action", "UpdateVM3Min;239,Microsoft.Compute/UpdateVM30Min;1199"),
        ("runCommands/x", "runCommands/read", "LowCostGet3Min;3999,Microsoft.Compute/LowCostGet30Min;31999"),
    ],
)
def test_compute_counts_by_operation(counter: Counter, verb: str, operation: str, left: str) -> None:
    """Beside Resource Manager, under the names that its answers carry."""
    assert counter.machine(verb, operation)[f"{LEFT}resource"] == f"Microsoft.Compute/{left}"


def test_a_list_of_machines_is_dear(counter: Counter) -> None:
    """HighCostGet, with 160 in three minutes; the refusal says what was counted."""
    for _ in range(160):
        headers = counter.ask("GET", MACHINES, "Microsoft.Compute/virtualMachines/read")
    assert headers[f"{LEFT}resource"].startswith("Microsoft.Compute/HighCostGet3Min;0,")
    with pytest.raises(ArmError) as refusal:
        counter.ask("GET", MACHINES, "Microsoft.Compute/virtualMachines/read")

    body = refusal.value.body()
    assert (refusal.value.status, body["code"]) == (429, "OperationNotAllowed")
    assert refusal.value.retry_after == 180
    assert body["innererror"] == {"internalErrorCode": "TooManyRequestsReceived"}
    [detail] = body["details"]
    assert (detail["code"], detail["target"]) == ("TooManyRequests", "HighCostGet3Min")
    told = json.loads(detail["message"])
    assert (told["allowedRequestCount"], told["measuredRequestCount"]) == (160, 161)


def test_one_machine_bears_twelve_changes_at_once_and_four_a_minute(counter: Counter) -> None:
    """Others go on."""
    for _ in range(12):
        counter.machine("start", "start/action")
    with pytest.raises(ArmError) as refusal:
        counter.machine("start", "start/action")

    assert (refusal.value.code, refusal.value.retry_after) == ("OperationNotAllowed", 15)
    counter.machine("start", "start/action", name="vm-2")
    counter.now += timedelta(seconds=15)
    counter.machine("start", "start/action")


def test_without_limits_nothing_is_counted() -> None:
    """For measuring, and for worlds larger than one identity could read."""
    counter = Counter()
    counter.throttling = Throttling(UNLIMITED)

    assert [counter.ask() for _ in range(1000)] == [{}] * 1000


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("burst = 250", "burst = 0", "0 is not a number above 0"),
        ("burst = 250", 'burst = "many"', "'many' is not a number above 0"),
        ("global-factor = 15", "", "global-factor is missing"),
        ("[arm.reads]", "[arm.sights]", "reads is missing"),
        ('= "GetDisk"', '= "GetDisc"', "no policy GetDisc"),
        ("[arm]", "[arm", "Expected"),
    ],
)
def test_a_file_with_a_mistake_changes_no_limits(tmp_path: Path, before: str, after: str, said: str) -> None:
    """The message names file and figure."""
    path = tmp_path / "limits.toml"
    path.write_text(DOCUMENTED.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")

    with pytest.raises(ValueError, match=r"limits\.toml: these limits cannot be used") as fault:
        read_limits(path)
    assert said in str(fault.value)
