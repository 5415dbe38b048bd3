"""How each action is tried by the contract suite: its values, and what stands before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from drd.domain.canonical import Json
from drd.domain.ids import ArmId, ItemId
from drd.domain.plan import Mode
from drd.ports.desktops import HostPool, SessionHost, UserSession, Workspace
from drd.ports.groups import Group
from drd.ports.machines import Disk
from drd.ports.networks import Interface, RecordSet
from drd.ports.snapshots import Snapshot
from drd.ports.traffic import Barrier, Endpoint, TrafficProfile
from tests.fakes.world import World
from tests.fakes.world_vaults import (
    AWAY,
    COMMITTED,
    FAILED_OVER,
    ITEM,
    NETWORK,
    PLAN,
    SOURCE,
    SUB,
    SUBNET,
    TESTED,
    VAULT,
    WorldReplication,
    place,
)

GROUP = ArmId(f"{SUB}/resourceGroups/rg-drill-r1")
ZONE = ArmId(f"{SUB}/resourceGroups/rg-netwerk-neu/providers/Microsoft.Network/dnsZones/voorbeeld.example")
PROFILE = ArmId(f"{SUB}/resourceGroups/rg-netwerk-neu/providers/Microsoft.Network/trafficManagerProfiles/tm-1")
GUARD = ArmId(f"{SUB}/resourceGroups/rg-netwerk/providers/Microsoft.Network/networkSecurityGroups/nsg-1")
STAGING = f"{SUB}/resourceGroups/rg-recovery-neu/providers/Microsoft.Storage/storageAccounts/stdrdneu"
COPY = ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1-test")
AWAY_MACHINE = ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1")
OF_PLANS = frozenset({"items", "machines", "addresses", "recovery-point-times"})
"""What only a step on a recovery plan gives."""
TEST = ArmId(f"{VAULT}/replicationProtectedItems/vm-bz-sql-1")
NIC = ArmId(f"{GROUP}/providers/Microsoft.Network/networkInterfaces/nic-1")
SNAPSHOT = ArmId(f"{SUB}/resourceGroups/rg-burgerzaken/providers/Microsoft.Compute/snapshots/snap-1")
PLACES = ArmId(f"{SUB}/resourceGroups/rg-burgerzaken-neu/providers/Microsoft.Compute/capacityReservationGroups/crg-1")
OS_DISK = ArmId(f"{GROUP}/providers/Microsoft.Compute/disks/restored-os")
SCANNER = ArmId(f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1-scan")


DESKTOPS = f"{SUB}/resourceGroups/rg-werkplek/providers/Microsoft.DesktopVirtualization"
POOL = ArmId(f"{DESKTOPS}/hostPools/hp-kantoor")
HOST = ArmId(f"{POOL}/sessionHosts/vm-kantoor-001.voorbeeld.example")
WORKSPACE = ArmId(f"{DESKTOPS}/workspaces/ws-werkplek")
HOST_VALUES: Mapping[str, Json] = {"pool": str(POOL), "host": "vm-kantoor-001", "domain": "voorbeeld.example"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """How an action is tried: its values, its mode, what stands before, and how often it changes the world.

    `at_most_once` of these changes may be left out after a restart, because they must never happen twice.
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    mode: Mode = Mode.FAILOVER
    before: Callable[[World, WorldReplication], None] = lambda _world, _replication: None
    owned: frozenset[ArmId] = frozenset()
    copies: Mapping[ItemId, ArmId] = field(default_factory=dict)
    changes: int = 1
    at_most_once: int = 0


def _pool(world: World, _: WorldReplication) -> None:
    world.pools[POOL] = HostPool(id=POOL, location="northeurope", personal=False)


def _host(world: World, _: WorldReplication) -> None:
    world.hosts[HOST] = SessionHost(id=HOST, name=HOST.name, status="Available", drained=False, sessions=1)


def _drained(world: World, _: WorldReplication) -> None:
    world.hosts[HOST] = SessionHost(id=HOST, name=HOST.name, status="Available", drained=True, sessions=1)
    session = ArmId(f"{HOST}/userSessions/2")
    world.sessions[session] = UserSession(id=session, user="kantoor001@voorbeeld.example", state="Active")


def _workspace(world: World, _: WorldReplication) -> None:
    shown = (ArmId(f"{DESKTOPS}/applicationGroups/ag-oud"),)
    world.workspaces[WORKSPACE] = Workspace(id=WORKSPACE, location="northeurope", application_groups=shown)


def _stopped(world: World, _: WorldReplication) -> None:
    place(world, SOURCE, power="deallocated")


def _running(world: World, _: WorldReplication) -> None:
    place(world, SOURCE)


