"""The verbs of virtual PCs, through the Azure provider, against the estate of the sandbox."""

from collections.abc import AsyncGenerator

import pytest

from drd.domain.errors import RefusedError
from drd.domain.plan import Mode
from tests.contract.actions.test_actions_on_azure import Run
from tests.contract.providers.stage import HARNESSES, Stage

pytestmark = pytest.mark.anyio

KIND = "Microsoft.DesktopVirtualization"
NETWORKS = {Mode.DRILL: "vnet-werkplek-drill-neu", Mode.FAILOVER: "vnet-werkplek-neu"}


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    """The Azure provider on a fresh estate in this process."""
    harness = HARNESSES["azure-in-process"]()
    try:
        async for made in harness:
            yield made
    finally:
        await harness.aclose()


def _subnet(stage: Stage, mode: Mode) -> str:
    network = stage.id("rg-netwerk-neu", "Microsoft.Network/virtualNetworks", NETWORKS[mode])
    return f"{network}/subnets/snet-servers"


def _image(stage: Stage) -> str:
    return f"{stage.id('rg-werkplek-neu', 'Microsoft.Compute/galleries', 'galwerkplek')}/images/werkplek"


@pytest.mark.parametrize("forget", [False, True])
async def test_a_host_is_made_in_the_recovery_region_and_published(stage: Stage, forget: bool) -> None:
    """Nothing is asked of the lost region, a lost answer makes no second host, and the token is written nowhere."""
    stage.lose("westeurope")
    run = Run(stage, Mode.FAILOVER)
    pool = str(stage.id("rg-werkplek-neu", f"{KIND}/hostPools", "hp-kantoor-neu"))
    group = str(stage.id("rg-werkplek-neu", f"{KIND}/applicationGroups", "ag-kantoor-neu"))

    opened = await run.step("desktop.open-registration", **{"pool": pool, "for": "8h"})
    made = await run.step(
        "desktop.host",
        name="vm-kantoor-001",
        pool=pool,
        resource_group=pool.partition("/providers/")[0],
        subnet=_subnet(stage, Mode.FAILOVER),
        image=_image(stage),
        size="Standard_D2s_v5",
        forget=forget,
    )
    workspace = str(stage.id("rg-werkplek-neu", f"{KIND}/workspaces", "ws-werkplek-neu"))
    published = await run.step("desktop.publish", workspace=workspace, application_groups=[group])

    assert opened["until"]
    assert str(made["host"]).casefold() == f"{pool}/sessionHosts/vm-kantoor-001".casefold()
    assert [str(each).casefold() for each in published["application-groups"] or ()] == [group.casefold()]
    assert len(stage.sandbox.world.journal.effects("deployment.write")) == 1
    token = stage.sandbox.world.store.require(pool).hidden["token"]
    assert token
    assert [one for one in (opened, made, published) if token in str(one)] == []


async def test_a_drill_makes_a_pool_and_a_host_of_its_own_and_all_of_it_goes_with_the_group(stage: Stage) -> None:
    """The entry in the pool too."""
    run = Run(stage, Mode.DRILL)
    before = {one.id for one in stage.sandbox.world.store.each()}
    group = str((await run.step("resource-group.create", prefix="rg-oefening"))["id"])
    pool = str((await run.step("desktop.pool", resource_group=group, name="hp-oefening"))["pool"])
    await run.step("desktop.open-registration", **{"pool": pool, "for": "8h"})

    await run.step(
        "desktop.host",
        name="vm-kantoor-001",
        pool=pool,
        resource_group=group,
        subnet=_subnet(stage, Mode.DRILL),
        image=_image(stage),
        size="Standard_D2s_v5",
    )
    await run.step("resource-group.delete", id=group)

    assert {one.id for one in stage.sandbox.world.store.each()} == before


async def test_a_host_is_drained_before_anybody_is_logged_off(stage: Stage) -> None:
    """And is told so."""
    run = Run(stage, Mode.FAILOVER)
    pool = str(stage.id("rg-werkplek", f"{KIND}/hostPools", "hp-balie"))
    host = {"pool": pool, "host": "vm-balie-001", "domain": "voorbeeld.example"}

    with pytest.raises(RefusedError, match=r"desktop\.drain"):
        await run.step("desktop.log-off", **host)
    drained = await run.step("desktop.drain", **host)
    gone = await run.step("desktop.log-off", **host, message="Bewaar uw werk.")

    assert drained == {"drained": True, "sessions": 1}
    assert gone == {"sessions": 0}
    assert len(stage.sandbox.world.journal.effects("usersession.message")) == 1


async def test_a_pool_that_is_closed_is_refused_with_a_hint(stage: Stage) -> None:
    """Before anything is sent."""
    run = Run(stage, Mode.FAILOVER)
    pool = str(stage.id("rg-werkplek-neu", f"{KIND}/hostPools", "hp-balie-neu"))

    with pytest.raises(RefusedError, match=r"desktop\.open-registration"):
        await run.step(
            "desktop.host",
            name="vm-balie-001",
            pool=pool,
            resource_group=pool.partition("/providers/")[0],
            subnet=_subnet(stage, Mode.FAILOVER),
            image=_image(stage),
            size="Standard_D2s_v5",
        )
    assert stage.sandbox.world.journal.effects("deployment.write") == []
