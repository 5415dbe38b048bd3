"""Virtual PCs: host pools, the session hosts in them, who is on them, and what users find."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status

AVAILABLE = "Available"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPool:
    """A host pool as read back. `personal` says that each host is one person's."""

    id: ArmId
    location: str
    personal: bool
    registration_ends_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPoolWish:
    """A host pool to be made, without hosts."""

    id: ArmId
    location: str
    personal: bool
    tags: Mapping[str, str]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHostWish:
    """A session host to be made of an image, with its interface and disk, and brought into a pool.

    Attributes:
        machine: the id that its machine will have; interface, disk and host are called after it.
        deployment: the id of the one deployment that makes all of it.
    """

    machine: ArmId
    deployment: ArmId
    pool: ArmId
    subnet: ArmId
    image: ArmId
    size: str
    location: str
    tags: Mapping[str, str]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHost:
    """A session host as read back.

    Attributes:
        name: the machine's name, with its domain where it is joined to one; without the pool.
        status: as Azure writes it: `Available`, `Unavailable`, `Shutdown`, `NoHeartbeat` ...
        drained: whether it takes no new sessions.
        machine: the machine behind it, where Azure tells it.
        failed_checks: names of health checks that did not succeed.
    """

    id: ArmId
    name: str
    status: str
    drained: bool
    sessions: int
    machine: ArmId | None = None
    assigned_user: str = ""
    failed_checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSession:
    """A session of somebody on a host. `id` ends with the number by which the host knows it."""

    id: ArmId
    user: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What users find: the application groups that it shows."""

    id: ArmId
    location: str
    application_groups: tuple[ArmId, ...]


class Desktops(Protocol):
    """Azure Virtual Desktop. Everything in it is answered at once; what is changed is read back by name."""

    async def pools(self, subscription: str) -> tuple[HostPool, ...]:
        """Give the subscription's host pools."""
        ...

    async def pool(self, pool: ArmId) -> HostPool | None:
        """Read a host pool; None when there is none."""
        ...

    async def create_pool(self, wish: HostPoolWish) -> None:
        """PUT by name: sending it again with the same wish changes nothing."""
        ...

    async def open_registration(self, pool: ArmId, *, until: datetime, request_id: str) -> None:
        """Let machines register until an instant: the pool gets a new token, and the one before is worth nothing."""
        ...

    async def create_host(self, wish: SessionHostWish) -> Operation:
        """Send the one deployment that makes a host. The pool's token goes into its body and is kept nowhere.

        Raises:
            RefusedError: the pool is not open for registration.
            ConflictError: a deployment of the same name runs.
        """
        ...

    async def creation(self, deployment: ArmId) -> Operation | None:
        """Give what was sent under a deployment's name, to be followed; None when nothing was, or it has failed."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how the making of a host stands."""
        ...

    async def hosts(self, pool: ArmId) -> tuple[SessionHost, ...]:
        """Give the hosts of a pool."""
        ...

    async def host(self, pool: ArmId, name: str) -> SessionHost | None:
        """Read a host by its name; None when there is none."""
        ...

    async def drain(self, host: ArmId, *, drained: bool, request_id: str) -> None:
        """Let a host take no new sessions, or let it take them again. By value: again changes nothing."""
        ...

    async def sessions(self, host: ArmId) -> tuple[UserSession, ...]:
        """Give the sessions on a host."""
        ...

    async def send_message(self, session: ArmId, *, title: str, text: str, request_id: str) -> None:
        """Show a message in a session."""
        ...

    async def log_off(self, session: ArmId, *, force: bool, request_id: str) -> None:
        """End a session; one that is gone is done."""
        ...

    async def workspace(self, workspace: ArmId) -> Workspace | None:
        """Read a workspace; None when there is none."""
        ...

    async def publish(self, workspace: ArmId, application_groups: tuple[ArmId, ...], *, request_id: str) -> None:
        """Let a workspace show exactly these application groups. By value: again changes nothing."""
        ...


DESKTOPS: Capability[Desktops] = Capability("desktops")
