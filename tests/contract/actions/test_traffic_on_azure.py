"""Fences and traffic managers through the Azure provider, against the estate of the sandbox."""

from collections.abc import AsyncGenerator

import pytest

from drd.domain.errors import RefusedError
from drd.domain.plan import Mode
from drd.sandbox.front import Front, Refusal
from tests.contract.actions.test_actions_on_azure import Run
from tests.contract.providers.stage import HARNESSES, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    """The Azure provider on a fresh estate in this process."""
    harness = HARNESSES["azure-in-process"]()
    try:
        async for made in harness:
            yield made
    finally:
        await harness.aclose()


@pytest.mark.parametrize("forget", [False, True])
async def test_a_fence_keeps_everybody_out_until_it_is_taken_away(stage: Stage, forget: bool) -> None:
    """For the addresses that it names only; a lost answer puts nothing twice."""
    run, front = Run(stage, Mode.FAILOVER), Front(stage.sandbox.world)
    group = str(stage.id("rg-netwerk", "Microsoft.Network/networkSecurityGroups", "nsg-servers-weu"))
    addresses = ["10.1.1.41", "10.1.1.42"]

    done = await run.step(
        "network.fence", security_group=group, direction="inbound", addresses=addresses, forget=forget
    )

    assert done == {"rule": f"{group}/securityRules/drd-fence-inbound"}
    assert isinstance(front.reach("burgerzaken.voorbeeld.example", 443), Refusal)
    assert not isinstance(front.reach("besluitvorming.voorbeeld.example", 443), Refusal)
    await run.step("network.unfence", security_group=group, direction="inbound", forget=forget)
    assert not isinstance(front.reach("burgerzaken.voorbeeld.example", 443), Refusal)
    assert len(stage.effects("security-rule.write")) == len(stage.effects("security-rule.delete")) == 1


async def test_a_fence_that_would_be_heard_too_late_is_refused(stage: Stage) -> None:
    """A rule that lets pass stands before it."""
    group = str(stage.id("rg-netwerk", "Microsoft.Network/networkSecurityGroups", "nsg-servers-weu"))
    with pytest.raises(RefusedError) as refusal:
        await Run(stage, Mode.FAILOVER).step("network.fence", security_group=group, direction="inbound", priority=1000)
    assert refusal.value.code == "fence-not-first"


async def test_users_are_led_away_but_never_to_nowhere(stage: Stage) -> None:
    """The last endpoint stays; one that answers is done once its probes say so."""
    run, front = Run(stage, Mode.FAILOVER), Front(stage.sandbox.world)
    profile = str(stage.id("rg-netwerk-neu", "Microsoft.Network/trafficManagerProfiles", "tm-e-loket"))
    with pytest.raises(RefusedError, match="no endpoint would be left"):
        await run.step("traffic-manager.switch", profile=profile, endpoint="west", enabled=False)
    zone = str(stage.id("rg-netwerk-neu", "Microsoft.Network/dnsZones", "voorbeeld.example"))
    await run.step("dns.switch", zone=zone, record="e-loket-neu", values="10.2.1.250")

    done = await run.step("traffic-manager.switch", profile=profile, endpoint="noord", enabled=True)

    assert done == {
        "host": "e-loket-voorbeeld.trafficmanager.net",
        "target": "e-loket-neu.voorbeeld.example",
        "previous": False,
    }
    await run.step("traffic-manager.switch", profile=profile, endpoint="west", enabled=False)
    assert front.resolve("e-loket.voorbeeld.example") == ("10.2.1.250",)
