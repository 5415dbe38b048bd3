"""What drd makes of an Azure that is lost, silent, cut off or talking nonsense: never a success."""

import pytest

from drd.domain.errors import AmbiguousError, DrdError, TransientError
from drd.ports.machines import MACHINES
from drd.providers.azure import transport
from drd.providers.azure.errors import LONGEST_WAIT
from drd.sandbox.faults import make
from tests.contract.providers.stage import Stage
from tests.contract.providers.wishes import MACHINE, stored

pytestmark = pytest.mark.anyio

SOON = 0.3


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a minute for silence here."""
    monkeypatch.setattr(transport, "READ_SECONDS", SOON)
    monkeypatch.setattr(transport, "CHANGE_SECONDS", SOON)


@pytest.mark.parametrize("mode", ["unavailable", "hang", "refused"])
async def test_a_lost_region_is_transient_for_questions_however_it_is_lost(stage: Stage, mode: str) -> None:
    """Other regions answer meanwhile."""
    machines = stage.provider.capability(MACHINES)
    stage.sandbox.world.regions.down("westeurope", stage.clock.now(), mode)

    with pytest.raises(TransientError) as lost:
        await machines.get(stage.id("rg-databank", MACHINE, "vm-db-1"))
    assert lost.value.hint
    assert await machines.get(stage.id("rg-netwerk-neu", MACHINE, "vm-vpn-neu")) is not None


@pytest.mark.parametrize("mode", ["unavailable", "hang", "refused"])
async def test_a_change_in_a_lost_region_is_in_doubt(stage: Stage, mode: str) -> None:
    """A 503 may come after accepting too: whoever acts again looks first."""
    machines = stage.provider.capability(MACHINES)
    stage.sandbox.world.regions.down("westeurope", stage.clock.now(), mode)

    with pytest.raises(AmbiguousError):
        await machines.deallocate(stage.id("rg-databank", MACHINE, "vm-db-1"), request_id="req-stop")
    assert stage.effects("vm.deallocate") == []


@pytest.mark.parametrize("mode", ["unavailable", "hang", "refused"])
async def test_an_operation_whose_region_is_lost_meanwhile_never_ends_well(stage: Stage, mode: str) -> None:
    """It goes on when the region is back."""
    machines = stage.provider.capability(MACHINES)
    stopping = await machines.deallocate(stage.id("rg-databank", MACHINE, "vm-db-1"), request_id="req-stop")
    assert stopping is not None
    stage.sandbox.world.regions.down("westeurope", stage.clock.now(), mode)

    with pytest.raises(TransientError):
        await stage.finish(machines.follow, stored(stopping))
    stage.sandbox.world.regions.up("westeurope")
    assert (await stage.finish(machines.follow, stored(stopping))).finished


async def test_a_lost_reply_leaves_a_change_in_doubt_that_happened(stage: Stage) -> None:
    """One request, one effect."""
    machines = stage.provider.capability(MACHINES)
    stage.sandbox.world.faults.add(make("reply-lost", resource="vm-db-1", method="POST"))

    with pytest.raises(AmbiguousError):
        await machines.deallocate(stage.id("rg-databank", MACHINE, "vm-db-1"), request_id="req-stop")
    assert len(stage.effects("vm.deallocate")) == 1


@pytest.mark.parametrize("kind", ["token-expired", "token-revoked"])
async def test_a_token_that_azure_no_longer_takes_is_replaced(stage: Stage, kind: str) -> None:
    """At the latest when the same question is asked again."""
    machines, machine = stage.provider.capability(MACHINES), stage.id("rg-databank", MACHINE, "vm-db-1")
    assert await machines.get(machine) is not None
    stage.sandbox.world.faults.add(make(kind))

    found = None
    for _ in range(2):
        try:
            found = await machines.get(machine)
        except DrdError as error:
            assert error.hint  # noqa: PT017 - either way is right, and both are held
    assert found is not None


@pytest.mark.parametrize("mode", ["unavailable", "hang", "refused"])
async def test_without_the_identity_service_every_question_is_transient(stage: Stage, mode: str) -> None:
    """Nothing was asked of Azure."""
    stage.sandbox.world.faults.add(make("token-revoked"))
    stage.sandbox.world.faults.add(make("identity-down", mode=mode))
    provider = await stage.reopen()

    with pytest.raises(TransientError) as lost:
        await provider.capability(MACHINES).get(stage.id("rg-databank", MACHINE, "vm-db-1"))
    assert lost.value.code == "token-unavailable"


@pytest.mark.parametrize("kind", ["malformed", "hang", "refused", "server-error", "throttle", "absurd-retry-after"])
async def test_whatever_spoils_a_question_is_transient(stage: Stage, kind: str) -> None:
    """And no wait that Azure names is longer than anybody waits."""
    machines = stage.provider.capability(MACHINES)
    stage.sandbox.world.faults.add(make(kind, resource="vm-db-1", count=50))

    with pytest.raises(TransientError) as spoiled:
        await machines.get(stage.id("rg-databank", MACHINE, "vm-db-1"))
    assert spoiled.value.retry_after is None or spoiled.value.retry_after <= LONGEST_WAIT


async def test_an_operation_that_fails_late_is_told_with_its_code(stage: Stage) -> None:
    """After it had been accepted."""
    machines = stage.provider.capability(MACHINES)
    stage.sandbox.world.faults.add(make("operation-fails-late", resource="vm-db-1", code="InternalExecutionError"))
    stopping = await machines.deallocate(stage.id("rg-databank", MACHINE, "vm-db-1"), request_id="req-stop")
    assert stopping is not None

    with pytest.raises(DrdError) as failed:
        await stage.finish(machines.follow, stored(stopping))
    assert failed.value.code == "InternalExecutionError"
