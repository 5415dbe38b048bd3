"""Snapshots of disks, their copies to another region, and disks made from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status

ITEM_TAG, DISK_TAG, TAKEN_TAG = "drd-item", "drd-disk", "drd-taken"
"""Whose disk a snapshot holds, which of its disks, and the instant of its data: a copy's own time is later."""
OS = "os"
"""The disk that an item boots from; its other disks go by their names."""
WHOLE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot as read back.

    Attributes:
        source: what it was made from: a disk, or the snapshot that it is a copy of.
        item: the protected item whose disk it holds; empty when nobody noted it.
        disk: `os` or the disk's name; empty when nobody noted it.
        taken_at: the instant whose data it holds; None for a copy of which nobody noted it.
        percent: how much of a copy has arrived; 100 for one that is whole.
        error: why its copy failed, or empty.
        state: Azure's provisioning state.
    """

    id: ArmId
    location: str
    source: ArmId | None
    item: str = ""
    disk: str = ""
    taken_at: datetime | None = None
    percent: float = WHOLE
    error: str = ""
    state: str = "Succeeded"
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Say whether a disk can be made of it."""
        return self.percent >= WHOLE and not self.error and self.state.casefold() == "succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotWish:
    """A snapshot to be taken of a disk, or copied from a snapshot; `location` is where it will be."""

    id: ArmId
    location: str
    source: ArmId
    tags: Mapping[str, str]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskWish:
    """A disk to be made of a snapshot in its own region."""

    id: ArmId
    location: str
    snapshot: ArmId
    tags: Mapping[str, str]
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedDisk:
    """A disk as read back, with the snapshot that it was made from, where it was made from one."""

    id: ArmId
    location: str
    state: str
    source: ArmId | None
    tags: Mapping[str, str] = field(default_factory=dict)


class Snapshots(Protocol):
    """Snapshots. What changes gives the accepted operation, or None when it was done at once."""

    async def get(self, snapshot: ArmId) -> Snapshot | None:
        """Read a snapshot; None when there is none."""
        ...

    async def points(self, group: ArmId, item: str, *, disk: str, region: str) -> tuple[RecoveryPoint, ...]:
        """Give the points of an item's disk that a group holds in a region, newest first; ids are snapshots' names."""
        ...

    async def all_points(self, group: ArmId, *, disk: str, region: str) -> Mapping[str, tuple[RecoveryPoint, ...]]:
        """Give the points that a group holds in a region by the id of their item, newest first, by one list."""
        ...

    async def take(self, wish: SnapshotWish) -> Operation | None:
        """PUT an incremental snapshot of a disk by name."""
        ...

    async def copy(self, wish: SnapshotWish) -> Operation | None:
        """PUT by name a copy of a snapshot in another region; the operation ends long before the copy is whole."""
        ...

    async def make_disk(self, wish: DiskWish) -> Operation | None:
        """PUT a disk by name; sending it again with the same wish changes nothing."""
        ...

    async def disk(self, disk: ArmId) -> CopiedDisk | None:
        """Read a disk; None when there is none."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands."""
        ...


SNAPSHOTS: Capability[Snapshots] = Capability("snapshots")
