"""Virtual machines, their disks, and scripts in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A managed disk. `role` is `os` or `data`; `os_type` is set on a disk that can boot."""

    id: ArmId
    location: str
    os_type: str = ""
    attached_to: ArmId | None = None
    created_at: datetime | None = None
    generation: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def boots(self) -> bool:
        """Say whether it holds an operating system."""
        return bool(self.os_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A virtual machine as read back.

    Attributes:
        state: Azure's provisioning state.
        power: `running`, `deallocated`, `starting` ...; None when not asked or not told.
        agent_ready: whether the guest agent says Ready; None when not asked or not told.
    """

    id: ArmId
    location: str
    state: str
    power: str | None = None
    agent_ready: bool | None = None
    interfaces: tuple[ArmId, ...] = ()
    disks: tuple[ArmId, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineWish:
    """A machine to be made from disks that exist; `reservation` is the group whose reserved places it may use."""

    id: ArmId
    location: str
    size: str
    os_disk: Disk
    data_disks: tuple[Disk, ...]
    interface: ArmId
    tags: Mapping[str, str]
    request_id: str
    reservation: ArmId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerWish:
    """A machine to be made of a specialised image, with other disks to look at: in their order from unit number 0 on.

    They are attached, not taken over: they stay when the machine goes, and its own disk and interface go with it.
    """

    id: ArmId
    location: str
    size: str
    image: ArmId
    disks: tuple[Disk, ...]
    interface: ArmId
    tags: Mapping[str, str]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptResult:
    """What a managed run command did. `state` as Azure writes it (`Pending`, `Running`, `Succeeded`, `Failed` ...)."""

    state: str
    exit_code: int | None = None
    output: str = ""
    error: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Machines(Protocol):
    """Azure Compute. What changes gives the accepted operation, or None when it was done at once."""

    async def get(self, machine: ArmId) -> Machine | None:
        """Read a machine with its power and agent; None when there is none."""
        ...

    async def create(self, wish: MachineWish) -> Operation | None:
        """PUT by name: sending it again with the same wish changes nothing."""
        ...

    async def create_scanner(self, wish: ScannerWish) -> Operation | None:
        """PUT by name: sending it again with the same wish changes nothing."""
        ...

    async def start(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Start a machine."""
        ...

    async def deallocate(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Stop a machine and give its cores back."""
        ...

    async def delete(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Delete a machine."""
        ...

    async def disks(self, resource_group: ArmId) -> tuple[Disk, ...]:
        """Give the disks of a resource group."""
        ...

    async def run_script(
        self, machine: ArmId, *, name: str, script: str, location: str, request_id: str
    ) -> Operation | None:
        """PUT a managed run command by name; sending it again with the same name does not run it twice."""
        ...

    async def script(self, machine: ArmId, *, name: str) -> ScriptResult | None:
        """Read a managed run command; None when there is none of this name."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands."""
        ...


MACHINES: Capability[Machines] = Capability("machines")