def _with_disk(world: World, _: WorldReplication) -> None:
    place(world, SOURCE)
    disk = ArmId(f"{SOURCE.group_id}/providers/Microsoft.Compute/disks/vm-bz-sql-1-os")
    world.machines[SOURCE] = replace(world.machines[SOURCE], disks=(disk,))


def _snapshots(world: World, _: WorldReplication) -> None:
    for group, location, age in (
        (SNAPSHOT.group_id, "westeurope", 1),
        (AWAY, "northeurope", 2),
        (AWAY, "northeurope", 3),
    ):
        name = ArmId(f"{group}/providers/Microsoft.Compute/snapshots/snap-{age}")
        taken = world.clock.now() - timedelta(hours=age)
        world.snapshots[name] = Snapshot(
            id=name, location=location, source=None, item=ITEM, disk="os", taken_at=taken, tags={}
        )


def _failed_over(_: World, replication: WorldReplication) -> None:
    replication.state = FAILED_OVER


def _committed(world: World, replication: WorldReplication) -> None:
    replication.state = COMMITTED
    place(world, AWAY_MACHINE)


def _plan_failed_over(world: World, replication: WorldReplication) -> None:
    replication.state = FAILED_OVER
    place(world, AWAY_MACHINE)


def _tested(world: World, replication: WorldReplication) -> None:
    replication.state = TESTED
    place(world, COPY)


def _group(world: World, _: WorldReplication) -> None:
    world.groups[GROUP] = Group(id=GROUP, location="northeurope", state="Succeeded", tags={"drd-run": "r1"})


def _parts(world: World, _: WorldReplication) -> None:
    world.disks[OS_DISK] = Disk(id=OS_DISK, location="northeurope", os_type="Windows")
    world.interfaces[NIC] = Interface(
        id=NIC, location="northeurope", subnet=SUBNET, addresses=("10.99.1.51",), state="Succeeded"
    )


def _scanner(world: World, _: WorldReplication) -> None:
    place(world, SCANNER)
    world.machines[SCANNER] = replace(world.machines[SCANNER], tags={"drd-run": "r1"})


def _record(world: World, _: WorldReplication) -> None:
    world.records[ZONE, "burgerzaken", "A"] = RecordSet(
        zone=ZONE, name="burgerzaken", kind="A", values=("10.1.1.41",), ttl_seconds=60, etag="etag-0"
    )


def _led(world: World, _: WorldReplication) -> None:
    ends = [("weu", True, "Online"), ("neu", False, "Disabled")]
    endpoints = tuple(
        Endpoint(
            id=ArmId(f"{PROFILE}/externalEndpoints/{name}"),
            name=name,
            target=f"{name}.voorbeeld.example",
            enabled=enabled,
            monitor=monitor,
        )
        for name, enabled, monitor in ends
    )
    world.profiles[PROFILE] = TrafficProfile(
        id=PROFILE, host="tm-1.trafficmanager.net", enabled=True, monitor="Online", endpoints=endpoints
    )


def _fenced(world: World, _: WorldReplication) -> None:
    name = "drd-fence-inbound"
    world.rules[GUARD] = {
        name: Barrier(name=name, direction="inbound", priority=100, denies=True, addresses=("*",), state="Succeeded")
    }


