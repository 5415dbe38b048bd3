"""drd slows before it is refused, and holds back once it was."""

from datetime import timedelta

import pytest

from drd.providers.azure.budget import LOW, Budget, bucket_of
from tests.fakes.stepping_clock import START, SteppingClock

pytestmark = pytest.mark.anyio

BASE = "https://management.azure.com/subscriptions/S1"
READ = f"{BASE}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v?api-version=2025-04-01"
VAULT = f"{BASE}/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupJobs?api-version=2026-10-01"
LEFT = "x-ms-ratelimit-remaining-subscription-"


@pytest.fixture
def clock() -> SteppingClock:
    """World time."""
    return SteppingClock()


@pytest.mark.parametrize(
    ("method", "url", "bucket"),
    [
        ("GET", READ, ("s1", "reads")),
        ("PUT", READ, ("s1", "writes")),
        ("POST", READ, ("s1", "writes")),
        ("DELETE", READ, ("s1", "deletes")),
        ("GET", f"{BASE}?api-version=1", ("s1", "reads")),
        ("GET", VAULT, ("s1", "resource-requests")),
        ("POST", VAULT, ("s1", "resource-requests")),
        ("GET", "https://management.azure.com/subscriptions?api-version=1", None),
        ("GET", "http://127.0.0.1:1/msi/token?resource=x", None),
    ],
)
def test_a_request_draws_on_the_bucket_of_its_service(method: str, url: str, bucket: tuple[str, str] | None) -> None:
    """Resource Manager's three, and Recovery Services' own."""
    assert bucket_of(method, url) == bucket


async def test_nothing_waits_while_there_is_plenty(clock: SteppingClock) -> None:
    """A burst leaves at once, also before anything was heard."""
    budget = Budget(clock)
    for _ in range(50):
        await budget.admit("GET", READ)
    budget.learn("GET", READ, 200, {f"{LEFT}reads": "249"})
    for _ in range(200):
        await budget.admit("GET", READ)

    assert clock.sleeps == []


async def test_what_is_left_is_spread_at_the_pace_of_the_refill(clock: SteppingClock) -> None:
    """From 25 left on each request has its turn; other kinds go on."""
    budget = Budget(clock)
    budget.learn("GET", READ, 200, {f"{LEFT}reads": str(LOW)})
    await budget.admit("GET", READ)
    await budget.admit("GET", READ)
    await budget.admit("GET", READ)
    await budget.admit("PUT", READ)
    await budget.admit("GET", VAULT)

    assert clock.sleeps == [timedelta(seconds=0.04)] * 2


async def test_how_long_a_request_was_held_back_is_told(clock: SteppingClock) -> None:
    """In world time, for whoever counts it; nothing for one that could leave at once."""
    budget = Budget(clock)
    assert await budget.admit("GET", READ) == timedelta(0)
    budget.learn("GET", READ, 429, {"retry-after": "7"})

    assert await budget.admit("GET", READ) == timedelta(seconds=7)
    assert clock.sleeps == [timedelta(seconds=7)]


async def test_an_old_figure_is_not_believed(clock: SteppingClock) -> None:
    """After half a minute the bucket is full again."""
    budget = Budget(clock)
    budget.learn("GET", READ, 200, {f"{LEFT}reads": "0"})
    clock.advance(timedelta(seconds=31))
    await budget.admit("GET", READ)

    assert clock.sleeps == []


async def test_a_refusal_holds_back_whoever_draws_on_the_same_bucket(clock: SteppingClock) -> None:
    """Retry-After is everybody's, not only the refused request's; nobody is held for longer than two minutes."""
    budget = Budget(clock)
    budget.learn("GET", VAULT, 429, {f"{LEFT}resource-requests": "0", "retry-after": "17"})
    await budget.admit("POST", VAULT)
    assert clock.now() == START + timedelta(seconds=17)

    budget.learn("PUT", READ, 429, {"retry-after": "86400"})
    await budget.admit("PUT", READ)
    assert clock.sleeps[-1] == timedelta(minutes=2)


async def test_the_refusal_of_one_machine_holds_back_nobody_else(clock: SteppingClock) -> None:
    """Compute's own policies count by machine."""
    budget = Budget(clock)
    headers = {"x-ms-ratelimit-remaining-resource": "Microsoft.Compute/UpdateVM3Min;0", "retry-after": "60"}
    budget.learn("POST", READ, 429, headers)
    await budget.admit("POST", READ)

    assert clock.sleeps == []


async def test_what_is_left_of_a_services_own_bucket_lasts_until_it_is_filled_anew(clock: SteppingClock) -> None:
    """It does not refill: within the five minutes no more leave than were left; then all is as before."""
    budget, left, sent = Budget(clock), LOW, 0
    budget.learn("GET", VAULT, 200, {f"{LEFT}resource-requests": str(left)})
    while clock.now() < START + timedelta(minutes=5):
        await budget.admit("GET", VAULT)
        sent += 1
        budget.learn("GET", VAULT, 200, {f"{LEFT}resource-requests": str(LOW - sent)})

    assert LOW // 2 <= sent < LOW
    assert max(clock.sleeps) <= timedelta(seconds=30)
    budget.learn("GET", VAULT, 200, {f"{LEFT}resource-requests": "209"})
    clock.sleeps.clear()
    await budget.admit("GET", VAULT)
    assert clock.sleeps == []


@pytest.mark.parametrize("left", ["", "many", "-1", "1.5"])
async def test_a_figure_that_is_none_is_ignored(clock: SteppingClock, left: str) -> None:
    """Nonsense in a header slows nothing."""
    budget = Budget(clock)
    budget.learn("GET", READ, 200, {f"{LEFT}reads": left})
    await budget.admit("GET", READ)

    assert clock.sleeps == []
