"""What the sandbox's world shows after each scenario that ships."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.front import Answer, Front
from drd.sandbox.scenarios import shipped_names
from drd.sandbox.wire import Request, Response

GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
COMPUTE = "api-version=2025-04-01"
BACKUP = "api-version=2025-08-01"
VPN = f"{GROUPS}/rg-netwerk-neu/providers/Microsoft.Compute/virtualMachines/vm-vpn-neu"
SQL = f"{GROUPS}/rg-burgerzaken/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1"
CONTAINERS = (
    f"{GROUPS}/rg-recovery-weu/providers/Microsoft.RecoveryServices/vaults/rsv-weu/backupFabrics/Azure"
    "/protectionContainers"
)
TOKEN = "/msi/token?resource=https://management.azure.com&client_id=drd-standing"


@dataclass(slots=True)
class Play:
    """A sandbox, its time, and a caller who may do everything."""

    now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    sandbox: Sandbox = field(init=False)
    token: str = field(init=False)

    def __post_init__(self) -> None:
        self.sandbox = build_sandbox(clock=CalledClock(tell=lambda: self.now), spread=0)
        self.token = self.sandbox.world.identities.token_for("sandbox-owner")

    def send(self, method: str, path: str, body: Any = None) -> Response:
        """Send a request."""
        headers = {"authorization": f"Bearer {self.token}", "x-identity-header": "sandbox-identity"}
        content = json.dumps(body).encode() if body is not None else b""
        return self.sandbox.answer(Request(method=method, url=f"http://sandbox{path}", headers=headers, body=content))

    def start(self, name: str) -> None:
        """Play a scenario that ships."""
        assert self.send("POST", "/_sandbox/scenarios", {"name": name}).status == 201

    def passes(self, **span: float) -> None:
        """Let world time pass."""
        self.now += timedelta(**span)

    def starts_machine(self) -> str:
        """Start a machine that was stopped, and give how that ended."""
        accepted = self.send("POST", f"{VPN}/start?{COMPUTE}")
        if accepted.status >= 400:
            return str(accepted.json()["error"]["code"])
        self.passes(minutes=2)
        monitor = accepted.headers.get("azure-asyncoperation", "").removeprefix("http://sandbox")
        ended = self.send("GET", monitor).json()
        while "status" not in ended:
            ended = self.send("GET", monitor).json()
        return str(ended["status"] if ended["status"] != "Failed" else ended["error"]["code"])

    def health(self, host: str) -> int:
        """Ask a guest how it is."""
        found = Front(self.sandbox.world).ask(host, 443, tls=True, path="/health")
        return found.status if isinstance(found, Answer) else 0

    def points(self, group: str, machine: str) -> list[tuple[datetime, str]]:
        """Give when each recovery point of a machine was taken, newest first, and what it says of threats."""
        item = f"{CONTAINERS}/IaasVMContainer;iaasvmcontainerv2;{group};{machine}/protectedItems"
        path = f"{item}/VM;iaasvmcontainerv2;{group};{machine}/recoveryPoints?{BACKUP}"
        found = [one["properties"] for one in self.send("GET", path).json()["value"]]
        return [
            (datetime.fromisoformat(one["recoveryPointTime"]), str(one.get("threatStatus", "Healthy"))) for one in found
        ]


@pytest.fixture
def play() -> Play:
    """The sample estate on a Friday morning."""
    return Play()


def test_region_down_resets_what_asks_the_home_region_and_nothing_else(play: Play) -> None:
    """It had been gone for ten minutes, and does not come back."""
    play.start("region-down")

    assert play.send("GET", f"{SQL}?{COMPUTE}").reset
    assert play.send("GET", f"{VPN}?{COMPUTE}").status == 200
    assert play.sandbox.world.regions.lost_at("westeurope") == play.now - timedelta(minutes=10)
    assert play.health("burgerzaken.voorbeeld.example") == 0
    play.passes(days=2)
    assert play.send("GET", f"{SQL}?{COMPUTE}").reset


def test_ransomware_leaves_the_old_primary_alive_and_sick_and_marks_the_points_since(play: Play) -> None:
    """Older points are clean, and other services are well."""
    assert play.health("burgerzaken.voorbeeld.example") == 200
    play.start("ransomware")

    since = play.now - timedelta(days=2)
    points = play.points("rg-burgerzaken", "vm-bz-sql-1")
    assert len(points) > 2
    assert {threat for at, threat in points if at >= since} == {"UnHealthy"}
    assert "UnHealthy" not in {threat for at, threat in points if at < since}
    assert "UnHealthy" not in {threat for _, threat in play.points("rg-databank", "vm-db-1")}
    assert play.send("GET", f"{SQL}/instanceView?{COMPUTE}").status == 200
    assert play.health("burgerzaken.voorbeeld.example") == 503
    assert play.health("besluitvorming.voorbeeld.example") == 200


def test_capacity_gone_lets_no_machine_start_in_the_recovery_region_for_half_an_hour(play: Play) -> None:
    """The operation is accepted and fails, as Compute's do."""
    play.send("POST", f"{VPN}/deallocate?{COMPUTE}")
    play.passes(minutes=2)
    play.start("capacity-gone")

    assert play.starts_machine() == "AllocationFailed"
    assert play.send("GET", f"{SQL}?{COMPUTE}").status == 503
    play.passes(minutes=30)
    assert play.starts_machine() == "Succeeded"


