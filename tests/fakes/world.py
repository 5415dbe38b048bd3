"""A small cloud in memory: what changes is counted, and a process can be made to die around a change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from drd.domain.errors import OperationFailedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.desktops import HostPool, SessionHost, UserSession, Workspace
from drd.ports.groups import Group, Resource
from drd.ports.machines import Disk, Machine, MachineWish, ScannerWish, ScriptResult
from drd.ports.networks import Interface, InterfaceWish, NetworkFacts, RecordSet
from drd.ports.snapshots import CopiedDisk, Snapshot
from drd.ports.traffic import Barrier, TrafficProfile

T = TypeVar("T")
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Crash(BaseException):
    """The process died here."""


class WorldClock:
    """Stands still, unless somebody sleeps."""

    def __init__(self) -> None:
        """Begin at a fixed instant."""
        self.instant = START

    def now(self) -> datetime:
        """Give the instant."""
        return self.instant

    async def sleep(self, length: timedelta) -> None:
        """Let time pass."""
        self.instant += length

    def host_seconds(self, length: timedelta) -> float:
        """No time of the host passes."""
        return 0.0


@dataclass
class Job:
    """Something that the cloud does until `ends`; then `effect` happens."""

    id: str
    what: str
    target: str
    started: datetime
    ends: datetime
    effect: Callable[[], None]
    details: dict[str, str] = field(default_factory=dict)
    fails: bool = False
    done: bool = False


@dataclass
class World:
    """What there is, and what was changed.

    Attributes:
        sent: every change that took effect, in order.
        dies: `before` or `after` the next change; then no more.
        told: whether finished jobs tell which point they used.
    """

    clock: WorldClock = field(default_factory=WorldClock)
    sent: list[str] = field(default_factory=list)
    reads: int = 0
    dies: str = ""
    told: bool = True
    jobs: list[Job] = field(default_factory=list)
    machines: dict[ArmId, Machine] = field(default_factory=dict)
    disks: dict[ArmId, Disk] = field(default_factory=dict)
    interfaces: dict[ArmId, Interface] = field(default_factory=dict)
    networks: dict[ArmId, NetworkFacts] = field(default_factory=dict)
    groups: dict[ArmId, Group] = field(default_factory=dict)
    held: dict[ArmId, tuple[Resource, ...]] = field(default_factory=dict)
    records: dict[tuple[ArmId, str, str], RecordSet] = field(default_factory=dict)
    profiles: dict[ArmId, TrafficProfile] = field(default_factory=dict)
    rules: dict[ArmId, dict[str, Barrier]] = field(default_factory=dict)
    scripts: dict[tuple[ArmId, str], ScriptResult] = field(default_factory=dict)
    pools: dict[ArmId, HostPool] = field(default_factory=dict)
    hosts: dict[ArmId, SessionHost] = field(default_factory=dict)
    sessions: dict[ArmId, UserSession] = field(default_factory=dict)
    workspaces: dict[ArmId, Workspace] = field(default_factory=dict)
    deployed: dict[ArmId, Operation] = field(default_factory=dict)
    snapshots: dict[ArmId, Snapshot] = field(default_factory=dict)
    copied: dict[ArmId, CopiedDisk] = field(default_factory=dict)

    def change(self, what: str, effect: Callable[[], T]) -> T:
        """Let something happen, or the process die around it."""
        dies, self.dies = self.dies, ""
        if dies == "before":
            raise Crash
        result = effect()
        self.sent.append(what)
        if dies == "after":
            raise Crash
        return result

    def begin(self, what: str, target: str, effect: Callable[[], None], *, minutes: int = 3) -> Job:
        """Start a job."""
        now = self.clock.now()
        job = Job(
            id=f"job-{len(self.jobs) + 1}",
            what=what,
            target=target,
            started=now,
            ends=now + timedelta(minutes=minutes),
            effect=effect,
        )
        self.jobs.append(job)
        return job

    def settle(self) -> None:
        """Let what is due happen; called by every read."""
        self.reads += 1
        for job in self.jobs:
            if not job.done and job.ends <= self.clock.now():
                job.done = True
                if not job.fails:
                    job.effect()

    def operation(self, job: Job, kind: str = "arm") -> Operation:
        """Give a job's record."""
        return Operation(
            kind=kind, target=job.target, started_at=job.started, job=job.id, status_url=f"https://arm/{job.id}"
        )

    async def follow(self, operation: Operation) -> Status:
        """Say how a job stands."""
        self.settle()
        job = next(each for each in self.jobs if each.id == operation.job)
        if job.done and job.fails:
            raise OperationFailedError(f"{job.what} failed", target=job.target, code="Sad")
        details = job.details if job.done and self.told else {}
        return Status(finished=job.done, wait_seconds=None if job.done else 30, job=job.id, details=details)

    def found(self, what: str, target: str, since: datetime) -> Job | None:
        """Find the newest job of this kind and target."""
        self.settle()
        fitting = [job for job in self.jobs if (job.what, job.target) == (what, target) and job.started >= since]
        return fitting[-1] if fitting else None


