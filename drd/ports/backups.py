"""Azure Backup as actions, checks and collection see it, in the home region and across regions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drd.domain.errors import NotFoundError
from drd.domain.estate import ProtectedItem, Protection, RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status

BY_REQUEST, BY_TARGET = "request", "target"
KNOWN_BY = "known-by"
"""Member of a found restore's details: by what it was recognised; missing where only item and time fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUpItem:
    """A protected item of a vault.

    Attributes:
        path: `backupFabrics/../protectionContainers/../protectedItems/..`, the item's path under the vault.
        source: the machine or share that is protected.
        state: Azure's protection state; health: its health; last_status: of the last backup job.
        policy: the name of the policy by which it is backed up; empty where the vault does not say.
    """

    vault: ArmId
    path: str
    name: str
    source: ArmId
    state: str
    health: str = ""
    last_status: str = ""
    last_backup_at: datetime | None = None
    last_point_at: datetime | None = None
    policy: str = ""


def backed_up(items: Sequence[BackedUpItem], wanted: ProtectedItem, protection: Protection) -> BackedUpItem:
    """Find the vault's item of a protected item, by source or name. Raises NotFoundError."""
    for each in items:
        if each.source == wanted.resource or (protection.item and each.name.casefold() == protection.item.casefold()):
            return each
    raise NotFoundError(
        f"the vault holds no backup of {wanted.id}", target=str(protection.vault), hint="see `drd item points`"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDisks:
    """A wish to restore an item: its disks to a resource group, a new machine, or the disks of the machine itself.

    Attributes:
        staging: storage account in `region`, as Azure Backup demands.
        resource_group: for disks it must be unique to the step, because a started restore is found again by it.
        machine: the new machine, or the one whose disks are replaced; its name tells a started restore again.
        subnet: where a new machine goes; None when disks are restored or replaced.
    """

    item: BackedUpItem
    point: str
    resource_group: ArmId
    staging: ArmId
    region: str
    request_id: str
    machine: ArmId | None = None
    subnet: ArmId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupJob:
    """A job of a vault. `status` as Azure writes it; `resource_group` and `machine` are a restore's target by name.

    `request_id` is the request that the job says it was started by, empty where it says none.
    """

    id: str
    operation: str
    status: str
    item_name: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    resource_group: str = ""
    machine: str = ""
    point_time: datetime | None = None
    error: str = ""
    request_id: str = ""


class Backups(Protocol):
    """Azure Backup in the vault's own region. Lists come whole; paging is inside."""

    async def items(self, vault: ArmId) -> tuple[BackedUpItem, ...]:
        """Give the protected machines of a vault."""
        ...

    async def points(self, item: BackedUpItem) -> tuple[RecoveryPoint, ...]:
        """Give an item's recovery points, newest first."""
        ...

    async def jobs(self, vault: ArmId, *, operation: str = "", since: datetime | None = None) -> tuple[BackupJob, ...]:
        """Give jobs, newest first; `operation` such as `Restore`."""
        ...

    async def restore_disks(self, wish: RestoreDisks) -> Operation:
        """Send the one POST. Raises AmbiguousError when its answer was lost."""
        ...

    async def restore_machine(self, wish: RestoreDisks) -> Operation:
        """Send the one POST that makes the wish's machine of a point. Raises AmbiguousError."""
        ...

    async def replace_disks(self, wish: RestoreDisks) -> Operation:
        """Send the one POST that replaces the disks of the wish's machine. Raises AmbiguousError."""
        ...

    async def find_restore(
        self, wish: RestoreDisks, *, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a restore to the wish's target that started at or after `since`; reads jobs and details.

        One that names a request of `requests` comes first, whatever its clock says. The operation's `request_id` is the
        one that the job names, empty where it names none; `known-by` in its details is `request` or `target`, and is
        missing where the job runs and tells neither, so that only its item and its time fit.
        """
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how a restore stands: its job, not only its acceptance."""
        ...


class CrossRegionBackups(Protocol):
    """The same item seen from the paired region; asks nothing of the vault's own region."""

    async def items(self, vault: ArmId, region: str) -> tuple[BackedUpItem, ...]:
        """Give the items whose points were copied to `region`."""
        ...

    async def points(self, item: BackedUpItem, region: str) -> tuple[RecoveryPoint, ...]:
        """Give the points that can be restored in `region`, newest first. They lag the vault's own by hours."""
        ...

    async def restore_disks(self, wish: RestoreDisks) -> Operation:
        """Fetch the access token of the point and send the one POST that restores. Raises AmbiguousError."""
        ...

    async def find_restore(
        self, wish: RestoreDisks, *, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a cross-region restore into the wish's resource group. As `Backups.find_restore`."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how the restore stands."""
        ...


BACKUPS: Capability[Backups] = Capability("backups")
CROSS_REGION_BACKUPS: Capability[CrossRegionBackups] = Capability("cross-region-backups")
