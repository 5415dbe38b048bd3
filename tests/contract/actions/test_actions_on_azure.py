"""The verbs of a failover and of a drill, through the Azure provider, against the estate of the sandbox."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from drd.daemon.catalogue import Actions
from drd.daemon.discovery import actions
from drd.domain.canonical import Json
from drd.domain.durations import parse_instant
from drd.domain.errors import PermanentError, RefusedError
from drd.domain.estate import ItemKind, Mechanism, ProtectedItem, Protection
from drd.domain.ids import ArmId, ItemId, RunId, StepId, TenantId
from drd.domain.plan import Mode
from drd.ports.action import Absent, Outputs, Present, StepContext, Underway
from drd.sandbox.faults import make
from tests.contract.actions.cases import OF_PLANS
from tests.contract.providers.stage import HARNESSES, Stage

pytestmark = pytest.mark.anyio

CATALOGUE = Actions(actions())
SQL, APP = ItemId("vm-bz-sql-1"), ItemId("vm-bv-app-1")
ROUNDS = 400


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    """The Azure provider on a fresh estate in this process."""
    harness = HARNESSES["azure-in-process"]()
    try:
        async for made in harness:
            yield made
    finally:
        await harness.aclose()


@dataclass
class Run:
    """One run: carries steps out as the engine does, and remembers what it made."""

    stage: Stage
    mode: Mode
    graceful: bool = False
    owned: set[ArmId] = field(default_factory=set)
    copies: dict[ItemId, ArmId] = field(default_factory=dict)

    async def step(self, name: str, /, *, forget: bool = False, **values: Json) -> Outputs:
        """Carry a step out; with `forget`, as after a death between sending and recording."""
        entries = self.stage.sandbox.world.journal.entries
        before = len(entries)
        bound = CATALOGUE.bind(name, {key.replace("_", "-"): value for key, value in values.items()})
        context = self._context()
        self.owned |= {each.id for each in bound.creates(context)}
        context = replace(context, owned=frozenset(self.owned))
        seen: object = await bound.look(context)
        assert isinstance(seen, Absent), seen
        seen = await bound.act(context)
        if forget:
            await self.stage.clock.sleep(timedelta(seconds=20))
            seen = await bound.look(replace(context, in_doubt=True))
            assert not isinstance(seen, Absent)
        rounds = 0
        while isinstance(seen, Underway):
            polled = await bound.poll(context, seen.operation)
            seen = polled if isinstance(polled, Present) else seen
            rounds += await self._wait(rounds)
        assert isinstance(seen, Present)
        outputs: Outputs | None = None
        while outputs is None:
            verified = await bound.verify(context, seen.outputs)
            outputs = verified.outputs if isinstance(verified, Present) else None
            rounds += await self._wait(rounds)
        _hold_declarations(name, outputs, of_plan="recovery-plan" in values)
        used = {entry.operation.casefold() for entry in entries[before:]} - {"token"}
        assert used - {each.casefold() for each in CATALOGUE.permissions(name)} == set(), name
        if "machine" in outputs and "item" in values:
            self.copies[ItemId(str(values["item"]))] = ArmId(str(outputs["machine"]))
        return outputs

    async def _wait(self, rounds: int) -> int:
        assert rounds < ROUNDS
        await self.stage.clock.sleep(timedelta(seconds=10))
        return 1

    def _context(self) -> StepContext:
        drill = self.mode is Mode.DRILL
        return StepContext(
            run=RunId("r1"),
            step=StepId("step"),
            attempt=1,
            tenant=TenantId("voorbeeld"),
            mode=self.mode,
            graceful=self.graceful,
            incident_at=self.stage.clock.now(),
            intended_at=self.stage.clock.now(),
            operation_id="r1/step/1",
            request_id="5f6fe8a4-0000-4000-8000-000000000001",
            home_region="westeurope",
            recovery_region="northeurope",
            items=_items(self.stage),
            tags={"drd-run": "r1", "drd-step": "step"},
            owned=frozenset(self.owned),
            copies=self.copies if drill else {},
            provider=self.stage.provider,
            clock=self.stage.clock,
            requests=frozenset({"5f6fe8a4-0000-4000-8000-000000000001"}),
        )


def _hold_declarations(name: str, outputs: Outputs, *, of_plan: bool) -> None:
    declared = set(CATALOGUE.outputs(name))
    assert set(outputs) <= declared
    assert of_plan or declared - set(outputs) <= (OF_PLANS if name.startswith("asr.") else set())


def _items(stage: Stage) -> Mapping[ItemId, ProtectedItem]:
    found = {}
    for name, group in ((SQL, "rg-burgerzaken"), (APP, "rg-besluitvorming")):
        replicated = Protection(mechanism=Mechanism.SITE_RECOVERY, vault=stage.replication_vault, item=name)
        kept = Protection(mechanism=Mechanism.BACKUP, vault=stage.backup_vault)
        copied = Protection(mechanism=Mechanism.SNAPSHOT, vault=stage.id("rg-recovery-neu"))
        found[name] = ProtectedItem(
            id=name,
            kind=ItemKind.VIRTUAL_MACHINE,
            resource=stage.id(group, "Microsoft.Compute/virtualMachines", name),
            protection=(kept, copied) if name == APP else (replicated, kept),
        )
    return found


def _subnet(stage: Stage, network: str) -> str:
    return f"{stage.id('rg-netwerk-neu', 'Microsoft.Network/virtualNetworks', network)}/subnets/snet-servers"


def _age_is_told(outputs: Outputs, stage: Stage) -> bool:
    return parse_instant(str(outputs["recovery-point-time"])) < stage.clock.now() and bool(outputs["recovery-point"])


@pytest.mark.parametrize("forget", [False, True])
async def test_a_replicated_item_fails_over_when_its_region_is_lost(stage: Stage, forget: bool) -> None:
    """Machine, address and point are read from the world; a lost answer sends nothing twice."""
    stage.lose("westeurope")
    run = Run(stage, Mode.FAILOVER)

    done = await run.step("asr.failover", item=SQL, forget=forget)

    assert (
        str(done["machine"])
        .casefold()
        .endswith("/rg-burgerzaken-neu/providers/microsoft.compute/virtualmachines/vm-bz-sql-1")
    )
    assert done["address"] == "10.2.1.31"
    assert _age_is_told(done, stage)
    await run.step("asr.commit", item=SQL, forget=forget)
    zone = str(stage.id("rg-netwerk-neu", "Microsoft.Network/dnsZones", "voorbeeld.example"))
    switched = await run.step("dns.switch", zone=zone, record="sql-burgerzaken", values=done["address"])
    assert switched == {"previous": ["10.1.1.31"], "values": ["10.2.1.31"], "ttl": 60}


async def test_a_failover_is_taken_back(stage: Stage) -> None:
    """As long as it is not committed."""
    run = Run(stage, Mode.FAILOVER)
    await run.step("asr.failover", item=SQL)

    assert await run.step("asr.cancel-failover", item=SQL) == {}


@pytest.mark.parametrize("forget", [False, True])
async def test_a_test_failover_makes_a_copy_and_leaves_nothing_behind(stage: Stage, forget: bool) -> None:
    """In the isolated network, and gone after the cleanup."""
    run = Run(stage, Mode.DRILL)
    network = str(stage.id("rg-netwerk-neu", "Microsoft.Network/virtualNetworks", "vnet-drill-neu"))

    done = await run.step("asr.test-failover", item=SQL, network=network, forget=forget)

    assert str(done["address"]).startswith("10.99.1.")
    assert _age_is_told(done, stage)
    assert await run.step("asr.test-cleanup", item=SQL, forget=forget) == {}


@pytest.mark.parametrize("mode", [Mode.FAILOVER, Mode.DRILL])
async def test_an_item_with_backups_only_is_restored_across_regions(stage: Stage, mode: Mode) -> None:
    """Group, disks, interface, machine: nothing is asked of the lost region."""
    stage.lose("westeurope")
    run, drill = Run(stage, mode), mode is Mode.DRILL
    staging = str(stage.id("rg-recovery-neu", "Microsoft.Storage/storageAccounts", "stdrdneu"))

    group = str((await run.step("resource-group.create", prefix="rg-drd-bv"))["id"])
    disks = await run.step(
        "backup.cross-region-restore", item=APP, resource_group=group, staging=staging, point="newest", forget=True
    )
    subnet = _subnet(stage, "vnet-drill-neu" if drill else "vnet-neu")
    nic = await run.step("nic.create", resource_group=group, name="vm-bv-app-1-nic", subnet=subnet)
    machine = await run.step(
        "vm.create",
        item=APP,
        resource_group=group,
        name="vm-bv-app-1",
        size="Standard_D2s_v5",
        interface=nic["id"],
        os_disk=disks["os-disk"],
        data_disks=disks["data-disks"],
    )

    assert _age_is_told(disks, stage)
    assert machine["address"] == nic["address"]
    stopped = await run.step("vm.deallocate", machine=machine["machine"])
    started = await run.step("vm.start", machine=machine["machine"])
    assert stopped == started
    ran = await run.step("vm.run-command", machine=machine["machine"], script="hostname")
    assert ran["exit-code"] == 0
    if drill:
        assert await run.step("resource-group.delete", id=group) == {}


async def test_disks_are_restored_in_the_vaults_own_region(stage: Stage) -> None:
    """A part of an item is brought back beside it."""
    run = Run(stage, Mode.DRILL)
    staging = str(stage.id("rg-recovery-weu", "Microsoft.Storage/storageAccounts", "stdrdweu"))
    group = str((await run.step("resource-group.create", prefix="rg-drd", location="westeurope"))["id"])

    disks = await run.step(
        "backup.restore-disks", item=SQL, resource_group=group, staging=staging, point="newest", forget=True
    )

    assert _age_is_told(disks, stage)
    assert disks["data-disks"]


@pytest.mark.parametrize("mode", [Mode.FAILOVER, Mode.DRILL])
async def test_an_item_is_brought_back_from_a_snapshot_that_was_copied_before(stage: Stage, mode: Mode) -> None:
    """Snapshot and copy on a good day; disk, interface and machine when the region is lost."""
    calm, drill = Run(stage, Mode.FAILOVER), mode is Mode.DRILL
    taken = await calm.step("snapshot.create", item=APP, resource_group=_group(stage, "rg-besluitvorming"), name="s-1")
    kept = _group(stage, "rg-recovery-neu")
    copied = await calm.step(
        "snapshot.copy", item=APP, snapshot=taken["snapshot"], resource_group=kept, name="s-1", forget=True
    )
    assert copied["taken"] == taken["taken"]
    await stage.clock.sleep(timedelta(hours=1))
    stage.lose("westeurope")
    run = Run(stage, mode)
    group = str((await run.step("resource-group.create", prefix="rg-drd-bv"))["id"])

    disk = await run.step("disk.create", item=APP, resource_group=group, name="d-1", point="newest", forget=True)

    assert (disk["recovery-point"], disk["recovery-point-time"]) == ("s-1", taken["taken"])
    subnet = _subnet(stage, "vnet-drill-neu" if drill else "vnet-neu")
    nic = await run.step("nic.create", resource_group=group, name="n-1", subnet=subnet)
    machine = await run.step(
        "vm.create",
        item=APP,
        resource_group=group,
        name="vm-bv-app-1",
        size="Standard_D2s_v5",
        interface=nic["id"],
        os_disk=disk["disk"],
    )
    assert machine["address"] == nic["address"]


def _group(stage: Stage, name: str) -> str:
    return str(stage.id(name))


@pytest.mark.parametrize("forget", [False, True])
async def test_an_item_is_restored_to_a_new_machine(stage: Stage, forget: bool) -> None:
    """In the vault's own region, found again by its name after a lost answer."""
    run = Run(stage, Mode.FAILOVER)
    subnet = f"{stage.id('rg-netwerk', 'Microsoft.Network/virtualNetworks', 'vnet-weu')}/subnets/snet-servers"
    staging = str(stage.id("rg-recovery-weu", "Microsoft.Storage/storageAccounts", "stdrdweu"))
    group = str((await run.step("resource-group.create", prefix="rg-drd", location="westeurope"))["id"])

    done = await run.step(
        "backup.restore-vm",
        item=SQL,
        resource_group=group,
        name="vm-bz-sql-9",
        subnet=subnet,
        staging=staging,
        point="newest-clean",
        forget=forget,
    )

    assert str(done["machine"]).endswith("/vm-bz-sql-9")
    assert str(done["address"]).startswith("10.1.")
    assert _age_is_told(done, stage)