@dataclass
class WorldMachines:
    """Answers `Machines`."""

    world: World

    async def get(self, machine: ArmId) -> Machine | None:
        """Read."""
        self.world.settle()
        return self.world.machines.get(machine)

    async def create(self, wish: MachineWish) -> Operation | None:
        """Put: the same twice is once."""
        machine = Machine(
            id=wish.id,
            location=wish.location,
            state="Succeeded",
            power="running",
            agent_ready=True,
            interfaces=(wish.interface,),
            disks=(wish.os_disk.id, *(each.id for each in wish.data_disks)),
            tags=wish.tags,
        )

        def effect() -> Operation | None:
            if wish.id in self.world.machines:
                return None
            self.world.machines[wish.id] = replace(machine, state="Creating", power="starting", agent_ready=False)
            done = self.world.begin("create", str(wish.id), lambda: self._put(machine))
            return self.world.operation(done)

        return self.world.change(f"PUT {wish.id}", effect)

    async def create_scanner(self, wish: ScannerWish) -> Operation | None:
        """Put: the same twice is once; the disks are attached when it is there."""
        disks = tuple(each.id for each in wish.disks)
        machine = Machine(
            id=wish.id,
            location=wish.location,
            state="Succeeded",
            power="running",
            agent_ready=True,
            interfaces=(wish.interface,),
            disks=disks,
            tags=wish.tags,
        )

        def there() -> None:
            self._put(machine)
            for each in disks:
                self.world.disks[each] = replace(self.world.disks[each], attached_to=wish.id)

        def effect() -> Operation | None:
            if wish.id in self.world.machines:
                return None
            self.world.machines[wish.id] = replace(machine, state="Creating", power="starting", agent_ready=False)
            return self.world.operation(self.world.begin("create", str(wish.id), there))

        return self.world.change(f"PUT {wish.id}", effect)

    async def start(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Start."""
        return self._power(machine, "start", "starting", "running")

    async def deallocate(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Stop."""
        return self._power(machine, "deallocate", "deallocating", "deallocated")

    async def delete(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Delete."""
        self.world.change(f"DELETE {machine}", lambda: self.world.machines.pop(machine, None))
        return None

    async def disks(self, resource_group: ArmId) -> tuple[Disk, ...]:
        """List."""
        self.world.settle()
        return tuple(disk for disk in self.world.disks.values() if disk.id.group_id == resource_group)

    async def run_script(
        self, machine: ArmId, *, name: str, script: str, location: str, request_id: str
    ) -> Operation | None:
        """Run a script; one of the same name is not run twice."""

        def effect() -> Operation:
            self.world.scripts[machine, name] = ScriptResult(state="Running")
            ended = ScriptResult(state="Succeeded", exit_code=0, output=f"ran {script}")
            job = self.world.begin("script", str(machine), lambda: self._ended(machine, name, ended))
            return self.world.operation(job)

        return self.world.change(f"RUN {machine}", effect)

    async def script(self, machine: ArmId, *, name: str) -> ScriptResult | None:
        """Read."""
        self.world.settle()
        return self.world.scripts.get((machine, name))

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)

    def _power(self, machine: ArmId, verb: str, during: str, after: str) -> Operation:
        def effect() -> Operation:
            self._put(replace(self.world.machines[machine], power=during))
            done = replace(self.world.machines[machine], power=after)
            return self.world.operation(self.world.begin(verb, str(machine), lambda: self._put(done)))

        return self.world.change(f"POST {verb} {machine}", effect)

    def _put(self, machine: Machine) -> None:
        self.world.machines[machine.id] = machine

    def _ended(self, machine: ArmId, name: str, result: ScriptResult) -> None:
        self.world.scripts[machine, name] = result


@dataclass
class WorldNetworks:
    """Answers `Networks`."""

    world: World

    async def facts(self, network: ArmId) -> NetworkFacts:
        """Read."""
        self.world.settle()
        return self.world.networks[network]

    async def interface(self, interface: ArmId) -> Interface | None:
        """Read."""
        self.world.settle()
        return self.world.interfaces.get(interface)

    async def create_interface(self, wish: InterfaceWish) -> Operation | None:
        """Put: the same twice is once."""

        def effect() -> None:
            self.world.interfaces[wish.id] = Interface(
                id=wish.id,
                location=wish.location,
                subnet=wish.subnet,
                addresses=(wish.address or "10.99.1.4",),
                state="Succeeded",
                tags=wish.tags,
            )

        self.world.change(f"PUT {wish.id}", effect)
        return None

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)


@dataclass
class WorldRecords:
    """Answers `Records`."""

    world: World

    async def get(self, zone: ArmId, name: str, kind: str) -> RecordSet | None:
        """Read."""
        self.world.settle()
        return self.world.records.get((zone, name, kind))

    async def put(self, wanted: RecordSet, *, request_id: str) -> RecordSet:
        """Write."""
        written = replace(wanted, etag=f"etag-{len(self.world.sent)}")

        def effect() -> RecordSet:
            self.world.records[wanted.zone, wanted.name, wanted.kind] = written
            return written

        return self.world.change(f"PUT {wanted.zone}/{wanted.kind}/{wanted.name}", effect)


@dataclass
class WorldGroups:
    """Answers `Groups`."""

    world: World

    async def get(self, group: ArmId) -> Group | None:
        """Read."""
        self.world.settle()
        return self.world.groups.get(group)

    async def create(self, group: ArmId, *, location: str, tags: Mapping[str, str], request_id: str) -> Group:
        """Put."""
        made = Group(id=group, location=location, state="Succeeded", tags=tags)
        return self.world.change(f"PUT {group}", lambda: self.world.groups.setdefault(group, made))

    async def tag(self, group: ArmId, *, tags: Mapping[str, str], request_id: str) -> Group:
        """Add tags."""
        return self.world.groups[group]

    async def delete(self, group: ArmId, *, request_id: str) -> Operation | None:
        """Delete."""

        def effect() -> Operation:
            self.world.groups[group] = replace(self.world.groups[group], state="Deleting")
            job = self.world.begin("delete", str(group), lambda: self._drop(group))
            return self.world.operation(job)

        return self.world.change(f"DELETE {group}", effect)

    async def list(self, subscription: str, *, tag: str = "", value: str = "") -> tuple[Group, ...]:
        """List."""
        return tuple(self.world.groups.values())

    async def resources(self, group: ArmId) -> tuple[Resource, ...]:
        """List."""
        return self.world.held.get(group, ())

    async def tagged(self, subscription: str, *, tag: str, value: str) -> tuple[Resource, ...]:
        """List."""
        return ()

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)

    def _drop(self, group: ArmId) -> None:
        self.world.groups.pop(group, None)