def test_throttled_refuses_half_of_the_calls_for_a_quarter_of_an_hour(play: Play) -> None:
    """Each with the wait that it asks for."""
    play.start("throttled")

    answers = [play.send("GET", f"{GROUPS}/rg-databank?{COMPUTE}") for _ in range(100)]
    waits = Counter(one.headers["retry-after"] for one in answers if one.status == 429)
    assert 30 < waits["20"] < 70
    play.passes(minutes=15)
    assert {play.send("GET", f"{GROUPS}/rg-databank?{COMPUTE}").status for _ in range(50)} == {200}


def test_identity_down_refuses_the_old_tokens_and_gives_no_new_one_for_twenty_minutes(play: Play) -> None:
    """Then a new one is good, and the old ones are not."""
    play.start("identity-down")

    assert play.send("GET", f"{VPN}?{COMPUTE}").status == 401
    assert play.send("GET", TOKEN).status == 503
    play.passes(minutes=20)
    given = play.send("GET", TOKEN)
    assert given.status == 200
    assert play.send("GET", f"{VPN}?{COMPUTE}").status == 401
    play.token = given.json()["access_token"]
    assert play.send("GET", f"{VPN}?{COMPUTE}").status == 200


def test_api_storm_throttles_a_third_and_fails_a_tenth(play: Play) -> None:
    """The same calls for the same seed."""

    def storm() -> list[int]:
        storming = Play()
        storming.start("api-storm")
        return [storming.send("GET", f"{GROUPS}/rg-databank?{COMPUTE}").status for _ in range(200)]

    first = storm()
    counted = Counter(first)
    assert 40 <= counted[429] <= 80
    assert 8 <= counted[500] + counted[503] <= 36
    assert first == storm()


def test_deleted_resource_group_takes_its_machines_and_leaves_their_backups(play: Play) -> None:
    """Which stand in another group."""
    play.start("deleted-resource-group")

    assert play.send("GET", f"{GROUPS}/rg-burgerzaken?{COMPUTE}").status == 404
    assert play.send("GET", f"{SQL}?{COMPUTE}").status == 404
    assert play.health("burgerzaken.voorbeeld.example") == 0
    assert play.points("rg-burgerzaken", "vm-bz-sql-1")
    (step,) = play.sandbox.world.journal.effects("scenario.delete")
    assert [one.rsplit("/", 1)[-1] for one in step["deleted"]] == ["rg-burgerzaken"]


def test_everybody_at_once_leaves_room_for_one_in_three(play: Play) -> None:
    """For an hour, and who asks often enough gets it."""
    play.send("POST", f"{VPN}/deallocate?{COMPUTE}")
    play.passes(minutes=2)
    play.start("everybody-at-once")

    assert play.send("GET", f"{SQL}?{COMPUTE}").hang
    ended: Counter[str] = Counter()
    for _ in range(20):
        ended[play.starts_machine()] += 1
        play.send("POST", f"{VPN}/deallocate?{COMPUTE}")
        play.passes(seconds=50)
    assert {"AllocationFailed", "OperationNotAllowed", "Succeeded"} <= set(ended)
    play.passes(hours=1)
    assert play.starts_machine() == "Succeeded"


def test_each_shipped_scenario_has_its_test_here() -> None:
    """By its name."""
    tested = {name.removeprefix("test_").replace("_", "-") for name in globals() if name.startswith("test_")}

    assert [name for name in shipped_names() if not any(one.startswith(name) for one in tested)] == []
