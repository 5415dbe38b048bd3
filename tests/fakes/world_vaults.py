"""The vaults of the small cloud: restores and failovers are jobs that end in disks and machines."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from drd.domain.durations import format_instant
from drd.domain.estate import ItemKind, Mechanism, ProtectedItem, Protection, RecoveryPoint
from drd.domain.ids import ArmId, ItemId, RunId, StepId, TenantId
from drd.domain.plan import Mode
from drd.domain.points import POINT, POINT_TIME
from drd.ports.action import StepContext
from drd.ports.backups import BACKUPS, BY_TARGET, CROSS_REGION_BACKUPS, KNOWN_BY, BackedUpItem, BackupJob, RestoreDisks
from drd.ports.capabilities import Operation, Provider, Status
from drd.ports.capacity import CAPACITY
from drd.ports.desktops import DESKTOPS
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES, Disk, Machine
from drd.ports.networks import NETWORKS, RECORDS, Interface, NetworkFacts
from drd.ports.probes import PROBES
from drd.ports.recovery_plans import RECOVERY_PLANS, PlanFacts
from drd.ports.replication import REPLICATION, ReplicatedItem, ReverseWish
from drd.ports.snapshots import SNAPSHOTS
from drd.ports.traffic import FENCES, TRAFFIC
from tests.fakes.world import START, World, WorldGroups, WorldMachines, WorldNetworks, WorldRecords
from tests.fakes.world_capacity import WorldCapacity
from tests.fakes.world_desktops import WorldDesktops
from tests.fakes.world_plans import WorldPlans
from tests.fakes.world_probes import WorldProbes
from tests.fakes.world_snapshots import WorldSnapshots
from tests.fakes.world_traffic import WorldFences, WorldTraffic

SUB = "/subscriptions/00000000-0000-0000-0000-000000000001"
VAULT = ArmId(f"{SUB}/resourceGroups/rg-recovery-neu/providers/Microsoft.RecoveryServices/vaults/rsv-neu")
HOME = ArmId(f"{SUB}/resourceGroups/rg-burgerzaken")
AWAY = ArmId(f"{SUB}/resourceGroups/rg-burgerzaken-neu")
SOURCE = ArmId(f"{HOME}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1")
NETWORK = ArmId(f"{SUB}/resourceGroups/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-drill-neu")
SUBNET = ArmId(f"{NETWORK}/subnets/snet-servers")
ITEM = ItemId("vm-bz-sql-1")
OLD = RecoveryPoint(id="point-1", time=START - timedelta(hours=6), consistency="application")
NEW = RecoveryPoint(id="point-2", time=START - timedelta(minutes=5, milliseconds=250), consistency="crash")


@dataclass
class WorldBackups:
    """Answers `Backups`; with `RegionalBackups` around it, `CrossRegionBackups`."""

    world: World
    kept: tuple[RecoveryPoint, ...] = (NEW, OLD)

    async def items(self, vault: ArmId) -> tuple[BackedUpItem, ...]:
        """List."""
        return (BackedUpItem(vault=vault, path="path", name="vm-bz-sql-1", source=SOURCE, state="Protected"),)

    async def points(self, item: BackedUpItem) -> tuple[RecoveryPoint, ...]:
        """List."""
        return self.kept

    async def jobs(self, vault: ArmId, *, operation: str = "", since: datetime | None = None) -> tuple[BackupJob, ...]:
        """List none."""
        return ()

    async def restore_disks(self, wish: RestoreDisks) -> Operation:
        """Start a restore."""
        return self.world.change(f"POST restore {wish.resource_group}", lambda: self._begin(wish))

    async def restore_machine(self, wish: RestoreDisks) -> Operation:
        """Start a restore to a new machine."""
        return self.world.change(f"POST restore {wish.machine}", lambda: self._begin(wish))

    async def replace_disks(self, wish: RestoreDisks) -> Operation:
        """Start a replacement."""
        return self.world.change(f"POST replace {wish.machine}", lambda: self._begin(wish))

    async def find_restore(
        self, wish: RestoreDisks, *, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find it by its machine or its group."""
        job = self.world.found("restore", str(wish.machine or wish.resource_group), since)
        if job is None:
            return None
        return replace(self.world.operation(job, "backup-restore"), details={KNOWN_BY: BY_TARGET})

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)

    def _begin(self, wish: RestoreDisks) -> Operation:
        def effect() -> None:
            if wish.machine is not None and wish.subnet is not None:
                place(self.world, wish.machine)
            elif wish.machine is not None:
                held = self.world.machines[wish.machine]
                new = ArmId(f"{wish.resource_group}/providers/Microsoft.Compute/disks/restored-os")
                self.world.machines[wish.machine] = replace(held, disks=(new,))
            for name, os_type in (("os", "Windows"), ("data", "")):
                disk = ArmId(f"{wish.resource_group}/providers/Microsoft.Compute/disks/restored-{name}")
                self.world.disks[disk] = Disk(id=disk, location=wish.region, os_type=os_type)

        job = self.world.begin("restore", str(wish.machine or wish.resource_group), effect)
        time = next(point.time for point in self.kept if point.id == wish.point)
        job.details = {POINT_TIME: format_instant(time.replace(microsecond=0))}
        return self.world.operation(job, "backup-restore")


