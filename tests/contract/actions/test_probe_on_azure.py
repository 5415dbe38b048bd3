"""The proof from inside that a drill's network is closed, through the Azure provider, against the sandbox's estate."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from drd.domain.errors import OperationFailedError, RefusedError
from drd.domain.plan import Mode
from drd.sandbox.faults import make
from drd.sandbox.state import Resource
from tests.contract.actions.test_actions_on_azure import Run
from tests.contract.providers.stage import HARNESSES, Stage

pytestmark = pytest.mark.anyio

NETWORK = "Microsoft.Network/virtualNetworks"
SQL = "10.1.1.31:1433"


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    """The Azure provider on a fresh estate in this process."""
    harness = HARNESSES["azure-in-process"]()
    try:
        async for made in harness:
            yield made
    finally:
        await harness.aclose()


def _drill(stage: Stage) -> Resource:
    return stage.sandbox.world.store.require(str(stage.id("rg-netwerk-neu", NETWORK, "vnet-drill-neu")))


def _put(stage: Stage, resource: Resource) -> None:
    stage.sandbox.world.store.put(resource, at=stage.clock.now(), by="somebody")


async def _probe(stage: Stage, *, forget: bool = False) -> tuple[Run, Any]:
    run = Run(stage, Mode.DRILL)
    group = str((await run.step("resource-group.create", prefix="rg-drd-probe"))["id"])
    subnet = f"{_drill(stage).id}/subnets/snet-servers"
    whom = ["management.azure.com:443", SQL]
    return run, await run.step("network.probe", resource_group=group, subnet=subnet, reach=whom, forget=forget)


@pytest.mark.parametrize("forget", [False, True])
async def test_a_closed_network_is_proven_from_inside(stage: Stage, forget: bool) -> None:
    """What was tried, which rules and which routes apply; a lost answer makes no second machine, and nothing stays."""
    run, done = await _probe(stage, forget=forget)

    assert done["tried"] == ["management.azure.com:443", SQL]
    assert done["rules"] == ["nsg-drill-neu"]
    assert "10.99.0.0/16 to VnetLocal" in done["routes"]
    assert len(stage.effects("vm.create")) == 1
    group = str(done["probe"]).partition("/providers/")[0]
    await run.step("resource-group.delete", id=group)
    assert [one.id for one in stage.sandbox.world.store.each() if "rg-drd-probe" in one.id.casefold()] == []


def _leak(stage: Stage) -> None:
    _put(stage, _drill(stage).with_hidden(leaks=[SQL]))


def _unseen_route(stage: Stage) -> None:
    _put(stage, _drill(stage).with_hidden(**{"unseen-routes": {"ConnectedGroup": ["10.1.0.0/16"]}}))


LIES: dict[str, tuple[Callable[[Stage], None], str]] = {
    "a leak that nobody wrote down": (_leak, f"a machine in it reached {SQL}"),
    "a group that is connected elsewhere": (_unseen_route, "10.1.0.0/16 to ConnectedGroup"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_no_reading_of_the_network_shows_is_found_by_the_probe(stage: Stage, lie: str) -> None:
    """The network reads as closed, and is not."""
    plant, said = LIES[lie]
    plant(stage)

    with pytest.raises(RefusedError, match="not isolated") as refused:
        await _probe(stage)

    assert refused.value.code == "network-not-isolated"
    assert said in refused.value.message


async def test_a_rule_that_changes_while_the_probe_is_made_is_found(stage: Stage) -> None:
    """The network is read before and after."""
    run = Run(stage, Mode.DRILL)
    group = str((await run.step("resource-group.create", prefix="rg-drd-probe"))["id"])
    sleep = stage.clock.sleep

    async def and_open(length: Any) -> None:
        await sleep(length)
        guard = stage.id("rg-netwerk-neu", "Microsoft.Network/networkSecurityGroups", "nsg-drill-neu")
        found = stage.sandbox.world.store.require(str(guard))
        _put(stage, found.with_properties(securityRules=[]))

    stage.clock.sleep = and_open  # type: ignore[method-assign]  # somebody is quicker than drd

    with pytest.raises(RefusedError, match="not isolated"):
        await run.step("network.probe", resource_group=group, subnet=f"{_drill(stage).id}/subnets/snet-servers")


async def test_a_probe_that_could_not_try_proves_nothing(stage: Stage) -> None:
    """An image without a shell is no closed network."""
    stage.sandbox.world.faults.add(make("script-fails", exit_code=127))

    with pytest.raises(OperationFailedError, match="for sure") as refused:
        await _probe(stage)

    assert refused.value.code == "not-probed"
