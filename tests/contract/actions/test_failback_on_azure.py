"""There and back with the real provider: an item whose protection is switched, and a recovery plan that waits."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.durations import parse_instant
from drd.domain.errors import RefusedError
from drd.domain.estate import ItemKind, Mechanism, ProtectedItem, Protection
from drd.domain.ids import ItemId
from drd.domain.plan import Mode
from drd.ports.action import StepContext
from tests.contract.actions.test_actions_on_azure import SQL, Run
from tests.contract.providers.stage import HARNESSES, Stage

pytestmark = pytest.mark.anyio
PLANNED = ("vm-sh-sql-1", "vm-sh-app-1")


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    """The Azure provider on a fresh estate in this process."""
    harness = HARNESSES["azure-in-process"]()
    try:
        async for made in harness:
            yield made
    finally:
        await harness.aclose()


class PlanRun(Run):
    """A run of the service that a recovery plan brings back."""

    def _context(self) -> StepContext:
        return replace(super()._context(), items=_items(self.stage, PLANNED))


def _items(stage: Stage, names: tuple[str, ...]) -> Mapping[ItemId, ProtectedItem]:
    return {
        ItemId(name): ProtectedItem(
            id=ItemId(name),
            kind=ItemKind.VIRTUAL_MACHINE,
            resource=stage.id("rg-sociaal-huis", "Microsoft.Compute/virtualMachines", name),
            protection=(Protection(mechanism=Mechanism.SITE_RECOVERY, vault=stage.replication_vault, item=name),),
        )
        for name in names
    }


def _plan(stage: Stage) -> dict[str, str]:
    return {"recovery-plan": f"{stage.replication_vault}/replicationRecoveryPlans/rp-sociaal-huis"}


def _staging(stage: Stage, region: str) -> str:
    return str(stage.id(f"rg-recovery-{region}", "Microsoft.Storage/storageAccounts", f"stdrd{region}"))


@pytest.mark.parametrize("forget", [False, True])
async def test_an_item_goes_there_and_back_and_is_protected_as_before(stage: Stage, forget: bool) -> None:
    """Failover, commit, reprotect; then the same in mode failback. A lost answer sends nothing twice."""
    there, back = Run(stage, Mode.FAILOVER), Run(stage, Mode.FAILBACK)
    await there.step("asr.failover", item=SQL)
    await there.step("asr.commit", item=SQL)
    assert await there.step("asr.reprotect", item=SQL, staging=_staging(stage, "neu"), forget=forget) == {}

    left = stage.clock.now()
    done = await back.step("asr.failover", item=SQL, **{"recovery-point": "latest"}, forget=forget)
    await back.step("asr.commit", item=SQL)
    await back.step("asr.reprotect", item=SQL, staging=_staging(stage, "weu"))

    assert (
        str(done["machine"])
        .casefold()
        .endswith("/rg-burgerzaken/providers/microsoft.compute/virtualmachines/vm-bz-sql-1")
    )
    assert done["address"] == "10.1.1.31"
    assert abs(parse_instant(str(done["recovery-point-time"])) - left) < timedelta(minutes=2)
    assert len(stage.effects("asr.switch-protection")) == len(stage.effects("asr.failover")) == 2


@pytest.mark.parametrize("forget", [False, True])
async def test_a_recovery_plan_waits_for_a_person_and_goes_on_when_it_is_told(stage: Stage, forget: bool) -> None:
    """What is up when it waits is told, and all of it at the end, with the points that were used."""
    run = PlanRun(stage, Mode.FAILOVER)

    first = await run.step("asr.failover", **_plan(stage), forget=forget)
    done = await run.step("asr.resume-plan", **_plan(stage), forget=forget)

    assert first["items"] == ["vm-sh-sql-1"]
    assert done["items"] == list(PLANNED)
    assert done["addresses"] == ["10.2.1.61", "10.2.1.71"]
    assert all(parse_instant(str(each)) < stage.clock.now() for each in done["recovery-point-times"])  # type: ignore[union-attr]  # a list of texts
    assert len(stage.effects("asr.plan-failover")) == len(stage.effects("asr.job-resume")) == 1


@pytest.mark.parametrize("forget", [False, True])
async def test_a_recovery_plan_is_tested_and_cleaned_up(stage: Stage, forget: bool) -> None:
    """Copies in the isolated network; the items themselves go on."""
    run = PlanRun(stage, Mode.DRILL)
    network = str(stage.id("rg-netwerk-neu", "Microsoft.Network/virtualNetworks", "vnet-drill-neu"))

    await run.step("asr.test-failover", network=network, **_plan(stage), forget=forget)
    done = await run.step("asr.resume-plan", **_plan(stage))
    await run.step("asr.test-cleanup", **_plan(stage), forget=forget)

    assert [str(each)[:8] for each in done["addresses"]] == ["10.99.1.", "10.99.1."]  # type: ignore[union-attr]  # a list of texts
    assert len(stage.effects("asr.plan-test-failover")) == len(stage.effects("asr.plan-test-failover-cleanup")) == 1


async def test_a_recovery_plan_goes_there_and_back(stage: Stage) -> None:
    """In the other direction once its items replicate back."""
    there, back = PlanRun(stage, Mode.FAILOVER), PlanRun(stage, Mode.FAILBACK)
    for run in (there, back):
        await run.step("asr.failover", **_plan(stage))
        done = await run.step("asr.resume-plan", **_plan(stage))
        await run.step("asr.commit", **_plan(stage))
        await run.step("asr.reprotect", **_plan(stage))

    assert done["addresses"] == ["10.1.1.61", "10.1.1.71"]


async def test_a_recovery_plan_with_other_items_than_the_services_is_not_touched(stage: Stage) -> None:
    """P4: what stands in nobody's plan."""

    class Half(Run):
        def _context(self) -> StepContext:
            return replace(super()._context(), items=_items(self.stage, PLANNED[:1]))

    with pytest.raises(RefusedError, match="other items"):
        await Half(stage, Mode.FAILOVER).step("asr.failover", **_plan(stage))

    assert stage.effects("asr.plan-failover") == []