@pytest.mark.parametrize("forget", [False, True])
async def test_the_disks_of_a_machine_are_replaced_once_it_is_off(stage: Stage, forget: bool) -> None:
    """Not while it runs; afterwards it holds other disks, and starts from them."""
    run = Run(stage, Mode.FAILOVER)
    wish = {
        "item": SQL,
        "staging": str(stage.id("rg-recovery-weu", "Microsoft.Storage/storageAccounts", "stdrdweu")),
        "point": "newest",
    }
    with pytest.raises(RefusedError, match="only when it is off"):
        await run.step("backup.restore-original", **wish)
    await run.step("vm.deallocate", item=SQL)

    done = await run.step("backup.restore-original", forget=forget, **wish)

    assert _age_is_told(done, stage)
    assert isinstance(done["disks"], list)
    assert all("datadisk" in str(each) or "osdisk" in str(each) for each in done["disks"])
    assert (await run.step("vm.start", item=SQL))["machine"] == done["machine"]


async def test_of_infected_points_none_is_restored_across_regions(stage: Stage) -> None:
    """The copies say nothing of threats: what is known of them comes from the home region."""
    stage.sandbox.world.faults.add(make("point-infected", points_from=stage.clock.now() - timedelta(days=2, hours=12)))
    run = Run(stage, Mode.FAILOVER, graceful=True)
    staging = str(stage.id("rg-recovery-neu", "Microsoft.Storage/storageAccounts", "stdrdneu"))
    group = str((await run.step("resource-group.create", prefix="rg-drd"))["id"])

    done = await run.step(
        "backup.cross-region-restore", item=APP, resource_group=group, staging=staging, point="newest-clean"
    )

    age = stage.clock.now() - parse_instant(str(done["recovery-point-time"]))
    assert timedelta(days=2, hours=12) < age < timedelta(days=4)


async def test_with_the_home_region_out_of_reach_nothing_is_known_to_be_clean(stage: Stage) -> None:
    """It is refused rather than guessed, unless somebody says that the unknown will do."""
    run = Run(stage, Mode.FAILOVER)
    staging = str(stage.id("rg-recovery-neu", "Microsoft.Storage/storageAccounts", "stdrdneu"))
    group = str((await run.step("resource-group.create", prefix="rg-drd"))["id"])
    wish = {"item": APP, "resource_group": group, "staging": staging, "point": "newest-clean"}
    with pytest.raises(PermanentError, match="known to be newest-clean") as refusal:
        await run.step("backup.cross-region-restore", **wish)
    assert refusal.value.code == "no-clean-point"

    done = await run.step("backup.cross-region-restore", accept_unknown=True, **wish)

    assert _age_is_told(done, stage)
