"""The virtual PCs of the small cloud: everything is answered at once, but for the making of a host."""

from dataclasses import dataclass, replace
from datetime import datetime

from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.desktops import HostPool, HostPoolWish, SessionHost, SessionHostWish, UserSession, Workspace
from drd.ports.machines import Machine
from tests.fakes.world import World


@dataclass
class WorldDesktops:
    """Answers `Desktops`."""

    world: World

    async def pools(self, subscription: str) -> tuple[HostPool, ...]:
        """List."""
        self.world.settle()
        return tuple(each for each in self.world.pools.values() if each.id.subscription == subscription)

    async def pool(self, pool: ArmId) -> HostPool | None:
        """Read."""
        self.world.settle()
        return self.world.pools.get(pool)

    async def create_pool(self, wish: HostPoolWish) -> None:
        """Put: the same twice is once."""
        made = HostPool(id=wish.id, location=wish.location, personal=wish.personal, tags=wish.tags)
        self.world.change(f"PUT {wish.id}", lambda: self.world.pools.setdefault(wish.id, made))

    async def open_registration(self, pool: ArmId, *, until: datetime, request_id: str) -> None:
        """Open."""
        opened = replace(self.world.pools[pool], registration_ends_at=until)
        self.world.change(f"OPEN {pool}", lambda: self.world.pools.update({pool: opened}))

    async def create_host(self, wish: SessionHostWish) -> Operation:
        """Deploy: the machine and its entry in the pool appear when the job ends."""
        host = ArmId(f"{wish.pool}/sessionHosts/{wish.machine.name}")
        machine = Machine(
            id=wish.machine,
            location=wish.location,
            state="Succeeded",
            power="running",
            agent_ready=True,
            tags=wish.tags,
        )
        made = SessionHost(
            id=host, name=wish.machine.name, status="Available", drained=False, sessions=0, machine=wish.machine
        )

        def effect() -> None:
            self.world.machines[wish.machine] = machine
            self.world.hosts[host] = made

        def send() -> Operation:
            job = self.world.begin("deploy", str(wish.deployment), effect)
            self.world.deployed[wish.deployment] = self.world.operation(job)
            return self.world.deployed[wish.deployment]

        return self.world.change(f"DEPLOY {wish.deployment}", send)

    async def creation(self, deployment: ArmId) -> Operation | None:
        """Find."""
        self.world.settle()
        return self.world.deployed.get(deployment)

    async def follow(self, operation: Operation) -> Status:
        """Say how the job stands."""
        return await self.world.follow(operation)

    async def hosts(self, pool: ArmId) -> tuple[SessionHost, ...]:
        """List."""
        self.world.settle()
        return tuple(each for each in self.world.hosts.values() if each.id.key.startswith(f"{pool.key}/"))

    async def host(self, pool: ArmId, name: str) -> SessionHost | None:
        """Read."""
        self.world.settle()
        return self.world.hosts.get(ArmId(f"{pool}/sessionHosts/{name}"))

    async def drain(self, host: ArmId, *, drained: bool, request_id: str) -> None:
        """Drain, or the other way round."""
        changed = replace(self.world.hosts[host], drained=drained)
        self.world.change(f"DRAIN {host}", lambda: self.world.hosts.update({host: changed}))

    async def sessions(self, host: ArmId) -> tuple[UserSession, ...]:
        """List."""
        self.world.settle()
        return tuple(each for each in self.world.sessions.values() if each.id.key.startswith(f"{host.key}/"))

    async def send_message(self, session: ArmId, *, title: str, text: str, request_id: str) -> None:
        """Show a message."""
        self.world.change(f"TELL {session}", lambda: None)

    async def log_off(self, session: ArmId, *, force: bool, request_id: str) -> None:
        """End a session."""
        self.world.change(f"DELETE {session}", lambda: self.world.sessions.pop(session, None))

    async def workspace(self, workspace: ArmId) -> Workspace | None:
        """Read."""
        self.world.settle()
        return self.world.workspaces.get(workspace)

    async def publish(self, workspace: ArmId, application_groups: tuple[ArmId, ...], *, request_id: str) -> None:
        """Show other application groups."""
        changed = replace(self.world.workspaces[workspace], application_groups=application_groups)
        self.world.change(f"PATCH {workspace}", lambda: self.world.workspaces.update({workspace: changed}))