RESTORE: Mapping[str, Json] = {"item": ITEM, "resource-group": str(GROUP), "staging": STAGING, "point": "newest"}
CASES: Mapping[str, Case] = {
    "noop": Case(changes=0),
    "wait": Case(values={"for": "90s"}, changes=0),
    "resource-group.create": Case(values={"prefix": "rg-drill"}),
    "resource-group.delete": Case(values={"id": str(GROUP)}, mode=Mode.DRILL, before=_group, owned=frozenset({GROUP})),
    "backup.restore-disks": Case(values=RESTORE, mode=Mode.DRILL, owned=frozenset({GROUP})),
    "backup.cross-region-restore": Case(values=RESTORE),
    "backup.restore-vm": Case(
        values={**RESTORE, "name": "vm-9", "subnet": str(SUBNET)}, mode=Mode.DRILL, owned=frozenset({GROUP})
    ),
    "backup.restore-original": Case(
        values={key: value for key, value in RESTORE.items() if key != "resource-group"}, before=_stopped
    ),
    "nic.create": Case(
        values={"resource-group": str(GROUP), "name": "nic-1", "subnet": str(SUBNET)},
        mode=Mode.DRILL,
        owned=frozenset({GROUP}),
    ),
    "vm.create": Case(
        values={
            "item": ITEM,
            "resource-group": str(GROUP),
            "name": "vm-1",
            "size": "Standard_D2s_v5",
            "interface": str(NIC),
            "os-disk": str(OS_DISK),
        },
        mode=Mode.DRILL,
        before=_parts,
        owned=frozenset({GROUP}),
    ),
    "scanner.create": Case(
        values={
            "resource-group": str(GROUP),
            "name": "vm-1-scan",
            "image": f"{AWAY}/providers/Microsoft.Compute/galleries/gal/images/scanner",
            "size": "Standard_D2s_v5",
            "interface": str(NIC),
            "disks": [str(OS_DISK)],
        },
        mode=Mode.DRILL,
        before=_parts,
        owned=frozenset({GROUP}),
    ),
    "scanner.delete": Case(
        values={"machine": str(SCANNER)}, mode=Mode.DRILL, before=_scanner, owned=frozenset({GROUP, SCANNER})
    ),
    "vm.start": Case(values={"item": ITEM}, before=_stopped),
    "desktop.pool": Case(
        values={"resource-group": str(GROUP), "name": "hp-1"}, mode=Mode.DRILL, owned=frozenset({GROUP})
    ),
    "desktop.open-registration": Case(values={"pool": str(POOL), "for": "8h"}, before=_pool),
    "desktop.host": Case(
        values={
            "name": "vm-kantoor-001",
            "pool": f"{GROUP}/providers/Microsoft.DesktopVirtualization/hostPools/hp-1",
            "resource-group": str(GROUP),
            "subnet": str(SUBNET),
            "image": f"{GROUP}/providers/Microsoft.Compute/galleries/gal/images/werkplek",
            "size": "Standard_D2s_v5",
        },
        mode=Mode.DRILL,
        owned=frozenset({GROUP}),
    ),
    "network.probe": Case(
        values={"resource-group": str(GROUP), "subnet": str(SUBNET), "reach": ["management.azure.com:443"]},
        mode=Mode.DRILL,
        owned=frozenset({GROUP}),
    ),
    "desktop.drain": Case(values=HOST_VALUES, before=_host),
    # A message and the end of one session.
    "desktop.log-off": Case(values={**HOST_VALUES, "message": "Tot zo."}, before=_drained, changes=2, at_most_once=1),
    "desktop.publish": Case(
        values={
            "workspace": str(WORKSPACE),
            "application-groups": [f"{DESKTOPS}/applicationGroups/ag-1", f"{DESKTOPS}/applicationGroups/ag-2"],
        },
        before=_workspace,
    ),
    "snapshot.create": Case(
        values={"item": ITEM, "resource-group": str(GROUP), "name": "snap-1", "source": "vm-bz-sql-1-os"},
        before=_with_disk,
    ),
    "capacity.reserve": Case(
        values={"group": str(PLACES), "name": "plaatsen", "size": "Standard_D2s_v5", "count": 3},
    ),
    "snapshot.copy": Case(
        values={"item": ITEM, "resource-group": str(GROUP), "name": "copy-1", "snapshot": str(SNAPSHOT)},
        before=_snapshots,
    ),
    "disk.create": Case(
        values={"item": ITEM, "resource-group": str(GROUP), "name": "disk-1", "point": "newest"},
        mode=Mode.DRILL,
        before=_snapshots,
        owned=frozenset({GROUP}),
    ),
    "vm.deallocate": Case(values={"machine": str(SOURCE)}, before=_running),
    "vm.run-command": Case(values={"item": ITEM, "script": "hostname"}, before=_running),
    "asr.failover": Case(values={"item": ITEM}),
    "asr.reprotect": Case(values={"item": ITEM, "staging": STAGING}, before=_committed),
    "asr.resume-plan": Case(values={"recovery-plan": str(PLAN.id)}, before=_plan_failed_over),
    "asr.commit": Case(values={"item": ITEM}, before=_failed_over),
    "asr.cancel-failover": Case(values={"item": ITEM}, before=_failed_over),
    "asr.test-failover": Case(values={"item": ITEM, "network": str(NETWORK)}, mode=Mode.DRILL),
    "asr.test-cleanup": Case(
        values={"item": ITEM},
        mode=Mode.DRILL,
        before=_tested,
        owned=frozenset({TEST}),
        copies={ITEM: COPY},
    ),
    "traffic-manager.switch": Case(values={"profile": str(PROFILE), "endpoint": "neu", "enabled": True}, before=_led),
    "network.fence": Case(values={"security-group": str(GUARD), "direction": "outbound", "addresses": ["10.1.1.41"]}),
    "network.unfence": Case(values={"security-group": str(GUARD), "direction": "inbound"}, before=_fenced),
    "dns.switch": Case(
        values={"zone": str(ZONE), "record": "burgerzaken", "values": ["10.2.1.41", "10.2.1.42"]}, before=_record
    ),
}
