"""A probe: a small machine with nothing on it, in a drill's network before anything that was restored.

It tells what reading the network cannot: which rules and routes really apply there, and what is reached from inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeWish:
    """A probe to be made of an image, with its interface and disk, and a script that it runs once.

    Attributes:
        machine: the id that it will have; interface and disk are called after it.
        deployment: the id of the one deployment that makes all of it.
        image: of the marketplace, as `PUBLISHER:OFFER:SKU:VERSION`; a Linux with an agent.
        command: the name under which the script's result is read (`Machines.script`).
    """

    machine: ArmId
    deployment: ArmId
    subnet: ArmId
    image: str
    size: str
    location: str
    command: str
    script: str
    tags: Mapping[str, str]
    request_id: str

    @property
    def interface(self) -> ArmId:
        """Name its interface."""
        return interface_of(self.machine)

    @property
    def disk(self) -> ArmId:
        """Name its disk."""
        return disk_of(self.machine)


def interface_of(machine: ArmId) -> ArmId:
    """Name the interface of a probe."""
    return ArmId.parse(f"{machine.group_id}/providers/Microsoft.Network/networkInterfaces/{machine.name}-nic")


def disk_of(machine: ArmId) -> ArmId:
    """Name the disk of a probe."""
    return ArmId.parse(f"{machine.group_id}/providers/Microsoft.Compute/disks/{machine.name}-os")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What really applies to an interface, as Azure works it out.

    Attributes:
        groups: the security groups that apply.
        ways: in which directions they do not provably keep traffic inside.
        routes: every route that is in force: what it is for, and where it leads.
        leading_out: those of them that lead somewhere else than inside, nowhere, or by default to the internet, which
            the rules must bar.
    """

    groups: tuple[str, ...]
    ways: tuple[str, ...]
    routes: tuple[str, ...]
    leading_out: tuple[str, ...]


class Probes(Protocol):
    """Makes probes, and asks what applies to them."""

    async def create(self, wish: ProbeWish) -> Operation:
        """PUT by name. Raises ConflictError while a deployment of the same name runs."""
        ...

    async def creation(self, deployment: ArmId) -> Operation | None:
        """Give what was sent under a deployment's name, to be followed; None when nothing was, or it has failed."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how the making stands."""
        ...

    async def applied(self, interface: ArmId, *, spaces: tuple[str, ...]) -> Applied:
        """Ask what applies to the interface of a machine that runs, in a network with these address spaces.

        Takes some seconds of world time: Azure works it out. Raises TransientError when it does not come to an end.
        """
        ...


PROBES: Capability[Probes] = Capability("probes")
