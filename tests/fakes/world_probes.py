"""Probes of the small world: each reaches nobody, unless the world says so."""

from dataclasses import dataclass, field

from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.machines import Machine, ScriptResult
from drd.ports.probes import Applied, ProbeWish
from tests.fakes.world import World

_CLOSED = Applied(groups=("nsg-drill",), ways=(), routes=("10.99.0.0/16 to VnetLocal",), leading_out=())


@dataclass
class WorldProbes:
    """Answers `Probes`."""

    world: World
    says: Applied = field(default=_CLOSED)

    async def create(self, wish: ProbeWish) -> Operation:
        """Deploy: the same twice is once."""

        def effect() -> None:
            self.world.machines[wish.machine] = Machine(
                id=wish.machine,
                location=wish.location,
                state="Succeeded",
                power="running",
                agent_ready=True,
                interfaces=(wish.interface,),
                disks=(wish.disk,),
                tags=wish.tags,
            )
            closed = [line.rpartition('echo "')[2].rstrip('"') for line in wish.script.splitlines()[:-1]]
            said = ScriptResult(state="Succeeded", exit_code=0, output="\n".join((*closed, "probed")))
            self.world.scripts[wish.machine, wish.command] = said

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

    async def applied(self, interface: ArmId, *, spaces: tuple[str, ...]) -> Applied:
        """Tell."""
        self.world.settle()
        return self.says