@dataclass
class RegionalBackups:
    """Answers `CrossRegionBackups`."""

    inner: WorldBackups

    async def items(self, vault: ArmId, region: str) -> tuple[BackedUpItem, ...]:
        """List."""
        return await self.inner.items(vault)

    async def points(self, item: BackedUpItem, region: str) -> tuple[RecoveryPoint, ...]:
        """List."""
        return await self.inner.points(item)

    async def restore_disks(self, wish: RestoreDisks) -> Operation:
        """Start a restore."""
        return await self.inner.restore_disks(wish)

    async def find_restore(
        self, wish: RestoreDisks, *, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find it by its group."""
        return await self.inner.find_restore(wish, since=since, requests=requests)

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.inner.follow(operation)


PROTECTED = ReplicatedItem(
    id=ArmId(f"{VAULT}/replicationFabrics/f/replicationProtectionContainers/c/replicationProtectedItems/vm-bz-sql-1"),
    name="vm-bz-sql-1",
    source=SOURCE,
    state="Protected",
    health="Normal",
    failover_health="Normal",
    allowed=("UnplannedFailover", "TestFailover"),
    active_location="Primary",
    test_state="None",
    recovery_group=AWAY,
    recovery_machine_name="vm-bz-sql-1",
    primary_region="westeurope",
    recovery_region="northeurope",
    rpo=timedelta(minutes=2),
    rpo_at=START,
)
FAILED_OVER = replace(
    PROTECTED,
    active_location="Recovery",
    state="UnplannedFailoverCommitPending",
    allowed=("Commit", "CancelFailover"),
)
COMMITTED = replace(FAILED_OVER, state="UnplannedFailoverCommitted", allowed=("ReverseReplicate",))
TURNED = replace(
    PROTECTED,
    source=ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1"),
    recovery_group=SOURCE.group_id,
    primary_region="northeurope",
    recovery_region="westeurope",
)
TESTED = replace(
    PROTECTED, test_state="WaitingForCompletion", allowed=("TestFailoverCleanup",), test_machine_name="vm-bz-sql-1-test"
)


PLAN = PlanFacts(
    id=ArmId(f"{VAULT}/replicationRecoveryPlans/rp-1"),
    name="rp-1",
    items=(PROTECTED.id,),
    allowed=(),
    primary_region="westeurope",
    recovery_region="northeurope",
    job="job-1",
)


@dataclass
class WorldReplication:
    """Answers `Replication` for one item."""

    world: World
    state: ReplicatedItem = PROTECTED
    made: list[RecoveryPoint] = field(default_factory=lambda: [NEW, OLD])

    async def items(self, vault: ArmId) -> tuple[ReplicatedItem, ...]:
        """List."""
        return (await self.item(vault, self.state.name),)

    async def item(self, vault: ArmId, name: str) -> ReplicatedItem:
        """Read."""
        self.world.settle()
        return self.state

    async def points(self, item: ReplicatedItem) -> tuple[RecoveryPoint, ...]:
        """List."""
        return tuple(self.made)

    async def fail_over(self, item: ReplicatedItem, *, point: str | None, graceful: bool, request_id: str) -> Operation:
        """Start."""
        return self._begin("UnplannedFailover", FAILED_OVER, machine="vm-bz-sql-1", point=point or "")

    async def commit(self, item: ReplicatedItem, *, request_id: str) -> Operation:
        """Start."""
        return self._begin("Commit", COMMITTED)

    async def cancel_failover(self, item: ReplicatedItem, *, request_id: str) -> Operation:
        """Start."""
        return self._begin("CancelFailover", PROTECTED)

    async def switch_protection(self, item: ReplicatedItem, wish: ReverseWish, *, request_id: str) -> Operation:
        """Start."""
        return self._begin("SwitchProtection", TURNED)

    async def test_fail_over(
        self, item: ReplicatedItem, *, point: str | None, network: ArmId, request_id: str
    ) -> Operation:
        """Start."""
        return self._begin("TestFailover", TESTED, machine="vm-bz-sql-1-test", point=point or "")

    async def clean_up_test(self, item: ReplicatedItem, *, comment: str, request_id: str) -> Operation:
        """Start."""
        return self._begin("TestFailoverCleanup", PROTECTED, machine="vm-bz-sql-1-test", gone=True)

    async def find(
        self, item: ReplicatedItem, *, scenario: str, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find by scenario."""
        job = self.world.found(scenario, str(item.id), since)
        return self.world.operation(job, "site-recovery") if job is not None else None

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)

    def _begin(
        self, scenario: str, after: ReplicatedItem, *, machine: str = "", point: str = "", gone: bool = False
    ) -> Operation:
        def ended() -> None:
            self.state = after
            if machine:
                place(self.world, ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/{machine}"), gone=gone)

        def effect() -> Operation:
            self.state = replace(self.state, allowed=(), scenario=scenario)
            job = self.world.begin(scenario, str(self.state.id), ended)
            chosen = next((each for each in self.made if each.id == point), None)
            job.details = {POINT: point, POINT_TIME: format_instant(chosen.time)} if chosen else {}
            return self.world.operation(job, "site-recovery")

        return self.world.change(f"POST {scenario}", effect)


def place(world: World, machine: ArmId, *, power: str = "running", gone: bool = False) -> None:
    """Put a machine with an interface into the drill's network, or take it away."""
    nic = ArmId(f"{machine.group_id}/providers/Microsoft.Network/networkInterfaces/{machine.name}-nic")
    if gone:
        world.machines.pop(machine, None)
        return
    world.interfaces[nic] = Interface(id=nic, location="northeurope", subnet=SUBNET, addresses=("10.99.1.31",))
    world.machines[machine] = Machine(
        id=machine,
        location="northeurope",
        state="Succeeded",
        power=power,
        agent_ready=power == "running",
        interfaces=(nic,),
    )


def cloud(world: World, replication: WorldReplication | None = None) -> Provider:
    """Give a provider over the world, with an isolated network."""
    world.networks.setdefault(
        NETWORK,
        NetworkFacts(
            id=NETWORK,
            location="northeurope",
            address_spaces=("10.99.0.0/16",),
            subnets=(SUBNET,),
            peerings=(),
            open_subnets=(),
        ),
    )
    backups = WorldBackups(world)
    return Provider(
        "world",
        (
            MACHINES.by(WorldMachines(world)),
            NETWORKS.by(WorldNetworks(world)),
            RECORDS.by(WorldRecords(world)),
            TRAFFIC.by(WorldTraffic(world)),
            FENCES.by(WorldFences(world)),
            GROUPS.by(WorldGroups(world)),
            DESKTOPS.by(WorldDesktops(world)),
            PROBES.by(WorldProbes(world)),
            BACKUPS.by(backups),
            CROSS_REGION_BACKUPS.by(RegionalBackups(backups)),
            REPLICATION.by(replication or WorldReplication(world)),
            RECOVERY_PLANS.by(WorldPlans(world, PLAN, NEW)),
            SNAPSHOTS.by(WorldSnapshots(world)),
            CAPACITY.by(WorldCapacity(world)),
        ),
    )


def protected_item() -> ProtectedItem:
    """Give the one item of the plan, protected in both ways."""
    return ProtectedItem(
        id=ITEM,
        kind=ItemKind.VIRTUAL_MACHINE,
        resource=SOURCE,
        protection=(
            Protection(mechanism=Mechanism.SITE_RECOVERY, vault=VAULT, item="vm-bz-sql-1"),
            Protection(mechanism=Mechanism.BACKUP, vault=VAULT),
            Protection(mechanism=Mechanism.SNAPSHOT, vault=AWAY),
        ),
    )


def step_context(
    world: World,
    provider: Provider,
    *,
    mode: Mode = Mode.FAILOVER,
    owned: frozenset[ArmId] = frozenset(),
    copies: Mapping[ItemId, ArmId] | None = None,
) -> StepContext:
    """Give what an action may know, its intent being now."""
    return StepContext(
        run=RunId("r1"),
        step=StepId("step"),
        attempt=1,
        tenant=TenantId("voorbeeld"),
        mode=mode,
        graceful=False,
        incident_at=START - timedelta(minutes=10),
        intended_at=world.clock.now(),
        operation_id="r1/step/1",
        request_id="5f6fe8a4-0000-0000-0000-000000000001",
        home_region="westeurope",
        recovery_region="northeurope",
        items={ITEM: protected_item()},
        tags={"drd-run": "r1", "drd-step": "step"},
        owned=owned,
        copies=copies or {},
        provider=provider,
        clock=world.clock,
    )
